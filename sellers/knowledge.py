"""Does SCX know a seller? Asked when the answer to a sign-up was lost."""

import logging

from django.utils import timezone

from platforms import gateway
from platforms.models import Channel
from platforms.scx.errors import ScxError, ScxRefused
from sellers.failover import PATIENCE
from sellers.models import Membership, Seller

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
