"""Seller events: fetch a page, acknowledge what is safely stored (contract section 5)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from platforms.scx.documents import LARGEST_IN_MEMORY, Rows, Unreadable
from platforms.scx.errors import ErrorItem
from platforms.scx.transport import Caller
from platforms.scx.values import format_time, parse_text, parse_time

EVENT_PATH = "/v1/channel/event"
IDS_PER_ACKNOWLEDGEMENT = 100


@dataclass(frozen=True)
class ScxEvent:
    """One envelope. `type` and `client_version` are "" where SCX left them out, `raw_created_at` is as received.

    A payload that is no object is kept as `{"": payload}`; the empty ones SCX writes as `[]` or null are {}.
    """

    id: str
    type: str
    created_at: datetime
    client_version: str
    payload: dict[str, Any] = field(repr=False)
    raw_created_at: str


@dataclass(frozen=True)
class EventPage:
    """Up to 100 events. `malformed` tells of entries without a usable id, `notes` of gaps filled in by us.

    Of a page that is too large for memory, these are the first; `rest` gives the others, a part at a time.
    """

    events: list[ScxEvent]
    malformed: list[str]
    notes: list[str]
    rest: Iterator["EventPage"] = field(default_factory=lambda: iter(()), compare=False, repr=False)

    def parts(self) -> Iterator["EventPage"]:
        yield self
        yield from self.rest


class EventCalls:
    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def fetch(self, *, created_after: datetime | None = None, types: Sequence[str] | None = None) -> EventPage:
        """The next page of unacknowledged events; SCX hides them for some minutes, then delivers them again."""
        params: dict[str, str | int] = {}
        if created_after is not None:
            params["createdAfter"] = format_time(created_after)
        if types:
            params["eventTypeFilter"] = ",".join(types)
        answer = self._caller.call("GET", EVENT_PATH, params=params)
        if answer.status == 204:
            return EventPage([], [], [])
        return _page(answer.rows("eventList"), received_at=datetime.now(UTC))

    def acknowledge(self, ids: Sequence[str]) -> tuple[ErrorItem, ...]:
        """Tell SCX never to send these again, 100 to a call; returns its warnings.

        If a call fails, the ids of the calls before it are acknowledged: acknowledging all again does no harm.
        """
        unique = list(dict.fromkeys(ids))
        if not all(unique):
            raise ValueError("eventIdList: an event id cannot be empty.")
        warnings: list[ErrorItem] = []
        for start in range(0, len(unique), IDS_PER_ACKNOWLEDGEMENT):
            chunk = unique[start : start + IDS_PER_ACKNOWLEDGEMENT]
            warnings += self._caller.call("DELETE", EVENT_PATH, json={"eventIdList": chunk}).errors
        return tuple(warnings)


def _page(entries: list[Any] | Rows, *, received_at: datetime) -> EventPage:
    parts = _parts(entries, received_at)
    first = next(parts)
    return replace(first, rest=parts)


def _parts(entries: list[Any] | Rows, received_at: datetime) -> Iterator[EventPage]:
    """At least one part, each with about as many bytes as may be in memory at once."""
    page, size = EventPage([], [], []), 0
    # What is in memory already has no size that matters.
    measured = entries.measured() if isinstance(entries, Rows) else ((0, entry) for entry in entries)
    for position, (bytes_, entry) in enumerate(measured):
        if size and size + bytes_ > LARGEST_IN_MEMORY:
            yield page
            page, size = EventPage([], [], []), 0
        size += bytes_
        _add(page, entry, f"eventList[{position}]", received_at)
    yield page


def _add(page: EventPage, entry: object, place: str, received_at: datetime) -> None:
    if isinstance(entry, Unreadable):
        page.malformed.append(f"{place} cannot be read: {entry.reason}.")
    elif not isinstance(entry, dict):
        page.malformed.append(f"{place} is no object.")
    elif not parse_text(entry.get("id")).strip():
        page.malformed.append(f"{place} of type {parse_text(entry.get('type'))!r} has no id.")
    else:
        page.events.append(_event(entry, received_at, page.notes))


def _event(entry: dict[str, Any], received_at: datetime, notes: list[str]) -> ScxEvent:
    event_id = parse_text(entry["id"])
    raw_created_at = parse_text(entry.get("createdAt"))
    created_at = parse_time(raw_created_at)
    if created_at is None:
        notes.append(f"Event {event_id} has no usable createdAt; it counts as created when it was received.")
    payload = entry.get("event")
    if not isinstance(payload, dict):
        payload = {"": payload} if payload not in (None, []) else {}
    return ScxEvent(
        id=event_id,
        type=parse_text(entry.get("type")),
        created_at=created_at or received_at,
        client_version=parse_text(entry.get("clientVersion")),
        payload=payload,
        raw_created_at=raw_created_at,
    )
