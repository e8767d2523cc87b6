"""What is stored of one seller's stock."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from platforms import erasure
from sellers.adoption import all_channels_of
from sellers.models import Seller
from stock.models import StockCursor, StockLevel


def export(seller: Seller) -> dict[str, Iterable[dict[str, Any]]]:
    fields = ("channel__code", "offer_id", "channel_offer_id", "quantity", "updated_at", "received_at", "source")
    return {"stock_levels": _levels(seller).values(*fields).iterator()}


def purge(seller: Seller) -> Counter[str]:
    return erasure.delete(_levels(seller)) or erasure.delete(StockCursor.objects.filter(seller=seller))


def _levels(seller: Seller) -> QuerySet[StockLevel]:
    return StockLevel.objects.filter(channel__in=all_channels_of(seller), seller_id=seller.seller_id).order_by("pk")
