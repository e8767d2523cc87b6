"""REST: stock levels, and the feed of their changes."""

from typing import ClassVar

from django.db.models import QuerySet, Value
from django.db.models.functions import NullIf
from rest_framework import mixins, serializers

from platforms import pools
from platforms.rest.filters import Position, Query, Text
from platforms.rest.serializers import PlainDecimalField
from platforms.rest.views import Resource
from stock.models import StockLevel


class StockLevelSerializer(serializers.ModelSerializer[StockLevel]):
    channel = serializers.CharField(source="channel.code")
    seller = serializers.CharField(source="seller_id")
    sku = serializers.CharField(
        source="offer_row.sku", default=None, allow_null=True, read_only=True, help_text="Null until the offer came."
    )
    channel_offer_id = serializers.SerializerMethodField(
        help_text="The marketplace's own id of the offer; of an offer without one, what SCX said with the stock."
    )
    quantity = PlainDecimalField()
    group = serializers.CharField(
        source="label",
        allow_null=True,
        read_only=True,
        help_text="The stock sync group by which the channel shares stock now: the one SCX shows, if it shows any.",
    )
    cursor = serializers.IntegerField(source="number", help_text="Give the last one you have seen as `after`.")

    class Meta:
        model = StockLevel
        fields = (
            "channel",
            "seller",
            "offer_id",
            "channel_offer_id",
            "sku",
            "quantity",
            "updated_at",
            "source",
            "group",
            "cursor",
        )
        read_only_fields = fields

    def get_channel_offer_id(self, level: StockLevel) -> str:
        return (level.offer_row.channel_offer_id if level.offer_row else "") or level.channel_offer_id


class StockLevelQuery(Query):
    channel = Text(help_text="A channel's code; a platform means its marketplaces.")
    seller = Text(help_text="A seller id.")
    sku = Text()


class StockChangeQuery(Query):
    channel = Text(help_text="A channel's code; a platform means its marketplaces.")
    after = Position(help_text="Only what changed after this `cursor`.")


class _Levels(mixins.ListModelMixin, Resource):
    serializer_class = StockLevelSerializer

    def get_queryset(self) -> QuerySet[StockLevel]:
        levels = StockLevel.objects.filter(self.within_channels())
        for name, lookup in (("seller", "seller_id"), ("sku", "offer_row__sku"), ("after", "number__gt")):
            if name in self.params:
                levels = levels.filter(**{lookup: self.params[name]})
        return (
            levels.annotate(label=NullIf(pools.label("channel__"), Value("")))
            .select_related("channel", "offer_row")
            .only(
                *("seller_id", "offer_id", "channel_offer_id", "quantity", "updated_at", "source", "number"),
                *("channel__code", "offer_row__sku", "offer_row__channel_offer_id"),
            )
        )


class StockLevelViewSet(_Levels):
    """The stock of every offer, as it is now."""

    queries: ClassVar[dict[str, type[Query]]] = {"list": StockLevelQuery}


class StockChangeViewSet(_Levels):
    """The stock levels in the order they last changed: keep the last `cursor`, and ask for what came after it.

    A level that changed twice stands there once, at its last change.
    """

    queries: ClassVar[dict[str, type[Query]]] = {"list": StockChangeQuery}
    order_field = "number"
