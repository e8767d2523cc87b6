"""Jobs: each says "drain what is due" for one channel; nudges ask the worker to run one soon."""

import logging
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Min, Q, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.models import OrmQ
from django_q.tasks import async_task

from platforms import logs, storable
from platforms.broker import SkipLockedBroker
from platforms.models import Channel, JobStatus, WebhookEndpoint
from platforms.scx.errors import ScxError, ScxWait

logger = logging.getLogger(__name__)

# A nudge that is older by this than all that waits was lost with the process that had taken it.
NUDGE_LOST_AFTER = timedelta(minutes=1)
TASK = "platforms.tasks.work"
# What the others did is told by webhooks.
DELIVERIES = "deliveries"


@dataclass
class Run:
    """How a job shall run, and what it did.

    `ignore_backoff`: a person asked, so rows that wait for their next attempt are due.
    `patience`: seconds the job may wait for quota in all.
    `deadline`: `time.monotonic()` after which it starts nothing more, or None.
    `notes`: lines for who runs it by hand.
    """

    ignore_backoff: bool = False
    patience: float = 0.0
    deadline: float | None = None
    counts: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    error: str = ""
    waits_for: float | None = None

    @property
    def expired(self) -> bool:
        return self.deadline is not None and time.monotonic() >= self.deadline

    def count(self, what: str, number: int = 1) -> None:
        if number:
            self.counts[what] += number

    @property
    def summary(self) -> str:
        """What happened, in words, such as "12 received, 3 failed"; empty when nothing did."""
        parts = [f"{number} {what}" for what, number in self.counts.items()]
        if self.waits_for is not None:
            parts.append(f"waits {self.waits_for:.0f} s for SCX quota")
        return ", ".join(parts)


def names() -> list[str]:
    """All job names, in the order `sync` runs them."""
    return [job for job, _function, _minutes in settings.PORTAL_JOBS]


def run(job: str, channel: Channel, how: Run) -> Run:
    """Run one job for one channel now, in this process, and record how it went. Errors are recorded, not raised."""
    function = import_string(next(name for known, name, _minutes in settings.PORTAL_JOBS if known == job))
    status, _created = JobStatus.objects.get_or_create(job=job, channel=channel)
    JobStatus.objects.filter(pk=status.pk).update(queued_at=None, started_at=timezone.now())
    at_scx = False
    try:
        function(channel, how)
    except ScxWait as wait:
        how.waits_for = wait.retry_after
    except ScxError as error:
        how.error, at_scx = logs.mask(str(error)), True
        logger.warning("Job %s of channel %s stopped: %s", job, channel.code, error)
    except Exception as error:
        how.error = storable.text(logs.described(error), 2000)
        logger.exception("Job %s of channel %s failed", job, channel.code)
    except SystemExit:
        # So django-q2 ends a task whose time is up.
        how.error = "The run took longer than a task may, and was ended."
        _record(status, how)
        raise
    _record(status, how, at_scx=at_scx)
    if how.expired:
        nudge(job, channel)
    if how.counts and job != DELIVERIES and WebhookEndpoint.objects.filter(is_active=True).exists():
        nudge(DELIVERIES, channel)
    return how


def _record(status: JobStatus, how: Run, *, at_scx: bool = False) -> None:
    JobStatus.objects.filter(pk=status.pk).update(**_outcome(how, timezone.now(), at_scx=at_scx))


def _outcome(how: Run, now: datetime, *, at_scx: bool) -> dict[str, Any]:
    """What the job's row says after a run. One that had to wait for SCX has proved nothing: an earlier error stays."""
    outcome: dict[str, Any] = {"finished_at": now, "summary": how.summary[:200]}
    if how.waits_for is not None:
        return outcome
    if how.error:
        failing = {"failures": F("failures") + 1, "failing_since": Coalesce("failing_since", Value(now))}
        return outcome | failing | {"error": how.error, "is_failing_at_scx": at_scx}
    good = {"failures": 0, "failing_since": None, "is_failing_at_scx": False}
    return outcome | good | {"error": "", "succeeded_at": now}


def nudge(job: str, channel: Channel) -> None:
    """Ask the worker to run the job for the channel once the surrounding transaction is committed.

    At most one nudge per job and channel is queued; one that a worker has taken does not count.
    """
    transaction.on_commit(lambda: _enqueue(job, channel))


def nudge_channel(channel: Channel) -> None:
    """Nudge every job of the channel."""
    for job in names():
        nudge(job, channel)


def nudge_all() -> None:
    """Nudge every job of every channel, whether or not one is queued: what a cluster took with it when it died."""
    # Row by row: workers that start together would lock many rows in different orders.
    for channel in Channel.objects.callable():
        for job in names():
            status, _created = JobStatus.objects.get_or_create(job=job, channel=channel)
            _queue(status, channel, Q(), timezone.now())


def _enqueue(job: str, channel: Channel) -> None:
    now = timezone.now()
    waiting = JobStatus.objects.filter(job=job, channel=channel).order_by().values_list("queued_at", flat=True)
    queued_at = waiting.first()
    # Whoever takes that one sees what was committed before this look.
    if queued_at and abs(now - queued_at) < NUDGE_LOST_AFTER:
        return
    status, _created = JobStatus.objects.get_or_create(job=job, channel=channel)
    lost = Q(queued_at__gt=now + NUDGE_LOST_AFTER)
    if status.queued_at and status.queued_at < now - NUDGE_LOST_AFTER:
        lost |= Q(queued_at__lt=_oldest_waiting(now) - NUDGE_LOST_AFTER)
    _queue(status, channel, Q(queued_at=None) | lost, now)


def _oldest_waiting(now: datetime) -> datetime:
    """Since when the queue's oldest task waits, or now: in a long queue a nudge is old without being lost."""
    waiting = OrmQ.objects.filter(key=SkipLockedBroker().list_key, lock__lte=now)
    oldest: datetime | None = waiting.aggregate(at=Min("lock"))["at"]
    return oldest or now


def postpone(status: JobStatus, channel: Channel, now: datetime, delay: timedelta) -> None:
    """Queue the nudge that says so once more, for later; not if one is queued that is due later than now."""
    is_due_later = Q(queued_at__isnull=False, queued_at__gt=now, queued_at__lte=now + NUDGE_LOST_AFTER)
    _queue(status, channel, ~is_due_later, now + delay, delay)


def _queue(status: JobStatus, channel: Channel, where: Q, due_at: datetime, delay: timedelta = timedelta()) -> None:
    name = f"{status.job} {channel.code}"[:100]
    with transaction.atomic():
        if JobStatus.objects.filter(where, pk=status.pk).update(queued_at=due_at):
            async_task(TASK, status.job, channel.code, broker=SkipLockedBroker(delay=delay), task_name=name, save=False)
