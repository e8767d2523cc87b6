"""Offers of connectors as the JSON that the marketplace's systems know from the REST API."""

from dataclasses import asdict
from decimal import Decimal
from typing import Any

from listings.handover.base import OfferData, OfferRef, PictureData, PriceData
from platforms.rest.serializers import plain

# Of the listing alone: what names it here, and what nobody else may see.
APART = ("key", "credentials", "prices", "pictures", "variations")


def offer(data: OfferData) -> dict[str, Any]:
    """As `GET offers/{id}/` tells it, without what only the portal knows of it: state, errors and times."""
    fields = {name: _value(value) for name, value in vars(data).items() if name not in APART}
    return {
        "id": data.key,
        **fields,
        "prices": [_price(price) for price in data.prices],
        "pictures": [_picture(picture) for picture in data.pictures],
        "variations": [offer(variation) for variation in data.variations],
    }


def reference(data: OfferRef) -> dict[str, Any]:
    """What of a listing it takes to find it."""
    return {"id": data.key, **{name: value for name, value in vars(data).items() if name not in APART}}


def credentials(offers: list[OfferData] | list[OfferRef]) -> dict[str, dict[str, Any]]:
    """What the sellers of these sign in with, by seller id; without those who have nothing."""
    return {each.seller: each.credentials for each in offers if each.credentials}


def _price(price: PriceData) -> dict[str, Any]:
    return {name: _value(value) for name, value in asdict(price).items()}


def _picture(picture: PictureData) -> dict[str, Any]:
    return {**asdict(picture), "url": picture.url or None, "deadline": picture.deadline.isoformat()}


def _value(value: Any) -> Any:
    if isinstance(value, Decimal):
        return plain(value)
    return list(value) if isinstance(value, tuple) else value
