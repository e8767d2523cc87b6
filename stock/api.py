"""REST: stock levels, and the feed of their changes."""

from collections.abc import Iterable
from itertools import groupby
from operator import attrgetter
from typing import Any, ClassVar

from django.db.models import Count, QuerySet, Value
from django.db.models.functions import NullIf
from drf_spectacular.utils import extend_schema_field
from rest_framework import mixins, serializers

from platforms import pools
from platforms.models import ApiKey
from platforms.rest.filters import Position, Query, Text
from platforms.rest.serializers import PlainDecimalField, plain
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
    quantity = serializers.SerializerMethodField(
        help_text="What may be sold: the stock less what the channel holds back (`stock_buffer`, `stock_minimum`)."
    )
    in_stock = PlainDecimalField(source="quantity", help_text="The stock as SCX told it.")
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
            "in_stock",
            "updated_at",
            "source",
            "group",
            "cursor",
        )
        read_only_fields = fields

    @extend_schema_field({"type": "string", "pattern": r"^\d+(\.\d+)?$", "example": "5"})
    def get_quantity(self, level: StockLevel) -> str:
        return plain(level.channel.sellable(level.quantity))

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
    family = ApiKey.Family.STOCK
    serializer_class = StockLevelSerializer

    def get_queryset(self) -> QuerySet[StockLevel]:
        levels = StockLevel.objects.filter(self.within_channels())
        for name, lookup in (("seller", "seller_id"), ("sku", "offer_row__sku"), ("after", "number__gt")):
            if name in self.params:
                levels = levels.filter(**{lookup: self.params[name]})
        return feed_rows(levels)


def feed_rows(levels: QuerySet[StockLevel]) -> QuerySet[StockLevel]:
    """The levels with what their serializers tell."""
    return (
        levels.annotate(label=NullIf(pools.label("channel__"), Value("")))
        .select_related("channel", "offer_row")
        .only(
            *("seller_id", "offer_id", "channel_offer_id", "quantity", "updated_at", "source", "number"),
            *("channel__code", "channel__stock_buffer", "channel__stock_minimum"),
            *("offer_row__sku", "offer_row__channel_offer_id"),
        )
    )


class StockLevelViewSet(_Levels):
    """The stock of every offer, as it is now."""

    queries: ClassVar[dict[str, type[Query]]] = {"list": StockLevelQuery}


class HoldsForSerializer(StockLevelSerializer):
    class Meta:
        model = StockLevel
        fields = ("channel", "offer_id", "channel_offer_id", "quantity")
        read_only_fields = fields


class StockChangeSerializer(StockLevelSerializer):
    channels = HoldsForSerializer(
        source="together",
        many=True,
        read_only=True,
        help_text="The offers it holds for: in a stock sync group those on all its channels.",
    )

    class Meta:
        model = StockLevel
        fields = (*StockLevelSerializer.Meta.fields, "channels")
        read_only_fields = fields


def changes(levels: Iterable[StockLevel]) -> list[Any]:
    """Of levels in the order of the feed one for each change, with all that it brought as `together`.

    It is the one that SCX told, or the first where that is not among them.
    """
    found = []
    for _number, some in groupby(levels, key=attrgetter("number")):
        together = sorted(some, key=lambda level: (level.channel.code, level.offer_id))
        change: Any = next((level for level in together if level.source != StockLevel.Source.GROUP), together[0])
        change.together = together
        found.append(change)
    return found


class StockChangeViewSet(_Levels):
    """What changed, in order: keep the last `cursor`, and ask for what came after it.

    What one update brought to the channels of a stock sync group stands there once, with the channels it holds for.
    A level that changed twice stands there once, at its last change.
    """

    serializer_class = StockChangeSerializer
    queries: ClassVar[dict[str, type[Query]]] = {"list": StockChangeQuery}
    order_field = "number"

    def weights(self, levels: QuerySet[StockLevel], limit: int) -> list[tuple[int, int]]:
        """A page holds so many changes, or those of 5,000 levels."""
        counted = levels.values("number").annotate(levels=Count("pk"))
        return [(number, -(-levels // 5)) for number, levels in counted.values_list("number", "levels")[:limit]]

    def paginate_queryset(self, queryset: Any) -> list[Any] | None:
        return changes(super().paginate_queryset(queryset) or [])
