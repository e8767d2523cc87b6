"""Offers of the database as the plain data connectors get, in a number of queries that does not grow with them."""

from collections.abc import Sequence
from typing import Any, cast

from django.db.models import Prefetch

from listings.handover.base import OfferData, OfferRef, PictureData, PriceData
from listings.models import Offer, OfferQuerySet

# Looked up apart: encrypted fields are decrypted once for a batch, and not for each offer.
OWNERS = ("channel", "seller")


def read(offers: OfferQuerySet) -> list[OfferData]:
    """The listings with their visible variations, prices, pictures and stock."""
    variations = Offer.objects.visible().select_related("stock_level").order_by("pk")
    related = [*OWNERS, "prices", "pictures"]
    page = offers.select_related("stock_level").prefetch_related(
        *related, Prefetch("variations", variations.prefetch_related(*related))
    )
    return [_data(offer, [_data(variation) for variation in offer.variations.all()]) for offer in page]


def references(offers: OfferQuerySet) -> list[OfferRef]:
    """What of the listings it takes to withdraw them."""
    page = offers.prefetch_related(*OWNERS)
    return [
        OfferRef(
            key=offer.pk,
            channel=offer.channel.code,
            seller=offer.seller.seller_id,
            offer_id=offer.offer_id,
            channel_offer_id=offer.channel_offer_id,
            listing_url=offer.listing_url,
            sku=offer.sku,
            credentials=_credentials(offer),
        )
        for offer in page.only(*OWNERS, "offer_id", "channel_offer_id", "listing_url", "sku")
    ]


def _credentials(offer: Offer) -> dict[str, Any]:
    return cast(dict[str, Any], offer.seller.credentials)


def _data(offer: Offer, variations: Sequence[OfferData] = ()) -> OfferData:
    level = getattr(offer, "stock_level", None)
    return OfferData(
        key=offer.pk,
        channel=offer.channel.code,
        seller=offer.seller.seller_id,
        offer_id=offer.offer_id,
        revision=offer.revision,
        parent_offer_id=offer.parent_offer_id,
        channel_offer_id=offer.channel_offer_id,
        listing_url=offer.listing_url,
        sku=offer.sku,
        gtin=offer.gtin,
        mpn=offer.mpn,
        isbn=offer.isbn,
        brand=offer.brand,
        title=offer.title,
        sub_title=offer.sub_title,
        description=offer.description,
        category=offer.category,
        tax_percent=offer.tax_percent,
        recommended_price=offer.recommended_price,
        attributes=tuple(offer.attributes),
        product_attributes=tuple(offer.product_attributes),
        dimensions=tuple(offer.dimensions),
        quantity=level.quantity if level else None,
        prices=tuple(
            PriceData(price.price_type, price.quantity, price.amount, price.currency) for price in offer.prices.all()
        ),
        pictures=tuple(
            PictureData(picture.position, picture.source, picture.deadline, state=picture.state)
            for picture in offer.pictures.all()
        ),
        variations=tuple(variations),
        credentials=_credentials(offer),
    )
