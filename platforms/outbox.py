"""Claiming outbox rows and recording what became of them: claim, commit, call, record."""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import DatabaseError, InterfaceError, OperationalError, connection, connections, models, transaction
from django.db.models import Q
from django.utils import timezone

from platforms import logs, retry
from platforms.models import OutboxRow
from platforms.scx.errors import CHANNEL_TROUBLE, ScxError, ScxWait

logger = logging.getLogger(__name__)

Row = TypeVar("Row", bound=OutboxRow)

ANSWERS_KEPT = 20
# What `note` changes.
NOTED = ("leased_until", "attempts", "error", "answers")
# A row SCX could not take is no worse for that: however long SCX is down, rows follow within minutes of its return.
LONGEST_WAIT_SECONDS = 600.0
POLL_SECONDS = 0.2
PERSISTENCE_SECONDS = 15.0


def free(now: datetime, *, ignore_backoff: bool = False) -> Q:
    """Rows whose time has come and that no living sender holds."""
    unleased = Q(leased_until=None) | Q(leased_until__lte=now)
    return unleased if ignore_backoff else unleased & Q(not_before__lte=now)


def claim(rows: "models.QuerySet[Row]", limit: int) -> list[Row]:
    """Lease up to `limit` of the rows to the caller for 30 s and return them; no other claim sees them meanwhile."""
    with transaction.atomic():
        claimed = list(rows.select_for_update(skip_locked=True, of=("self",))[:limit])
        if not claimed:
            return []
        until = timezone.now() + OutboxRow.LEASE
        rows.model._default_manager.filter(pk__among={row.pk for row in claimed}).update(leased_until=until)
        for row in claimed:
            row.leased_until = until
    return claimed


@contextmanager
def kept(rows: Sequence[OutboxRow]) -> Iterator[None]:
    """Renew the rows' leases while the calls inside last, however long they take: only a dead sender loses its rows."""
    done = threading.Event()
    model, keys = type(rows[0]), [row.pk for row in rows]
    keeper = threading.Thread(target=_keep, args=(model, keys, done), name="outbox lease", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        done.set()
        keeper.join()


def _keep(model: type[OutboxRow], keys: Sequence[int], done: threading.Event) -> None:
    held = model._default_manager.filter(pk__among=keys, leased_until__isnull=False)
    try:
        while not done.wait(OutboxRow.LEASE.total_seconds() / 3):
            try:
                held.update(leased_until=timezone.now() + OutboxRow.LEASE)
            except DatabaseError:
                logger.exception("The leases of %s rows could not be renewed", len(keys))
    finally:
        # The connection is this thread's own; one that was never used is none.
        connections.close_all()


def came_free(rows: "models.QuerySet[Row]") -> bool:
    """Whether one of these unsent rows can be claimed; waits while others hold them, as long as a dead sender can.

    For those a person waits for: he gets what a killed process had in hand, and not only after the next sweep.
    """
    give_up = time.monotonic() + OutboxRow.LEASE.total_seconds() + POLL_SECONDS
    while not rows.filter(free(timezone.now(), ignore_backoff=True)).exists():
        if not rows.exists() or time.monotonic() > give_up:
            return False
        time.sleep(POLL_SECONDS)
    return True


def persist(write: Callable[[], object]) -> None:
    """Write down what has been done; while the database is away, again and again for PERSISTENCE_SECONDS.

    What is forgotten is done once more: SCX hears the same twice.
    """
    give_up = time.monotonic() + PERSISTENCE_SECONDS
    while True:
        try:
            write()
            return
        except (OperationalError, InterfaceError) as error:
            if connection.in_atomic_block or time.monotonic() > give_up:
                raise
            logger.warning("What has been done cannot be written down yet: %s", error)
            connection.close()
            time.sleep(POLL_SECONDS)


def release(rows: Sequence[OutboxRow], *, until: datetime | None = None) -> None:
    """Give rows back without an attempt: nothing was sent, or SCX had no room for it."""
    if rows:
        changes: dict[str, Any] = {"leased_until": None}
        if until:
            changes["not_before"] = until
        type(rows[0])._default_manager.filter(pk__among=[row.pk for row in rows]).update(**changes)


def note(*rows: OutboxRow, now: datetime, status: int | None, error: str = "") -> None:
    """Add one attempt and its answer to the rows, in memory, and end their leases.

    Rows without an earlier answer share what they get: `bulk.update` writes that once.
    """
    error = logs.mask(error) if error else ""
    answer = {"at": now.isoformat(), "status": status, "error": error}
    first = [answer]
    for row in rows:
        row.attempts += 1
        row.leased_until = None
        row.error = error
        row.answers = [*row.answers, answer][-ANSWERS_KEPT:] if row.answers else first


def postpone(row: OutboxRow, error: ScxError, *, now: datetime) -> None:
    """Note a failure that a later attempt may heal. What befell the channel is no attempt of the row."""
    if isinstance(error, CHANNEL_TROUBLE):
        row.leased_until = None
        row.not_before = due_again(error, now)
        return
    note(row, now=now, status=error.status, error=str(error))
    row.not_before = retry.next_attempt(now, row.attempts, at_most=LONGEST_WAIT_SECONDS)


def due_again(error: ScxError, now: datetime) -> datetime:
    """When a row that was not sent because of its channel is due: when SCX may be asked, else with the next run."""
    return now + timedelta(seconds=error.retry_after) if isinstance(error, ScxWait) else now


def wake(rows: "models.QuerySet[Row]") -> int:
    """SCX takes rows again: of these, those that wait because it could not are due now; returns how many."""
    now = timezone.now()
    return rows.filter(attempts__gt=0, leased_until=None, not_before__gt=now).update(not_before=now)
