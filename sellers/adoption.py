"""Adopts the sellers that SCX lists and the portal does not know: moving here from another integration."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from platforms import gateway, inbox, storable
from platforms.models import Channel
from platforms.scx.sellers import ScxSeller
from sellers.models import Membership, Seller

State = Seller.State
# What the flags of several marketplaces say about one seller: the liveliest counts.
_LIVELIEST = (State.ACTIVE, State.INACTIVE, State.UNLINKED)


@dataclass
class Adoption:
    """What one channel's list brought."""

    listed: int = 0
    adopted: int = 0
    memberships: int = 0
    unusable: int = 0


def adopt(channel: Channel, *, patience: float = 0.0) -> Adoption:
    """Adopt from one marketplace's or standalone channel's list. Raises ScxError; what is known is not touched."""
    listed = gateway.client(channel, patience=patience).sellers.list()
    result = Adoption(listed=len(listed))
    usable = [row for row in listed if len(row.seller_id) <= 50]
    result.unusable = len(listed) - len(usable)
    with transaction.atomic():
        known = _known(channel, usable)
        for row in usable:
            seller = known.get(row.seller_id)
            if seller is None:
                seller = known[row.seller_id] = _adopt_seller(channel, row)
                result.adopted += 1
            if channel.kind == Channel.Kind.MARKETPLACE:
                result.memberships += _adopt_membership(seller, channel, row)
            inbox.wake(_channels(channel), seller.seller_id)
    return result


def _known(channel: Channel, rows: Sequence[ScxSeller]) -> dict[str, Seller]:
    sellers = Seller.objects.filter(channel=channel.home, seller_id__in=[row.seller_id for row in rows])
    return {seller.seller_id: seller for seller in sellers}


def _adopt_seller(channel: Channel, row: ScxSeller) -> Seller:
    return Seller.objects.create(
        channel=channel.home,
        seller_id=row.seller_id,
        jtl_account_id=row.jtl_account_id,
        company_name=storable.text(row.company_name, 200),
        state=_state(row),
        linked_at=row.created_at,
        created_at=row.created_at or timezone.now(),
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


def _channels(channel: Channel) -> list[Channel]:
    home = channel.home
    return list(Channel.objects.callable().filter(Q(pk=home.pk) | Q(platform=home)))
