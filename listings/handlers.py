"""What SCX's offer events mean for the offers here."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from listings.content import Mention, merge
from listings.models import Offer
from listings.payload import OfferKey, read_key, read_listing, read_prices
from listings.rows import Key
from platforms.jobs import nudge
from platforms.models import Channel, Event
from sellers.models import Seller

Reader = Callable[[Event, dict[str, int]], Iterable[Mention]]
"""The mentions in an event, the event's own offer first, given the primary keys of sellers by seller id."""


def content(channel: Channel, events: list[Event]) -> None:
    """`Seller:Offer.New` and `.Update`: the listing as a whole, with its variations and all their prices."""
    _apply(channel, events, _read_content, lambda offer, event: offer.content_version == event.version)


def prices(channel: Channel, events: list[Event]) -> None:
    """`Seller:Offer.PriceUpdate`: all prices of one offer."""
    _apply(channel, events, _read_prices, lambda offer, event: offer.price_version == event.version)


def end(channel: Channel, events: list[Event]) -> None:
    """`Seller:Offer.End`: the offer is over until newer content comes."""
    _apply(channel, events, _read_end, lambda offer, event: offer.end_version == event.version and offer.is_ended)


def unlinked(channel: Channel, events: list[Event]) -> None:
    """`Seller:Channel.Unlinked`: the sellers' offers leave the marketplace."""
    nudge("handover", channel)


def _apply(channel: Channel, events: Sequence[Event], read: Reader, counts: Callable[[Offer, Event], bool]) -> None:
    sellers = _sellers(channel, events)
    # All is read before anything is written: an event that cannot be read costs no database work.
    read_events = [(event, list(read(event, sellers))) for event in events]
    offers, changed = merge(channel, [mention for _event, mentions in read_events for mention in mentions])
    for event, mentions in read_events:
        if not counts(offers[mentions[0].key], event):
            event.state = Event.State.SUPERSEDED
    if changed:
        nudge("handover", channel)


def _sellers(channel: Channel, events: Sequence[Event]) -> dict[str, int]:
    wanted = {event.seller_id for event in events}
    known = Seller.objects.of_channel(channel).filter(seller_id__in=wanted)
    return dict(known.order_by().values_list("seller_id", "pk"))


def _read_content(event: Event, sellers: dict[str, int]) -> Iterable[Mention]:
    listing = read_listing(event.payload)
    own = _key(listing.key, sellers)
    yield Mention(own, event.version, content=listing.content, prices=listing.content.prices)
    for variation in listing.variations:
        key = (own[0], variation.offer_id)
        yield Mention(key, event.version, content=variation, prices=variation.prices, parent=own)


def _read_prices(event: Event, sellers: dict[str, int]) -> Iterable[Mention]:
    key = _key(read_key(event.payload), sellers)
    yield Mention(key, event.version, prices=read_prices(event.payload))


def _read_end(event: Event, sellers: dict[str, int]) -> Iterable[Mention]:
    yield Mention(_key(read_key(event.payload), sellers), event.version, ends=True)


def _key(offer: OfferKey, sellers: dict[str, Any]) -> Key:
    try:
        return sellers[offer.seller_id], offer.offer_id
    except KeyError:
        raise ValueError("sellerId: the seller is not known on this channel.") from None
