"""Events on their way to channels and merchants: at least once, in order, leased while out (contract 5.3)."""

import json
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet

from platforms.sandbox import clock
from platforms.sandbox.configuration import switches
from platforms.sandbox.models import Account, AccountEvent, Channel, Event

PAGE = 100
BATCH = 1000

_lock = threading.Lock()
_last_id = [0]


@dataclass(frozen=True)
class Draft:
    """An event about to be raised. Without a `client_version` the key is left out; id and time have defaults."""

    channel: Channel
    type: str
    payload: Any
    client_version: str | None = "1.11.0.6"
    event_id: str | None = None
    created_at: datetime | None = None


def raise_events(drafts: Iterable[Draft]) -> list[str]:
    """Queue events in this order; gives their ids. Virtual platforms and inactive channels get none."""
    now = clock.now()
    rows = [_row(draft, now) for draft in drafts if not draft.channel.is_platform and draft.channel.is_active]
    Event.objects.bulk_create(rows, batch_size=BATCH)
    return [row.event_id for row in rows]


def tell_account(account: Account, channel: Channel, kind: str, payloads: Sequence[dict[str, Any]]) -> None:
    """Queue events for the merchant's client."""
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
    AccountEvent.objects.bulk_create(rows, batch_size=BATCH)


def fetch(
    channel: Channel,
    *,
    created_after: datetime | None,
    types: Sequence[str],
    length: Callable[[int], int] = lambda found: found,
) -> list[str]:
    """The next page of envelopes, invisible for `redeliverySeconds` from now. Out of deliveries, an event is dead.

    `length` says how many of the events found go out; the others wait.
    """
    waiting = Event.objects.filter(channel=channel, state=Event.State.OPEN, deliveries__lt=switches().delivery_limit)
    return _lease(waiting, created_after, types, length)


def fetch_for_account(
    account: Account, *, created_after: datetime | None, types: Sequence[str], channel: str | None
) -> list[str]:
    """The same for a merchant's client."""
    waiting = AccountEvent.objects.filter(
        account=account, is_acknowledged=False, deliveries__lt=switches().delivery_limit
    )
    if channel:
        waiting = waiting.filter(channel__code=channel)
    return _lease(waiting, created_after, types)


def acknowledge(channel: Channel, ids: Sequence[str]) -> None:
    """These are never delivered again; unknown ids are passed over."""
    Event.objects.filter(channel=channel, event_id__in=ids).update(state=Event.State.ACKNOWLEDGED)


def release(channel: Channel, ids: Sequence[str]) -> None:
    """These are no longer on lease and come with the next fetch."""
    Event.objects.filter(channel=channel, event_id__in=ids).update(visible_at=clock.steady())


def acknowledge_for_account(account: Account, ids: Sequence[str]) -> None:
    AccountEvent.objects.filter(account=account, event_id__in=ids).update(is_acknowledged=True)


def bury_dead() -> None:
    """Mark what ran out of deliveries, for whoever reads the states."""
    Event.objects.filter(
        state=Event.State.OPEN, deliveries__gte=switches().delivery_limit, visible_at__lte=clock.now()
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
    length: Callable[[int], int] = lambda found: found,
) -> list[str]:
    now = clock.steady()
    waiting = waiting.filter(visible_at__lte=now)
    if created_after:
        waiting = waiting.filter(created_at__gt=created_after)
    if types:
        waiting = waiting.filter(type__in=types)
    page = list(waiting.order_by("pk").values_list("pk", "envelope")[:PAGE])
    page = page[: length(len(page))]
    lease = now + timedelta(seconds=switches().redelivery_seconds)
    waiting.model.objects.filter(pk__in=[pk for pk, _envelope in page]).update(
        deliveries=F("deliveries") + 1, visible_at=lease
    )
    return [envelope for _pk, envelope in page]


def _row(draft: Draft, now: datetime) -> Event:
    created_at = draft.created_at or now
    event_id = draft.event_id or new_id(created_at)
    extra = {} if draft.client_version is None else {"clientVersion": draft.client_version}
    return Event(
        channel=draft.channel,
        event_id=event_id,
        type=draft.type,
        created_at=created_at,
        visible_at=clock.steady(),
        envelope=_envelope(event_id, created_at, draft.type, draft.payload, extra),
    )


def _envelope(event_id: str, created_at: datetime, kind: str, payload: Any, extra: dict[str, Any] | None = None) -> str:
    head = {"id": event_id, "createdAt": clock.wire(created_at), "type": kind, **(extra or {})}
    return json.dumps({**head, "event": payload})
