"""REST: the feed of sellers that changed."""

from typing import ClassVar

from django.db.models import QuerySet
from rest_framework import mixins, serializers

from platforms.models import ApiKey
from platforms.rest.filters import Position, Query, Text
from platforms.rest.views import Resource
from sellers import feed
from sellers.api import SellerSerializer, seen_by
from sellers.models import Seller


class SellerChangeSerializer(SellerSerializer):
    cursor = serializers.IntegerField(
        source="number", read_only=True, help_text="Give the last one you have seen as `after`."
    )

    class Meta:
        model = Seller
        fields = ("cursor", *SellerSerializer.Meta.fields)
        read_only_fields = fields
        extra_kwargs = SellerSerializer.Meta.extra_kwargs


class SellerChangeQuery(Query):
    channel = Text(help_text="A platform or standalone channel, or a marketplace: those who sell there.")
    after = Position(help_text="Only who changed after this `cursor`.")


class SellerChangeViewSet(mixins.ListModelMixin, Resource):
    """Who changed, in order: keep the last `cursor`, and ask for who came after it.

    A change is one of anything that is told here, marketplaces included. A seller stands there once, at his last
    change, as he is now; one who signs up comes in with the connection.
    """

    family = ApiKey.Family.SELLERS
    serializer_class = SellerChangeSerializer
    queries: ClassVar[dict[str, type[Query]]] = {"list": SellerChangeQuery}
    order_field = "number"

    def get_queryset(self) -> QuerySet[Seller]:
        return seen_by(self, feed.changes(self.params.get("after", 0)))
