"""An update from the sent form to its end: kept here, made known to SCX, taken over here, or nothing of it.

What SCX holds - company, activity, the link of an unlinked seller - is changed only once SCX has confirmed it; until
then the change lies encrypted in the session's row, so that a crash at any line leaves what can be finished.
"""

import logging
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, cast

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from platforms import clock, failover, inbox, jobs
from platforms.models import Channel
from platforms.scx.errors import ScxError, ScxRefused
from sellers import adoption, linking_rules, mails, offering, rejections, selling, sessions, waiting
from sellers.identification.base import Identity
from sellers.knowledge import took_effect
from sellers.memberships import DUE
from sellers.models import LinkSession, Membership, Seller

logger = logging.getLogger(__name__)

State = LinkSession.State


@dataclass(frozen=True)
class Change:
    """What the seller sent. `wanted`: codes of the marketplaces, None where there is nothing to choose.

    `identity`: new credentials, checked; None leaves those that are stored.
    """

    company_name: str
    contact_name: str = ""
    contact_email: str = ""
    contact_phone: str = ""
    is_active: bool = True
    wanted: tuple[str, ...] | None = None
    identity: Identity | None = None
    language: str = ""

    def as_intent(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, intent: dict[str, Any]) -> "Change":
        identity, wanted = intent["identity"], intent["wanted"]
        known = Identity(**{**identity, "marketplaces": tuple(identity["marketplaces"])}) if identity else None
        return cls(**{**intent, "identity": known, "wanted": None if wanted is None else tuple(wanted)})


class CannotUpdate(Exception):
    """The seller is in a state that no update changes: not yet linked, being unlinked, or removed."""

    def __init__(self, seller: Seller) -> None:
        super().__init__(seller.state)
        self.seller = seller


def can_update(seller: Seller) -> bool:
    return seller.is_linked or seller.state == Seller.State.UNLINKED


def is_for_scx(seller: Seller, change: Change) -> bool:
    """Whether SCX holds something of it: the company, whether the seller is active, or an end to be undone.

    A marketplace that SCX has ended can be assigned again only once the seller has confirmed anew.
    """
    ended = Membership.objects.filter(seller=seller, is_refused=True, marketplace__code__in=change.wanted or ())
    return (
        not seller.is_linked
        or change.company_name != seller.company_name
        or change.is_active != (seller.state == Seller.State.ACTIVE)
        or ended.exists()
    )


def submit(link: LinkSession, change: Change) -> LinkSession:
    """Carry the update through; returns the session's row as it then stands.

    DONE: saved. FAILED: SCX refused, nothing was changed. OPEN: SCX could not be asked, the form may be sent again.
    SUBMITTED: SCX may have taken it and could not be asked; the job `sellers` finds out. Raises CannotUpdate or one of
    `linking_rules.REFUSALS`, the session stays open.
    """
    reserved = _reserve(link, change)
    if reserved is None:
        return waiting.outcome_of(link, settle)
    return reserved if reserved.state == State.DONE else _complete(reserved, change)


def settle(link: LinkSession, *, urgent: bool = False) -> LinkSession:
    """Finish or give back an update whose request ended without an outcome. `urgent`: a person waits for it."""
    assert link.seller is not None
    if not link.intent:
        # Stored under a key that is lost: what SCX has taken, the comparison with its list tells.
        return _fail(link, "What was sent cannot be read with the present keys.")
    change = Change.of(cast(dict[str, Any], link.intent))
    done = took_effect(link, link.seller, change.company_name, change.is_active, change.wanted, urgent=urgent)
    if done is None:
        return link
    return _confirm(link, change) if done else _give_back(link)


def _reserve(link: LinkSession, change: Change) -> LinkSession | None:
    """Commit what was sent; None when the session is not open any more. What SCX need not hear is done at once."""
    with transaction.atomic():
        locked = LinkSession.objects.select_for_update().get(pk=link.pk)
        if locked.state != State.OPEN:
            return None
        # One sign-up or update of a channel at a time, or two could link the same account side by side.
        locked.channel = Channel.objects.select_for_update(no_key=True).get(pk=locked.channel_id)
        locked.seller = seller = _locked_seller(locked)
        if not can_update(seller):
            raise CannotUpdate(seller)
        if change.identity:
            linking_rules.account_for(locked.channel, change.identity, seller.jtl_account_id, but=seller)
        if is_for_scx(seller, change):
            locked.intent = change.as_intent()  # type: ignore[assignment]
            locked.state, locked.submitted_at = State.SUBMITTED, timezone.now()
            locked.save(update_fields=["intent", "state", "submitted_at"])
        else:
            _take_over(locked, seller, change)
            sessions.end(locked, State.DONE)
    return locked


def _complete(link: LinkSession, change: Change) -> LinkSession:
    """Tell SCX, with one token after the other, and record what came of it."""
    assert link.seller is not None
    # An earlier sending of the same form may have reached SCX after all.
    in_doubt = bool(link.outcome)
    for client in failover.clients(link.channel):
        try:
            client.sellers.update(link.session, change.is_active, change.company_name or None)
            return _confirm(link, change)
        except ScxError as error:
            logger.warning("Update %s on %s: %s", link.pk, link.channel.code, error)
            failure = error
        in_doubt = in_doubt or failure.maybe_done
        refused = isinstance(failure, ScxRefused)
        if (refused and in_doubt) or failure.maybe_done:
            done = took_effect(link, link.seller, change.company_name, change.is_active, change.wanted, urgent=True)
            if done is None:
                return link
            if done:
                return _confirm(link, change)
        if refused:
            return _fail(link, str(failure))
    return _give_back(link, in_doubt=in_doubt)


