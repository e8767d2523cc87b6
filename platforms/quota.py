"""SCX's request quota as state that all processes share: one bucket per channel and route group.

Permits are taken from the bucket in small blocks, so that not every call writes a row. The window counts as sliding: a
permit counts from when its block was taken until a whole interval after SCX can last have counted its request.

Hosted pages come before bulk work: of the groups they use a part stays free for them.
"""

import logging
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from platforms.models import QuotaBucket
from platforms.quota_window import Window
from platforms.scx.errors import ScxQuotaWait
from platforms.scx.quota import LONGEST_WAIT_SECONDS, RateHeaders

logger = logging.getLogger(__name__)

# A block is used within this many seconds or lost.
BLOCK_SECONDS = 1.0
# A request whose answer takes longer than this counts once more from then: SCX may have counted it late.
SLOW_SECONDS = 1.0
# While nobody knows what SCX allows, one call goes alone; the others wait so long for its answer.
TRIAL = timedelta(seconds=30)
TRIAL_PATIENCE_SECONDS = 5.0
TRIAL_POLL_SECONDS = 0.2
# What hosted pages ask SCX for.
PAGES_USE = ("auth", "channel")
# Asked for under the right to renew a token, which others wait for: never waited for here.
ASKED_UNDER_LEASE = "auth"
# SCX's clock is looked at anew once it seems to have moved by so much.
CLOCK_TOLERANCE_SECONDS = 5


@dataclass
class _Block:
    """Permits, and what the answers to their calls said last of the quota."""

    permits: int
    expires: float
    said: RateHeaders | None = None


# By channel, group, and whom the permits are for: whether a page, and up to which share of all there are.
_blocks: dict[tuple[int, str, bool, float], _Block] = {}
_lock = threading.Lock()


@contextmanager
def _for_what_it_is_worth() -> Iterator[None]:
    """Noting what an answer says of the quota: while the database is away, that is lost and never the answer."""
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        if connection.in_atomic_block:
            raise
        logger.warning("What SCX said of its quota cannot be kept: %s", error)
        connection.close()


@dataclass(frozen=True)
class Wait:
    """Seconds until it is worth asking again; `in_trial` when another call is just finding out what SCX allows."""

    seconds: float
    in_trial: bool = False


