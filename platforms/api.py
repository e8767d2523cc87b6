"""REST: channels and the event feed."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from platforms import api_keys, channel_parts, channel_values, channels, gateway, jobs, readiness, tokens
from platforms.api_channel_bodies import ChannelChangeSerializer, ClientVersionSerializer, NewChannelSerializer
from platforms.channel_parts import PartField
from platforms.models import ApiKey, Channel, Event, PriceType, StockSyncGroup
from platforms.rest.filters import Choice, Position, Query, Text
from platforms.rest.problems import Conflict
from platforms.rest.views import Resource


class PriceTypeSerializer(serializers.ModelSerializer[PriceType]):
    id = serializers.CharField(source="price_type_id")
    confirmed = serializers.SerializerMethodField(help_text="Whether SCX knows it as it stands here.")

    class Meta:
        model = PriceType
        fields = ("id", "display_name", "description", "confirmed")
        read_only_fields = fields

    def get_confirmed(self, row: PriceType) -> bool:
        return row.confirmed_at is not None


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
    price_types = PriceTypeSerializer(many=True, read_only=True)
    minimum_client_versions = ClientVersionSerializer(many=True)
    feature_flags = serializers.DictField()
    branding = serializers.DictField()
    has_refresh_token = serializers.BooleanField(help_text="The token itself is never told.")

    class Meta:
        model = Channel
        fields: tuple[str, ...] = (
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
            "stock_buffer",
            "stock_minimum",
            "new_sellers",
            "price_types",
            "minimum_client_versions",
            "feature_flags",
            "connector",
            "branding",
            "retention_days",
            "in_progress_report",
            "waiting_limit_hours",
            "several_sellers_per_account",
            "unlink_rejected_after_days",
            "has_refresh_token",
            "is_active",
        )
        read_only_fields = fields


class StepSerializer(serializers.Serializer[Any]):
    code = serializers.CharField(help_text="Such as `token`; stays the same.")
    state = serializers.ChoiceField(readiness.STATES)
    title = serializers.CharField()
    text = serializers.CharField(help_text="What holds, or what is to be done.")


class ChannelDetailSerializer(ChannelSerializer):
    ready = serializers.SerializerMethodField(help_text="Whether all steps of `readiness` are done.")
    readiness = serializers.SerializerMethodField(help_text="From JTL’s token to the first listed offer, in order.")

    class Meta(ChannelSerializer.Meta):
        fields = (*ChannelSerializer.Meta.fields, "ready", "readiness")
        read_only_fields = fields

    def get_fields(self) -> dict[str, Any]:
        return {**super().get_fields(), **{name: PartField(name) for name in channel_parts.NAMES}}

    def to_representation(self, instance: Channel) -> dict[str, Any]:
        self.found = readiness.summary([instance])[instance.pk]
        return super().to_representation(instance)

    def get_ready(self, channel: Channel) -> bool:
        return self.found.is_ready

    @extend_schema_field(StepSerializer(many=True))
    def get_readiness(self, channel: Channel) -> Any:
        return StepSerializer(self.found.steps, many=True).data


class SyncSerializer(serializers.Serializer[Any]):
    channels = serializers.ListField(child=serializers.CharField(), help_text="Whose jobs were asked for.")
    jobs = serializers.ListField(child=serializers.CharField())


class ChannelViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, Resource):
    """The channels this key may see."""

    family = ApiKey.Family.CHANNELS
    serializer_class = ChannelSerializer
    lookup_field = "code"
    lookup_value_regex = "[A-Za-z0-9_-]{2,30}"
    conflicts = {"sync": "The channel is switched off."}
    # SCX is asked about a token.
    in_parts = frozenset({"create", "partial_update"})

    def get_serializer_class(self) -> type[ChannelSerializer]:
        return ChannelSerializer if self.action == "list" else ChannelDetailSerializer

    def get_queryset(self) -> QuerySet[Channel]:
        visible = api_keys.channels(self.key).annotate(has_refresh_token=~Q(refresh_token=""))
        related = visible.select_related("platform", "stock_sync_group").prefetch_related("price_types")
        return related.defer("refresh_token", "access_token", "connector_settings")

    @extend_schema(request=NewChannelSerializer, responses={201: ChannelDetailSerializer})
    def create(self, request: Request) -> Response:
        """Make a channel. A key that is for some channels only makes none."""
        if self.key.is_bound:
            raise PermissionDenied(_("This key is for some channels only and makes no others."), code="bound_key")
        values = self.body(NewChannelSerializer)
        code = values.pop("code")
        channel = Channel(code=code, display_name=code)
        token, verdict = self._tested(channel, values)
        with transaction.atomic():
            tokens.put(channel, token or "", verdict)
            channel_values.save(channel, values)
        return Response(self._shown(channel), status=status.HTTP_201_CREATED)

    @extend_schema(request=ChannelChangeSerializer, responses=ChannelDetailSerializer)
    def partial_update(self, request: Request, code: str) -> Response:
        """Change a channel. A key that is for some channels only moves none to another kind or platform."""
        values = self.body(ChannelChangeSerializer)
        found = self.get_object()
        # By these it could move a channel out of its own reach.
        place = {"kind": found.kind, "platform": found.platform.code if found.platform else None}
        if self.key.is_bound and place | values != values | place:
            text = _("This key is for some channels only and cannot move them to another kind or platform.")
            raise PermissionDenied(text, code="bound_key")
        token, verdict = self._tested(found, values)
        with transaction.atomic():
            channel = channels.locked(found.pk)
            tokens.put(channel, channel.refresh_token if token is None else token, verdict)
            channel_values.save(channel, values)
        return Response(self._shown(channel))

    def _tested(self, channel: Channel, values: dict[str, Any]) -> tuple[str | None, tokens.Verdict | None]:
        """The refresh token, taken out of the values, and what SCX says of it; asked before a transaction."""
        token: str | None = values.pop("refresh_token", None)
        is_platform = values.get("kind", channel.kind) == Channel.Kind.PLATFORM
        return token, tokens.checked(channel, token) if token and not is_platform else None

    def _shown(self, channel: Channel) -> Any:
        return self.get_serializer(self.get_queryset().get(pk=channel.pk)).data

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

    family = ApiKey.Family.EVENTS
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

    def weights(self, events: QuerySet[Event], limit: int) -> list[tuple[int, int]]:
        """By the size of their payloads."""
        return [(number, size // 4000) for number, size in events.values_list("number", "size")[:limit]]

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
