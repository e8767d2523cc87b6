"""Offers of the database as the plain data connectors get, in a number of queries that does not grow with them."""

from collections.abc import Sequence
from typing import Any, cast

from django.db.models import Exists, OuterRef, Prefetch

from listings.handover.base import OfferData, OfferRef, PictureData, PriceData
from listings.models import Claim, ListingReport, Offer, OfferQuerySet, Picture

# Looked up apart: encrypted fields are decrypted once for a batch, and not for each offer.
OWNERS = ("channel", "seller")


def read(offers: OfferQuerySet) -> list[OfferData]:
    """The listings with their visible variations, prices, pictures and stock."""
    variations = Offer.objects.visible().select_related("stock_level").order_by("pk")
    related = [*OWNERS, "prices", "pictures__content"]
    page = offers.select_related("stock_level").prefetch_related(
        *related, Prefetch("variations", variations.prefetch_related(*related))
    )
    return [_data(offer, [_data(variation) for variation in offer.variations.all()]) for offer in page]


def references(offers: OfferQuerySet) -> list[OfferRef]:
    """What of the listings it takes to withdraw them."""
    listed = ListingReport.objects.filter(offer=OuterRef("pk"), kind=ListingReport.Kind.LISTED)
    in_hand = Claim.objects.filter(offer=OuterRef("pk"))
    page = offers.prefetch_related(*OWNERS).annotate(was_listed=Exists(listed) | Exists(in_hand))
    return [
        OfferRef(
            key=offer.pk,
            channel=offer.channel.code,
            seller=offer.seller.seller_id,
            offer_id=offer.offer_id,
            channel_offer_id=offer.channel_offer_id,
            listing_url=offer.listing_url,
            sku=offer.sku,
            is_over=offer.state == Offer.State.ENDED,
            was_listed=offer.was_listed or bool(offer.listing_url) or offer.state == Offer.State.IN_PROGRESS,
            credentials=_credentials(offer),
        )
        for offer in page.only(*OWNERS, "offer_id", "channel_offer_id", "listing_url", "sku", "state")
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
        quantity=offer.channel.sellable(level.quantity) if level else None,
        prices=tuple(
            PriceData(price.price_type, price.quantity, price.amount, price.currency) for price in offer.prices.all()
        ),
        pictures=tuple(_picture(picture) for picture in offer.pictures.all()),
        variations=tuple(variations),
        credentials=_credentials(offer),
    )


def _picture(picture: Picture) -> PictureData:
    copy = picture.content
    return PictureData(
        position=picture.position,
        source=picture.source,
        deadline=picture.deadline,
        name=picture.name,
        state=cast(Any, picture.state),
        url=copy.url if copy else "",
        width=copy.width if copy else None,
        height=copy.height if copy else None,
    )
