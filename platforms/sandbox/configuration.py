"""The emulator's switches. Where no source fixes a rule (contract 14, 15) the default is the most probable one."""

import re
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from platforms.sandbox.models import Configuration

FARTHEST = 100 * 365 * 24 * 3600
QUOTA_GROUPS = ("default", "channel", "event", "offer", "order", "stock-updates-all")
CHOICES: dict[str, tuple[object, ...]] = {
    "quota_profile": ("sandbox", "production"),
    "auth_throttle_status": (429, 426),
    "session_error_status": (400, 404),
    "assignment_channel": ("honour", "ignore", "refuse"),
    "stock_time_precision": ("milliseconds", "seconds"),
}


@dataclass(frozen=True)
class Switches:
    """The same names in camel case are those of `/control/settings`. Times in seconds."""

    redelivery_seconds: float = 300
    delivery_limit: int = 10
    session_seconds: float = 1800
    token_seconds: float = 3600
    pin_seconds: float = 900
    strict: bool = False
    quota_profile: str = "sandbox"
    quotas: dict[str, list[int]] = field(default_factory=dict)
    retry_after: bool = False
    auth_throttle_status: int = 429
    session_error_status: int = 400
    permanently_removed_by_channel: bool = True
    platform_sign_up_links_token_channel: bool = True
    assignment_channel: str = "honour"
    stock_time_precision: str = "milliseconds"
    stock_rows_need_channel_offer_id: bool = False
    body_limit: int = 200_000
    books_kept: int = 20_000

    def on_the_wire(self) -> dict[str, Any]:
        return {_camel(name): value for name, value in asdict(self).items()}


NAMES = {field_.name: type(getattr(Switches(), field_.name)) for field_ in fields(Switches)}


@dataclass(frozen=True)
class _State:
    switches: Switches
    offset: float


# One process serves everything, so what it remembers between requests is never stale.
_memory: list[_State] = []


def switches() -> Switches:
    """The switches in force."""
    return _state().switches


def offset_seconds() -> float:
    """How far the emulator's clock is ahead of the machine's."""
    return _state().offset


def change(values: dict[str, Any]) -> None:
    """Set some switches, named in camel case. ValueError names one that does not fit, and nothing changes."""
    by_name = {_snake(name): value for name, value in values.items()}
    for name, value in by_name.items():
        _check(name, value)
    row = _row()
    row.values = {**row.values, **by_name}
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
    """Read the row again at the next use (after a change or a reset)."""
    _memory.clear()


def _row() -> Configuration:
    return Configuration.objects.get_or_create(pk=1)[0]


def _state() -> _State:
    state = _memory[0] if _memory else None
    if state is None:
        row = _row()
        known = {name: value for name, value in row.values.items() if name in NAMES}
        state = _State(Switches(**known), row.offset_seconds)
        _memory[:] = [state]
    return state


def _check(name: str, value: Any) -> None:
    if name not in NAMES:
        raise ValueError(f"There is no setting {_camel(name)}. There are: {', '.join(map(_camel, sorted(NAMES)))}.")
    kind = NAMES[name]
    if kind in (int, float):
        fits = isinstance(value, int | kind) and not isinstance(value, bool) and value >= 0
    else:
        fits = isinstance(value, kind)
    if not fits:
        raise ValueError(f"{_camel(name)} must be of the kind {kind.__name__}, not {value!r}.")
    if name in CHOICES and value not in CHOICES[name]:
        raise ValueError(f"{_camel(name)} must be one of {', '.join(map(str, CHOICES[name]))}.")
    if name == "quotas":
        _check_quotas(value)


def _check_quotas(quotas: dict[str, Any]) -> None:
    for group, pair in quotas.items():
        fits = isinstance(pair, list) and len(pair) == 2 and all(type(n) is int and n > 0 for n in pair)
        if group not in QUOTA_GROUPS or not fits:
            raise ValueError(f"quotas takes {{group: [requests, seconds]}}; the groups are {', '.join(QUOTA_GROUPS)}.")


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
