"""REST: the webhook endpoints of the key that asks, and what they are told."""

from datetime import timedelta
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from platforms.connector_fields import AddressField
from platforms.models import ApiKey, Channel, WebhookDelivery, WebhookEndpoint
from platforms.rest.filters import Choice, Query, Text
from platforms.rest.problems import Conflict
from platforms.rest.serializers import MomentField, Strict
from platforms.rest.views import Resource
from platforms.webhooks import endpoints, messages

MOST_TOPICS = 50
SETTLED = [("failed", "failed"), ("delivered", "delivered")]
LONGEST_OVERLAP_HOURS = endpoints.LONGEST_OVERLAP // timedelta(hours=1)


class TopicsField(serializers.ListField):
    """Topics, families of them such as `offer.*`, or `*` for all."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            child=serializers.CharField(max_length=40), allow_empty=False, max_length=MOST_TOPICS, **kwargs
        )

    def to_internal_value(self, data: Any) -> list[str]:
        patterns: list[str] = super().to_internal_value(data)
        messages.check(patterns)
        return list(dict.fromkeys(patterns))


class EndpointBody(Strict):
    """Where something is told, what, and of which channels."""

    url = AddressField(help_text="A https address. It is called with POST, and answers 2xx once it has it.")
    topics = TopicsField(help_text="Such as `offer.pending`, a family such as `offer.*`, or `*` for all.")
    channels = serializers.ListField(
        child=serializers.CharField(max_length=30),
        default=list,
        max_length=200,
        help_text="Codes; a platform means its marketplaces. Empty: all of the key, future ones too.",
    )
    payload = serializers.ChoiceField(
        WebhookEndpoint.Payload.choices, default="full", help_text="`thin`: ids only, to be read by the REST API."
    )
    description = serializers.CharField(max_length=200, allow_blank=True, default="")
    owner_email = serializers.EmailField(
        max_length=254, allow_blank=True, default="", help_text="Who is told when the endpoint is switched off."
    )
    concurrency = serializers.IntegerField(min_value=1, max_value=20, default=4, help_text="Calls at once.")


class EndpointChangeBody(EndpointBody):
    """What is to change."""

    is_active = serializers.BooleanField(
        help_text="What waited while it was switched off is sent once it is switched on; feeds go on where they stood."
    )


class EndpointSerializer(serializers.ModelSerializer[WebhookEndpoint]):
    channels = serializers.SerializerMethodField(help_text="Codes; empty: all of the key.")
    topics = serializers.ListField(child=serializers.CharField())
    disabled_reason = serializers.ChoiceField(
        WebhookEndpoint.Reason.choices, allow_blank=True, read_only=True, help_text="Empty unless it was given up."
    )
    owner_email = serializers.CharField(help_text="Who is told when the endpoint is switched off; may be empty.")

    class Meta:
        model = WebhookEndpoint
        fields = (
            *("id", "url", "topics", "channels", "payload", "description", "owner_email", "concurrency", "is_active"),
            *("created_at", "delivered_at", "failures", "failing_since", "resting_until"),
            *("disabled_at", "disabled_reason", "former_secret_until"),
        )
        read_only_fields = fields
        extra_kwargs = {
            "delivered_at": {"help_text": "When it last took a call."},
            "failures": {"help_text": "Calls in a row that it did not take."},
            "resting_until": {"help_text": "It is left alone until then, as it did not answer or asked for it."},
            "disabled_at": {"help_text": "When the portal gave it up: it took nothing for five days, or said 410."},
        }

    def get_channels(self, endpoint: WebhookEndpoint) -> list[str]:
        return sorted(channel.code for channel in endpoint.channels.all())


class NewEndpointSerializer(EndpointSerializer):
    secret = serializers.SerializerMethodField(
        help_text="What calls are signed with, by the Standard Webhooks specification. Told this once."
    )

    class Meta:
        model = WebhookEndpoint
        fields = (*EndpointSerializer.Meta.fields, "secret")
        read_only_fields = fields

    def get_secret(self, endpoint: WebhookEndpoint) -> str:
        return str(endpoint.secret)


class RenewalBody(Strict):
    overlap_hours = serializers.IntegerField(
        min_value=0,
        max_value=LONGEST_OVERLAP_HOURS,
        default=24,
        help_text="For so long calls are signed with the former secret as well; 0 ends it at once.",
    )


class RedeliveryBody(Strict):
    """Which deliveries of the endpoint are sent once more; those that are at work just now are left out."""

    state = serializers.ChoiceField(SETTLED, default="failed", help_text="Those in this state.")
    since = MomentField(required=False, help_text="Only what was noted at this time or later.")
    until = MomentField(required=False, help_text="Only what was noted before this time.")


class RedeliverySerializer(serializers.Serializer[Any]):
    deliveries = serializers.IntegerField(help_text="So many are sent once more.")


class AttemptSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    headers = serializers.DictField(child=serializers.CharField(), help_text="Sent with the body.")
    status = serializers.IntegerField(allow_null=True, help_text="Of the answer; null where there was none.")
    answer = serializers.CharField(help_text="The beginning of its body.")
    error = serializers.CharField(help_text="Why the call does not count as taken; empty where it does.")
    milliseconds = serializers.IntegerField(help_text="How long it took.")


class DeliverySerializer(serializers.ModelSerializer[WebhookDelivery]):
    channel = serializers.CharField(source="channel.code", default=None, allow_null=True, read_only=True)
    message_id = serializers.CharField(source="webhook_id", help_text="The header `webhook-id`.")

    class Meta:
        model = WebhookDelivery
        fields = (
            *("id", "endpoint", "message_id", "topic", "channel", "subject", "state", "created_at", "delivered_at"),
            *("attempts", "error"),
        )
        read_only_fields = fields
        extra_kwargs = {
            "subject": {"help_text": "What it tells of; what has the same subject is delivered in order."},
            "attempts": {"help_text": "Since it was noted or put back; eight are made within about 28 hours."},
        }


class DeliveryDetailSerializer(DeliverySerializer):
    body = serializers.CharField(help_text="As it is sent.")
    next_attempt_at = serializers.SerializerMethodField(help_text="Null once it is delivered or given up.")
    answers = AttemptSerializer(many=True, help_text="Every attempt, the first one first.")

    class Meta:
        model = WebhookDelivery
        fields = (*DeliverySerializer.Meta.fields, "body", "next_attempt_at", "answers")
        read_only_fields = fields

    @extend_schema_field({"type": "string", "format": "date-time", "nullable": True})
    def get_next_attempt_at(self, delivery: WebhookDelivery) -> Any:
        is_pending = delivery.state == WebhookDelivery.State.PENDING
        return serializers.DateTimeField().to_representation(delivery.not_before) if is_pending else None


class WebhookEndpointViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.DestroyModelMixin, Resource):
    """The addresses that are told what happens, of the key that asks."""

    family = ApiKey.Family.WEBHOOKS
    serializer_class = EndpointSerializer
    lookup_value_regex = "[0-9]{1,18}"
    conflicts = {"test": "The endpoint is switched off."}
    # The endpoint is called.
    in_parts = frozenset({"test"})

    def get_queryset(self) -> QuerySet[WebhookEndpoint]:
        return WebhookEndpoint.objects.filter(api_key=self.key).prefetch_related("channels").select_related("api_key")

    @extend_schema(request=EndpointBody, responses={201: NewEndpointSerializer})
    def create(self, request: Request) -> Response:
        """Make an endpoint. It is told what happens from now on; its secret is in this answer only."""
        values = self.body(EndpointBody)
        channels = self._channels(values.pop("channels"))
        endpoint, _secret = endpoints.make(self.key, channels=channels, **values)
        return Response(NewEndpointSerializer(endpoint).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=EndpointChangeBody, responses=EndpointSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change an endpoint. Of topics that come to it, it is told from now on."""
        endpoint = self.get_object()
        values = self.body(EndpointChangeBody, partial=True)
        if "channels" in values:
            values["channels"] = self._channels(values["channels"])
        endpoints.change(endpoint, **values)
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(request=None, responses=DeliveryDetailSerializer)
    @action(methods=["post"], detail=True)
    def test(self, request: Request, pk: str) -> Response:
        """Send a message of the topic `webhook.test` now, and answer with what became of it."""
        self.no_body()
        endpoint = self.get_object()
        if not endpoint.is_active:
            raise Conflict(_("The endpoint is switched off. Switch it on first."), code="switched_off")
        return Response(DeliveryDetailSerializer(endpoints.test(endpoint)).data)

    @extend_schema(request=RenewalBody, responses=NewEndpointSerializer)
    @action(methods=["post"], detail=True, url_path="renew-secret")
    def renew_secret(self, request: Request, pk: str) -> Response:
        """Give the endpoint another secret, which is in this answer only."""
        endpoint = self.get_object()
        endpoints.renew_secret(endpoint, overlap=timedelta(hours=self.body(RenewalBody)["overlap_hours"]))
        return Response(NewEndpointSerializer(self.get_object()).data)

    @extend_schema(request=RedeliveryBody, responses={202: RedeliverySerializer})
    @action(methods=["post"], detail=True)
    def redeliver(self, request: Request, pk: str) -> Response:
        """Send deliveries once more: all that failed, or a range."""
        endpoint = self.get_object()
        values = self.body(RedeliveryBody)
        chosen = WebhookDelivery.objects.filter(endpoint=endpoint, state=values["state"])
        for name, lookup in (("since", "created_at__gte"), ("until", "created_at__lt")):
            if name in values:
                chosen = chosen.filter(**{lookup: values[name]})
        number = chosen.again()
        endpoints.nudge(endpoint)
        return Response({"deliveries": number}, status=status.HTTP_202_ACCEPTED)

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "is_saving": True}

    def _channels(self, codes: list[str]) -> list[Channel]:
        visible = {channel.code: channel for channel in self.visible_channels}
        unknown = [code for code in codes if code not in visible]
        if unknown:
            text = _("There is no channel “%(code)s”, or none that this key may see.") % {"code": unknown[0]}
            raise serializers.ValidationError({"channels": [text]}, code="unknown_channel")
        return [visible[code] for code in codes]


