"""What is stored of one seller's stock."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from platforms import erasure
from sellers.adoption import all_channels_of
from sellers.models import Seller
from stock.models import SellerNews, StockCursor, StockDifference, StockLevel, StockUpdate


def export(seller: Seller) -> dict[str, Iterable[dict[str, Any]]]:
    said = ("channel__code", "offer_id", "quantity", "updated_at", "received_at", "source")
    return {
        "stock_levels": _levels(seller).values(*said, "channel_offer_id").iterator(),
        "stock_updates": _updates(seller).values(*said, "superseded").iterator(),
    }


def purge(seller: Seller) -> Counter[str]:
    return (
        erasure.delete(_levels(seller))
        or erasure.delete(_updates(seller))
        or erasure.delete(_differences(seller))
        or erasure.delete(StockCursor.objects.filter(seller=seller))
        or erasure.delete(SellerNews.objects.filter(seller=seller))
    )


def _levels(seller: Seller) -> QuerySet[StockLevel]:
    return StockLevel.objects.filter(channel__in=all_channels_of(seller), seller_id=seller.seller_id).order_by("pk")


def _updates(seller: Seller) -> QuerySet[StockUpdate]:
    return StockUpdate.objects.filter(channel__in=all_channels_of(seller), seller_id=seller.seller_id).order_by("pk")


def _differences(seller: Seller) -> QuerySet[StockDifference]:
    channels = all_channels_of(seller)
    return StockDifference.objects.filter(cursor__channel__in=channels, seller_id=seller.seller_id).order_by("pk")
