"""Sellers and where they trade: linking, assigning to marketplaces, unlinking from both sides (contract 7, 13).

For a platform no source says which token completes a sign-up (contract 14 #22). Here: the token of any of its
marketplaces. It links the seller on the platform and, unless `platformSignUpLinksTokenChannel` is off, on that
marketplace; the others follow by assignment. An unlinked marketplace can be assigned again only after the seller has
confirmed (a sign-up or update session finished) later than it was unlinked. The seller of a platform is forgotten when
the last of its marketplaces is permanently removed.
"""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from platforms.sandbox import clock, events, sessions
from platforms.sandbox.configuration import switches
from platforms.sandbox.models import Account, Channel, LinkSession, Membership, Seller
from platforms.sandbox.problems import Problem, Refusal, invalid, not_found

SELLER_SIDE_REASON = "deactivated by Seller"
CHANNEL_SIDE_REASON = "deactivated by Channel"


def sign_up(channel: Channel, *, session: str, seller_id: str, company_name: str = "") -> Seller:
    """Finish a sign-up with the channel's token. The session is used up; a known seller id is refused."""
    open_session = sessions.find(channel, LinkSession.Kind.SIGN_UP, session)
    seller = link(open_session.account, channel.root, seller_id, company_name)
    sessions.use_up(open_session)
    if not channel.platform or switches().platform_sign_up_links_token_channel:
        join(seller, channel)
    return seller


def link(account: Account, root: Channel, seller_id: str, company_name: str = "") -> Seller:
    """A new seller on a platform or standalone channel, trading nowhere yet."""
    if Seller.objects.filter(channel=root, seller_id=seller_id).exists():
        raise invalid("sellerId", _("is in use on this channel"))
    now = clock.now()
    return Seller.objects.create(
        channel=root,
        seller_id=seller_id,
        account=account,
        company_name=company_name or account.company_name,
        confirmed_at=now,
        created_at=now,
        updated_at=now,
    )


def join(seller: Seller, channel: Channel, *, is_active: bool = True) -> None:
    """Let the seller trade on the channel (again), or switch it off there."""
    now = clock.now()
    Membership.objects.update_or_create(
        seller=seller,
        channel=channel,
        defaults={"is_active": is_active, "unlinked_at": None, "reason": None, "updated_at": now},
        create_defaults={"is_active": is_active, "created_at": now, "updated_at": now},
    )


def update(channel: Channel, *, session: str, is_active: bool, company_name: str | None = None) -> Seller:
    """Finish an update. Revives an unlinked seller; on a platform its marketplaces then wait to be assigned again."""
    open_session = sessions.find(channel, LinkSession.Kind.UPDATE, session)
    sessions.use_up(open_session)
    seller = open_session.seller
    if seller is None:
        raise not_found(_("The seller of this session is gone."))
    seller.is_active = is_active
    seller.unlinked_at = seller.reason = None
    seller.confirmed_at = seller.updated_at = clock.now()
    if company_name is not None:
        seller.company_name = company_name
    seller.save()
    if not seller.channel.is_platform:
        join(seller, seller.channel)
    return seller


def assign(channel: Channel, account_id: int, body: dict[str, Any]) -> str | None:
    """Add a platform's seller to a marketplace, or change it there. Gives a note when there was a `channel`."""
    if channel.platform is None:
        message = _("Only a marketplace channel of a platform can be assigned sellers.")
        raise Refusal(403, Problem("GEN403", message))
    target, note = _assignment_target(channel, body.get("channel"))
    seller = Seller.objects.filter(channel=channel.platform, account_id=account_id, seller_id=body["sellerId"]).first()
    if seller is None or (switches().assignment_precondition == "sibling" and not seller.memberships.exists()):
        raise not_found(_("This account has not signed up with this seller id on the platform."))
    membership = Membership.objects.filter(seller=seller, channel=target).first()
    if seller.unlinked_at or (membership and membership.unlinked_at and membership.unlinked_at > seller.confirmed_at):
        raise invalid("sellerId", _("is unlinked; the seller has to run an update first"))
    if "companyName" in body:
        seller.company_name = body["companyName"]
        seller.save(update_fields=["company_name"])
    join(seller, target, is_active=body.get("isActive", True))
    return note


def _assignment_target(channel: Channel, wanted: str | None) -> tuple[Channel, str | None]:
    """The token's own name in `channel` is a guide's way to write and harmless, so strict lets it pass."""
    if not wanted:
        return channel, None
    if wanted == channel.code:
        return channel, "channel in an assignment"
    mode = "refuse" if switches().strict else switches().assignment_channel
    sibling = Channel.objects.filter(platform=channel.platform, code=wanted).first()
    if mode == "refuse" or (mode == "honour" and sibling is None):
        raise invalid("channel", _("is not the channel of the access token"))
    if mode == "ignore" or sibling is None:
        return channel, f"channel {wanted} in an assignment with a token of {channel.code}: ignored"
    return sibling, f"channel {wanted} in an assignment with a token of {channel.code}: honoured"


def membership_of(channel: Channel, seller_id: str) -> Membership:
    """The seller on a channel that trades; GEN404 when SCX does not know it."""
    membership = (
        Membership.objects.select_related("seller__channel", "channel")
        .filter(channel=channel, seller__seller_id=seller_id)
        .first()
    )
    if membership is None:
        raise not_found(_("There is no seller %(seller)s on this channel.") % {"seller": seller_id})
    return membership


