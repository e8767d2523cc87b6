"""A sign-up from the sent form to its end: reserved here, made known to SCX, confirmed here, or nothing of it left.

The seller's row is committed as `linking` before SCX hears of it, so that a crash at any line leaves a row that
`sellers.settlement` can finish or clean.
"""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from platforms import clock, failover, inbox, jobs
from platforms.models import Channel
from platforms.scx.errors import ScxError, ScxRefused
from sellers import accounts, linking_rules, mails, offering, sessions, waiting
from sellers.identification.base import Identity
from sellers.knowledge import is_known
from sellers.models import Account, LinkSession, Membership, Seller

logger = logging.getLogger(__name__)

State = LinkSession.State


@dataclass(frozen=True)
class Application:
    """What the merchant sent: who he is, the codes of the marketplaces he wants, and the language he reads."""

    identity: Identity
    wanted: tuple[str, ...] = ()
    language: str = ""


def submit(link: LinkSession, application: Application) -> LinkSession:
    """Carry the sign-up through; returns the session's row as it then stands.

    DONE: connected. FAILED: SCX refused, nothing is left. OPEN: SCX could not be asked, the form may be sent again.
    SUBMITTED: SCX may know the seller and could not be asked; the job `sellers` finds out. Who sends the same session
    while it is on its way waits for that outcome. Raises one of `linking_rules.REFUSALS`, the
    session stays open.
    """
    reserved = _reserve(link, application)
    return _complete(reserved, application) if reserved else waiting.outcome_of(link, settle)


def settle(link: LinkSession, *, urgent: bool = False) -> LinkSession:
    """Finish or clean a sign-up whose request ended without an outcome: SCX knows whether it happened.

    `urgent`: a person waits for it.
    """
    seller = link.seller
    known = is_known(seller, urgent=urgent) if seller else False
    if known is None:
        return link
    return _confirm(link) if known else _give_back(link, in_doubt=True)


def seller_id_of(link: LinkSession) -> str:
    """The seller id a session leads to.

    One session, one id: a form sent again after a lost answer cannot make a second seller. As unguessable as the
    reference, which only this browser has seen.
    """
    return "S" + hashlib.sha256(f"seller {link.ref}".encode()).hexdigest()[:32]


def _reserve(link: LinkSession, application: Application) -> LinkSession | None:
    """Commit the seller as `linking`; None when the session is not open any more."""
    with transaction.atomic():
        locked = LinkSession.objects.select_for_update().get(pk=link.pk)
        if locked.state != State.OPEN or _is_done(locked):
            return None
        # One sign-up of a channel at a time, or two could link the same account side by side.
        home = Channel.objects.select_for_update(no_key=True).get(pk=locked.channel_id)
        locked.channel = home
        account = linking_rules.account_for(home, application.identity, locked.jtl_account_id)
        locked.seller = _make_seller(locked, application, account)
        locked.state, locked.submitted_at = State.SUBMITTED, timezone.now()
        locked.save(update_fields=["seller", "state", "submitted_at"])
    return locked


def recognise(home: Channel) -> int:
    """End the open sessions whose sign-up SCX turns out to have accepted, now that their sellers are here."""
    links = {seller_id_of(link): link.pk for link in LinkSession.objects.filter(channel=home, state=State.OPEN)}
    here = Seller.objects.filter(channel=home, seller_id__in=links).exclude(state=Seller.State.LINKING)
    found = list(here.values_list("seller_id", flat=True))
    for seller_id in found:
        with transaction.atomic():
            locked = LinkSession.objects.select_for_update().get(pk=links[seller_id])
            if locked.state == State.OPEN:
                _is_done(locked)
    return len(found)


def _is_done(link: LinkSession) -> bool:
    """Whether the locked, open session's seller is here already, adopted from SCX's list; then it ends as done."""
    seller = Seller.objects.filter(channel=link.channel_id, seller_id=seller_id_of(link)).first()
    if seller is None or seller.state == Seller.State.LINKING:
        return False
    link.seller = seller
    sessions.end(link, State.DONE)
    return True


