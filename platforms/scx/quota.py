"""Which quota bucket a route belongs to, and what SCX's answers say about that bucket."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Protocol

DEFAULT_WAIT_SECONDS = 60.0
# The longest window SCX documents; a longer wait can only be a mistake.
LONGEST_WAIT_SECONDS = 86400.0
SHORTEST_WAIT_SECONDS = 1.0

# Contract section 3. SCX publishes no number for stock-updates/all and says that it is stricter than for one seller,
# whose route falls under that of the offers.
_GROUPS = {
    "/v1/auth": "auth",
    "/v1/channel": "channel",
    "/v1/channel/event": "event",
    "/v1/channel/offer": "offer",
    "/v1/channel/offer/stock-updates/all": "stock-updates-all",
    "/v1/channel/order": "order",
    "/v1/channel/attribute/category": "attribute-category",
    "/v1/channel/attribute/global": "attribute-global",
    "/v1/channel/categories": "categories",
}
_MOST_SPECIFIC_FIRST = sorted(_GROUPS, key=len, reverse=True)
_COUNT = re.compile(r"\d{1,9}", re.ASCII)


def route_group(path: str) -> str:
    """Name of the bucket of a path such as `/v1/channel/event`; the most specific pattern wins, else "default"."""
    prefix = next((prefix for prefix in _MOST_SPECIFIC_FIRST if path.startswith(prefix)), None)
    return _GROUPS[prefix] if prefix else "default"


@dataclass(frozen=True)
class RateHeaders:
    """SCX's three rate headers, and what its clock said; None where missing or senseless."""

    limit: int | None = None
    interval_seconds: int | None = None
    remaining: int | None = None
    date: datetime | None = field(default=None, compare=False)

    @classmethod
    def parse(cls, headers: Mapping[str, str]) -> "RateHeaders":
        """`headers` looks names up without regard to case."""
        return cls(
            limit=_count(headers.get("X-RateLimit-Limit")) or None,
            interval_seconds=_count(headers.get("X-RateLimit-Interval-Length-Seconds")) or None,
            remaining=_count(headers.get("X-RateLimit-Remaining")),
            date=_http_date(headers.get("Date")),
        )


def throttle_seconds(headers: Mapping[str, str], *, now: datetime | None = None) -> float:
    """Seconds to wait after a 429: Retry-After (seconds or HTTP date), else the interval header, else 60."""
    # A date is meant by SCX's clock, whatever ours says.
    told = _retry_after(headers.get("Retry-After"), now or _http_date(headers.get("Date")) or datetime.now(UTC))
    if told is None:
        told = RateHeaders.parse(headers).interval_seconds
    if told is None:
        return DEFAULT_WAIT_SECONDS
    return min(max(float(told), SHORTEST_WAIT_SECONDS), LONGEST_WAIT_SECONDS)


def _retry_after(value: str | None, now: datetime) -> float | None:
    seconds = _count(value)
    if seconds is not None or not value:
        return seconds
    moment = _http_date(value)
    return (moment - now).total_seconds() if moment else None


def _http_date(value: str | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value or "")
    except (ValueError, OverflowError):
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC)


def _count(value: str | None) -> int | None:
    text = (value or "").strip()
    return int(text) if _COUNT.fullmatch(text) else None


class Quota(Protocol):
    """The permits of one channel, shared by all processes that call for it."""

    def acquire(self, group: str) -> None:
        """Take one permit; may block within an allowance of its own, then raises ScxQuotaWait."""

    def observe(
        self, group: str, headers: RateHeaders, *, throttled_for: float | None, asked_at: float | None = None
    ) -> None:
        """Learn from an answer; `throttled_for` is the wait in seconds SCX asked for by a 429, else None.

        `asked_at`: `time.monotonic()` of the request, where it is not that of the last `acquire`.
        """

    def lost(self, group: str, *, asked_at: float | None = None) -> None:
        """The request brought no answer; SCX may have counted it."""


class NullQuota:
    """No limit of our own: for tools and tests."""

    def acquire(self, group: str) -> None:
        return

    def observe(
        self, group: str, headers: RateHeaders, *, throttled_for: float | None, asked_at: float | None = None
    ) -> None:
        return

    def lost(self, group: str, *, asked_at: float | None = None) -> None:
        return
