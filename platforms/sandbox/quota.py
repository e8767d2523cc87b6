"""Requests per route group and caller in a window (contract 3). Counted in memory: one process serves all."""

import itertools
import re
import threading
from collections import defaultdict, deque
from dataclasses import dataclass

from platforms.sandbox import clock
from platforms.sandbox.configuration import switches

# The most specific pattern comes first.
ROUTES = (
    (re.compile(r"/v1/channel/offer/stock-updates/all"), "stock-updates-all"),
    (re.compile(r"/v1/channel/event"), "event"),
    (re.compile(r"/v1/channel/offer"), "offer"),
    (re.compile(r"/v1/channel/order"), "order"),
    (re.compile(r"/v1/channel/attribute/category"), "attribute-category"),
    (re.compile(r"/v1/channel/attribute/global"), "attribute-global"),
    (re.compile(r"/v1/channel/categories"), "categories"),
    (re.compile(r"/v1/channel"), "channel"),
)
# (requests, seconds). No number is published for stock-updates/all; it is only known to be stricter.
PROFILES = {
    "production": {
        "default": (10, 60),
        "channel": (60, 60),
        "event": (240, 60),
        "offer": (1500, 60),
        "order": (600, 60),
        "attribute-category": (86_400, 86_400),
        "attribute-global": (10, 3600),
        "categories": (10, 3600),
        "stock-updates-all": (60, 60),
    },
    "sandbox": {
        "default": (6000, 60),
        "channel": (6000, 60),
        "event": (60_000, 60),
        "offer": (60_000, 60),
        "order": (6000, 60),
        "attribute-category": (6000, 60),
        "attribute-global": (6000, 60),
        "categories": (6000, 60),
        "stock-updates-all": (6000, 60),
    },
}

SWEEP_EVERY = 500

_lock = threading.Lock()
_looks = itertools.count(1)
_taken: defaultdict[tuple[str, str], deque[float]] = defaultdict(deque)


@dataclass(frozen=True)
class Allowance:
    """What is left after one request; `wait` seconds when it is one too many."""

    limit: int
    interval: int
    remaining: int
    wait: float = 0

    @property
    def headers(self) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Interval-Length-Seconds": str(self.interval),
            "X-RateLimit-Remaining": str(self.remaining),
        }


def group_of(path: str) -> str:
    return next((group for pattern, group in ROUTES if pattern.match(path)), "default")


def take(caller: str, path: str) -> Allowance:
    """Count one request of the caller. A request over the limit is not counted."""
    return _look(caller, path, take=True)


def left(caller: str, path: str) -> Allowance:
    """What `take` would find, without counting."""
    return _look(caller, path, take=False)


def _look(caller: str, path: str, *, take: bool) -> Allowance:
    group = group_of(path)
    limit, interval = _quota_of(group)
    now = clock.steady().timestamp()
    with _lock:
        if next(_looks) % SWEEP_EVERY == 0:
            _sweep(now)
        taken = _taken[caller, group]
        is_fixed = switches().quota_window == "fixed"
        begin = now - now % interval if is_fixed else now - interval
        while taken and taken[0] <= begin:
            taken.popleft()
        if len(taken) >= limit:
            return Allowance(limit, interval, 0, wait=(begin if is_fixed else taken[0]) + interval - now)
        if take:
            taken.append(now)
        return Allowance(limit, interval, limit - len(taken))


def _quota_of(group: str) -> tuple[int, int]:
    limit, interval = switches().quotas.get(group) or PROFILES[switches().quota_profile][group]
    return limit, interval


def _sweep(now: float) -> None:
    """Forget callers whose last request no window counts."""
    for caller, group in list(_taken):
        taken = _taken[caller, group]
        if not taken or taken[-1] <= now - _quota_of(group)[1]:
            del _taken[caller, group]


def forget() -> None:
    with _lock:
        _taken.clear()
