"""SCX's one-time sessions: where they come in, and how they stay with the browser that brought them."""

import hashlib
import re
import secrets
from datetime import UTC, datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from platforms.models import Channel
from platforms.scx.errors import ScxRefused
from platforms.scx.identifiers import checked_session
from platforms.scx.values import parse_time
from sellers import failover
from sellers.models import LinkSession

BROWSER_TOKEN = re.compile(r"\A[A-Za-z0-9_-]{43}\Z")
# A session nobody used up is forgotten after this time; SCX's own live for minutes.
ABANDONED_AFTER = timedelta(days=1)


class DeadSession(Exception):
    """SCX does not know the session, or not any more: only JTL-Wawi can make a new one."""


def digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()


def new_browser_token() -> str:
    return secrets.token_urlsafe(32)


def open_sign_up(home: Channel, session: str, *, browser: str, expires: str = "") -> LinkSession:
    """The row of the session, made if this browser brings it for the first time.

    `expires` is SCX's hint, unix seconds or ISO 8601; unreadable means none. Raises DeadSession, or the ScxError that
    kept SCX from answering.
    """
    try:
        checked_session(session)
    except ValueError:
        raise DeadSession from None
    found = _find(home, session, browser)
    if found and found.state != LinkSession.State.OPEN:
        return found
    try:
        answer = failover.ask(home, lambda client: client.sellers.signup_session(session))
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
        kind=LinkSession.Kind.SIGN_UP,
        session=session,
        session_hash=digest(session),
        browser_hash=digest(browser),
        jtl_account_id=answer.jtl_account_id,
        expires_at=parse_expiry(expires),
    )


def of_browser(home: Channel, ref: str, browser: str) -> LinkSession | None:
    """The session behind the reference, for the browser that brought it and nobody else."""
    link = LinkSession.objects.filter(channel=home, ref=ref, kind=LinkSession.Kind.SIGN_UP).first()
    if link and browser and secrets.compare_digest(link.browser_hash, digest(browser)):
        link.channel = home
        return link
    return None


def end(link: LinkSession, state: str, outcome: str = "") -> None:
    """Note the outcome and wipe the session's value; the caller holds the row's lock."""
    link.state, link.outcome, link.session, link.ended_at = state, outcome[:500], "", timezone.now()
    link.save(update_fields=["state", "outcome", "session", "ended_at", "seller"])


def forget_abandoned(home: Channel) -> int:
    """End the sessions whose form was never sent, wiping their values; returns how many."""
    old = LinkSession.objects.filter(channel=home, created_at__lt=timezone.now() - ABANDONED_AFTER)
    return _end_open(old, "The form was never sent.")


def _end_open(links: QuerySet[LinkSession], outcome: str) -> int:
    return links.filter(state=LinkSession.State.OPEN).update(
        state=LinkSession.State.FAILED, session="", outcome=outcome[:500], ended_at=timezone.now()
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
    mine = LinkSession.objects.filter(
        channel=home, session_hash=digest(session), browser_hash=digest(browser), kind=LinkSession.Kind.SIGN_UP
    )
    return mine.order_by("-created_at").first()
