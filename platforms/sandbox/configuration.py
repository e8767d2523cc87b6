"""The switches in force and the emulator's clock, kept in one row. What switches there are says the switchboard."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from platforms.sandbox.models import Configuration
from platforms.sandbox.switchboard import SETTINGS, Switches, snake

FARTHEST = 100 * 365 * 24 * 3600


@dataclass(frozen=True)
class _State:
    switches: Switches
    offset: float


# One process serves everything, so what it remembers between requests is never stale.
_memory: list[_State] = []
_forgotten = [0]


def switches() -> Switches:
    """The switches in force."""
    return _state().switches


def offset_seconds() -> float:
    """How far the emulator's clock is ahead of the machine's."""
    return _state().offset


def change(values: dict[str, Any]) -> None:
    """Set some switches, named in camel case; None means back to the default.

    ValueError names the first that does not fit, and nothing changes.
    """
    by_name = {_known(name): value for name, value in values.items()}
    for name, value in by_name.items():
        complaint = None if value is None else SETTINGS[name].kind.complaint(value)
        if complaint:
            raise ValueError(f"{SETTINGS[name].name} {complaint}.")
    row = _row()
    row.values = {name: value for name, value in {**row.values, **by_name}.items() if value is not None}
    row.save()
    forget()


def restore_defaults() -> None:
    """Every switch back to its default; the clock stays where it is."""
    row = _row()
    row.values = {}
    row.save()
    forget()


def advance(seconds: float) -> None:
    """Move the clock on, or back. ValueError when it would leave the years that dates can tell."""
    row = _row()
    row.offset_seconds += seconds
    if not abs(row.offset_seconds) <= FARTHEST:
        raise ValueError(f"The clock can be at most {FARTHEST} seconds (100 years) off.")
    row.save()
    forget()


def forget() -> None:
    """Read the row again at the next use (after a change or a reset), and once more when the change is committed."""
    _clear()
    transaction.on_commit(_clear)


def _clear() -> None:
    _forgotten[0] += 1
    _memory.clear()


def _row() -> Configuration:
    return Configuration.objects.get_or_create(pk=1)[0]


def _state() -> _State:
    state = _memory[0] if _memory else None
    if state is None:
        times = _forgotten[0]
        row = _row()
        known = {name: value for name, value in row.values.items() if name in SETTINGS}
        state = _State(Switches(**known), row.offset_seconds)
        # What was read before a change must not be remembered after it.
        if times == _forgotten[0]:
            _memory[:] = [state]
    return state


def _known(name: str) -> str:
    """The switch's own name; only the camel-case form is one."""
    by_wire_name = snake(name)
    if by_wire_name not in SETTINGS or SETTINGS[by_wire_name].name != name:
        known = ", ".join(sorted(setting.name for setting in SETTINGS.values()))
        raise ValueError(f"There is no setting {name}. There are: {known}.")
    return by_wire_name
