"""How often a key may call, and what each answer tells of it."""

import math
import time
from dataclasses import dataclass, replace
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponseBase
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import BaseThrottle

from platforms.models import ApiKey

WINDOW_SECONDS = 60
# Where a request keeps what its key has used; the headers that tell it.
USED = "portal.rate"
HEADERS = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")


@dataclass(frozen=True)
class Rate:
    """What a key has used: calls in the running clock minute, of which `second` seconds are over, and in the last."""

    limit: int
    here: int
    before: int
    second: float

    @property
    def remaining(self) -> int:
        """How many calls would be let through now."""
        covered = self.before * (1 - self.second / WINDOW_SECONDS)
        return max(0, math.ceil(self.limit - self.here - covered))

    @property
    def wait(self) -> float:
        """Seconds until the next call is let through, where none remains."""
        if self.here < self.limit and self.before:
            return max(1.0, WINDOW_SECONDS * (1 - (self.limit - self.here) / self.before) - self.second)
        # The running minute alone is full: its share falls below the limit early in the next one.
        return max(1.0, WINDOW_SECONDS - self.second + WINDOW_SECONDS * (1 - self.limit / max(self.here, 1)))

    @property
    def headers(self) -> dict[str, str]:
        """Without any remaining, the reset is when the next call is let through; else the end of the minute."""
        reset = WINDOW_SECONDS - self.second if self.remaining else self.wait
        return dict(zip(HEADERS, map(str, (self.limit, self.remaining, math.ceil(reset))), strict=True))


class KeyThrottle(BaseThrottle):
    """Calls per minute and key, over a sliding minute.

    Two counters stand for the minute: that of the running clock minute, and the last one's share of what the sliding
    minute still covers of it. A counter is a small thing to keep in a shared cache; a list of 1,200 times is not.
    """

    def allow_request(self, request: Request, view: Any) -> bool:
        key = request.auth
        if not isinstance(key, ApiKey):
            return True
        minute, second = divmod(time.time(), WINDOW_SECONDS)
        rate = _used(key, minute, second)
        self._wait = rate.wait
        is_allowed = rate.remaining > 0
        if is_allowed:
            rate = replace(rate, here=_count(_counter(key, minute)))
        request.META[USED] = rate
        return is_allowed

    def wait(self) -> float:
        """Seconds until the next call is let through."""
        return self._wait


def tell(request: Request, response: HttpResponseBase) -> None:
    """Put the rate headers on an answer to a key; one that was refused before it counted costs a look."""
    if isinstance(request.auth, ApiKey) and USED not in request.META:
        request.META[USED] = _used(request.auth, *divmod(time.time(), WINDOW_SECONDS))
    tell_counted(request, response)


def tell_counted(request: Request | HttpRequest, response: HttpResponseBase) -> None:
    """Put the rate headers on an answer, if the call counted."""
    rate: Rate | None = request.META.get(USED)
    for name, value in rate.headers.items() if rate else ():
        response.headers[name] = value


def _used(key: ApiKey, minute: float, second: float) -> Rate:
    limit = int(str(api_settings.DEFAULT_THROTTLE_RATES["key"]).split("/")[0])
    here, before = _counter(key, minute), _counter(key, minute - 1)
    counts = cache.get_many([here, before])
    return Rate(limit, counts.get(here, 0), counts.get(before, 0), second)


def _counter(key: ApiKey, minute: float) -> str:
    return f"api-calls:{key.pk}:{int(minute)}"


def _count(name: str) -> int:
    """Count one more; returns how many those are with what other processes counted."""
    if cache.add(name, 1, timeout=2 * WINDOW_SECONDS):
        return 1
    try:
        return cache.incr(name)
    except ValueError:
        # It expired between the two calls.
        cache.set(name, 1, timeout=2 * WINDOW_SECONDS)
        return 1