def _make_seller(link: LinkSession, application: Application, account: Account | None) -> Seller:
    seller = Seller.objects.create(
        channel=link.channel,
        seller_id=seller_id_of(link),
        jtl_account_id=link.jtl_account_id,
        company_name=application.identity.company_name[:200],
        account=account,
        credentials=application.identity.credentials,  # type: ignore[misc]
        language=application.language,
        state=Seller.State.LINKING,
    )
    offered = {channel.pk for channel in offering.at_sign_up(link.channel, application.identity)}
    # A row for each marketplace, also those not wanted: SCX may link the one whose token closes the session.
    Membership.objects.bulk_create(
        Membership(
            seller=seller,
            marketplace=marketplace,
            wanted=marketplace.code in application.wanted,
            is_chosen=marketplace.pk in offered,
        )
        for marketplace in link.channel.marketplaces.filter(is_active=True)
    )
    return seller


def _complete(link: LinkSession, application: Application) -> LinkSession:
    """Tell SCX, with one token after the other, and record what came of it."""
    seller = link.seller
    assert seller is not None
    # An earlier sending of the same form may have reached SCX after all.
    in_doubt = bool(link.outcome)
    failure: ScxError = failover.no_caller(link.channel)
    for client in failover.clients(link.channel):
        try:
            client.sellers.create(link.session, seller.seller_id, seller.company_name or None)
            return _confirm(link, application)
        except ScxError as error:
            logger.warning("Sign-up %s on %s: %s", link.pk, link.channel.code, error)
            failure = error
        in_doubt = in_doubt or failure.maybe_done
        refused = isinstance(failure, ScxRefused)
        if (refused and in_doubt) or failure.maybe_done:
            known = is_known(seller, urgent=True)
            if known is None:
                return link
            if known:
                return _confirm(link, application)
        if refused:
            return _fail(link, str(failure))
    return _give_back(link, in_doubt=in_doubt)


def _confirm(link: LinkSession, application: Application | None = None) -> LinkSession:
    """SCX knows the seller: active here, the session ended, its marketplaces and events on their way."""
    with transaction.atomic():
        locked = _locked(link)
        seller_id = seller_id_of(locked)
        seller = Seller.objects.select_for_update().filter(channel=locked.channel, seller_id=seller_id).first()
        if seller is None and application:
            # An answer so late that the sign-up had been given up meanwhile. SCX's word counts.
            seller = _make_seller(locked, application, _account_if_there(locked.channel, application.identity))
        if seller and seller.state == Seller.State.LINKING:
            seller.change_state(Seller.State.ACTIVE)
            # When it was sent, not when the answer came: an event of the time between must not count as older.
            # By SCX's clock, for the time at which SCX ended a connection is compared with it.
            seller.linked_at = link.submitted_at and link.submitted_at + clock.scx_ahead(locked.channel)
            seller.save(update_fields=["state", "state_changed_at", "state_reason", "linked_at"])
            mails.queue("connected", channel=locked.channel, seller=seller)
            _announce(seller, list(locked.channel.marketplaces.filter(is_active=True)) or [locked.channel])
        locked.seller = seller
        sessions.end(locked, State.DONE)
    logger.info("Sign-up %s on %s is done: seller %s", link.pk, link.channel.code, seller_id)
    return locked


def _account_if_there(home: Channel, identity: Identity) -> Account | None:
    try:
        return accounts.of_identity(home, identity)
    except Account.DoesNotExist:
        return None


def _announce(seller: Seller, channels: Sequence[Channel]) -> None:
    inbox.wake(channels, seller.seller_id)
    for channel in channels:
        jobs.nudge("sellers", channel)


def _fail(link: LinkSession, reason: str) -> LinkSession:
    """SCX refused: nothing of the sign-up stays but why."""
    with transaction.atomic():
        locked = _locked(link)
        if locked.state == State.SUBMITTED:
            _remove_seller(locked)
            sessions.end(locked, State.FAILED, reason)
    return locked


def _give_back(link: LinkSession, *, in_doubt: bool) -> LinkSession:
    """SCX does not know the seller: remove it, and let the form be sent again."""
    with transaction.atomic():
        locked = _locked(link)
        if locked.state == State.SUBMITTED:
            _remove_seller(locked)
            locked.state, locked.submitted_at = State.OPEN, None
            locked.outcome = "SCX gave no answer; its sellers did not show this one." if in_doubt else ""
            locked.save(update_fields=["state", "submitted_at", "outcome", "seller"])
    return locked


def _remove_seller(link: LinkSession) -> None:
    if link.seller_id:
        Seller.objects.filter(pk=link.seller_id).clean_up()
    link.seller = None


def _locked(link: LinkSession) -> LinkSession:
    locked = LinkSession.objects.select_for_update().get(pk=link.pk)
    locked.channel = link.channel
    return locked
