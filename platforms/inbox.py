"""The event inbox: fetch, commit, acknowledge; then apply batch by batch, a poison event alone."""

import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from platforms import batches, bulk, feeds, gateway, logs, retry, sharing, storable
from platforms.jobs import Run, nudge
from platforms.models import Batch, Channel, Event, EventQuerySet
from platforms.scx.client import ScxClient
from platforms.scx.events import EventPage, ScxEvent

logger = logging.getLogger(__name__)

Handler = Callable[[Channel, list[Event]], None]

FEED = "events"
JOB = "apply"
BATCH = batches.SIZES[0]
# Of a page too large for memory so many parts are acknowledged together: calls are scarce, and a kill repeats them.
PARTS_AT_ONCE = 10
UNSTORABLE = (
    "The payload holds characters the database cannot store, or is nested too deep; it is escaped or cut here. "
    "Replay applies it so."
)
# Characters of payload: the events of a batch are in memory several times over, and a worker stays small.
# Nor may one transaction last long: where only one can write at a time, the web waits for it.
LARGEST_BATCH = 1_500_000


def fetch(channel: Channel, run: Run) -> None:
    """Take in all events SCX has for the channel: a page is stored and committed before it is acknowledged.

    An event that cannot be stored is not acknowledged and ends in the job's error; the others are taken.
    """
    client = gateway.client(channel, patience=run.patience)
    malformed: list[str] = []
    previous: list[str] = []
    while not run.expired:
        ids: list[str] = []
        unacknowledged: list[str] = []
        for number, part in enumerate(client.events.fetch().parts(), start=1):
            malformed += part.malformed
            unacknowledged += _stored(channel, part, run)
            if number % PARTS_AT_ONCE == 0:
                ids += _acknowledged(client, unacknowledged)
                unacknowledged = []
        ids += _acknowledged(client, unacknowledged)
        # A page that comes again although it was acknowledged would otherwise keep us here for ever.
        if not ids or ids == previous:
            break
        previous = ids
    for reason in malformed:
        logger.error("Channel %s: an event cannot be stored and so not acknowledged: %s", channel.code, reason)
    if malformed:
        run.error = _(
            "Events that cannot be stored, which SCX will therefore send again and then give up: %(reason)s"
        ) % {"reason": storable.text("; ".join(malformed), 1000)}


def _stored(channel: Channel, part: EventPage, run: Run) -> list[str]:
    """Store a page, or the part of it that memory has room for; the ids of its events."""
    if part.events:
        run.count("received", len(part.events))
        run.count("stored", store(channel, part.events))
    return [event.id for event in part.events]


def _acknowledged(client: ScxClient, ids: list[str]) -> list[str]:
    if ids:
        client.events.acknowledge(ids)
    return ids


def store(channel: Channel, events: Sequence[ScxEvent]) -> int:
    """Insert the events that are not known yet, in one transaction; returns how many."""
    now = timezone.now()
    rows = {row["event_id"]: row for row in (_row(event, now) for event in events)}
    with transaction.atomic():
        known = Event.objects.filter(channel=channel, event_id__among=rows).values_list("event_id", flat=True)
        for event_id in list(known):
            del rows[event_id]
        if not rows:
            return 0
        number = feeds.draw(FEED, len(rows))
        columns = {name: [row[name] for row in rows.values()] for name in next(iter(rows.values()))}
        columns["number"] = list(range(number, number + len(rows)))
        bulk.insert_alike(Event(channel=channel, received_at=now), columns, skip_known=True)
        nudge("apply", channel)
    return len(rows)


def _row(event: ScxEvent, now: datetime) -> dict[str, Any]:
    """What is the event's own, by the fields of `Event`."""
    payload = storable.payload(event.payload)
    row = {
        "event_id": storable.text(event.id, 100),
        "type": storable.text(event.type, 100),
        "payload": payload.value if payload.written is None else bulk.Json(payload.written),
        "size": payload.size,
        "seller_id": storable.text(str(payload.value.get("sellerId") or ""), 100),
        "created_at": event.created_at,
        "client_version": storable.text(event.client_version, 100),
        "state": Event.State.PENDING,
        "not_before": now,
        "error": "",
    }
    if event.type not in settings.SCX_EVENTS:
        return row | {"state": Event.State.IGNORED, "not_before": None}
    if payload.is_changed:
        return row | {"state": Event.State.FAILED, "not_before": None, "error": UNSTORABLE}
    return row


def apply(channel: Channel, run: Run) -> None:
    """Apply every due event of the channel: a batch of each type in turn, so that none waits for another's backlog.

    Events over which a process was killed come after all others.
    """
    # A person who asks just after a kill means what was left; the worker may wait until a batch is surely left.
    _count_deaths(channel, young=timedelta() if run.ignore_backoff else batches.YOUNG)
    types = list(settings.SCX_EVENTS)
    # Without backoff a failing event stays due; this run tries it once.
    failed: set[int] = set()
    breath = sharing.Breath()
    while types:
        breath.take()
        types = [
            event_type for event_type in types if not run.expired and _apply_type(channel, event_type, run, failed)
        ]
    while not run.expired and (batch := batches.begin_suspects(JOB, channel, ignore_backoff=run.ignore_backoff)):
        _apply(_due(channel, run, failed), batch, run, failed)


def _count_deaths(channel: Channel, young: timedelta = batches.YOUNG) -> None:
    """Events that a process began and never ended count an attempt; those given up are parked for a person."""
    with transaction.atomic():
        fallen = batches.take_over(JOB, channel, young=young)
        _mark_fallen(channel, fallen.again, error=_("The process that handled it was ended from outside."))
        _mark_fallen(
            channel,
            fallen.given_up,
            # A death while another process held the row was counted for its batch alone.
            attempts=Greatest(F("attempts") + 1, len(batches.SIZES)),
            state=Event.State.DEAD,
            not_before=None,
            error=_(
                "The process that handled it was ended from outside each time: too little memory or time, or a crash. "
                "Replay tries again."
            ),
        )


