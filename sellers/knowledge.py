"""Does SCX know a seller, or has it taken an update? Asked when an answer was lost."""

import logging
from collections.abc import Iterable, Sequence

from django.utils import timezone

from platforms import failover, gateway
from platforms.failover import PATIENCE
from platforms.models import Channel
from platforms.scx.errors import ScxError, ScxRefused
from platforms.scx.sellers import ScxSeller
from sellers.models import LinkSession, Membership, Seller

logger = logging.getLogger(__name__)


def is_known(seller: Seller, *, urgent: bool) -> bool | None:
    """Whether SCX has linked the seller; None when nobody could say. `urgent`: a person waits.

    A platform has no list of its own, so the first wanted marketplace is assigned: SCX does that for sellers it knows.
    """
    try:
        if not seller.channel.is_platform:
            return _is_listed(seller, seller.channel, urgent)
        return _can_be_assigned(seller, urgent)
    except ScxError as error:
        logger.warning("Whether SCX knows seller %s is open: %s", seller.seller_id, error)
        return None


def _can_be_assigned(seller: Seller, urgent: bool) -> bool:
    wanted = seller.memberships.filter(wanted=True, marketplace__is_active=True).select_related("marketplace")
    failure: ScxError = ScxError(f"Seller {seller.seller_id} wants no active marketplace.")
    for membership in wanted.order_by("marketplace__code"):
        try:
            return _is_assigned(membership, seller, urgent)
        except ScxError as error:
            failure = error
    raise failure


def _is_assigned(membership: Membership, seller: Seller, urgent: bool) -> bool:
    marketplace = membership.marketplace
    if seller.jtl_account_id is None:
        return _is_listed(seller, marketplace, urgent)
    try:
        gateway.client(marketplace, patience=PATIENCE, urgent=urgent).sellers.assign(
            seller.jtl_account_id, seller.seller_id, marketplace.code, True, seller.company_name or None
        )
    except ScxRefused as refusal:
        return not refusal.not_found and _is_listed(seller, marketplace, urgent)
    Membership.objects.filter(pk=membership.pk).update(confirmed=True, confirmed_at=timezone.now())
    return True


def _is_listed(seller: Seller, channel: Channel, urgent: bool) -> bool:
    listed = gateway.client(channel, patience=PATIENCE, urgent=urgent).sellers.list()
    return any(row.seller_id == seller.seller_id for row in listed)


def took_effect(
    link: LinkSession,
    seller: Seller,
    company_name: str,
    is_active: bool,
    wanted: Sequence[str] | None,
    *,
    urgent: bool,
) -> bool | None:
    """Whether SCX has taken the update; None when nobody could say. `urgent`: a person waits.

    An update session works once: while SCX still knows it, it has not. Used up or expired, SCX's list tells which.
    """
    try:
        if _is_open(link, seller):
            return False
        if seller.channel.is_platform and (asked := _ended(seller, wanted or ())):
            return _is_revived(seller, company_name, asked, urgent)
        if seller.channel.is_platform and is_active and seller.state == Seller.State.INACTIVE:
            return _is_resumed(seller, wanted or (), urgent)
        rows = _rows(seller, failover.callers(seller.channel), urgent)
        if seller.channel.is_platform and wanted and rows and not any(row.active_by_jtl for row in rows):
            # Ended everywhere, and the events that tell it are still to come.
            return _is_revived(seller, company_name, wanted, urgent)
        return _shows(seller, rows, company_name, is_active)
    except ScxError as error:
        logger.warning("Whether SCX took the update of seller %s is open: %s", seller.seller_id, error)
        return None


def _ended(seller: Seller, wanted: Sequence[str]) -> Sequence[str]:
    """The wanted marketplaces that SCX assigns again only after the update: it has ended them, or all of them."""
    if not seller.is_linked:
        return wanted
    ended = Membership.objects.filter(seller=seller, is_refused=True, marketplace__code__in=wanted)
    return list(ended.values_list("marketplace__code", flat=True))


def _is_open(link: LinkSession, seller: Seller) -> bool:
    try:
        answer = failover.ask(link.channel, lambda client: client.sellers.update_session(link.session))
    except ScxRefused:
        return False
    return answer.seller_id == seller.seller_id


def _is_revived(seller: Seller, company_name: str, wanted: Sequence[str], urgent: bool) -> bool:
    """A platform has no list of its own, but SCX assigns marketplaces only to sellers it has linked."""
    if seller.jtl_account_id is None:
        return any(row.active_by_jtl for row in _rows(seller, _askable(seller, wanted)[:1], urgent))
    return _switched_on(seller, company_name, wanted, urgent) is not None


def _is_resumed(seller: Seller, wanted: Sequence[str], urgent: bool) -> bool:
    """While he is paused he is off everywhere, so that no list tells: it does once one marketplace is on.

    If he is still paused, the job `sellers` switches it off again.
    """
    there = Membership.objects.filter(seller=seller, marketplace__code__in=wanted)
    there.update(confirmed=None, not_before=timezone.now())
    if seller.jtl_account_id is None:
        rows = _rows(seller, failover.callers(seller.channel), urgent)
        return _shows(seller, rows, seller.company_name, True)
    marketplace = _switched_on(seller, "", wanted, urgent)
    return marketplace is not None and any(row.active_by_channel for row in _rows(seller, [marketplace], urgent))


def _switched_on(seller: Seller, company_name: str, wanted: Sequence[str], urgent: bool) -> Channel | None:
    """The first wanted marketplace that SCX could be asked to switch on; None where it refused."""
    assert seller.jtl_account_id is not None
    failure: ScxError = ScxError(f"Seller {seller.seller_id} wants no active marketplace.")
    for marketplace in _askable(seller, wanted):
        try:
            gateway.client(marketplace, patience=PATIENCE, urgent=urgent).sellers.assign(
                seller.jtl_account_id, seller.seller_id, marketplace.code, True, company_name or None
            )
            return marketplace
        except ScxRefused:
            return None
        except ScxError as error:
            failure = error
    raise failure


def _askable(seller: Seller, wanted: Sequence[str]) -> list[Channel]:
    marketplaces = seller.channel.marketplaces.filter(is_active=True, code__in=wanted).exclude(refresh_token="")
    return list(marketplaces.order_by("code"))


def _shows(seller: Seller, rows: Sequence[ScxSeller], company_name: str, is_active: bool) -> bool:
    """A platform's seller without any marketplace is listed nowhere; believing it done loses nothing of him."""
    if not rows:
        return seller.channel.is_platform
    is_linked = any(row.active_by_jtl for row in rows)
    is_named = all(row.company_name in ("", company_name) for row in rows)
    return is_linked and is_named and any(row.active_by_channel for row in rows) == is_active


def _rows(seller: Seller, channels: Iterable[Channel], urgent: bool) -> list[ScxSeller]:
    """The seller as each of the channels lists him."""
    return [
        row
        for channel in channels
        for row in gateway.client(channel, patience=PATIENCE, urgent=urgent).sellers.list()
        if row.seller_id == seller.seller_id
    ]
