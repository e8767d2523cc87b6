"""What SCX's events mean for sellers. They run inside the inbox's transaction and call nobody."""

from datetime import datetime

from django.utils.translation import gettext as _

from platforms.models import Channel, Event
from platforms.scx.values import parse_bool, parse_text, parse_time
from sellers import clients, endings
from sellers.models import Seller

NOT_APPLIED = {Event.State.WAITING, Event.State.IGNORED}


def hold_events_of_unknown_sellers(channel: Channel, events: list[Event]) -> None:
    """Events of sellers not known yet wait for them, those of removed sellers mean nothing any more."""
    ids = {event.seller_id for event in events}
    found = Seller.objects.of_channel(channel).filter(seller_id__in=ids)
    sellers = {seller.seller_id: seller for seller in found.only("seller_id", "state", *clients.FIELDS)}
    for event in events:
        seller = sellers.get(event.seller_id)
        state = seller.state if seller else None
        if state is None or state == Seller.State.LINKING:
            event.state = Event.State.WAITING
            event.error = _("The portal does not know seller “%(seller)s” yet; the event waits for the sign-up.") % {
                "seller": event.seller_id
            }
        elif state == Seller.State.REMOVED:
            event.state = Event.State.IGNORED
            event.error = _("The seller has been removed for good.")
    clients.note(channel, sellers, [event for event in events if event.state not in NOT_APPLIED])


def unlinked(channel: Channel, events: list[Event]) -> None:
    """`Seller:Channel.Unlinked`: the connection ended, until an update revives it or for good (contract 6.2)."""
    ids = {event.seller_id for event in events}
    locked = Seller.objects.of_channel(channel).filter(seller_id__in=ids).select_for_update(of=("self",), no_key=True)
    sellers = {seller.seller_id: seller for seller in locked.order_by("pk")}
    for event in events:
        seller = sellers[event.seller_id]
        if _is_superseded(event, seller):
            event.state = Event.State.SUPERSEDED
        elif seller.state == Seller.State.REMOVED:
            event.state = Event.State.IGNORED
        else:
            _end(seller, channel, event)


def _is_superseded(event: Event, seller: Seller) -> bool:
    """Whether it tells of an end before the last sign-up or update. SCX's times are compared in whole seconds."""
    if seller.state == Seller.State.UNLINKING or seller.linked_at is None:
        return False
    return _unlinked_at(event).replace(microsecond=0) < seller.linked_at.replace(microsecond=0)


def _unlinked_at(event: Event) -> datetime:
    return parse_time(event.payload.get("unlinkedAt")) or event.created_at


def _end(seller: Seller, channel: Channel, event: Event) -> None:
    reason = parse_text(event.payload.get("reason"))
    removed = parse_bool(event.payload.get("permanentlyRemoved"), default=False)
    endings.end(seller, channel, reason, removed=removed, at=_unlinked_at(event))
