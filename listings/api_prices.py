"""REST: the feed of prices that changed."""

from typing import Any, ClassVar

from django.db.models import Count, QuerySet
from rest_framework import mixins, serializers

from listings.api_shapes import MoneySerializer, PriceSerializer
from listings.models import Offer, OfferQuerySet, Price
from platforms.models import ApiKey
from platforms.rest.filters import Position, Query, Text
from platforms.rest.views import Resource


class PriceChangeSerializer(serializers.ModelSerializer[Offer]):
    cursor = serializers.IntegerField(source="prices_number", help_text="Give the last one you have seen as `after`.")
    channel = serializers.CharField(source="channel.code")
    seller = serializers.CharField(source="seller.seller_id")
    offer = serializers.IntegerField(source="pk", help_text="The `id` of the offer here; a variation has its own.")
    offer_id = serializers.IntegerField(help_text="SCX's id of the offer.")
    prices = PriceSerializer(many=True, help_text="All prices as they are now; none where they are gone.")
    recommended_price = MoneySerializer(allow_null=True)
    updated_at = serializers.DateTimeField(
        source="price_at", allow_null=True, help_text="The time of SCX's newest word on the prices, if it told one."
    )

    class Meta:
        model = Offer
        fields = (
            "cursor",
            "channel",
            "seller",
            "offer",
            "offer_id",
            "parent_offer_id",
            "sku",
            "channel_offer_id",
            "state",
            "prices",
            "recommended_price",
            "updated_at",
        )
        read_only_fields = fields
        extra_kwargs = {
            "state": {"help_text": "Of the offer as it is now; a change of it alone is none of prices."},
            "parent_offer_id": {"help_text": "Of a variation: SCX's id of its offer."},
        }


class PriceChangeQuery(Query):
    channel = Text(help_text="A channel's code; a platform means its marketplaces.")
    seller = Text(help_text="A seller id.")
    after = Position(help_text="Only prices that changed after this `cursor`.")


class PriceChangeViewSet(mixins.ListModelMixin, Resource):
    """Whose prices changed, in order: keep the last `cursor`, and ask for what came after it.

    An offer or variation stands there once, at the last change of its prices or its recommended price, as it is now.
    """

    family = ApiKey.Family.OFFERS
    serializer_class = PriceChangeSerializer
    queries: ClassVar[dict[str, type[Query]]] = {"list": PriceChangeQuery}
    order_field = "prices_number"

    def get_queryset(self) -> QuerySet[Offer]:
        priced = Offer.objects.visible().filter(self.within_channels(), prices_number__gt=self.params.get("after", 0))
        if "seller" in self.params:
            priced = priced.filter(seller__seller_id=self.params["seller"])
        return with_prices(priced)

    def weights(self, offers: OfferQuerySet, limit: int) -> list[tuple[int, int]]:
        """A page holds 5,000 prices."""
        numbers: dict[int, Any] = dict(offers.values_list("pk", "prices_number")[:limit])
        counted = Price.objects.filter(offer__among=list(numbers)).order_by().values_list("offer").annotate(Count("pk"))
        prices = dict(counted)
        return [(number, -(-prices.get(key, 0) // 5)) for key, number in numbers.items()]


def with_prices(offers: QuerySet[Offer]) -> QuerySet[Offer]:
    """The offers with what their serializer tells."""
    return (
        offers.select_related("channel", "seller")
        .only(
            *("offer_id", "parent_offer_id", "sku", "channel_offer_id", "state", "recommended_price", "price_at"),
            *("prices_number", "channel__code", "seller__seller_id"),
        )
        .prefetch_related("prices")
    )
