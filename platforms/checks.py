"""System checks: what the settings wire by name must exist."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.exceptions import FieldDoesNotExist
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
    for source in settings.PORTAL_OVERVIEW:
        yield "PORTAL_OVERVIEW", source, source
    for comparison, name in settings.PORTAL_COMPARISONS.items():
        yield "PORTAL_COMPARISONS", comparison, name
    for part, name in settings.PORTAL_CHANNEL_PARTS.items():
        yield "PORTAL_CHANNEL_PARTS", part, name
    for witness in settings.PORTAL_WITNESSES:
        yield "PORTAL_WITNESSES", witness, witness
    for facts in settings.SELLER_FACTS:
        yield "SELLER_FACTS", facts, facts
    for step in settings.PORTAL_READINESS:
        yield "PORTAL_READINESS", step, step
    yield "PORTAL_CLIENTS", settings.PORTAL_CLIENTS, settings.PORTAL_CLIENTS
    for part, names in settings.PORTAL_PERSONAL_DATA.items():
        yield from (("PORTAL_PERSONAL_DATA", part, name) for name in names)
    for connector, pair in settings.CONNECTORS.items():
        yield from (("CONNECTORS", connector, part) for part in pair)


def kinds_resolve(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Every foreign key in PORTAL_CHANNEL_KINDS exists and leads to a channel."""
    return [
        Error(
            f"PORTAL_CHANNEL_KINDS names “{name}”, which is no foreign key to a channel.",
            hint="Write app.Model.field, such as platforms.Event.channel.",
            id="platforms.E002",
        )
        for name in settings.PORTAL_CHANNEL_KINDS
        if not _leads_to_a_channel(name)
    ]


def _leads_to_a_channel(name: str) -> bool:
    try:
        app, model, field = name.split(".")
        return apps.get_model(app, model)._meta.get_field(field).related_model is apps.get_model("platforms", "Channel")
    except (ValueError, LookupError, FieldDoesNotExist):
        return False


def _problem(name: str) -> str:
    try:
        return "" if callable(import_string(name)) else "it is not callable"
    except ImportError as error:
        return str(error).rstrip(".")
