"""Builds the SCX client of a channel: its token and its quota live in the database, shared by all processes."""

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone, translation

from platforms.fields import is_unreadable
from platforms.models import Channel
from platforms.quota import DatabaseQuota
from platforms.scx.client import ScxClient
from platforms.scx.errors import ScxError, ScxNoToken, ScxQuotaWait, ScxUnauthorized, ScxWait
from platforms.scx.tokens import AccessToken
from platforms.scx.transport import Transport

# How long one process may hold the right to renew a token, and how long the others wait for it.
RENEWAL_LEASE = timedelta(seconds=40)
RENEWAL_POLL_SECONDS = 0.2
# A person is not kept waiting as long as that.
URGENT_RENEWAL_SECONDS = 10.0
# A refused refresh token is shown again after the time it has been refused for, within these bounds: it is for a
# person to mend, and SCX counts the asking.
REFUSED_PAUSE_SECONDS = (60.0, 600.0)
# A token is not sent any more when it ends sooner than this.
LAST_USE = timedelta(seconds=5)
# Renewed when so much of its life is left, at most so long before its end: a refusal is seen while it still works.
RENEWAL_SHARE = 1 / 6
LONGEST_MARGIN = timedelta(minutes=10)
# A token is looked up once for so many seconds of calls; another one in the row counts after that.
TOKEN_SECONDS = 1.0
# Connect and read. A body that trickles takes longer: who leases what a call carries renews the lease meanwhile.
TIMEOUT = (3.05, 20.0)

_local = threading.local()


def client(channel: Channel, *, patience: float = 0.0, urgent: bool = False, share: float = 1.0) -> ScxClient:
    """The client of a marketplace or standalone channel.

    `patience`: seconds its calls may wait for quota in all. `urgent`: a person waits, so they go before bulk work.
    `share`: how much of what SCX allows may be used up before they wait.
    Raises ScxNoToken for a platform, and when used without a refresh token.
    """
    if channel.is_platform:
        raise ScxNoToken(f"{channel.code} is a platform: SCX knows it by its marketplaces, and has no token for it.")
    quota = DatabaseQuota(channel.pk, patience=patience, urgent=urgent, share=share)
    return ScxClient(
        transport(),
        tokens=DatabaseTokenStore(channel.pk, quota),
        refresh_token=lambda: _refresh_token(channel.pk),
        quota=quota,
    )


def transport() -> Transport:
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
        raise ScxNoToken(
            f"The refresh token of channel {channel.code} cannot be read with the present keys: enter the token again."
        )
    if not channel.has_token:
        raise ScxNoToken(f"Channel {channel.code} has no refresh token; enter the one JTL gave for this channel.")
    return channel.refresh_token


def ask_again(channels: QuerySet[Channel]) -> None:
    """A person asked: show a refused refresh token once more with the next call, whenever that was last done."""
    channels.exclude(token_retry_at=None).update(token_retry_at=None)


