"""Events on their way to channels and merchants: at least once, in order, leased while out (contract 5.3)."""

import itertools
import json
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import BooleanField, Case, F, Func, Max, QuerySet, TextField, Value, When

from platforms.sandbox import bulk, clock
from platforms.sandbox.configuration import switches
from platforms.sandbox.models import Account, AccountEvent, Channel, Event

PAGE = 100
REPEATED = ("channel", "event_id", "type", "created_at", "envelope")
TRIM_EVERY = 10
# More than that many acknowledgements bring, and few enough to pass unnoticed.
TRIM_MOST = 2000

_lock = threading.Lock()
_last_id = [0]
_acknowledgements = itertools.count(1)


@dataclass(frozen=True)
class Draft:
    """An event about to be raised. Without a `client_version` the key is left out; id and time have defaults.

    A `raw` text goes over the wire in place of the payload, whether it is JSON or not.
    """

    channel: Channel
    type: str
    payload: Any
    client_version: str | None = "1.11.0.6"
    event_id: str | None = None
    created_at: datetime | None = None
    raw: str = ""


def raise_events(drafts: Iterable[Draft]) -> list[str]:
    """Queue events in this order; gives their ids. Virtual platforms and inactive channels get none."""
    now = clock.now()
    rows = [_row(draft, now) for draft in drafts if not draft.channel.is_platform and draft.channel.is_active]
    bulk.insert(rows)
    return [row.event_id for row in rows]


def repeat(event: Event) -> None:
    """Queue the same envelope once more."""
    bulk.insert([Event(**{name: getattr(event, name) for name in REPEATED}, visible_at=clock.steady())])


def tell_account(account: Account, channel: Channel, kind: str, payloads: Sequence[dict[str, Any]]) -> None:
    """Queue events for the merchant's client. Of all merchants' events the newest `reportsKept` stay."""
    now = clock.now()
    rows = []
    for payload in payloads:
        event_id = new_id(now)
        rows.append(
            AccountEvent(
                account=account,
                channel=channel,
                event_id=event_id,
                type=kind,
                created_at=now,
                visible_at=clock.steady(),
                envelope=_envelope(event_id, now, kind, payload),
            )
        )
    bulk.insert(rows)
    bulk.keep_newest(AccountEvent, switches().reports_kept)


def fetch(
    channel: Channel,
    *,
    created_after: datetime | None,
    types: Sequence[str],
    most: int = PAGE,
    length: Callable[[int], int] = lambda found: found,
) -> list[str]:
    """The next page of envelopes, invisible for `redeliverySeconds` from now. Out of deliveries, an event is dead.

    Of at most `most` events found, `length` says how many go out; the others wait.
    """
    waiting = Event.objects.filter(channel=channel, state=Event.State.OPEN, deliveries__lt=switches().delivery_limit)
    return _lease(waiting, created_after, types, most, length)


def fetch_for_account(
    account: Account, *, created_after: datetime | None, types: Sequence[str], channel: str | None, most: int = PAGE
) -> list[str]:
    """The same for a merchant's client."""
    # `IN (False)`, since SQLite finds no index for the `NOT is_acknowledged` that a plain False becomes.
    waiting = AccountEvent.objects.filter(
        account=account, is_acknowledged__in=[False], deliveries__lt=switches().delivery_limit
    )
    if channel:
        waiting = waiting.filter(channel__code=channel)
    return _lease(waiting, created_after, types, most)


def acknowledge(channel: Channel, ids: Sequence[str]) -> None:
    """These are never delivered again; unknown ids are passed over.

    Now and then the oldest acknowledged events beyond `eventsKept` are dropped.
    """
    Event.objects.filter(channel=channel, event_id__in=ids).update(state=Event.State.ACKNOWLEDGED)
    if next(_acknowledgements) % TRIM_EVERY == 0:
        _trim(channel)


def release(channel: Channel, ids: Sequence[str]) -> None:
    """These are no longer on lease and come with the next fetch."""
    Event.objects.filter(channel=channel, event_id__in=ids).update(visible_at=clock.steady())


def acknowledge_for_account(account: Account, ids: Sequence[str]) -> None:
    AccountEvent.objects.filter(account=account, event_id__in=ids).update(is_acknowledged=True)


def purge(channel: Channel, seller_id: str) -> None:
    """Remove what still waits for the channel about this seller."""
    seller = Func(F("envelope"), Value("$.event.sellerId"), function="json_extract", output_field=TextField())
    # An event that was emitted for a test may hold what SQLite does not take for JSON.
    readable = Func(F("envelope"), function="json_valid", output_field=BooleanField())
    about = Case(When(readable, then=seller))
    Event.objects.annotate(about=about).filter(channel=channel, state=Event.State.OPEN, about=seller_id).delete()


def bury_dead() -> None:
    """Mark what ran out of deliveries, for whoever reads the states."""
    # All channels by name, because the index of the queues begins with the channel.
    Event.objects.filter(
        channel__in=Channel.objects.all(),
        state=Event.State.OPEN,
        deliveries__gte=switches().delivery_limit,
        visible_at__lte=clock.steady(),
    ).update(state=Event.State.DEAD)


def new_id(moment: datetime) -> str:
    """24 hex digits that begin with the second and never fall, so that ids order events of one second."""
    with _lock:
        _last_id[0] = max(_last_id[0] + 1, time.time_ns())
        return f"{int(moment.timestamp()):08x}{_last_id[0]:016x}"


@transaction.atomic
def _lease(
    waiting: QuerySet[Any],
    created_after: datetime | None,
    types: Sequence[str],
    most: int,
    length: Callable[[int], int] = lambda found: found,
) -> list[str]:
    now = clock.steady()
    waiting = waiting.filter(visible_at__lte=now)
    if created_after:
        waiting = waiting.filter(created_at__gt=created_after)
    if types:
        waiting = waiting.filter(type__in=types)
    page = list(waiting.order_by("pk").values_list("pk", "envelope")[:most])
    page = page[: length(len(page))]
    lease = now + timedelta(seconds=switches().redelivery_seconds)
    waiting.model.objects.filter(pk__in=[pk for pk, _envelope in page]).update(
        deliveries=F("deliveries") + 1, visible_at=lease
    )
    return [envelope for _pk, envelope in page]


def _trim(channel: Channel) -> None:
    newest = Event.objects.aggregate(newest=Max("pk"))["newest"] or 0
    done = Event.objects.filter(
        channel=channel, state=Event.State.ACKNOWLEDGED, pk__lte=newest - switches().events_kept
    )
    Event.objects.filter(pk__in=done.order_by("pk").values("pk")[:TRIM_MOST]).delete()


def _row(draft: Draft, now: datetime) -> Event:
    created_at = draft.created_at or now
    event_id = draft.event_id or new_id(created_at)
    extra = _client_version(draft.client_version)
    return Event(
        channel=draft.channel,
        event_id=event_id,
        type=draft.type,
        created_at=created_at,
        visible_at=clock.steady(),
        envelope=_envelope(event_id, created_at, draft.type, draft.payload, extra, draft.raw),
    )


def _client_version(version: str | None) -> dict[str, str]:
    form = switches().client_version_form
    if version is None or form == "absent":
        return {}
    return {"clientVersion": version if form == "dotted" else str(version).replace(".", "_")}


def _envelope(
    event_id: str, created_at: datetime, kind: str, payload: Any, extra: dict[str, Any] | None = None, raw: str = ""
) -> str:
    head = {"id": event_id, "createdAt": clock.wire(created_at), "type": kind, **(extra or {})}
    return f'{json.dumps(head)[:-1]}, "event": {raw or json.dumps(payload)}}}'
