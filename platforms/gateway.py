"""Builds the SCX client of a channel: its token and its quota live in the database, shared by all processes."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone, translation

from platforms.fields import is_unreadable
from platforms.models import Channel
from platforms.quota import DatabaseQuota
from platforms.scx.client import ScxClient
from platforms.scx.errors import ScxUnauthorized, ScxWait
from platforms.scx.tokens import AccessToken
from platforms.scx.transport import Transport

# How long one process may hold the right to renew a token, and how long the others wait for it.
RENEWAL_LEASE = timedelta(seconds=40)
RENEWAL_POLL_SECONDS = 0.2
# Connect and read: a call ends before the 30 s lease of the outbox rows it carries.
TIMEOUT = (3.05, 20.0)

_local = threading.local()


def client(channel: Channel, *, patience: float = 0.0) -> ScxClient:
    """The client of a marketplace or standalone channel.

    `patience`: seconds its calls may wait for quota in all. Raises ScxUnauthorized when used without a refresh token.
    """
    return ScxClient(
        _transport(),
        tokens=DatabaseTokenStore(channel.pk),
        refresh_token=lambda: _refresh_token(channel.pk),
        quota=DatabaseQuota(channel.pk, patience=patience),
    )


def _transport() -> Transport:
    """One transport a thread: connections are kept, and requests' sessions are not made for sharing."""
    language = (translation.get_language() or "en")[:2]
    key = (settings.SCX_BASE_URL, settings.SCX_USER_AGENT, language)
    if getattr(_local, "key", None) != key:
        _local.transport = Transport(key[0], user_agent=key[1], language=language, timeout=TIMEOUT)
        _local.key = key
    return _local.transport


def _refresh_token(channel_id: int) -> str:
    channel = Channel.objects.get(pk=channel_id)
    if is_unreadable(channel.refresh_token):
        raise ScxUnauthorized(
            f"The refresh token of channel {channel.code} cannot be read with the present keys: enter the token again."
        )
    if not channel.has_token:
        raise ScxUnauthorized(f"Channel {channel.code} has no refresh token; enter the one JTL gave for this channel.")
    return channel.refresh_token


class DatabaseTokenStore:
    """The access token in the channel's row, renewed by one process at a time under a lease."""

    def __init__(self, channel_id: int) -> None:
        self.rows = Channel.objects.filter(pk=channel_id)

    def get(self) -> str | None:
        channel = self.rows.get()
        if not channel.access_token or not channel.access_token_expires_at:
            return None
        token = AccessToken(channel.access_token, channel.access_token_expires_at)
        return token.token if token.is_good(timezone.now()) else None

    def renew(self, exchange: Callable[[], AccessToken], *, rejected: str | None) -> str:
        give_up = time.monotonic() + RENEWAL_LEASE.total_seconds()
        while time.monotonic() < give_up:
            current = self.get()
            if current and current != rejected:
                return current
            if self._lease():
                return self._exchange(exchange, rejected=rejected)
            time.sleep(RENEWAL_POLL_SECONDS)
        raise ScxWait("Another process is renewing the channel's access token.", retry_after=5)

    def _lease(self) -> bool:
        now = timezone.now()
        free = Q(token_lease_until=None) | Q(token_lease_until__lte=now)
        return bool(self.rows.filter(free).update(token_lease_until=now + RENEWAL_LEASE))

    def _exchange(self, exchange: Callable[[], AccessToken], *, rejected: str | None) -> str:
        # Who held the lease before us may have renewed the token since we looked.
        current = self.get()
        if current and current != rejected:
            self.rows.update(token_lease_until=None)
            return current
        try:
            token = exchange()
        except BaseException:
            self.rows.update(token_lease_until=None)
            raise
        self.rows.update(access_token=token.token, access_token_expires_at=token.expires_at, token_lease_until=None)
        return token.token
