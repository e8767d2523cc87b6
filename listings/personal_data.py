"""What is stored of one seller's offers."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.core.files.storage import default_storage

from listings.models import ListingReport, Offer, Picture, Price
from platforms import erasure
from sellers.models import Seller

OFFER = (
    *("channel__code", "offer_id", "parent_offer_id", "channel_offer_id", "sku", "gtin", "mpn", "isbn", "brand"),
    *("title", "sub_title", "description", "category", "tax_percent", "recommended_price", "attributes"),
    *("product_attributes", "dimensions", "revision", "state", "listing_url", "errors", "created_at", "updated_at"),
)
PRICE = ("offer__channel__code", "offer__offer_id", "price_type", "quantity", "amount", "currency")
PICTURE = ("offer__channel__code", "offer__offer_id", "position", "source")
REPORT = ("channel__code", "offer__offer_id", "kind", "revision", "at", "content", "state", "sent_at")


def export(seller: Seller) -> dict[str, Iterable[dict[str, Any]]]:
    return {
        "offers": Offer.objects.filter(seller=seller).order_by("pk").values(*OFFER).iterator(),
        "prices": Price.objects.filter(offer__seller=seller).order_by("pk").values(*PRICE).iterator(),
        "pictures": Picture.objects.filter(offer__seller=seller).order_by("pk").values(*PICTURE).iterator(),
        "listing_reports": ListingReport.objects.filter(offer__seller=seller).order_by("pk").values(*REPORT).iterator(),
    }


def purge(seller: Seller) -> Counter[str]:
    pictures = Picture.objects.filter(offer__seller=seller).order_by("pk")
    _delete_files(pictures.values_list("pk", "file")[: erasure.BATCH])
    # The newest first: variations come after their parents, which would take all of them along at once.
    return erasure.delete(pictures) or erasure.delete(Offer.objects.filter(seller=seller).order_by("-pk"))


def _delete_files(pictures: Iterable[tuple[int, str]]) -> None:
    """Before their rows, so that a kill between the two leaves nothing behind; a file may serve several pictures."""
    files = {file for _key, file in pictures if file}
    keys = [key for key, _file in pictures]
    shared = Picture.objects.filter(file__in=files).exclude(pk__in=keys).values_list("file", flat=True)
    for file in files.difference(shared):
        default_storage.delete(file)
