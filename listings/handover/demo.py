"""The demo marketplace: lists at once what has a picture, a GTIN and a title of at most 80 characters."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext as _

from listings.handover.base import ListingError, OfferData, OfferRef, Result

LONGEST_TITLE = 80
WEBSITE = "https://demo-marketplace.example"


class DemoHandover:
    def hand_over(self, settings: dict[str, Any], offers: list[OfferData]) -> list[tuple[int, Result]]:
        return [(offer.key, decide(offer)) for offer in offers]

    def withdraw(self, settings: dict[str, Any], offers: list[OfferRef]) -> None:
        """The demo marketplace keeps no listings that it would have to take down."""


def decide(offer: OfferData) -> Result:
    errors = tuple(_problems(offer))
    if errors:
        return Result("failed", revision=offer.revision, errors=errors)
    return Result(
        "listed",
        revision=offer.revision,
        channel_offer_id=offer.channel_offer_id or f"DEMO-{offer.key}",
        listing_url=f"{WEBSITE}/{quote(offer.channel)}/{quote(offer.seller, safe='')}/{offer.offer_id}",
    )


def _problems(offer: OfferData) -> Iterator[ListingError]:
    if not any(part.pictures for part in (offer, *offer.variations)):
        yield ListingError(
            "PICTURE_MISSING",
            _("The offer has no picture."),
            long_message=_(
                "The Demo Marketplace shows a picture of every offer. Add one in JTL-Wawi and send it again."
            ),
        )
    yield from _gtin_problems(offer)
    if len(offer.title) > LONGEST_TITLE:
        yield ListingError(
            "TITLE_TOO_LONG",
            _("The title has %(length)d characters, %(longest)d are allowed.")
            % {"length": len(offer.title), "longest": LONGEST_TITLE},
            recommended_value=offer.title[:LONGEST_TITLE].rstrip(),
        )


def _gtin_problems(offer: OfferData) -> Iterator[ListingError]:
    """What is sold needs the GTIN: the variations of a listing that has some, else the offer itself."""
    without = [part.sku for part in offer.variations or (offer,) if not part.gtin.strip()]
    if without:
        yield ListingError(
            "GTIN_MISSING",
            _("The GTIN is missing."),
            long_message=_("Without a GTIN: %(skus)s.") % {"skus": ", ".join(without)},
        )
