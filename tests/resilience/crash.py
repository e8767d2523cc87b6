"""Crash points: where `CRASH_AT` says so, this process dies by SIGKILL, as it would by the kernel's hand.

In place of "before" or "after" a moment may be "kill-on", "eat-on" or "overflow-on" with a word: the process is killed,
out of memory or out of stack whenever the function is called with something that mentions it.

With `CRASH_FUSE` there may be several, parted by semicolons: a process dies at the one that stands in the file of that
name, which is gone then, so that a web server's next process lives. `SHORTENED` gives some lengths of time, such as
`platforms.models.OutboxRow.LEASE=2`, other values than the product's, in seconds. What `QUOTE_AT` names raises an
exception that quotes all it was given.
"""

import functools
import itertools
import os
import resource
import signal
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.utils.module_loading import import_string

ROOM_TO_EAT = 64 * 1024 * 1024


class CrashConfig(AppConfig):
    name = "tests.resilience.crash"
    label = "crash"

    def ready(self) -> None:
        arm_from_environment()


def arm_from_environment() -> None:
    for point in filter(None, os.environ.get("CRASH_AT", "").split(";")):
        arm(*point.split())
    for length in os.environ.get("SHORTENED", "").split():
        name, _equals, seconds = length.partition("=")
        owner, attribute = _owner(name)
        is_number = isinstance(getattr(owner, attribute), float)
        setattr(owner, attribute, float(seconds) if is_number else timedelta(seconds=float(seconds)))
    for name in filter(None, os.environ.get("QUOTE_AT", "").split(";")):
        owner, attribute = _owner(name)
        setattr(owner, attribute, _talkative(getattr(owner, attribute)))


def arm(moment: str, name: str, nth: str = "1") -> None:
    """Die right before or after the nth call of the function or method with this dotted name."""
    owner, attribute = _owner(name)
    function = getattr(owner, attribute)
    if moment in FATES:
        # Not which call it is decides, but what the call is about.
        setattr(owner, attribute, _fateful(function, FATES[moment], nth))
    else:
        setattr(owner, attribute, _deadly(function, moment, int(nth), f"{moment} {name}"))


def _owner(name: str) -> tuple[Any, str]:
    """The class or module of a dotted name, and its last part."""
    owner, _dot, attribute = name.rpartition(".")
    is_class = owner.rpartition(".")[2][:1].isupper()
    return import_string(owner) if is_class else __import__(owner, fromlist=["_"]), attribute


def _deadly(function: Callable[..., Any], moment: str, nth: int, point: str) -> Callable[..., Any]:
    calls = itertools.count(1)

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        is_last = _is_lit(point) if os.environ.get("CRASH_FUSE") else next(calls) == nth
        if is_last and moment == "before":
            _die()
        result = function(*args, **kwargs)
        if is_last and moment == "after":
            _die()
        return result

    return wrapper


def _fateful(function: Callable[..., Any], fate: Callable[[], None], word: str) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        if any(_mentions(each, word) for each in args):
            fate()
        return function(*args, **kwargs)

    return wrapper


def _mentions(value: Any, word: str) -> bool:
    if isinstance(value, list):
        return any(_mentions(each, word) for each in value)
    return word in repr(getattr(value, "__dict__", value))


def _is_lit(point: str) -> bool:
    fuse = Path(os.environ["CRASH_FUSE"])
    if not fuse.exists() or fuse.read_text() != point:
        return False
    fuse.unlink()
    return True


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _eat() -> None:
    """Take memory until the system refuses more, as it does under `ulimit -v`."""
    limits = resource.getrlimit(resource.RLIMIT_AS)
    taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + ROOM_TO_EAT, limits[1]))
    try:
        eaten = []
        while True:
            eaten.append(bytearray(1024 * 1024))
    finally:
        resource.setrlimit(resource.RLIMIT_AS, limits)


def _overflow() -> None:
    """Run out of C's stack, which Python cannot turn into an exception."""
    sys.setrecursionlimit(2**31 - 1)
    nested: Any = ()
    for _level in range(1_000_000):
        nested = (nested,)
    hash(nested)


FATES = {"kill-on": _die, "eat-on": _eat, "overflow-on": _overflow}


def _talkative(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        given = [getattr(each, "__dict__", each) for each in (*args, *kwargs.values())]
        raise RuntimeError(f"{function.__name__} does not like {given!r}")

    return wrapper