class DatabaseTokenStore:
    """The access token in the channel's row, renewed by one process at a time under a lease.

    That SCX refuses the refresh token stands in the row as well: since when, why, and when to ask again.
    """

    def __init__(self, channel_id: int, quota: DatabaseQuota) -> None:
        self.rows = Channel.objects.filter(pk=channel_id)
        self.quota = quota
        self._known: str | None = None
        self._known_until = 0.0

    def get(self) -> str | None:
        """The token, unless it is time to renew it."""
        if self._known is None or time.monotonic() >= self._known_until:
            self._known, self._known_until = self._stored(), time.monotonic() + TOKEN_SECONDS
        return self._known

    def _stored(self) -> str | None:
        channel, now = self.rows.get(), timezone.now()
        stored = _access_token(channel)
        return stored.token if stored and stored.is_good(now) and stored.expires_at - now > _margin(channel) else None

    def renew(self, exchange: Callable[[], AccessToken], *, rejected: str | None) -> str:
        self._known = None
        give_up = time.monotonic() + (URGENT_RENEWAL_SECONDS if self.quota.urgent else RENEWAL_LEASE.total_seconds())
        while time.monotonic() < give_up:
            current = self._stored()
            if current and current != rejected:
                return current
            if lease := self._lease():
                try:
                    return self._exchange(exchange, lease, rejected=rejected)
                except ScxError as error:
                    if old := self._old(rejected):
                        self._rest(error)
                        return old
                    if not isinstance(error, ScxQuotaWait):
                        raise
                    # The lease is given back: who may go before us does not stand behind us.
                    self.quota.wait(error.retry_after)
                continue
            # While somebody renews it, or died over it, the old one serves.
            if old := self._old(rejected):
                return old
            time.sleep(RENEWAL_POLL_SECONDS)
        raise ScxWait("Another process is renewing the channel's access token.", retry_after=5)

    def _old(self, rejected: str | None) -> str | None:
        """The token that is due to be renewed, as long as it works."""
        old = _access_token(self.rows.get())
        return old.token if old and old.token != rejected and old.expires_at > timezone.now() + LAST_USE else None

    def _rest(self, error: ScxError) -> None:
        """Keep everybody from asking again at once; what SCX refuses has a pause of its own."""
        if not isinstance(error, ScxUnauthorized):
            self._lease()

    def _lease(self) -> datetime | None:
        """Take the right to renew; the time it ends tells whose it is. None while somebody else has it."""
        now = timezone.now()
        until = now + RENEWAL_LEASE
        free = Q(token_lease_until=None) | Q(token_lease_until__lte=now)
        return until if self.rows.filter(free).update(token_lease_until=until) else None

    def _exchange(self, exchange: Callable[[], AccessToken], lease: datetime, *, rejected: str | None) -> str:
        try:
            # Who held the lease before us may have renewed the token since we looked.
            current = self._stored()
            if current and current != rejected:
                return current
            self._respect_refusal()
            return self._keep(exchange())
        except ScxUnauthorized as error:
            if refusal := self._refusal(error):
                self.rows.update(**refusal)
            raise
        finally:
            # An exchange that outlasted its lease must not end that of the next.
            self.rows.filter(token_lease_until=lease).update(token_lease_until=None)

    def _keep(self, token: AccessToken) -> str:
        self.rows.update(
            access_token=token.token,
            access_token_expires_at=token.expires_at,
            token_succeeded_at=timezone.now(),
            **Channel.TOKEN_ACCEPTED,
        )
        return token.token

    def _respect_refusal(self) -> None:
        channel = self.rows.get()
        if channel.token_retry_at and channel.token_retry_at > timezone.now():
            raise ScxUnauthorized(channel.token_refusal)

    def _refusal(self, error: ScxUnauthorized) -> dict[str, datetime | str]:
        """What to write down: nothing without a token, or when SCX was not asked at all."""
        channel, now = self.rows.get(), timezone.now()
        is_paused = channel.token_retry_at is not None and channel.token_retry_at > now
        if isinstance(error, ScxNoToken) or is_paused:
            return {}
        since = channel.token_refused_since or now
        shortest, longest = REFUSED_PAUSE_SECONDS
        pause = min(longest, max(shortest, (now - since).total_seconds()))
        return {
            "token_refused_since": since,
            "token_refusal": str(error),
            "token_retry_at": now + timedelta(seconds=pause),
        }


def _access_token(channel: Channel) -> AccessToken | None:
    if not channel.access_token or not channel.access_token_expires_at:
        return None
    return AccessToken(channel.access_token, channel.access_token_expires_at)


def _margin(channel: Channel) -> timedelta:
    """How long before its end the access token is renewed."""
    if channel.token_succeeded_at is None or channel.access_token_expires_at is None:
        return timedelta()
    life = channel.access_token_expires_at - channel.token_succeeded_at
    return min(life * RENEWAL_SHARE, LONGEST_MARGIN)
