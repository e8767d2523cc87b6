"""Adopts the sellers that SCX lists and the portal does not know: moving here from another integration."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from platforms import gateway, inbox, storable
from platforms.models import Channel, Event
from platforms.scx.sellers import ScxSeller
from sellers.models import Membership, Seller

State = Seller.State
# What the flags of several marketplaces say about one seller: the liveliest counts.
_LIVELIEST = (State.ACTIVE, State.INACTIVE, State.UNLINKED)
LONGEST_ID = 50


@dataclass
class Adoption:
    """What one channel's list brought."""

    listed: int = 0
    adopted: int = 0
    memberships: int = 0
    unusable: int = 0


def adopt(channel: Channel, *, patience: float = 0.0) -> Adoption:
    """Adopt from one marketplace's or standalone channel's list. Raises ScxError; what is known is not touched."""
    return take_in(channel, gateway.client(channel, patience=patience).sellers.list())


def adopt_one(channel: Channel, seller_id: str, *, patience: float = 0.0) -> Adoption:
    """Adopt this seller, if the channel's list has him, and nobody else: a person waits. Raises ScxError."""
    listed = gateway.client(channel, patience=patience, urgent=True).sellers.list()
    return take_in(channel, [row for row in listed if row.seller_id == seller_id])


def take_in(channel: Channel, listed: Sequence[ScxSeller]) -> Adoption:
    """Adopt those of the listed sellers that are not known here; their waiting events are due now."""
    result = Adoption(listed=len(listed))
    usable = [row for row in listed if len(row.seller_id) <= LONGEST_ID]
    result.unusable = len(listed) - len(usable)
    with transaction.atomic():
        known = _known(channel, usable)
        members = set(Membership.objects.filter(marketplace=channel).values_list("seller__seller_id", flat=True))
        for row in usable:
            seller = known.get(row.seller_id)
            if seller is None:
                seller, is_new = _adopt_seller(channel, row)
                known[row.seller_id] = seller
                result.adopted += is_new
            if channel.kind == Channel.Kind.MARKETPLACE and row.seller_id not in members:
                result.memberships += _adopt_membership(seller, channel, row)
        _wake_waiting(channel, known)
    return result


def unknown(channel: Channel, listed: Sequence[ScxSeller]) -> list[ScxSeller]:
    """Those of the listed sellers that are not known here, or not on this marketplace, and could be adopted."""
    here = Seller.objects.filter(channel=channel)
    if channel.kind == Channel.Kind.MARKETPLACE:
        here = Seller.objects.filter(memberships__marketplace=channel)
    known = set(here.values_list("seller_id", flat=True))
    return [row for row in listed if row.seller_id not in known and len(row.seller_id) <= LONGEST_ID]


def as_data(row: ScxSeller) -> dict[str, Any]:
    """A listed seller as JSON keeps it, in SCX's words."""
    return {
        "sellerId": row.seller_id,
        "jtlAccountId": row.jtl_account_id,
        "companyName": storable.text(row.company_name, 200),
        "isActiveByJTL": row.active_by_jtl,
        "isActiveByChannel": row.active_by_channel,
        "createdAt": row.created_at.isoformat() if row.created_at else None,
    }


def _wake_waiting(channel: Channel, known: dict[str, Seller]) -> None:
    channels = channels_of(channel)
    waiting = Event.objects.filter(channel__in=channels, state=Event.State.WAITING).order_by().values_list("seller_id")
    for (seller_id,) in waiting.distinct():
        if seller_id in known:
            inbox.wake(channels, seller_id)


def _known(channel: Channel, rows: Sequence[ScxSeller]) -> dict[str, Seller]:
    ids = {row.seller_id for row in rows}
    # Locked, as all who change memberships of several sellers do: none of them waits for a seller at its commit.
    here = Seller.objects.select_for_update(of=("self",), no_key=True).filter(channel=channel.home)
    sellers = here.order_by("pk").defer("credentials")
    # Databases limit the parameters of a statement; from so many on, all is as good as some.
    sellers = sellers.filter(seller_id__in=ids) if len(ids) <= 1000 else sellers
    return {seller.seller_id: seller for seller in sellers}


def _adopt_seller(channel: Channel, row: ScxSeller) -> tuple[Seller, bool]:
    """The seller, and whether the row was made now: another marketplace's list may have brought it meanwhile."""
    return Seller.objects.get_or_create(
        channel=channel.home,
        seller_id=row.seller_id,
        defaults={
            "jtl_account_id": row.jtl_account_id,
            "company_name": storable.text(row.company_name, 200),
            "state": _state(row),
            "linked_at": row.created_at,
            "created_at": row.created_at or timezone.now(),
        },
    )


def _adopt_membership(seller: Seller, channel: Channel, row: ScxSeller) -> bool:
    """The membership as SCX has it; one that is here already is not touched."""
    is_active = row.active_by_channel and row.active_by_jtl
    _membership, is_new = Membership.objects.get_or_create(
        seller=seller,
        marketplace=channel,
        defaults={
            "wanted": row.active_by_channel,
            "confirmed": is_active,
            "confirmed_at": timezone.now(),
            # Switched off by JTL: only the seller's own update can change that.
            "is_refused": not row.active_by_jtl,
        },
    )
    if is_new and seller.account_id is None:
        _enliven(seller, row)
    return is_new


def _enliven(seller: Seller, row: ScxSeller) -> None:
    """An adopted seller is as alive as his liveliest marketplace."""
    state = _state(row)
    if seller.state in _LIVELIEST and _LIVELIEST.index(state) < _LIVELIEST.index(seller.state):
        seller.change_state(state)
        seller.save(update_fields=["state", "state_changed_at", "state_reason"])


def _state(row: ScxSeller) -> State:
    if not row.active_by_jtl:
        return State.UNLINKED
    return State.ACTIVE if row.active_by_channel else State.INACTIVE


def all_channels_of(seller: Seller) -> QuerySet[Channel]:
    """The channels on which the seller may have left something, also those that are switched off."""
    return Channel.objects.filter(Q(pk=seller.channel_id) | Q(platform=seller.channel_id))


def channels_of(channel: Channel) -> list[Channel]:
    """The channels on which the channel's sellers may have events."""
    home = channel.home
    return list(Channel.objects.callable().filter(Q(pk=home.pk) | Q(platform=home)))
