"""Crash points: where `CRASH_AT` says so, this process dies by SIGKILL, as it would by the kernel's hand."""

import functools
import itertools
import os
import signal
from collections.abc import Callable
from typing import Any

from django.apps import AppConfig
from django.utils.module_loading import import_string


class CrashConfig(AppConfig):
    name = "tests.resilience.crash"
    label = "crash"

    def ready(self) -> None:
        arm_from_environment()


def arm_from_environment() -> None:
    if point := os.environ.get("CRASH_AT"):
        arm(*point.split())


def arm(moment: str, name: str, nth: str = "1") -> None:
    """Die right before or after the nth call of the function or method with this dotted name."""
    owner_name, _dot, attribute = name.rpartition(".")
    owner = import_string(owner_name) if owner_name.rpartition(".")[2][:1].isupper() else _module(owner_name)
    setattr(owner, attribute, _deadly(getattr(owner, attribute), moment, int(nth)))


def _module(name: str) -> Any:
    return __import__(name, fromlist=["_"])


def _deadly(function: Callable[..., Any], moment: str, nth: int) -> Callable[..., Any]:
    calls = itertools.count(1)

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        is_last = next(calls) == nth
        if is_last and moment == "before":
            _die()
        result = function(*args, **kwargs)
        if is_last and moment == "after":
            _die()
        return result

    return wrapper


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
