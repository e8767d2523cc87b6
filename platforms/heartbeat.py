"""A task cluster's sign of life.

The watchdog puts a beat task into the cluster's private queue. Whenever the cluster has finished and acknowledged a
task, of whatever kind, its monitor writes the cluster's row: a young row proves the whole way from queue to answer.
"""

import logging
import os
import time
from datetime import datetime, timedelta
from typing import Any

from django.db import Error
from django.utils import timezone
from django_q.models import OrmQ
from django_q.tasks import async_task

from platforms import clock
from platforms.broker import CLUSTER_VARIABLE, SkipLockedBroker, private_key
from platforms.models import Heartbeat

logger = logging.getLogger(__name__)

BEAT_TASK = "platforms.tasks.beat"
# Without a younger beat the portal counts as having no worker.
DEAD_AFTER = timedelta(minutes=3)
FORGOTTEN_AFTER = timedelta(days=1)
# Under load tasks end many times a second; the row need not follow each.
SECONDS_BETWEEN_WRITES = 1.0

_written_at = float("-inf")


def record(**kwargs: Any) -> None:
    """Write the row of this process's cluster; called by django-q2 after each acknowledged task."""
    global _written_at
    cluster = os.environ.get(CLUSTER_VARIABLE)
    if not cluster or time.monotonic() - _written_at < SECONDS_BETWEEN_WRITES:
        return
    try:
        Heartbeat.objects.update_or_create(cluster=cluster, defaults={"beat_at": timezone.now()})
        _written_at = time.monotonic()
    except Error as error:
        logger.warning("The heartbeat of cluster %s could not be written: %s", cluster, error)


def ask(cluster: str) -> None:
    """Queue a beat for the cluster unless one waits there; one that the cluster has taken does not count."""
    key = private_key(cluster)
    if not OrmQ.objects.filter(key=key, lock__lte=timezone.now()).exists():
        async_task(BEAT_TASK, broker=SkipLockedBroker(key), save=False, task_name="beat")


def last(cluster: str) -> datetime | None:
    return Heartbeat.objects.filter(cluster=cluster).values_list("beat_at", flat=True).first()


def youngest() -> datetime | None:
    """The last beat of any cluster. One that lies ahead was written by a clock that has been set back since."""
    beats = Heartbeat.objects.filter(beat_at__lte=timezone.now() + clock.LEAST_STEP)
    return beats.order_by("-beat_at").values_list("beat_at", flat=True).first()


def is_anyone_alive() -> bool:
    """Whether a cluster has beaten lately."""
    beat_at = youngest()
    return beat_at is not None and timezone.now() - beat_at <= DEAD_AFTER


def forget_queue(cluster: str) -> None:
    """Remove the private queue of a cluster that has ended."""
    OrmQ.objects.filter(key=private_key(cluster)).delete()


def forget_stale() -> None:
    """Remove the rows and private queues of clusters that ended long ago."""
    before = timezone.now() - FORGOTTEN_AFTER
    Heartbeat.objects.filter(beat_at__lt=before).delete()
    OrmQ.objects.filter(key__startswith=private_key(""), lock__lt=before).delete()