def linked_membership_of(channel: Channel, seller_id: str) -> Membership:
    """The same for data about a seller: of one that is unknown or unlinked SCX takes nothing (GEN700)."""
    linked = Membership.objects.linked().select_related("seller__account")
    membership = linked.filter(channel=channel, seller__seller_id=seller_id).first()
    if membership is None:
        message = _("There is no linked seller %(seller)s on this channel.") % {"seller": seller_id}
        raise Refusal(400, Problem("GEN700", f"sellerId: {message}", hint=seller_id))
    return membership


def unlink_by_channel(channel: Channel, seller_id: str, reason: str) -> None:
    """Channel-side unlink: CHN204 when it is unlinked already."""
    membership = membership_of(channel, seller_id)
    if membership.unlinked_at or membership.seller.unlinked_at:
        raise Refusal(400, Problem("CHN204", _("The seller is already unlinked."), hint=seller_id))
    removed = switches().permanently_removed_by_channel
    unlink(membership, reason or CHANNEL_SIDE_REASON, permanently_removed=removed)


def unlink_by_seller(account: Account, channel: Channel, seller_id: str) -> None:
    """Seller-side unlink. On a platform it ends every marketplace, on a marketplace that one."""
    seller = Seller.objects.filter(account=account, channel=channel.root, seller_id=seller_id).first()
    if seller is None:
        raise not_found(_("There is no such seller of your account on this channel."))
    unlink_everywhere(seller, channel, SELLER_SIDE_REASON)


def unlink_everywhere(seller: Seller, channel: Channel, reason: str, *, permanently_removed: bool = False) -> None:
    """Unlink a seller on the named channel; a platform or standalone channel means the seller as a whole."""
    memberships = Membership.objects.select_related("channel", "seller__channel").filter(seller=seller)
    if channel.platform:
        memberships = memberships.filter(channel=channel)
    for membership in memberships:
        if not membership.unlinked_at or permanently_removed:
            unlink(membership, reason, permanently_removed=permanently_removed)
    if not channel.platform and Seller.objects.filter(pk=seller.pk).exists():
        if permanently_removed:
            seller.delete()
        else:
            _end_seller(seller, reason, clock.now())


def unlink(membership: Membership, reason: str, *, permanently_removed: bool) -> None:
    """End one membership and tell its channel; removed for good, SCX forgets the seller id."""
    now = clock.now()
    seller = membership.seller
    if switches().unlink_purges_events:
        events.purge(membership.channel, seller.seller_id)
    events.raise_events([_unlinked(membership, reason, now, permanently_removed)])
    if permanently_removed:
        seller.offers.filter(channel=membership.channel).delete()
        membership.delete()
        if not seller.memberships.exists():
            seller.delete()
        return
    membership.unlinked_at = membership.updated_at = now
    membership.reason = reason
    membership.save()
    if not seller.channel.is_platform:
        _end_seller(seller, reason, now)


def _end_seller(seller: Seller, reason: str, now: datetime) -> None:
    seller.unlinked_at = seller.updated_at = now
    seller.reason = reason
    seller.save()


def _unlinked(membership: Membership, reason: str, now: datetime, permanently_removed: bool) -> events.Draft:
    payload = {
        "sellerId": membership.seller.seller_id,
        "reason": reason,
        "unlinkedAt": clock.wire(now),
        "permanentlyRemoved": permanently_removed,
    }
    return events.Draft(membership.channel, "Seller:Channel.Unlinked", payload, client_version=None)


def listed_for_channel(channel: Channel) -> list[dict[str, Any]]:
    """As in `GET /v1/channel/seller/list` (contract 7.6)."""
    memberships = Membership.objects.filter(channel=channel).select_related("seller").order_by("pk")
    return [
        {
            "sellerId": membership.seller.seller_id,
            "jtlAccountId": membership.seller.account_id,
            "companyName": membership.seller.company_name,
            "isActiveByJTL": membership.unlinked_at is None and membership.seller.unlinked_at is None,
            "isActiveByChannel": membership.is_active and membership.seller.is_active,
            "createdAt": clock.wire(membership.created_at),
            "updatedAt": clock.wire(max(membership.updated_at, membership.seller.updated_at)),
        }
        for membership in memberships
    ]


def listed_for_account(account: Account) -> list[dict[str, Any]]:
    """As in `GET /v1/seller`: one entry for each channel that trades, and one for the platform."""
    entries = []
    sellers = Seller.objects.filter(account=account).select_related("channel").prefetch_related("memberships__channel")
    for seller in sellers.order_by("pk"):
        if seller.channel.is_platform:
            entries.append(_entry(seller, seller.channel, seller.is_active, seller.reason, seller.created_at))
        for membership in seller.memberships.all():
            active = membership.is_active and membership.unlinked_at is None and seller.is_active
            entries.append(_entry(seller, membership.channel, active, membership.reason, membership.created_at))
    return entries


def _entry(seller: Seller, channel: Channel, active: bool, reason: str | None, at: datetime) -> dict[str, Any]:
    return {
        "sellerId": seller.seller_id,
        "channel": channel.code,
        "isActive": active and seller.unlinked_at is None,
        "reason": reason,
        "createdAt": clock.wire(at),
    }
