"""How often a key may call."""

import time
from typing import Any

from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import BaseThrottle

WINDOW_SECONDS = 60


class KeyThrottle(BaseThrottle):
    """Calls per minute and key, over a sliding minute.

    Two counters stand for the minute: that of the running clock minute, and the last one's share of what the sliding
    minute still covers of it. A counter is a small thing to keep in a shared cache; a list of 1,200 times is not.
    """

    def allow_request(self, request: Request, view: Any) -> bool:
        if request.auth is None:
            return True
        limit = int(str(api_settings.DEFAULT_THROTTLE_RATES["key"]).split("/")[0])
        minute, second = divmod(time.time(), WINDOW_SECONDS)
        here, before = (f"api-calls:{request.auth.pk}:{int(minute - ago)}" for ago in (0, 1))
        counts = cache.get_many([here, before])
        covered = counts.get(before, 0) * (1 - second / WINDOW_SECONDS)
        if counts.get(here, 0) + covered >= limit:
            self._wait = self._seconds_until_free(counts.get(here, 0), counts.get(before, 0), second, limit)
            return False
        _count(here)
        return True

    def wait(self) -> float:
        """Seconds until the next call is let through."""
        return self._wait

    @staticmethod
    def _seconds_until_free(here: int, before: int, second: float, limit: int) -> float:
        if here < limit and before:
            return max(1.0, WINDOW_SECONDS * (1 - (limit - here) / before) - second)
        # The running minute alone is full: its share falls below the limit early in the next one.
        return max(1.0, WINDOW_SECONDS - second + WINDOW_SECONDS * (1 - limit / max(here, 1)))


def _count(name: str) -> None:
    if not cache.add(name, 1, timeout=2 * WINDOW_SECONDS):
        try:
            cache.incr(name)
        except ValueError:
            # It expired between the two calls.
            cache.set(name, 1, timeout=2 * WINDOW_SECONDS)
