"""REST: channels and the event feed."""

from typing import Any, ClassVar

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from platforms import api_keys, gateway, jobs
from platforms.models import Channel, Event, StockSyncGroup
from platforms.rest.filters import Choice, Position, Query, Text
from platforms.rest.problems import Conflict
from platforms.rest.views import Resource


class ChannelSerializer(serializers.ModelSerializer[Channel]):
    platform = serializers.SlugRelatedField[Channel](
        "code", read_only=True, allow_null=True, help_text="The platform of a marketplace, else null."
    )
    stock_sync_group = serializers.SlugRelatedField[StockSyncGroup](
        "label", read_only=True, allow_null=True, help_text="Its label, or null."
    )
    languages = serializers.ListField(child=serializers.CharField())
    countries = serializers.ListField(child=serializers.CharField())
    sign_up_url = serializers.CharField(source="effective_sign_up_url", help_text="Where JTL-Wawi sends new sellers.")
    update_url = serializers.CharField(source="effective_update_url")

    class Meta:
        model = Channel
        fields = (
            "code",
            "kind",
            "platform",
            "display_name",
            "currency",
            "languages",
            "countries",
            "sign_up_url",
            "update_url",
            "stock_sync_group",
            "stock_source",
            "connector",
            "is_active",
        )
        read_only_fields = fields


class SyncSerializer(serializers.Serializer[Any]):
    channels = serializers.ListField(child=serializers.CharField(), help_text="Whose jobs were asked for.")
    jobs = serializers.ListField(child=serializers.CharField())


class ChannelViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, Resource):
    """The channels this key may see."""

    serializer_class = ChannelSerializer
    lookup_field = "code"
    lookup_value_regex = "[A-Za-z0-9_-]{2,30}"
    conflicts = {"sync": "The channel is switched off."}

    def get_queryset(self) -> QuerySet[Channel]:
        visible = api_keys.channels(self.key).select_related("platform", "stock_sync_group")
        return visible.defer("refresh_token", "access_token", "connector_settings")

    @extend_schema(request=None, responses={202: SyncSerializer})
    @action(methods=["post"], detail=True)
    def sync(self, request: Request, code: str) -> Response:
        """Ask the worker to run all jobs of the channel soon; of a platform, those of its active marketplaces."""
        self.no_body()
        channel = self.get_object()
        callable_ = Channel.objects.callable()
        targets = list(callable_.filter(platform=channel) if channel.is_platform else callable_.filter(pk=channel.pk))
        if not targets:
            raise Conflict(_("No active channel is behind “%(code)s”, so there is nothing to run.") % {"code": code})
        gateway.ask_again(callable_.filter(pk__in=[target.pk for target in targets]))
        for target in targets:
            jobs.nudge_channel(target)
        answer = {"channels": [target.code for target in targets], "jobs": jobs.names()}
        return Response(answer, status=status.HTTP_202_ACCEPTED)


@extend_schema_field({"type": "object", "additionalProperties": True})
class PayloadField(serializers.JSONField):
    """SCX's payload as it came."""


class EventSerializer(serializers.ModelSerializer[Event]):
    channel = serializers.CharField(source="channel.code")
    payload = PayloadField()
    cursor = serializers.IntegerField(source="number", help_text="Give the last one you have seen as `after`.")

    class Meta:
        model = Event
        fields = (
            "id",
            "channel",
            "event_id",
            "type",
            "created_at",
            "received_at",
            "state",
            "error",
            "payload",
            "cursor",
        )
        read_only_fields = fields


class EventQuery(Query):
    channel = Text(help_text="A channel's code; a platform means its marketplaces.")
    type = Text(help_text="Such as `Seller:Offer.New`.")
    state = Choice(Event.State.choices)
    after = Position(help_text="Only what comes after this `cursor`.")


class EventViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, Resource):
    """The events SCX sent, in the order they were stored."""

    serializer_class = EventSerializer
    lookup_value_regex = "[0-9]{1,18}"
    queries: ClassVar[dict[str, type[Query]]] = {"list": EventQuery}
    conflicts = {"replay": "The portal does not handle events of this type."}
    order_field = "number"

    def get_queryset(self) -> QuerySet[Event]:
        events = Event.objects.filter(self.within_channels())
        if "type" in self.params:
            events = events.filter(type=self.params["type"])
        if "state" in self.params:
            events = events.filter(state=self.params["state"])
        if "after" in self.params:
            events = events.filter(number__gt=self.params["after"])
        return events.select_related("channel").only(
            "event_id", "type", "created_at", "received_at", "state", "error", "payload", "number", "channel__code"
        )

    def weights(self, events: QuerySet[Event], limit: int) -> list[int]:
        """By the size of their payloads."""
        return [size // 4000 for size in events.values_list("size", flat=True)[:limit]]

    @extend_schema(request=None, responses={202: EventSerializer})
    @action(methods=["post"], detail=True)
    def replay(self, request: Request, pk: str) -> Response:
        """Put the event back to pending, to be applied again. Applying an event twice changes nothing."""
        self.no_body()
        event = self.get_object()
        if event.type not in settings.SCX_EVENTS:
            raise Conflict(_("The portal stores events of the type “%(type)s” only.") % {"type": event.type})
        Event.objects.filter(pk=event.pk).replay()
        jobs.nudge("apply", event.channel)
        return Response(self.get_serializer(self.get_object()).data, status=status.HTTP_202_ACCEPTED)
