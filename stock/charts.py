"""What the last two hours of stock updates look like: how many a minute, and how long they took."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import formats, timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from platforms.display import EMPTY, grouped
from stock.minutes import DELAYS
from stock.models import StockMinute

MINUTES = 120
# Of the drawing, in its own units: a minute is so wide, the highest so high.
STEP = 6
HEIGHT = 120
# Left of them is room for what the lines are called.
LEFT = 64
SHARES = (0.5, 0.95)
# The lines across the chart of delays: the place of each among `DELAYS`, and what it is called.
MARKS: tuple[tuple[int, str | Promise], ...] = (
    (1, gettext_lazy("1 second")),
    (4, gettext_lazy("10 seconds")),
    (6, gettext_lazy("1 minute")),
    (8, gettext_lazy("5 minutes")),
    (10, gettext_lazy("1 hour")),
    (12, gettext_lazy("1 day")),
)


@dataclass(frozen=True)
class Bar:
    """A part of a minute's column, from the top left; `text` says it in words."""

    x: int
    y: int
    height: int
    kind: str
    text: str


@dataclass
class _Minute:
    counted: int
    superseded: int
    delays: list[int]


def of(rows: QuerySet[StockMinute], now: datetime) -> dict[str, Any]:
    """What the template of the charts takes: of all channels of these rows together."""
    last = now.replace(second=0, microsecond=0)
    first = last - timedelta(minutes=MINUTES - 1)
    minutes = _by_minute(rows.filter(at__gte=first))
    most = max((minute.counted + minute.superseded for minute in minutes.values()), default=0)
    places = {first + timedelta(minutes=number): LEFT + number * STEP for number in range(MINUTES)}
    known = [(x, at, minutes[at]) for at, x in places.items() if at in minutes]
    return {
        "chart_width": LEFT + MINUTES * STEP,
        "chart_height": HEIGHT,
        "bar_width": STEP - 1,
        "flow": [bar for x, at, minute in known for bar in _flow(x, at, minute, most)],
        "delays": [bar for x, at, minute in known for bar in _delay(x, at, minute)],
        "marks": [(_y(place), text) for place, text in MARKS],
        "most": grouped(most),
        "counted": grouped(sum(minute.counted for minute in minutes.values())),
        "superseded": grouped(sum(minute.superseded for minute in minutes.values())),
        "has_delays": any(any(minute.delays) for minute in minutes.values()),
        "median": delay(_sum([minute.delays for minute in minutes.values()]), SHARES[0]),
        "most_within": delay(_sum([minute.delays for minute in minutes.values()]), SHARES[1]),
        "first": first,
        "last": last,
    }


def delay(delays: Sequence[int], share: float) -> str:
    """Within what time that share of the updates was committed."""
    place = _quantile(delays, share)
    if place is None:
        return EMPTY
    if place == len(DELAYS):
        return _("more than a day")
    return _("up to %(time)s") % {"time": _time(DELAYS[place])}


def _time(seconds: int) -> str:
    """A whole number of seconds, minutes, hours or days."""
    if seconds < 60:
        return ngettext("%(number)s second", "%(number)s seconds", seconds) % {"number": seconds}
    if seconds < 3600:
        return ngettext("%(number)s minute", "%(number)s minutes", seconds // 60) % {"number": seconds // 60}
    if seconds < 86_400:
        return ngettext("%(number)s hour", "%(number)s hours", seconds // 3600) % {"number": seconds // 3600}
    return ngettext("%(number)s day", "%(number)s days", seconds // 86_400) % {"number": seconds // 86_400}


def _by_minute(rows: Iterable[StockMinute]) -> dict[datetime, _Minute]:
    parts: dict[datetime, list[StockMinute]] = defaultdict(list)
    for row in rows:
        parts[row.at].append(row)
    return {
        at: _Minute(
            sum(row.counted for row in some), sum(row.superseded for row in some), _sum([row.delays for row in some])
        )
        for at, some in parts.items()
    }


def _sum(delays: Sequence[Sequence[int]]) -> list[int]:
    return [sum(counts) for counts in zip(*(counts for counts in delays if counts), strict=False)]


def _quantile(delays: Sequence[int], share: float) -> int | None:
    """The place among `DELAYS`, or after them, that so large a share reaches."""
    wanted, reached = sum(delays) * share, 0
    for place, number in enumerate(delays):
        reached += number
        if number and reached >= wanted:
            return place
    return None


def _flow(x: int, at: datetime, minute: _Minute, most: int) -> Iterable[Bar]:
    text = _("%(time)s: %(counted)s counted, %(superseded)s came too late") % {
        "time": formats.time_format(timezone.localtime(at)),
        "counted": grouped(minute.counted),
        "superseded": grouped(minute.superseded),
    }
    total = _height(minute.counted + minute.superseded, most)
    counted = min(_height(minute.counted, most), total)
    yield Bar(x, HEIGHT - counted, counted, "counted", text)
    yield Bar(x, HEIGHT - total, total - counted, "superseded", text)


def _height(number: int, most: int) -> int:
    """What is there is seen, however little it is."""
    return max(2, round(number * HEIGHT / most)) if number and most else 0


def _delay(x: int, at: datetime, minute: _Minute) -> Iterable[Bar]:
    half, nearly_all = (_quantile(minute.delays, share) for share in SHARES)
    if half is None or nearly_all is None:
        return
    text = _("%(time)s: half of them %(half)s, 19 of 20 %(most)s") % {
        "time": formats.time_format(timezone.localtime(at)),
        "half": delay(minute.delays, SHARES[0]),
        "most": delay(minute.delays, SHARES[1]),
    }
    low, high = _y(half + 1), _y(nearly_all + 1)
    yield Bar(x, high, low - high, "most", text)
    yield Bar(x, low, HEIGHT - low, "half", text)


def _y(place: int) -> int:
    """Where the chart of delays has what took so many steps of `DELAYS`."""
    return HEIGHT - round(place * HEIGHT / (len(DELAYS) + 1))