class DatabaseQuota:
    """The quota of one channel for one caller after another, not for several threads at once.

    `patience`: seconds `acquire` waits in all before it raises ScxQuotaWait. `urgent`: a person waits for the answer,
    so what is kept free of bulk work may be used too. `share`: of what SCX allows, this much may be used up before the
    caller waits, whoever used it: the rest stays free for others.
    """

    def __init__(self, channel_id: int, *, patience: float = 0.0, urgent: bool = False, share: float = 1.0) -> None:
        self.channel_id = channel_id
        self.patience = patience
        self.urgent = urgent
        self.share = share
        self._trial_patience = TRIAL_PATIENCE_SECONDS
        self._acquired_at = time.monotonic()

    def acquire(self, group: str) -> None:
        while not _use(self._key(group)):
            wait = take_block(self.channel_id, group, timezone.now(), urgent=self.urgent, share=self.share)
            if wait and wait.in_trial and self._trial_patience > 0:
                self._trial_patience -= wait.seconds
                time.sleep(wait.seconds)
            elif wait and group == ASKED_UNDER_LEASE:
                raise ScxQuotaWait(retry_after=wait.seconds)
            elif wait:
                self.wait(wait.seconds)
        self._acquired_at = time.monotonic()

    def _key(self, group: str) -> tuple[int, str, bool, float]:
        return self.channel_id, group, self.urgent, self.share

    def wait(self, seconds: float) -> None:
        """Sleep as long as patience allows, else raise ScxQuotaWait at once."""
        if seconds > self.patience:
            raise ScxQuotaWait(retry_after=seconds)
        self.patience -= seconds
        time.sleep(seconds)

    def observe(
        self, group: str, headers: RateHeaders, *, throttled_for: float | None, asked_at: float | None = None
    ) -> None:
        """Learn limit and interval; stop the group after a 429, or for a whole interval when nothing remains."""
        with _for_what_it_is_worth():
            self._count_if_slow(group, timezone.now(), asked_at)
            self._observe(group, headers, throttled_for=throttled_for)

    def _observe(self, group: str, headers: RateHeaders, *, throttled_for: float | None) -> None:
        now = timezone.now()
        if throttled_for is not None:
            self._bucket(group).update(
                throttled=F("throttled") + 1,
                throttled_at=now,
                throttled_since=Coalesce(F("throttled_since"), now),
                is_answered=False,
                trial_until=None,
            )
            self._stop(group, now + timedelta(seconds=throttled_for))
        elif headers.remaining == 0 and not self._explains_nothing_left(group, headers, now):
            pause = min(float(headers.interval_seconds or 60), LONGEST_WAIT_SECONDS)
            self._stop(group, now + timedelta(seconds=pause))
        elif self._said_before(group, headers):
            return
        self._learn(self._bucket(group), headers, now, throttled=throttled_for is not None)
        if throttled_for is None:
            self._remember(group, headers)

    def lost(self, group: str, *, asked_at: float | None = None) -> None:
        """A request whose answer never came has used its permit all the same."""
        with _for_what_it_is_worth():
            self._count_if_slow(group, timezone.now(), asked_at)
            self._bucket(group).filter(trial_until__isnull=False).update(trial_until=None)

    def _said_before(self, group: str, headers: RateHeaders) -> bool:
        """Whether an earlier answer to a call with a permit of this block said the same: noted already."""
        with _lock:
            block = _blocks.get(self._key(group))
        return block is not None and block.said == replace(headers, remaining=None)

    def _remember(self, group: str, headers: RateHeaders) -> None:
        """After it was noted: what a database that is away did not take is noted with the next answer."""
        with _lock:
            if block := _blocks.get(self._key(group)):
                block.said = replace(headers, remaining=None)

    def _bucket(self, group: str) -> "Any":
        return QuotaBucket.objects.filter(channel_id=self.channel_id, group=group)

    def _learn(self, bucket: "Any", headers: RateHeaders, now: datetime, *, throttled: bool) -> None:
        news: dict[str, Any] = {}
        known: dict[str, Any] = {}
        if headers.limit and headers.interval_seconds:
            news |= {"limit": headers.limit, "interval": headers.interval_seconds}
        if not throttled:
            news |= {"is_answered": True, "trial_until": None, "throttled_since": None}
        known |= news
        if headers.date:
            offset = round((headers.date - now).total_seconds())
            news["clock_offset"] = offset
            known["clock_offset__range"] = (offset - CLOCK_TOLERANCE_SECONDS, offset + CLOCK_TOLERANCE_SECONDS)
        if news:
            # Most answers say nothing new, and cost no write.
            bucket.exclude(**known).update(**news)

    def _stop(self, group: str, until: datetime) -> None:
        drop_block(self.channel_id, group)
        self._bucket(group).filter(Q(blocked_until=None) | Q(blocked_until__lt=until)).update(blocked_until=until)

    def _explains_nothing_left(self, group: str, headers: RateHeaders, now: datetime) -> bool:
        """Whether all that SCX counts are calls of ours: then the window tells when the next may go."""
        bucket = self._bucket(group).first()
        if bucket is None or not headers.limit or not headers.interval_seconds:
            return False
        window = Window(bucket.taken, headers.interval_seconds).at(now.timestamp())
        return window.used >= headers.limit

    def _count_if_slow(self, group: str, now: datetime, asked_at: float | None) -> None:
        if time.monotonic() - (asked_at or self._acquired_at) <= SLOW_SECONDS:
            return
        with transaction.atomic():
            bucket = self._bucket(group).select_for_update().first()
            if bucket:
                bucket.taken = _window(bucket, now).taking(1, now.timestamp())
                bucket.save(update_fields=["taken"])


