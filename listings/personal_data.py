"""What is stored of one seller's offers."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.db import transaction

from listings.models import ListingReport, Offer, Picture, Price, Revision
from listings.pictures import files
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


REVISION = ("offer__channel__code", "offer__offer_id", "number", "content_at", "replaced_at", "changes", "prices")


def export(seller: Seller) -> dict[str, Iterable[dict[str, Any]]]:
    revisions = Revision.objects.filter(offer__seller=seller).order_by("pk")
    return {
        "offers": Offer.objects.filter(seller=seller).order_by("pk").values(*OFFER).iterator(),
        "prices": Price.objects.filter(offer__seller=seller).order_by("pk").values(*PRICE).iterator(),
        "pictures": Picture.objects.filter(offer__seller=seller).order_by("pk").values(*PICTURE).iterator(),
        "revisions": revisions.values(*REVISION).iterator(),
        "listing_reports": ListingReport.objects.filter(offer__seller=seller).order_by("pk").values(*REPORT).iterator(),
    }


def purge(seller: Seller) -> Counter[str]:
    pictures = Picture.objects.filter(offer__seller=seller).order_by("pk")
    copies = set(pictures.exclude(content=None).values_list("content", flat=True)[: erasure.BATCH])
    with transaction.atomic():
        # A storage that fails keeps the rows, which are all that knows of the files.
        removed = erasure.delete(pictures)
        files.drop(copies)
    # A listing may have many: not all along with it, in one go.
    removed = removed or erasure.delete(Revision.objects.filter(offer__seller=seller).order_by("pk"))
    # The newest first: variations come after their parents, which would take all of them along at once.
    return removed or erasure.delete(Offer.objects.filter(seller=seller).order_by("-pk"))
