"""The sellers here against those SCX lists: what differs is told to staff, and put right by nobody else."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from platforms import gateway, inbox, jobs, storable
from platforms.jobs import Run
from platforms.models import Channel, Discrepancy
from platforms.reconciliation import Difference
from platforms.scx.sellers import ScxSeller, parse_seller
from sellers import adoption, endings, sign_up
from sellers.models import LinkSession, Membership, Seller

State = Seller.State

# How SCX has a seller on one channel.
UNKNOWN, UNLINKED, OFF, ON = "unknown", "unlinked", "inactive", "active"
WORDS = {
    UNKNOWN: gettext_lazy("not listed"),
    UNLINKED: gettext_lazy("unlinked"),
    OFF: gettext_lazy("inactive"),
    ON: gettext_lazy("active"),
    "linking": gettext_lazy("linking"),
    "unlinking": gettext_lazy("unlinking"),
    "removed": gettext_lazy("removed"),
    "not wanted": gettext_lazy("not wanted"),
}
# An Unlinked event that has not come after this time is taken for lost; so is the end of a sign-up.
EVENT_COMES_WITHIN = timedelta(days=1)
SIGN_UP_ENDS_WITHIN = timedelta(hours=1)
# What an assignment to the marketplace tells SCX once more.
TOLD = {"company-differs", "not-followed", "not-listed"}


class Sellers:
    """The comparison `sellers`; the subject is the seller id."""

    proven = frozenset(
        {"missing-here", "unlinked-at-scx", "linked-at-scx", "switched-at-scx", "not-followed", "linking-leftover"}
    )
    of_platforms = False

    def differences(self, channel: Channel, run: Run) -> Iterator[Difference]:
        rows = gateway.client(channel, patience=run.patience).sellers.list()
        listed = {row.seller_id: row for row in rows}
        for row in adoption.unknown(channel, list(listed.values())):
            yield Difference("missing-here", row.seller_id, theirs=adoption.as_data(row))
        compare = _of_marketplace if channel.kind == Channel.Kind.MARKETPLACE else _of_standalone
        yield from compare(channel, listed)

    def page(self, channel_id: int) -> None:
        """The list of differences has their actions."""

    def title(self, row: Discrepancy) -> str:
        return str(Seller._meta.verbose_name)

    def meaning(self, row: Discrepancy) -> str:
        texts = {
            "missing-here": _(
                "SCX lists this seller, and the portal does not know him here; his events wait. Repair adopts him "
                "with what SCX lists."
            ),
            "company-differs": _(
                "SCX has another company name. Repair takes it over; the portal’s goes to SCX with the merchant’s "
                "next update, on a marketplace also with “Tell SCX ours”."
            ),
            "unlinked-at-scx": _("JTL has ended the connection; the event that told it is lost. Repair ends it here."),
            "linked-at-scx": _("JTL has the seller connected. Repair connects the seller here as well."),
            "switched-at-scx": _("The seller is switched on at one side only. Repair takes over what JTL has."),
            "not-followed": _("SCX does not do what was wanted for this marketplace. Repair tells SCX once more."),
            "not-listed": _(
                "SCX does not list this seller any more. Ask JTL if in doubt. Repair removes the seller here: the "
                "credentials are wiped, and the merchant can sign up again."
            ),
            "linking-leftover": _("A sign-up was never finished here. Repair does what SCX’s list says."),
        }
        return texts.get(row.kind, "")

    def shown(self, value: Any) -> str:
        if isinstance(value, dict):
            row = parse_seller(value)
            return ", ".join(filter(None, [row.company_name, str(WORDS[_as_listed(row)])]))
        return str(WORDS.get(value, value))

    def repair(self, row: Discrepancy) -> None:
        if row.kind == "missing-here":
            _adopt(row)
            return
        with transaction.atomic():
            _repair(row, *_unchanged(row))

    def tell(self, row: Discrepancy) -> None:
        if row.kind in TOLD:
            with transaction.atomic():
                _seller, membership = _unchanged(row)
                if membership:
                    _tell_again(membership)
                    return
        raise ValidationError(
            _("SCX takes this from the merchant’s own update in JTL-Wawi only: ask the merchant to open it there.")
        )


def _unchanged(row: Discrepancy) -> tuple[Seller, Membership | None]:
    """The seller, locked, and his membership, if they still are what the look saw. Raises ValidationError."""
    seller = Seller.objects.select_for_update(of=("self",)).get(channel=row.channel.home, seller_id=row.subject)
    membership = Membership.objects.filter(seller=seller, marketplace=row.channel).select_related("marketplace").first()
    ours = seller.company_name if row.kind == "company-differs" else _ours(seller, membership)
    if ours != row.ours:
        raise ValidationError(_("It has changed meanwhile. Compare again."))
    return seller, membership


def _adopt(row: Discrepancy) -> None:
    """Adopt the one seller, with what SCX listed; his events are due, and a sign-up that waits for him is done."""
    adoption.take_in(row.channel, [parse_seller(cast(dict[str, Any], row.theirs))])
    sign_up.recognise(row.channel.home)


def _repair(row: Discrepancy, seller: Seller, membership: Membership | None) -> None:
    match row.kind:
        case "unlinked-at-scx":
            # Whom we were disconnecting and SCX does not list, it has forgotten.
            removed = row.theirs == UNKNOWN
            endings.end(seller, row.channel, _("SCX lists the seller as disconnected."), removed=removed)
        case "not-listed" if not membership:
            endings.end(seller, row.channel, _("SCX does not list the seller any more."), removed=True)
        case "not-listed" | "not-followed" if membership:
            _tell_again(membership)
        case "company-differs":
            seller.company_name = str(row.theirs)
            seller.save(update_fields=["company_name"])
        case "linking-leftover" if row.theirs == UNKNOWN:
            Seller.objects.filter(pk=seller.pk).clean_up()
        case _:
            _follow(seller, membership, row)


def _follow(seller: Seller, membership: Membership | None, row: Discrepancy) -> None:
    """The seller is linked at SCX: so is he here, on or off as there."""
    is_on = row.theirs == ON
    if membership:
        membership.confirmed = membership.wanted = is_on
        membership.confirmed_at, membership.is_refused, membership.error = timezone.now(), False, ""
        membership.save(update_fields=["confirmed", "wanted", "confirmed_at", "is_refused", "error"])
    if not (membership and seller.is_linked):
        seller.change_state(State.ACTIVE if is_on or membership else State.INACTIVE)
        seller.linked_at = timezone.now()
        seller.save(update_fields=["state", "state_changed_at", "state_reason", "linked_at"])
    inbox.wake(adoption.channels_of(row.channel), seller.seller_id)


def _tell_again(membership: Membership) -> None:
    Membership.objects.filter(pk=membership.pk).update(confirmed=None, is_refused=False, not_before=timezone.now())
    jobs.nudge("sellers", membership.marketplace)


def _as_listed(row: ScxSeller) -> str:
    if not row.active_by_jtl:
        return UNLINKED
    return ON if row.active_by_channel else OFF


def _ours(seller: Seller, membership: Membership | None) -> str:
    """How the portal has the seller on the channel; "" where something is on its way to SCX."""
    if membership is None or not seller.is_linked:
        return seller.state
    if membership.is_refused:
        return UNLINKED if membership.wanted else ""
    if membership.confirmed != membership.shall_be_active:
        return ""
    if not membership.wanted:
        return "not wanted"
    return ON if membership.shall_be_active else OFF


def _of_standalone(channel: Channel, listed: dict[str, ScxSeller]) -> Iterator[Difference]:
    for seller in Seller.objects.filter(channel=channel).defer("credentials").iterator():
        yield from _of_seller(seller, None, listed.get(seller.seller_id))


def _of_marketplace(channel: Channel, listed: dict[str, ScxSeller]) -> Iterator[Difference]:
    members = Membership.objects.filter(marketplace=channel).select_related("seller").defer("seller__credentials")
    for membership in members.iterator():
        yield from _of_seller(membership.seller, membership, listed.get(membership.seller.seller_id))


def _of_seller(seller: Seller, membership: Membership | None, row: ScxSeller | None) -> Iterator[Difference]:
    theirs = _as_listed(row) if row else UNKNOWN
    kind = _kind(seller, membership, theirs)
    if kind:
        yield Difference(kind, seller.seller_id, _ours(seller, membership), theirs)
    if row and _company_differs(seller, membership, row):
        yield Difference("company-differs", seller.seller_id, seller.company_name, storable.text(row.company_name, 200))


def _company_differs(seller: Seller, membership: Membership | None, row: ScxSeller) -> bool:
    """Only where both sides have the seller connected and name a company, and nothing is on its way to SCX."""
    if not seller.is_linked or not row.active_by_jtl or not _ours(seller, membership):
        return False
    theirs = storable.text(row.company_name, 200).strip()
    return bool(theirs and seller.company_name) and theirs != seller.company_name.strip()


def _kind(seller: Seller, membership: Membership | None, theirs: str) -> str:
    """What kind of difference there is; "" for none, and for what will be settled without a person."""
    ours = _ours(seller, membership)
    now = timezone.now()
    if ours == State.LINKING:
        return "linking-leftover" if _is_leftover(seller) else ""
    if ours == State.UNLINKING:
        is_late = seller.state_changed_at < now - EVENT_COMES_WITHIN
        return "unlinked-at-scx" if is_late and theirs in (UNLINKED, UNKNOWN) else ""
    if ours == State.UNLINKED and theirs == OFF and membership and not membership.wanted:
        # Ended with the last marketplace he wanted; where he was told to be off, SCX keeps him so.
        return ""
    if ours in (State.UNLINKED, State.REMOVED):
        return "linked-at-scx" if theirs in (ON, OFF) else ""
    if ours == "not wanted":
        return "not-followed" if theirs == ON else ""
    if not ours or ours == theirs:
        return ""
    if theirs == UNLINKED:
        return "unlinked-at-scx"
    if theirs == UNKNOWN:
        return "not-listed"
    return "not-followed" if membership else "switched-at-scx"


def _is_leftover(seller: Seller) -> bool:
    under_way = LinkSession.objects.filter(seller=seller, state=LinkSession.State.SUBMITTED)
    return seller.created_at < timezone.now() - SIGN_UP_ENDS_WITHIN and not under_way.exists()
