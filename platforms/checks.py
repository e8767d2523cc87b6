"""System checks: what the settings wire by name must exist."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.utils.module_loading import import_string


def wiring_resolves(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Every dotted name in the tables that settings wire - events, jobs, finders, … - can be imported and called."""
    return [
        Error(
            f"{table} names “{name}” for “{key}”, and that cannot be imported: {problem}.",
            hint=f"Correct the name in {table}, or add the function.",
            id="platforms.E001",
        )
        for table, key, name in _wired()
        if (problem := _problem(name))
    ]


def _wired() -> Iterator[tuple[str, str, str]]:
    for event_type, handlers in settings.SCX_EVENTS.items():
        yield from (("SCX_EVENTS", event_type, handler) for handler in handlers)
    for job, function, _minutes in settings.PORTAL_JOBS:
        yield "PORTAL_JOBS", job, function
    for finder in settings.PORTAL_FINDERS:
        yield "PORTAL_FINDERS", finder, finder
    for measure in settings.PORTAL_MEASURES:
        yield "PORTAL_MEASURES", measure, measure
    for comparison, name in settings.PORTAL_COMPARISONS.items():
        yield "PORTAL_COMPARISONS", comparison, name
    for witness in settings.PORTAL_WITNESSES:
        yield "PORTAL_WITNESSES", witness, witness
    for connector, pair in settings.CONNECTORS.items():
        yield from (("CONNECTORS", connector, part) for part in pair)


def _problem(name: str) -> str:
    try:
        return "" if callable(import_string(name)) else "it is not callable"
    except ImportError as error:
        return str(error).rstrip(".")