def _confirm(link: LinkSession, change: Change) -> LinkSession:
    """SCX has taken it: so do we. An end that SCX told later than the update was sent stays an end."""
    with transaction.atomic():
        locked = _locked(link)
        if locked.state != State.SUBMITTED:
            return locked
        Channel.objects.select_for_update(no_key=True).get(pk=locked.channel_id)
        locked.seller = seller = _locked_seller(locked)
        if seller.state == Seller.State.REMOVED:
            sessions.end(locked, State.FAILED, "SCX removed the seller meanwhile.")
            return locked
        linked_at = (locked.submitted_at or timezone.now()) + clock.scx_ahead(locked.channel)
        was_linked = seller.is_linked
        _take_over(locked, seller, change)
        if not _ended_since(seller, linked_at) and seller.state != Seller.State.UNLINKING:
            seller.change_state(Seller.State.ACTIVE if change.is_active else Seller.State.INACTIVE)
            seller.linked_at = linked_at
            seller.save(update_fields=["state", "state_changed_at", "state_reason", "linked_at"])
            if not was_linked:
                _ask_again(seller)
                mails.queue("connected", channel=seller.channel, seller=seller)
        sessions.end(locked, State.DONE)
    logger.info("Update %s on %s is done: seller %s", link.pk, link.channel.code, seller.seller_id)
    return locked


def _ended_since(seller: Seller, moment: datetime) -> bool:
    """In whole seconds, as SCX's times are compared."""
    return seller.ended_at is not None and seller.ended_at.replace(microsecond=0) >= moment.replace(microsecond=0)


def _take_over(link: LinkSession, seller: Seller, change: Change) -> None:
    """Everything but the state, onto the locked seller."""
    seller.company_name, seller.language = change.company_name, change.language or seller.language
    seller.contact_name, seller.contact_email = change.contact_name, change.contact_email
    seller.contact_phone = change.contact_phone
    has_new_credentials = change.identity is not None and _take_identity(link, seller, change.identity)
    seller.save()
    if has_new_credentials:
        rejections.accept(seller)
    # Of one whom we disconnect meanwhile, an ended marketplace would look as if it were still to end.
    if change.wanted is not None and seller.state != Seller.State.UNLINKING:
        _want(seller, [*change.wanted, *_given_since(link, seller)])
    channels = adoption.channels_of(link.channel)
    inbox.wake(channels, seller.seller_id)
    for channel in channels:
        jobs.nudge("sellers", channel)
    selling.changed(channels)


def _take_identity(link: LinkSession, seller: Seller, identity: Identity) -> bool:
    try:
        account = linking_rules.account_for(link.channel, identity, seller.jtl_account_id, but=seller)
    except linking_rules.REFUSALS as refusal:
        # Between the form and SCX's answer: what SCX has taken stays, the account does not.
        logger.warning(
            "Update %s on %s keeps the account it had: %s", link.pk, link.channel.code, type(refusal).__name__
        )
        return False
    seller.account = account or seller.account
    seller.credentials = identity.credentials  # type: ignore[assignment]
    return True


def _given_since(link: LinkSession, seller: Seller) -> list[str]:
    """What an opening gave the seller while SCX was being asked: his form could not know of it."""
    if link.submitted_at is None:
        return []
    given = Membership.objects.filter(seller=seller, wanted=True, opening__requested_at__gt=link.submitted_at)
    return list(given.values_list("marketplace__code", flat=True))


def _want(seller: Seller, wanted: Iterable[str]) -> None:
    """The ticked marketplaces wanted, the others not; what SCX refused before is asked of it again."""
    codes, pickable = set(wanted), offering.pickable(seller)
    for marketplace in seller.channel.marketplaces.filter(is_active=True):
        is_wanted = marketplace.code in codes
        is_chosen = is_wanted or marketplace.pk in pickable
        changes = {"wanted": is_wanted, **DUE, "not_before": timezone.now()}
        known = Membership.objects.filter(seller=seller, marketplace=marketplace)
        if not known.exists():
            Membership.objects.create(seller=seller, marketplace=marketplace, wanted=is_wanted, is_chosen=is_chosen)
        else:
            known.filter(~Q(wanted=is_wanted) | Q(is_refused=True)).update(**changes)
            known.filter(is_chosen=False).update(is_chosen=is_chosen)


def _ask_again(seller: Seller) -> None:
    """After an end every marketplace is assigned anew, as wanted: SCX has revived the platform only."""
    Membership.objects.filter(seller=seller).update(confirmed=None, **DUE, not_before=timezone.now())


def _fail(link: LinkSession, reason: str) -> LinkSession:
    """SCX refused: nothing was changed."""
    with transaction.atomic():
        locked = _locked(link)
        if locked.state == State.SUBMITTED:
            sessions.end(locked, State.FAILED, reason)
    return locked


def _give_back(link: LinkSession, *, in_doubt: bool = True) -> LinkSession:
    """SCX did not take it: what was entered stays with the session, and the form may be sent again."""
    with transaction.atomic():
        locked = _locked(link)
        if locked.state == State.SUBMITTED:
            locked.state, locked.submitted_at = State.OPEN, None
            locked.outcome = "SCX gave no answer, and did not show the change." if in_doubt else ""
            locked.save(update_fields=["state", "submitted_at", "outcome"])
    return locked


def _locked_seller(link: LinkSession) -> Seller:
    assert link.seller_id is not None
    return Seller.objects.select_for_update(of=("self",)).select_related("channel").get(pk=link.seller_id)


def _locked(link: LinkSession) -> LinkSession:
    locked = LinkSession.objects.select_for_update().get(pk=link.pk)
    locked.channel = link.channel
    return locked
