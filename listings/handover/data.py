"""Offers of the database as the plain data connectors get, in a number of queries that does not grow with them."""

from collections.abc import Sequence

from django.db.models import Prefetch

from listings.handover.base import OfferData, PictureData, PriceData
from listings.models import Offer, OfferQuerySet


def read(offers: OfferQuerySet) -> list[OfferData]:
    """The listings with their visible variations, prices, pictures and stock."""
    variations = Offer.objects.visible().select_related("channel", "seller", "stock_level").order_by("pk")
    related = ["prices", "pictures"]
    page = offers.select_related("channel", "seller", "stock_level").prefetch_related(
        *related, Prefetch("variations", variations.prefetch_related(*related))
    )
    return [_data(offer, [_data(variation) for variation in offer.variations.all()]) for offer in page]


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
            PictureData(picture.position, picture.source, picture.deadline) for picture in offer.pictures.all()
        ),
        variations=tuple(variations),
    )
