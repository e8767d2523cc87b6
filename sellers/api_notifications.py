"""REST: messages to sellers in JTL-Wawi, sent as SCX's channel notifications (contract 11)."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from platforms.models import ApiKey, Channel
from platforms.rest import filters
from platforms.rest.filters import Query, Text
from platforms.rest.problems import Conflict
from platforms.rest.serializers import Strict
from platforms.rest.views import Resource
from sellers import notices
from sellers.models import Notice, Seller

LONGEST = 1000
CONNECTED = (Seller.State.ACTIVE, Seller.State.INACTIVE)


class NotificationBody(Strict):
    """What a seller is told."""

    seller = serializers.CharField(max_length=50, help_text="A seller id.")
    channel = serializers.CharField(
        max_length=30,
        required=False,
        help_text="The marketplace that tells it; of a platform, or without it, each where the seller sells.",
    )
    severity = serializers.ChoiceField(Notice.Severity.choices, default=Notice.Severity.INFO.value)
    message = serializers.CharField(max_length=LONGEST, help_text="As the seller reads it in JTL-Wawi.")


class NotificationSerializer(serializers.ModelSerializer[Notice]):
    seller = serializers.CharField(source="seller.seller_id")
    channel = serializers.CharField(source="channel.code")

    class Meta:
        model = Notice
        fields = ("id", "seller", "channel", "severity", "message", "created_at", "sent_at", "is_refused", "error")
        read_only_fields = fields
        extra_kwargs = {
            "sent_at": {"help_text": "When SCX took it; null while it waits."},
            "is_refused": {"help_text": "SCX does not take it, or what it tells of was over before it was sent."},
            "error": {"help_text": "What SCX said last, if it did not take it."},
        }


class NotificationsSerializer(serializers.Serializer[Any]):
    results = NotificationSerializer(many=True, help_text="One for each channel. What waits unsent is not sent twice.")


class NotificationQuery(Query):
    channel = Text(help_text="A channel's code; a platform means its marketplaces.")
    seller = Text(help_text="A seller id.")


class NotificationViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, Resource):
    """Messages to sellers, of the portal and of the marketplace's systems."""

    family = ApiKey.Family.SELLERS
    serializer_class = NotificationSerializer
    lookup_value_regex = "[0-9]{1,18}"
    queries: ClassVar[dict[str, type[Query]]] = {"list": NotificationQuery}
    conflicts = {"create": "The seller sells on none of these channels."}

    def get_queryset(self) -> QuerySet[Notice]:
        found = Notice.objects.filter(self.within_channels()).select_related("seller", "channel")
        if "seller" in self.params:
            found = found.filter(seller__seller_id=self.params["seller"])
        return found.only(
            *("severity", "message", "created_at", "sent_at", "is_refused", "error"),
            *("seller__seller_id", "channel__code"),
        ).order_by("pk")

    @extend_schema(request=NotificationBody, responses={202: NotificationsSerializer})
    def create(self, request: Request) -> Response:
        """Tell a seller something in JTL-Wawi: SCX is told soon."""
        wish = self.body(NotificationBody)
        code = wish.get("channel")
        wanted = self.visible_channels if code is None else filters.channel_named(code, self.visible_channels)
        found = self._reachable(wish["seller"], wanted)
        if not found:
            raise Conflict(_("There is no seller with this id who sells on these channels."), code="not_reachable")
        for seller, channels in found:
            notices.queue(seller, wish["message"], Notice.Severity(wish["severity"]), channels)
        waiting = self.get_queryset().filter(
            notices.unsent(),
            seller__in=[seller.pk for seller, _channels in found],
            severity=wish["severity"],
            message=wish["message"],
        )
        return Response(NotificationsSerializer({"results": waiting}).data, status=status.HTTP_202_ACCEPTED)

    def _reachable(self, seller_id: str, wanted: list[Channel]) -> list[tuple[Seller, list[Channel]]]:
        """Those with the id, each with the wanted channels where he sells."""
        homes = {channel.platform_id or channel.pk for channel in wanted}
        sellers = Seller.objects.filter(seller_id=seller_id, channel__in=homes, state__in=CONNECTED)
        keys = {channel.pk for channel in wanted}
        pairs = [
            (seller, list(notices.reachable(seller).filter(pk__in=keys)))
            for seller in sellers.select_related("channel")
        ]
        return [(seller, channels) for seller, channels in pairs if channels]
