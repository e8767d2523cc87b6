"""The machine's clock may be set back while work goes on.

What had its time already would then lie ahead of the clock and stand still until the clock comes by again, and a
worker that is dead would look alive for as long. So what lies ahead is pulled back by as much as the clock was.

A model names in `FOLLOWS_CLOCK` its times that are read off this machine's clock and decide when something happens.
Times of SCX, and ends that a person chose, are not among them.
"""

import logging
import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction
from django.db.models import F, Max, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django_q.models import OrmQ, Schedule

from platforms.findings import Finding
from platforms.models import Channel, Heartbeat, JobStatus, QuotaBucket

logger = logging.getLogger(__name__)

# Clocks are corrected by less than this all the time, and differ by less from machine to machine.
LEAST_STEP = timedelta(seconds=30)
# No lease is longer. One that ends later was taken before the clock was set back; one that ends sooner may be new.
LONGEST_LEASE = timedelta(seconds=60)
LEASES = ("leased_until", "lease_until")
# SCX's answers in these groups are young enough to tell what its clock says.
ASKED_EVERY_MINUTE = "event"
OFTEN_ASKED = ("channel", ASKED_EVERY_MINUTE)
OF_OTHERS: Mapping[type[models.Model], tuple[str, ...]] = {OrmQ: ("lock",), Schedule: ("next_run",)}


class Steps:
    """Tells when the clock was set, by the one that only counts on."""

    def __init__(self) -> None:
        self.gap = _gap()

    def look(self) -> float:
        """Seconds by which the clock was set since the last look, negative for back; 0 for less than LEAST_STEP."""
        gap, before = _gap(), self.gap
        self.gap = gap
        return gap - before if abs(gap - before) >= LEAST_STEP.total_seconds() else 0.0


def _gap() -> float:
    return time.time() - time.monotonic()


def latest_evidence() -> datetime | None:
    """The last time that anybody is known to have read off a clock."""
    last_beat = Heartbeat.objects.aggregate(at=Max("beat_at"))["at"]
    last_start = JobStatus.objects.aggregate(at=Max("started_at"))["at"]
    return max((at for at in (last_beat, last_start) if at), default=None)


def follow(*, seen: bool = False) -> timedelta:
    """Pull back what lies ahead if the clock was set back; returns by how much that was.

    `seen`: this process saw the step. Else a database with a clock of its own is asked: what lies ahead of ours but not
    of that one was written by a machine whose clock is right.
    """
    if _ahead(timezone.now()) and (seen or _ahead(_database_now())):
        with transaction.atomic():
            # One of the watchdogs does it; the others find nothing ahead any more.
            list(JobStatus.objects.select_for_update().order_by("pk").values_list("pk"))
            now = timezone.now()
            step = _ahead(now)
            if step:
                _pull_back(now, step)
                logger.warning("The clock was set back by %.0f s; what lay ahead of it follows.", step.total_seconds())
            return step
    return timedelta()


def _ahead(now: datetime) -> timedelta:
    """How far the evidence lies ahead; nothing if that is no more than clocks differ."""
    latest = latest_evidence()
    return latest - now if latest and latest - now >= LEAST_STEP else timedelta()


def _database_now() -> datetime:
    if connection.vendor != "postgresql":
        return timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now


def _pull_back(now: datetime, step: timedelta) -> None:
    for model, names in _times():
        for name in names:
            after = now + LONGEST_LEASE if name.endswith(LEASES) else now
            changes: dict[str, Any] = {name: F(name) - step}
            model._base_manager.filter(**{f"{name}__gt": after}).update(**changes)


def _times() -> Iterator[tuple[type[models.Model], tuple[str, ...]]]:
    for model in apps.get_models():
        if names := getattr(model, "FOLLOWS_CLOCK", ()):
            yield model, names
    yield from OF_OTHERS.items()


def scx_ahead(channel: Channel) -> timedelta:
    """By how much SCX's clock is ahead of ours, as its last answers of several kinds agree."""
    buckets = QuotaBucket.objects.filter(channel__in=[channel, *channel.marketplaces.all()], group__in=OFTEN_ASKED)
    return timedelta(seconds=_offset(buckets))


def offsets(channels: Iterable[Channel]) -> dict[int, int | None]:
    """By how many seconds SCX's clock is ahead of ours, by channel: the least that its answers tell, None without."""
    found: dict[int, int | None] = {channel.pk: None for channel in channels}
    told = QuotaBucket.objects.filter(channel__in=list(found), group__in=OFTEN_ASKED)
    for pk, offset in told.values_list("channel", "clock_offset"):
        least = found[pk]
        if offset is not None and (least is None or abs(offset) < abs(least)):
            found[pk] = offset
    return found


def _offset(buckets: QuerySet[QuotaBucket]) -> int:
    """The least offset any of them tells, in seconds; 0 for less than LEAST_STEP."""
    offsets = [bucket.clock_offset or 0 for bucket in buckets.exclude(clock_offset=None).only("clock_offset")]
    offset = min(offsets, key=abs, default=0)
    return offset if abs(offset) >= LEAST_STEP.total_seconds() else 0


def off() -> Iterator[Finding]:
    """A clock that differs from SCX's: tokens end too late or too early, and what is reported gets a wrong time."""
    offset = _offset(QuotaBucket.objects.filter(channel__is_active=True, group=ASKED_EVERY_MINUTE))
    if not offset:
        return
    text = (
        _("The clock of the portal is %(seconds)s s behind that of SCX. Set it right and let NTP keep it so.")
        if offset > 0
        else _("The clock of the portal is %(seconds)s s ahead of that of SCX. Set it right and let NTP keep it so.")
    )
    yield Finding("clock-off", text % {"seconds": abs(offset)}, url=reverse("admin:platforms_quotabucket_changelist"))
