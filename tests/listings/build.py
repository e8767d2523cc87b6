"""Short ways to an offer event and to what came of it."""

from datetime import datetime, timedelta
from typing import Any

from listings import handlers
from listings.models import Offer
from platforms.models import Channel, Event
from sellers.models import Seller
from tests.factories import NOON, EventFactory

HANDLERS = {
    "Seller:Offer.New": handlers.content,
    "Seller:Offer.Update": handlers.content,
    "Seller:Offer.PriceUpdate": handlers.prices,
    "Seller:Offer.End": handlers.end,
}


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def price_list(amount: str, currency: str = "EUR") -> list[dict[str, Any]]:
    return [{"id": "B2C", "quantityPriceList": [{"amount": amount, "currency": currency}]}]


def listing(seller: Seller, offer_id: int, **fields: Any) -> dict[str, Any]:
    return {
        "sellerId": seller.seller_id,
        "offerId": offer_id,
        "sku": f"SKU-{offer_id}",
        "priceList": price_list("10.00"),
        **fields,
    }


def variation(offer_id: int, **fields: Any) -> dict[str, Any]:
    return {
        "offerId": offer_id,
        "sku": f"SKU-{offer_id}",
        "variationDimensionList": [{"attributeId": "size", "value": str(offer_id)}],
        "quantity": "1",
        "priceList": price_list("5.00"),
        **fields,
    }


def happen(channel: Channel, payload: dict[str, Any], seconds: float = 0, kind: str = "New", **fields: Any) -> Event:
    """One event, applied; returned as the handler left it."""
    event = EventFactory(
        channel=channel, type=f"Seller:Offer.{kind}", payload=payload, created_at=at(seconds), **fields
    )
    event.state = Event.State.DONE
    HANDLERS[event.type](channel, [event])
    return event


def offer(seller: Seller, offer_id: int) -> Offer:
    return Offer.objects.get(seller=seller, offer_id=offer_id)


def visible(channel: Channel) -> set[int]:
    return set(Offer.objects.visible().filter(channel=channel).values_list("offer_id", flat=True))
