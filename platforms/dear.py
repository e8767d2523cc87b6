"""What is dear to find out is kept for a minute, and the page that shows it says since when."""

import time
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypeVar

from django.core.cache import cache
from django.utils import timezone
from django.utils.translation import get_language

# What took longer than DEAR_SECONDS is kept for KEPT_SECONDS.
DEAR_SECONDS = 0.05
KEPT_SECONDS = 60

T = TypeVar("T")


class Kept:
    """What is still kept of these names, in the reader's language; all looked up at once."""

    since: datetime | None = None
    """When the oldest of what was kept was found out; None where all is fresh."""

    def __init__(self, names: Iterable[str], *, again: bool = False) -> None:
        """`again`: find everything out anew."""
        self._found = {} if again else cache.get_many([_key(name) for name in names])

    def get(self, name: str, find: Callable[[], T]) -> T:
        """What is kept, else what `find` returns, which must be fit for pickling."""
        key = _key(name)
        if key in self._found:
            value, at = self._found[key]
            self.since = min(at, self.since or at)
            return value
        now, started = timezone.now(), time.monotonic()
        found = find()
        if time.monotonic() - started > DEAR_SECONDS:
            cache.set(key, (found, now), KEPT_SECONDS)
        return found


def _key(name: str) -> str:
    return f"dear:{get_language()}:{name}"
