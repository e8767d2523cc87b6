"""Attempts are counted before the work: what a process begins is noted and committed, and unnoted by its commit.

A note that stays behind is a process that was killed over its rows: out of memory, out of stack, out of time. They are
begun again after all others, in batches that shrink with the deaths, so that the row at fault soon stands alone.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from django.db import DatabaseError, InterfaceError, transaction
from django.db.models import Count, Min, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext

from platforms import outbox
from platforms.findings import Finding
from platforms.jobs import nudge
from platforms.models import Batch, Channel, JobStatus

logger = logging.getLogger(__name__)

# How many rows are begun together, by how many processes died over them. Who was alone in the last is given up.
SIZES = (500, 62, 8, 1, 1)
# The last time waits, in case it is the machine that kills and not the row.
LAST_PAUSE = timedelta(minutes=1)
# Between the commit of a note and the lock that shows its process alive.
YOUNG = timedelta(seconds=0.5)
# More than ever die together; a longer list would be too long for a statement.
MOST_SUSPECTS = 10_000


@dataclass
class Fallen:
    """Keys whose process died: those that are tried again, and those that are given up."""

    again: list[int] = field(default_factory=list)
    given_up: list[int] = field(default_factory=list)


def begin(job: str, channel: Channel, keys: Sequence[int], *, deaths: int = 0) -> Batch:
    """Note that this process begins with the rows, over which so many died. It counts once the surrounding transaction
    is committed."""
    return Batch.objects.create(job=job, channel=channel, keys=list(keys), deaths=deaths, began_at=timezone.now())


def begin_suspects(job: str, channel: Channel, *, ignore_backoff: bool = False) -> Batch | None:
    """The next rows over which a process died, those with the fewest deaths first; None if there are none due."""
    with transaction.atomic():
        waiting = Batch.objects.filter(job=job, channel=channel, began_at=None)
        if not ignore_backoff:
            waiting = waiting.filter(not_before__lte=timezone.now())
        batch = waiting.select_for_update(skip_locked=True).order_by("deaths", "pk").first()
        if batch:
            batch.began_at = timezone.now()
            batch.channel = channel
            batch.save(update_fields=["began_at"])
    return batch


def hold(batch: Batch) -> bool:
    """Show to others that this process lives, until the transaction ends; False if they took it for dead."""
    return Batch.objects.select_for_update().filter(pk=batch.pk, began_at=batch.began_at).first() is not None


def end(batch: Batch) -> None:
    """The process lived through it. Best in the transaction that marks the rows."""
    Batch.objects.filter(pk=batch.pk).delete()


def abandon(batch: Batch) -> None:
    """End it after a failure that is nobody's fault, once the database is back; one that stays away costs a death."""
    try:
        outbox.persist(partial(end, batch))
    except (DatabaseError, InterfaceError):
        logger.warning("A batch of the job %s could not be ended", batch.job)


def suspects(job: str, channel: Channel, *, begun_too: bool = False) -> list[int]:
    """The rows over which processes died, to be left out of what is begun together; all that is noted on demand."""
    known = Batch.objects.filter(job=job, channel=channel)
    if not begun_too:
        known = known.filter(deaths__gt=0)
    return [key for keys in known.values_list("keys", flat=True) for key in keys][:MOST_SUSPECTS]


@transaction.atomic
def take_over(job: str, channel: Channel, *, young: timedelta = YOUNG, rest: timedelta | None = None) -> Fallen:
    """Count the deaths of the processes that left a batch behind, and cut it into smaller ones.

    A batch that is `young` may have a process that lives without holding it. A row that was alone to the last is given
    up; with `rest` it stays and is tried again after that time. Call it in the transaction that marks the rows.
    """
    now = timezone.now()
    fallen = Fallen()
    # A time to come was written before the clock was set back.
    old = Q(began_at__lt=now - young) | Q(began_at__gt=now + young)
    for batch in Batch.objects.select_for_update(skip_locked=True).filter(old, job=job, channel=channel):
        batch.delete()
        deaths = min(batch.deaths + 1, len(SIZES))
        if deaths == len(SIZES) and rest is None:
            fallen.given_up += batch.keys
            continue
        fallen.again += batch.keys
        last = len(SIZES) - 1
        pause = timedelta() if deaths < last else LAST_PAUSE if deaths == last else rest or LAST_PAUSE
        size = SIZES[min(deaths, last)]
        Batch.objects.bulk_create(
            Batch(job=job, channel=channel, keys=keys, deaths=deaths, not_before=now + pause)
            for keys in _pieces(batch.keys, size)
        )
    return fallen


def _pieces(keys: Sequence[int], size: int) -> Iterable[Sequence[int]]:
    return (keys[start : start + size] for start in range(0, len(keys), size))


def nudge_left(**kwargs: object) -> None:
    """Nudge the jobs whose process died: django-q2 calls this in each new task process, so after each death.

    The seats of those jobs are free at once; that of a living process beside it may be taken twice for this once.
    """
    try:
        with transaction.atomic():
            begun = Batch.objects.select_for_update(skip_locked=True).exclude(began_at=None)
            left = set(begun.values_list("job", "channel"))
            for job, channel in left:
                JobStatus.objects.filter(job=job, channel=channel).update(seat_until=None, second_seat_until=None)
        channels = Channel.objects.callable().in_bulk({channel for _job, channel in left})
        for job, channel in left:
            if channel in channels:
                nudge(job, channels[channel])
    except DatabaseError as error:
        logger.warning("The jobs of a process that ended could not be nudged: %s", error)


def killers() -> Iterable[Finding]:
    """Work that kills its process even alone."""
    alone = Batch.objects.filter(deaths__gte=len(SIZES) - 1).order_by()
    for job, channel, rows, since in alone.values_list("job", "channel__code").annotate(Count("pk"), Min("not_before")):
        yield Finding(
            code="killed-processes",
            channel=channel,
            url=reverse("admin:platforms_batch_changelist"),
            since=min(since, timezone.now()),
            text=ngettext(
                "The job “%(job)s” of %(channel)s was ended from outside each time it began with %(number)s certain "
                "row: it takes too much memory or time, or crashes. All others go on, and it is tried again now and "
                "then.",
                "The job “%(job)s” of %(channel)s was ended from outside each time it began with one of %(number)s "
                "certain rows: they take too much memory or time, or crash. All others go on, and they are tried "
                "again now and then.",
                rows,
            )
            % {"job": job, "channel": channel, "number": rows},
        )
