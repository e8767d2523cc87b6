"""Seats: how many processes may run one job of one channel at once, so that the rest is there for other channels.

A seat is a lease in the job's row. A process that dies in it costs the channel some seconds, and nothing is counted
that a kill could leave wrong. It bounds what one channel takes; the work itself needs no such lock.
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import DatabaseError, connection, connections
from django.db.models import Q
from django.utils import timezone

from platforms.models import JobStatus

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=12)
NAMES = ("seat_until", "second_seat_until")


class Seat:
    """The lease `name` of a job's row, which its holder knows by its end."""

    def __init__(self, status: JobStatus, name: str, until: datetime) -> None:
        self.pk = status.pk
        self.name = name
        self.until = until

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Renew the lease while the work inside lasts, then give the seat back."""
        done = threading.Event()
        keeper = threading.Thread(target=self._keep, args=(done,), name="seat", daemon=True)
        keeper.start()
        try:
            yield
        finally:
            done.set()
            keeper.join()
            self._change(None)

    def _keep(self, done: threading.Event) -> None:
        try:
            while not done.wait(LEASE.total_seconds() / 3):
                try:
                    self._change(timezone.now() + LEASE)
                except DatabaseError as error:
                    logger.warning("A seat could not be kept: %s", type(error).__name__)
        finally:
            # The connection is this thread's own; one that was never used is none.
            connections.close_all()

    def _change(self, until: datetime | None) -> None:
        """Nobody else's lease is touched: one that ended meanwhile may be another's by now."""
        held = JobStatus.objects.filter(pk=self.pk, **{self.name: self.until})
        if held.update(**{self.name: until}) and until:
            self.until = until


def take(status: JobStatus, now: datetime) -> Seat | None:
    """A seat at the job, or None when all are taken."""
    # Where all writers wait for each other, a second process would only stand in the way.
    names = NAMES if connection.features.has_select_for_update_skip_locked else NAMES[:1]
    until = now + LEASE
    for name in names:
        # A lease that ends later than one can was taken before the clock was set back.
        held = {f"{name}__gt": now, f"{name}__lte": until}
        free = Q(**{name: None}) | ~Q(**held)
        if JobStatus.objects.filter(free, pk=status.pk).update(**{name: until}):
            return Seat(status, name, until)
    return None
