"""Refresh tokens: whose one is, found out by asking SCX, and how it takes another's place while calls go on."""

from dataclasses import dataclass, field
from typing import Literal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from platforms import gateway, hiding, logs
from platforms.models import Channel
from platforms.quota import DatabaseQuota
from platforms.scx.client import ScxClient
from platforms.scx.errors import ScxError, ScxUnauthorized
from platforms.scx.quota import NullQuota
from platforms.scx.tokens import AccessToken, MemoryTokenStore
from platforms.scx.values import parse_text

# Seconds a test may wait for quota: a person is waiting.
PATIENCE = 3.0
WAIVED = {"other", "refused"}
# What belongs to the refresh token, and follows it.
OF_THE_TOKEN = (
    *("refresh_token_entered_at", "token_succeeded_at"),
    *("access_token", "access_token_expires_at", "token_lease_until"),
    *Channel.TOKEN_ACCEPTED,
)


@dataclass(frozen=True)
class Verdict:
    """What SCX says of a refresh token, `text` for people.

    "valid": it is the channel's. "other": it is that of the channel `code`. "refused": SCX does not know it. "unknown":
    SCX could not be asked.
    """

    state: Literal["valid", "other", "refused", "unknown"]
    text: str
    code: str = ""
    access_token: AccessToken | None = field(default=None, repr=False)

    @property
    def is_usable(self) -> bool:
        """Whether the token may be stored: also where SCX could not be asked, for the worker will find out."""
        return self.state not in WAIVED


def check(channel: Channel, refresh_token: str) -> Verdict:
    """Ask SCX whose token it is: one login, one look at the channel, which may be new. Not inside a transaction."""
    hiding.remember(refresh_token)
    tokens = MemoryTokenStore()
    quota = DatabaseQuota(channel.pk, patience=PATIENCE, urgent=True) if channel.pk else NullQuota()
    client = ScxClient(gateway.transport(), tokens=tokens, refresh_token=lambda: refresh_token, quota=quota)
    try:
        code = parse_text(client.channel.get().settings.get("channel"))
    except ScxUnauthorized as error:
        text = _("SCX does not accept this token. Enter the one JTL gave for %(channel)s. SCX says: %(reason)s")
        return Verdict("refused", text % {"channel": channel.code, "reason": logs.mask(str(error))})
    except ScxError as error:
        text = _(
            "SCX could not be asked whether this token belongs to %(channel)s: the worker will find out. %(reason)s"
        )
        return Verdict("unknown", text % {"channel": channel.code, "reason": logs.mask(str(error))})
    if code != channel.code:
        text = _("This token belongs to %(other)s, not to %(channel)s. Enter the one JTL gave for %(channel)s.")
        return Verdict("other", text % {"other": code, "channel": channel.code}, code)
    text = _("This token belongs to %(channel)s and is valid.")
    return Verdict("valid", text % {"channel": code}, code, tokens.current)


def checked(channel: Channel, refresh_token: str) -> Verdict:
    """As `check`; raises ValidationError at `refresh_token` for a token that may not be stored."""
    verdict = check(channel, refresh_token)
    if not verdict.is_usable:
        raise ValidationError({"refresh_token": ValidationError(verdict.text, code=verdict.state)})
    return verdict


def put(channel: Channel, refresh_token: str, verdict: Verdict | None = None) -> None:
    """Give the channel the token, in memory; `channels.save` stores it.

    With the access token that its test brought no call has to log in; calls under way go on with the one they have.
    """
    if channel.refresh_token != refresh_token:
        channel.refresh_token = refresh_token
        begin(channel)
    if verdict and verdict.access_token:
        channel.access_token = verdict.access_token.token
        channel.access_token_expires_at = verdict.access_token.expires_at
        channel.token_succeeded_at = timezone.now()
        _forget_refusal(channel)


def begin(channel: Channel) -> None:
    """The channel has another refresh token: what was known of the old one is over, in memory."""
    channel.access_token, channel.access_token_expires_at, channel.token_succeeded_at = "", None, None
    channel.refresh_token_entered_at = timezone.now() if channel.has_token else None
    _forget_refusal(channel)


def _forget_refusal(channel: Channel) -> None:
    channel.token_lease_until = None
    for name, value in Channel.TOKEN_ACCEPTED.items():
        setattr(channel, name, value)


def test(channel: Channel) -> Verdict:
    """Ask SCX about the token that is stored, and note that it was accepted. Not inside a transaction."""
    stored = str(channel.refresh_token)
    verdict = check(channel, stored)
    if verdict.state == "valid":
        with transaction.atomic():
            locked = Channel.objects.select_for_update(no_key=True).get(pk=channel.pk)
            # Another one may have taken its place while SCX was asked, and was not tested.
            if locked.refresh_token == stored:
                put(locked, stored, verdict)
                locked.save(update_fields=OF_THE_TOKEN)
    return verdict
