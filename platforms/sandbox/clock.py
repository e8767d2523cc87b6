"""The emulator's clock: the machine's, moved forward by `/control/clock`. Every rule that knows time asks here."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

from platforms.sandbox.configuration import offset_seconds, switches

# `fromisoformat` knows more: weeks, dates without dashes, times without seconds.
DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d(:?\d\d)?)?", re.ASCII)

_skew = ContextVar("skew", default=0.0)


def now() -> datetime:
    """Aware UTC."""
    return steady() + timedelta(seconds=_skew.get())


def steady() -> datetime:
    """The same without the skew of a fault: for what must go on undisturbed (leases, quotas, access tokens)."""
    return datetime.now(UTC) + timedelta(seconds=offset_seconds())


@contextmanager
def skewed(seconds: float) -> Iterator[None]:
    """Within it `now` is so much off, for this thread alone."""
    before = _skew.set(seconds)
    try:
        yield
    finally:
        _skew.reset(before)


def wire(moment: datetime, timespec: str = "seconds") -> str:
    """As SCX writes times: `2024-02-13T06:00:00+00:00`, or with the zone as `timeForm` wants it."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec=timespec) + switches().time_form


def exact(moment: datetime) -> str:
    """With as many digits of the second as the moment has."""
    if moment.microsecond == 0:
        return wire(moment)
    return wire(moment, "microseconds" if moment.microsecond % 1000 else "milliseconds")


def parse(text: str) -> datetime:
    """Any form in which SCX times occur: `Z`, `+00:00`, `+0000`, `+00`, or none, which means UTC. Else ValueError."""
    # A plus sign that was not percent-encoded in a query arrives as a blank.
    text = text.replace(" ", "+")
    if not DATE_TIME.fullmatch(text):
        raise ValueError("not a date-time")
    moment = datetime.fromisoformat(text)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("out of range") from error