def drop_block(channel_id: int, group: str) -> None:
    """Forget the permits this process still holds."""
    with _lock:
        for key in [key for key in _blocks if key[:2] == (channel_id, group)]:
            del _blocks[key]


def drop_all_blocks() -> None:
    """Forget every permit this process holds; a forked process starts with this too."""
    with _lock:
        _blocks.clear()


os.register_at_fork(after_in_child=drop_all_blocks)


def kept_for_pages(group: str, limit: int) -> int:
    """How many of the permits bulk work leaves free: a quarter, at least the two of a sign-up, at most half."""
    return min(limit // 2, max(2, limit // 4)) if group in PAGES_USE else 0


def _use(key: tuple[int, str, bool, float]) -> bool:
    with _lock:
        block = _blocks.get(key)
        if block is None or block.permits < 1 or block.expires < time.monotonic():
            return False
        block.permits -= 1
        return True


def take_block(channel_id: int, group: str, now: datetime, *, urgent: bool = False, share: float = 1.0) -> Wait | None:
    """Take a block of permits for this process; None, or how long to wait when there are none."""
    QuotaBucket.objects.get_or_create(channel_id=channel_id, group=group)
    with transaction.atomic():
        bucket = QuotaBucket.objects.select_for_update().get(channel_id=channel_id, group=group)
        outcome = _take(bucket, now, urgent=urgent, share=share)
    if isinstance(outcome, Wait):
        return outcome
    with _lock:
        _blocks[channel_id, group, urgent, share] = _Block(outcome, time.monotonic() + BLOCK_SECONDS)
    return None


def allowed(group: str, limit: int, share: float = 1.0) -> int:
    """How many permits of an interval bulk work may see used up, at least one."""
    return max(1, min(limit - kept_for_pages(group, limit), int(limit * share)))


def _take(bucket: QuotaBucket, now: datetime, *, urgent: bool, share: float) -> int | Wait:
    """Write the next block into the bucket and return its size, or how long to wait for one."""
    if bucket.blocked_until and bucket.blocked_until > now:
        return Wait((bucket.blocked_until - now).total_seconds())
    if not bucket.limit or not bucket.interval:
        return _try(bucket, now)
    window = _window(bucket, now)
    most = bucket.limit if urgent else allowed(bucket.group, bucket.limit, share)
    seconds = window.seconds_until_below(most, now.timestamp())
    if seconds:
        if window.was_ahead:
            # Else it would seem to have been taken just now at every look.
            bucket.taken = window.taken
            bucket.save(update_fields=["taken"])
        return Wait(seconds)
    # No more than a second's share of the limit (25 of 1,500 a minute): what a slow caller leaves unused is lost.
    of_a_second = 1 if urgent else max(1, int(bucket.limit * BLOCK_SECONDS / bucket.interval))
    permits = min(most - window.used, of_a_second)
    bucket.taken = window.taking(permits, now.timestamp())
    bucket.save(update_fields=["taken"])
    return permits


def _try(bucket: QuotaBucket, now: datetime) -> int | Wait:
    """While SCX has named no limit, one permit at a time; until it has answered at all, one call at a time."""
    if not bucket.is_answered:
        if bucket.trial_until and now < bucket.trial_until <= now + TRIAL:
            return Wait(TRIAL_POLL_SECONDS, in_trial=True)
        bucket.trial_until = now + TRIAL
    # Noted as well: once the limit is known, these calls count.
    bucket.taken = _window(bucket, now).taking(1, now.timestamp())
    bucket.save(update_fields=["taken", "trial_until"])
    return 1


def _window(bucket: QuotaBucket, now: datetime) -> Window:
    interval = (bucket.interval if bucket.limit else None) or 3600
    return Window(bucket.taken, interval + BLOCK_SECONDS + SLOW_SECONDS).at(now.timestamp())
