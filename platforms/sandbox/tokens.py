"""Refresh tokens in, access tokens out (contract 4). Access tokens are signed, not stored."""

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import F
from django.db.models.query import RawQuerySet
from django.utils.translation import gettext as _

from platforms.sandbox import clock
from platforms.sandbox.configuration import switches
from platforms.sandbox.models import Account, Channel, OnboardingPin
from platforms.sandbox.problems import Problem, Refusal

SCOPES = {Channel: "CHANNEL", Account: "SELLER"}


@dataclass(frozen=True)
class Caller:
    """Who sent a request; nobody when it carried no good access token."""

    channel: Channel | None = None
    account: Account | None = None

    @property
    def scope(self) -> str | None:
        owner = self.channel or self.account
        return SCOPES[type(owner)] if owner else None


def new_refresh_token(kind: type[Channel] | type[Account]) -> str:
    """In the documented shape: the scope, a colon, opaque text."""
    return f"{SCOPES[kind]}:{secrets.token_urlsafe(32)}"


def owner_of_refresh_token(token: str) -> Channel | Account | None:
    return (
        Channel.objects.filter(refresh_token=token).first()
        or Account.objects.filter(refresh_token=token).first()
        or Account.objects.filter(spare_tokens__value=token).first()
    )


def log_in(account: Account) -> str:
    """Another refresh token of the merchant, beside or by switch in place of those there were (contract 4.2).

    Where it replaces them, the access tokens made so far end with them.
    """
    token = new_refresh_token(Account)
    if switches().login_replaces_token:
        account.spare_tokens.all().delete()
        account.refresh_token = token
        account.save(update_fields=["refresh_token"])
    else:
        account.spare_tokens.create(value=token)
    return token


def new_onboarding_pin(account: Account) -> OnboardingPin:
    """A pin of six digits for `POST /v1/auth/create/seller-token`, good once and for `pinSeconds`."""
    return OnboardingPin.objects.create(
        account=account,
        pin="".join(secrets.choice("0123456789") for _digit in range(6)),
        expires_at=clock.now() + timedelta(seconds=switches().pin_seconds),
    )


def owner_of_onboarding_pin(pin: str) -> Account:
    """Uses the pin up; ATH101 (404) when it is unknown, used or too old."""
    now = clock.now()
    found = OnboardingPin.objects.select_related("account").filter(pin=pin, used_at=None, expires_at__gt=now).last()
    if found is None:
        raise Refusal(404, Problem("ATH101", _("The pin is unknown, has expired or has been used.")))
    found.used_at = now
    found.save(update_fields=["used_at"])
    return found.account


def issue(owner: Channel | Account) -> tuple[str, datetime]:
    """An access token and when SCX's clock says it ends."""
    life = timedelta(seconds=switches().token_seconds)
    claims = {
        "scope": SCOPES[type(owner)],
        "sub": owner.pk,
        "key": _fingerprint(owner),
        "exp": int((clock.steady() + life).timestamp()),
        "jti": secrets.token_hex(8),
    }
    text = ".".join((_encoded({"alg": "HS256", "typ": "JWT"}), _encoded(claims)))
    return f"{text}.{_signature(text)}", (clock.now() + life).replace(microsecond=0)


def revoke(owner: Channel | Account, *, refresh_token: bool = False) -> None:
    """End every access token given out so far; on demand the refresh token too, until the owner is given another."""
    owner.token_generation = F("token_generation") + 1
    changed = ["token_generation"]
    if refresh_token:
        owner.refresh_token = None
        changed.append("refresh_token")
        if isinstance(owner, Account):
            owner.spare_tokens.all().delete()
    owner.save(update_fields=changed)
    owner.refresh_from_db(fields=["token_generation"])


def caller_of(authorization: str) -> Caller:
    """The caller behind an Authorization header; a Caller of no scope when the token is not good."""
    scheme, _blank, token = authorization.partition(" ")
    claims = _claims(token.strip()) if scheme.lower() == "bearer" else None
    if claims is None or claims["exp"] <= clock.now().timestamp():
        return Caller()
    owner: Channel | Account | None = next(iter(_owners(claims)), None)
    if owner is None or claims["key"] != _fingerprint(owner):
        return Caller()
    return Caller(channel=owner) if isinstance(owner, Channel) else Caller(account=owner)


def require(caller: Caller, scope: str) -> None:
    """401 for a missing, ended or revoked token and for one of the other API."""
    if caller.scope != scope:
        message = _("The access token is missing, has expired or does not open this API.")
        raise Refusal(401, Problem("ATH000", message))


def _claims(token: str) -> dict[str, Any] | None:
    text, _dot, signature = token.rpartition(".")
    if not text or not hmac.compare_digest(_signature(text).encode(), signature.encode()):
        return None
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(_padded(text.partition(".")[2])))
    return claims


def _owners(claims: dict[str, Any]) -> "RawQuerySet[Any]":
    # Every call asks; written out, it costs a seventh of what a queryset takes to build.
    if claims["scope"] == SCOPES[Channel]:
        return Channel.objects.raw("SELECT * FROM sandbox_channel WHERE id = %s", [claims["sub"]])
    return Account.objects.raw("SELECT * FROM sandbox_account WHERE id = %s", [claims["sub"]])


def _fingerprint(owner: Channel | Account) -> str:
    """Changes with the refresh token and when the tokens given out are revoked."""
    return hashlib.sha256(f"{owner.token_generation} {owner.refresh_token}".encode()).hexdigest()[:16]


def _encoded(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _padded(text: str) -> str:
    return text + "=" * (-len(text) % 4)


def _signature(text: str) -> str:
    digest = hmac.new(settings.SECRET_KEY.encode(), text.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
