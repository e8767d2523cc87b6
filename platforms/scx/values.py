"""Lenient reading and strict writing of the plain values on the SCX wire."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from platforms.scx.documents import Rows

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_WHOLE_NUMBER = re.compile(r"\d{1,19}", re.ASCII)
_LONGEST_NUMBER = 64
_LARGEST_EXPONENT = 40
_INT64_MAX = 2**63 - 1
_TRUE_WORDS = frozenset({"true", "1", "yes", "on"})
_FALSE_WORDS = frozenset({"false", "0", "no", "off"})


def parse_time(value: object) -> datetime | None:
    """Aware UTC time of an ISO 8601 text, or None where it is none.

    SCX's own samples end in `+00:00`, `+0000`, `+00`, `Z` or nothing (taken as UTC), with or without a fraction.
    """
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value.strip().upper())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def format_time(moment: datetime) -> str:
    """`2026-11-22T15:57:35+00:00`: UTC in whole seconds, the one form every SCX sample understands."""
    if moment.tzinfo is None:
        raise ValueError("SCX needs a time with a time zone, this one has none.")
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def parse_decimal(value: object) -> Decimal | None:
    """Exact decimal of a string or number, None for anything else (also NaN, infinity and absurd magnitudes).

    Events carry decimal strings, stock updates integers; floats are read by their shortest form, so 0.1 stays 0.1.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = value.strip() if isinstance(value, str) else repr(value)
    if len(text) > _LONGEST_NUMBER or not _NUMBER.fullmatch(text):
        return None
    number = Decimal(text)
    return number if abs(number.adjusted()) <= _LARGEST_EXPONENT else None


def parse_id_number(value: object) -> int | None:
    """A whole number from 1 to 2^63-1 (offer ids, JTL account ids), sent as number or digits; else None."""
    if isinstance(value, str) and _WHOLE_NUMBER.fullmatch(value.strip()):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 1 <= value <= _INT64_MAX else None


def parse_bool(value: object, default: bool) -> bool:
    """A flag sent as JSON boolean, 0/1 or a word; `default` for anything else."""
    word = str(value).strip().lower() if isinstance(value, bool | int | str) else ""
    if word in _TRUE_WORDS:
        return True
    return False if word in _FALSE_WORDS else default


def parse_text(value: object) -> str:
    """Text any database can hold: numbers as their digits, no NUL, no lone surrogate; "" for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    text = str(value)
    if text.isascii() and "\x00" not in text:
        return text
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def as_list(value: object) -> list[Any]:
    """The list, the values of an object whose keys are all numbers (PHP writes gapped arrays so), or []."""
    if isinstance(value, Rows):
        return list(value)
    if isinstance(value, list):
        return value
    if isinstance(value, dict) and all(isinstance(key, str) and key.isdecimal() for key in value):
        return list(value.values())
    return []


def as_dict(value: object) -> dict[str, Any]:
    """The object, or {}: SCX may write an empty object as `[]`."""
    return value if isinstance(value, dict) else {}
