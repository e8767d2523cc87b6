"""What offer and stock events mean for levels."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import chain
from typing import Any

from platforms.models import Channel, Event
from platforms.scx.values import as_dict, as_list, parse_decimal, parse_id_number, parse_text
from stock import intake, levels
from stock.levels import Key, Update
from stock.models import StockLevel


def stock(channel: Channel, events: list[Event]) -> None:
    """`Seller:Offer.StockUpdate`: raises ValueError for one without a usable offer id or quantity."""
    updates = {event.pk: _update(event, event.payload, StockLevel.Source.EVENT) for event in events}
    counted = intake.record(channel, updates.values()).counted
    for event in events:
        if updates[event.pk] not in counted:
            event.state = Event.State.SUPERSEDED


def content(channel: Channel, events: list[Event]) -> None:
    """The quantities inside `Seller:Offer.New` and `.Update`, the listing's own and its variations'."""
    updates = {event.pk: list(_quantities(event)) for event in events}
    keys = {key for event in events for key in _keys(event)}
    counted = intake.record_content(channel, chain.from_iterable(updates.values()), keys).counted
    for event in events:
        if counted.intersection(updates[event.pk]):
            event.state = Event.State.DONE


def _keys(event: Event) -> Iterator[Key]:
    seller_id = parse_text(event.payload.get("sellerId"))
    numbers = (parse_id_number(part.get("offerId")) for part in _parts(event))
    return ((seller_id, number) for number in numbers if number)


def _quantities(event: Event) -> Iterator[Update]:
    seller_id = event.payload.get("sellerId")
    for part in _parts(event):
        if part.get("quantity") not in (None, ""):
            yield _update(event, {**part, "sellerId": seller_id}, StockLevel.Source.OFFER)


def _parts(event: Event) -> Iterator[dict[str, Any]]:
    """The listing and its variations."""
    yield event.payload
    yield from map(as_dict, as_list(event.payload.get("variationList")))


def _update(event: Event, payload: dict[str, object], source: str) -> Update:
    offer_id = parse_id_number(payload.get("offerId"))
    if offer_id is None:
        raise ValueError("offerId: a whole number of at least 1 is needed.")
    quantity = parse_decimal(payload.get("quantity"))
    if quantity is None:
        raise ValueError(f"quantity of offer {offer_id}: a decimal number is needed.")
    return Update(
        seller_id=parse_text(payload.get("sellerId")),
        offer_id=offer_id,
        quantity=Decimal(quantity),
        updated_at=event.created_at,
        version=levels.version(event.created_at, event_id=event.event_id),
        source=source,
        channel_offer_id=parse_text(payload.get("channelOfferId"))[:100],
    )
