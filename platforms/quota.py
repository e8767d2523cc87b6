"""SCX's request quota as state that all processes share: one bucket per channel and route group.

Permits are taken from the bucket in small blocks, so that not every call writes a row. The window counts as sliding: a
permit counts from when its block was taken until a whole interval after the block can last have been used.
"""

import math
import os
import threading
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from platforms.models import QuotaBucket
from platforms.scx.errors import ScxQuotaWait
from platforms.scx.quota import LONGEST_WAIT_SECONDS, RateHeaders

# A block is used within this many seconds or lost; the window is that much longer, so it stays a sliding one.
BLOCK_SECONDS = 1.0


@dataclass
class _Block:
    permits: int
    expires: float


_blocks: dict[tuple[int, str], _Block] = {}
_lock = threading.Lock()


class DatabaseQuota:
    """The quota of one channel. `acquire` waits up to `patience` seconds in all, then raises ScxQuotaWait."""

    def __init__(self, channel_id: int, *, patience: float = 0.0) -> None:
        self.channel_id = channel_id
        self.patience = patience

    def acquire(self, group: str) -> None:
        while not _use(self.channel_id, group):
            wait = take_block(self.channel_id, group, timezone.now())
            if not wait:
                continue
            if wait > self.patience:
                raise ScxQuotaWait(retry_after=wait)
            self.patience -= wait
            time.sleep(wait)

    def observe(self, group: str, headers: RateHeaders, *, throttled_for: float | None) -> None:
        """Learn limit and interval; stop the group after a 429, or for a whole interval when nothing remains."""
        bucket = QuotaBucket.objects.filter(channel_id=self.channel_id, group=group)
        if headers.limit and headers.interval_seconds:
            told = {"limit": headers.limit, "interval": headers.interval_seconds}
            bucket.exclude(**told).update(**told)
        pause = throttled_for
        if pause is None and headers.remaining == 0:
            pause = min(float(headers.interval_seconds or 60), LONGEST_WAIT_SECONDS)
        if pause is not None:
            drop_block(self.channel_id, group)
            until = timezone.now() + timedelta(seconds=pause)
            bucket.filter(Q(blocked_until=None) | Q(blocked_until__lt=until)).update(blocked_until=until)


def drop_block(channel_id: int, group: str) -> None:
    """Forget the permits this process still holds."""
    with _lock:
        _blocks.pop((channel_id, group), None)


def drop_all_blocks() -> None:
    """Forget every permit this process holds; a forked process starts with this too."""
    with _lock:
        _blocks.clear()


os.register_at_fork(after_in_child=drop_all_blocks)


def _use(channel_id: int, group: str) -> bool:
    with _lock:
        block = _blocks.get((channel_id, group))
        if block is None or block.permits < 1 or block.expires < time.monotonic():
            return False
        block.permits -= 1
        return True


def take_block(channel_id: int, group: str, now: datetime) -> float:
    """Take a block of permits for this process; returns 0, or the seconds to wait when there are none."""
    QuotaBucket.objects.get_or_create(channel_id=channel_id, group=group)
    with transaction.atomic():
        bucket = QuotaBucket.objects.select_for_update().get(channel_id=channel_id, group=group)
        wait = _wait(bucket, now)
        if wait:
            return wait
        permits = _take(bucket, now)
    with _lock:
        _blocks[channel_id, group] = _Block(permits, time.monotonic() + BLOCK_SECONDS)
    return 0.0


def _wait(bucket: QuotaBucket, now: datetime) -> float:
    if bucket.blocked_until and bucket.blocked_until > now:
        return (bucket.blocked_until - now).total_seconds()
    if not bucket.limit or not bucket.interval:
        return 0.0
    horizon = now.timestamp() - bucket.interval - BLOCK_SECONDS
    # Who had the lock before us may have read the clock after us: what seems to lie ahead was taken just now.
    taken = sorted([min(at, now.timestamp()), permits] for at, permits in bucket.taken)
    bucket.taken = [[at, permits] for at, permits in taken if at > horizon]
    if sum(permits for _at, permits in bucket.taken) < bucket.limit:
        return 0.0
    return bucket.taken[0][0] - horizon


def _take(bucket: QuotaBucket, now: datetime) -> int:
    """Write the next block into the bucket; while SCX has named no limit, one permit at a time finds it out."""
    if not bucket.limit or not bucket.interval:
        # Kept as well: once the limit is known, these calls count.
        recent = [[at, permits] for at, permits in bucket.taken if at > now.timestamp() - 3600]
        bucket.taken = [*recent[-1000:], [now.timestamp(), 1]]
        bucket.save(update_fields=["taken"])
        return 1
    left = bucket.limit - sum(permits for _at, permits in bucket.taken)
    # No more than a second's share of the limit (25 of 1,500 a minute): what a slow caller leaves unused is lost.
    permits = min(left, max(1, math.floor(bucket.limit * BLOCK_SECONDS / bucket.interval)))
    bucket.taken = [*bucket.taken, [now.timestamp(), permits]]
    bucket.save(update_fields=["taken"])
    return permits
