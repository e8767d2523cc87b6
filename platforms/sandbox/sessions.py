"""One-time sessions of sign-ups and updates (contract 7, 12, 13)."""

import re
import secrets
import uuid
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q
from django.utils.translation import gettext as _

from platforms.sandbox import clock
from platforms.sandbox.configuration import switches
from platforms.sandbox.models import Account, Channel, LinkSession, Seller
from platforms.sandbox.problems import Problem, Refusal, invalid, not_found

VERSION = re.compile(r"Wawi/(\d{1,9}(?:\.\d{1,9}){0,9})", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True)
class Opened:
    """Where the merchant's browser goes, and until when (unix time)."""

    url: str
    expires_at: int


def open_sign_up(account: Account, channel: Channel, user_agent: str) -> Opened:
    """SLR204 (403) for a marketplace; SLR202 for a client below the channel's minimum version."""
    if channel.platform:
        message = _("Sign-up is not possible on this marketplace; sign up on its platform %(platform)s.")
        raise Refusal(403, Problem("SLR204", message % {"platform": channel.platform.code}))
    _require_version(channel, user_agent)
    session = _new(LinkSession.Kind.SIGN_UP, account, channel, None)
    return Opened(_filled(channel.sign_up_url, session), int(session.expires_at.timestamp()))


def open_update(account: Account, channel: Channel, seller_id: str | None) -> tuple[Opened, Seller]:
    """A marketplace's update runs on its platform; without a seller id the account must have just one seller there."""
    sellers = Seller.objects.filter(account=account, channel=channel.root)
    if seller_id:
        sellers = sellers.filter(seller_id=seller_id)
    seller = sellers.first()
    if seller is None:
        raise not_found(_("There is no such seller of your account on this channel."))
    if len(sellers) > 1:
        raise invalid("sellerId", _("is required, because your account has several sellers on this channel"))
    session = _new(LinkSession.Kind.UPDATE, account, channel.root, seller)
    root = channel.root
    return Opened(_filled(root.update_url or root.sign_up_url, session), int(session.expires_at.timestamp())), seller


def find(channel: Channel, kind: str, value: str) -> LinkSession:
    """The open session, for a token of its channel or of a marketplace of its platform; else a Refusal."""
    session = (
        LinkSession.objects.select_related("channel", "account", "seller__account", "seller__channel")
        .filter(Q(channel=channel) | Q(channel__marketplaces=channel), value=value, kind=kind)
        .first()
    )
    if session is None or session.used_at or session.expires_at <= clock.now():
        message = _("session: The session is unknown, has expired or has been used.")
        if switches().session_error_status == 404:
            raise not_found(message)
        raise Refusal(400, Problem("VAL100", message))
    return session


def use_up(session: LinkSession) -> None:
    session.used_at = clock.now()
    session.save(update_fields=["used_at"])


def _new(kind: str, account: Account, channel: Channel, seller: Seller | None) -> LinkSession:
    return LinkSession.objects.create(
        value=str(uuid.uuid4()) if switches().session_format == "uuid" else secrets.token_hex(32),
        kind=kind,
        account=account,
        channel=channel,
        seller=seller,
        expires_at=clock.now() + timedelta(seconds=switches().session_seconds),
    )


def _filled(template: str, session: LinkSession) -> str:
    if not template:
        raise not_found(_("The channel has no sign-up URL."))
    url = template.replace("{SESSION}", session.value)
    expiry = switches().sign_up_url_expiry
    return url if expiry == "none" else _with_parameter(url, f"{expiry}={int(session.expires_at.timestamp())}")


def _with_parameter(url: str, parameter: str) -> str:
    head, mark, fragment = url.partition("#")
    return f"{head}{'&' if '?' in head else '?'}{parameter}{mark}{fragment}"


def _require_version(channel: Channel, user_agent: str) -> None:
    found = VERSION.search(user_agent)
    version = found[1] if found else ""
    for minimum in channel.minimum_client_versions:
        if minimum["type"] == "Wawi" and parts(version) < parts(minimum["version"]):
            message = _("This channel needs JTL-Wawi %(minimum)s or higher; yours is %(version)s.")
            given = {"minimum": minimum["version"], "version": version or "?"}
            raise Refusal(400, Problem("SLR202", message % given))


def parts(version: str) -> tuple[int, ...]:
    """Numbers part by part, so that 1.9 is below 1.11; trailing zeros do not count."""
    numbers = [int(part) for part in version.split(".") if part]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)