def _mark_fallen(channel: Channel, keys: Sequence[int], **changes: Any) -> None:
    if not keys:
        return
    # What is locked is in the hands of a process that lives.
    open_ = Event.objects.select_for_update(skip_locked=True).filter(state__in=EventQuerySet.CLAIMABLE, pk__in=keys)
    found = list(open_.values_list("pk", flat=True))
    if not found:
        return
    Event.objects.filter(pk__in=found).update(**{"attempts": F("attempts") + 1, **changes})
    logger.error("A process was killed while it applied events of channel %s: %s of them", channel.code, len(found))


def _due(channel: Channel, run: Run, failed: set[int]) -> EventQuerySet:
    events: EventQuerySet = Event.objects.filter(channel=channel)
    return events.exclude(pk__in=failed).due(timezone.now(), ignore_backoff=run.ignore_backoff)


def _apply_type(channel: Channel, event_type: str, run: Run, failed: set[int]) -> bool:
    """Apply one batch of the type; whether there was any."""
    due = _due(channel, run, failed).filter(type=event_type)
    with transaction.atomic():
        keys = _oldest(due.exclude(pk__in=batches.suspects(JOB, channel)))
        if not keys:
            return False
        batch = batches.begin(JOB, channel, keys)
    _apply(due, batch, run, failed)
    return True


def _oldest(due: EventQuerySet) -> list[int]:
    """The keys of the oldest of the events, as many as a batch may have and memory has room for."""
    oldest = due.select_for_update(skip_locked=True).order_by("created_at", "event_id").values_list("pk", "size")
    keys: list[int] = []
    total = 0
    for key, size in oldest[:BATCH]:
        total += size
        if keys and total > LARGEST_BATCH:
            break
        keys.append(key)
    return keys


def _apply(due: EventQuerySet, batch: Batch, run: Run, failed: set[int]) -> None:
    """Handle one batch of one type and mark its events, in one transaction.

    A batch that fails is halved until the event at fault stands alone.
    """
    events: list[Event] = []
    try:
        with transaction.atomic():
            if not batches.hold(batch):
                return
            # By key: in order of time SQLite would walk all that is due to find these.
            chosen = due.filter(pk__among=batch.keys).order_by("pk").select_for_update(skip_locked=True)
            events = sorted(chosen, key=lambda event: event.version)
            handle(batch.channel, events)
            batches.end(batch)
    except (OperationalError, InterfaceError, KeyboardInterrupt):
        # The database failed or a person ended it: not the events. A task that runs out of time ends by SystemExit:
        # that is as good as a kill, and the batch stays behind.
        batches.abandon(batch)
        raise
    except Exception as error:
        if not events:
            batches.abandon(batch)
            raise
        if len(events) == 1:
            failed.add(events[0].pk)
            _fail(events[0], error, batch, run)
            return
        ids = [event.pk for event in events]
    else:
        for event in events:
            run.count(event.state)
        return
    # Out here, where no traceback holds on to the whole batch.
    events.clear()
    middle = len(ids) // 2
    batches.end(batch)
    for half in (ids[:middle], ids[middle:]):
        _apply(due, batches.begin(JOB, batch.channel, half, deaths=batch.deaths), run, failed)


def handle(channel: Channel, events: list[Event]) -> None:
    """Run the handlers of the events' type over the batch and mark each event with what became of it.

    A handler marks events that wait, are ignored or superseded; the handlers after it get those that are still to be
    applied or superseded, and what nobody marked is done.
    """
    if not events:
        return
    for event in events:
        event.state, event.error = Event.State.DONE, ""
    for name in settings.SCX_EVENTS[events[0].type]:
        live = [event for event in events if event.state in (Event.State.DONE, Event.State.SUPERSEDED)]
        if live:
            handler: Handler = import_string(name)
            handler(channel, live)
    outcomes: dict[tuple[str, str], list[int]] = defaultdict(list)
    for event in events:
        outcomes[event.state, event.error].append(event.pk)
    for (state, error), ids in outcomes.items():
        Event.objects.filter(pk__among=ids).update(state=state, error=error)


def _fail(event: Event, error: Exception, batch: Batch, run: Run) -> None:
    """Note the failure; after the last attempt the event is dead until a person replays it. Others do not wait."""
    attempts = event.attempts + 1
    dead = attempts >= retry.LAST_ATTEMPT
    state = Event.State.DEAD if dead else Event.State.FAILED
    with transaction.atomic():
        # Another worker may have taken the event up since its lock fell.
        Event.objects.filter(pk=event.pk, attempts=event.attempts, state__in=EventQuerySet.CLAIMABLE).update(
            state=state,
            attempts=attempts,
            not_before=None if dead else retry.next_attempt(timezone.now(), attempts),
            error=storable.text(logs.described(error), 2000),
        )
        batches.end(batch)
    run.count(state)
    logger.error(
        "Event %s of channel %s failed (attempt %s)", event.event_id, event.channel_id, attempts, exc_info=error
    )


def wake(channels: Sequence[Channel], seller_id: str) -> None:
    """The seller appeared: events that waited for it on these channels are due now."""
    waiting = Event.objects.filter(channel__in=channels, seller_id=seller_id, state=Event.State.WAITING)
    if waiting.update(state=Event.State.PENDING, not_before=timezone.now(), error=""):
        for channel in channels:
            nudge("apply", channel)
