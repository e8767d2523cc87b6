"""SCX's one-time sessions: where they come in, and how they stay with the browser that brought them."""

import contextlib
import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from platforms import failover
from platforms.models import Channel
from platforms.scx.errors import ScxError, ScxRefused
from platforms.scx.identifiers import checked_session
from platforms.scx.values import parse_time
from sellers import adoption
from sellers.models import LinkSession, Seller

BROWSER_TOKEN = re.compile(r"\A[A-Za-z0-9_-]{43}\Z")
# A session nobody used up is forgotten after this time; SCX's own live for minutes.
ABANDONED_AFTER = timedelta(days=1)
# What nobody needs any more once the outcome is known.
WIPED: dict[str, Any] = {"session": "", "identity": {}, "intent": {}, "sign_in": {}, "sign_in_hash": ""}


class DeadSession(Exception):
    """SCX does not know the session, or not any more: only JTL-Wawi can make a new one."""


class UnknownSeller(Exception):
    """SCX wants a seller updated that neither the portal nor SCX's own lists know."""


def digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()


def new_browser_token() -> str:
    return secrets.token_urlsafe(32)


def enter(home: Channel, session: str, *, browser: str, kind: str, expires: str = "") -> LinkSession:
    """The row of the session, made if this browser brings it for the first time.

    `kind` is what the address was for; a channel may have one address for both, so SCX is asked what the session is
    for, `kind` first. `expires` is SCX's hint, unix seconds or ISO 8601; unreadable means none. Raises DeadSession, or
    the ScxError that kept SCX from answering.
    """
    try:
        checked_session(session)
    except ValueError:
        raise DeadSession from None
    found = _find(home, session, browser)
    if found and found.state != LinkSession.State.OPEN:
        return found
    try:
        answer = _ask(home, session, found.kind if found else kind, only=bool(found))
    except ScxRefused as refusal:
        if found:
            # Only while it is open: a form sent at this moment in another tab has used the session up.
            _end_open(LinkSession.objects.filter(pk=found.pk), str(refusal))
        raise DeadSession from refusal
    if found:
        if not found.session:
            # Stored under a key that is lost; the browser brings the value once more.
            LinkSession.objects.filter(pk=found.pk, state=LinkSession.State.OPEN).update(session=session)
        return found
    return LinkSession.objects.create(
        ref=secrets.token_urlsafe(32),
        channel=home,
        kind=answer.kind,
        session=session,
        session_hash=digest(session),
        browser_hash=digest(browser),
        jtl_account_id=answer.jtl_account_id,
        seller=_seller(home, answer.seller_id) if answer.seller_id else None,
        expires_at=parse_expiry(expires),
    )


@dataclass(frozen=True)
class _Purpose:
    """What SCX says a session is for: the JTL account that signs up, or the seller who wants to change something."""

    kind: LinkSession.Kind
    jtl_account_id: int | None = None
    seller_id: str = ""


def _ask(home: Channel, session: str, kind: str, *, only: bool) -> _Purpose:
    """Raises ScxRefused where SCX knows the session for neither purpose, or not for the `only` one."""
    questions = {LinkSession.Kind.SIGN_UP: _sign_up, LinkSession.Kind.UPDATE: _update}
    first = questions.pop(LinkSession.Kind(kind))
    try:
        return first(home, session)
    except ScxRefused:
        if only:
            raise
    (other,) = questions.values()
    return other(home, session)


def _sign_up(home: Channel, session: str) -> _Purpose:
    answer = failover.ask(home, lambda client: client.sellers.signup_session(session))
    return _Purpose(LinkSession.Kind.SIGN_UP, jtl_account_id=answer.jtl_account_id)


def _update(home: Channel, session: str) -> _Purpose:
    answer = failover.ask(home, lambda client: client.sellers.update_session(session))
    return _Purpose(LinkSession.Kind.UPDATE, seller_id=answer.seller_id)


def _seller(home: Channel, seller_id: str) -> Seller:
    """The seller SCX named. One it knows and we do not, from before a move or a restore, is adopted from its lists."""
    known = Seller.objects.filter(channel=home, seller_id=seller_id)
    seller = known.first()
    for channel in failover.callers(home) if seller is None else ():
        with contextlib.suppress(ScxError):
            adoption.adopt_one(channel, seller_id, patience=failover.PATIENCE)
        seller = seller or known.first()
    if seller is None:
        raise UnknownSeller(seller_id)
    return seller


def of_browser(home: Channel, ref: str, browser: str) -> LinkSession | None:
    """The session behind the reference, of whatever kind, for the browser that brought it and nobody else."""
    found = LinkSession.objects.select_related("seller").filter(channel=home, ref=ref)
    return _if_of(browser, home, found.first())


def of_sign_in(home: Channel, state: str, browser: str) -> LinkSession | None:
    """The session whose sign-in at the marketplace's login bears the state, for the browser that went there."""
    if not state:
        return None
    return _if_of(browser, home, LinkSession.objects.filter(channel=home, sign_in_hash=digest(state)).first())


def _if_of(browser: str, home: Channel, link: LinkSession | None) -> LinkSession | None:
    if link and browser and secrets.compare_digest(link.browser_hash, digest(browser)):
        link.channel = home
        return link
    return None


def end(link: LinkSession, state: str, outcome: str = "") -> None:
    """Note the outcome and wipe the session's value; the caller holds the row's lock."""
    link.state, link.outcome, link.ended_at = state, outcome[:500], timezone.now()
    for name, nothing in WIPED.items():
        setattr(link, name, nothing)
    link.save(update_fields=["state", "outcome", "ended_at", "seller", *WIPED])


def forget_abandoned(home: Channel) -> int:
    """End the sessions whose form was never sent, wiping their values; returns how many."""
    old = LinkSession.objects.filter(channel=home, created_at__lt=timezone.now() - ABANDONED_AFTER)
    return _end_open(old, "The form was never sent.")


def _end_open(links: QuerySet[LinkSession], outcome: str) -> int:
    return links.filter(state=LinkSession.State.OPEN).update(
        state=LinkSession.State.FAILED, outcome=outcome[:500], ended_at=timezone.now(), **WIPED
    )


def parse_expiry(text: str) -> datetime | None:
    """Unix seconds or ISO 8601; anything else is no hint."""
    if not re.fullmatch(r"\d{1,12}", text, re.ASCII):
        return parse_time(text)
    try:
        return datetime.fromtimestamp(int(text), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _find(home: Channel, session: str, browser: str) -> LinkSession | None:
    mine = LinkSession.objects.filter(channel=home, session_hash=digest(session), browser_hash=digest(browser))
    return mine.order_by("-created_at").first()