class DeliveryQuery(Query):
    endpoint = serializers.IntegerField(required=False, min_value=1, max_value=2**63 - 1, help_text="An endpoint's id.")
    state = Choice(WebhookDelivery.State.choices)
    topic = Text(help_text="Such as `offer.pending`.")


class DeliveryViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, Resource):
    """What the endpoints of the key that asks are told, oldest first."""

    family = ApiKey.Family.WEBHOOKS
    lookup_value_regex = "[0-9]{1,18}"
    queries: ClassVar[dict[str, type[Query]]] = {"list": DeliveryQuery}
    conflicts = {"redeliver": "It is being sent just now."}

    def get_serializer_class(self) -> type[DeliverySerializer]:
        return DeliverySerializer if self.action == "list" else DeliveryDetailSerializer

    def get_queryset(self) -> QuerySet[WebhookDelivery]:
        deliveries = WebhookDelivery.objects.filter(endpoint__api_key=self.key).select_related("channel")
        for name in ("endpoint", "state", "topic"):
            if name in self.params:
                deliveries = deliveries.filter(**{name: self.params[name]})
        return deliveries.defer("body", "answers") if self.action == "list" else deliveries

    @extend_schema(request=None, responses={202: DeliveryDetailSerializer})
    @action(methods=["post"], detail=True)
    def redeliver(self, request: Request, pk: str) -> Response:
        """Send it once more, with the same id; what the receiver has had already, it may ignore."""
        self.no_body()
        delivery = self.get_object()
        if not WebhookDelivery.objects.filter(pk=delivery.pk).again():
            raise Conflict(_("It is being sent just now."), code="at_work")
        endpoints.nudge(delivery.endpoint)
        return Response(self.get_serializer(self.get_object()).data, status=status.HTTP_202_ACCEPTED)
