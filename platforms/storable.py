"""What a database can hold: PostgreSQL knows no NUL and no lone surrogates, and columns have lengths."""

import json
import re
from dataclasses import dataclass
from typing import Any

# A payload comes from JSON and has no circles to look for.
_write = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
# Far beyond what SCX documents, and what Python and both databases read and write without running out of stack.
DEEPEST = 100
TOO_DEEP = "(nested too deep to be stored)"


def _escape(text: str) -> str:
    return UNSTORABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def text(value: str, length: int) -> str:
    """The text with what cannot be stored written as its escape, cut to `length` characters."""
    return _escape(value)[:length]


@dataclass(frozen=True)
class Payload:
    """A payload as it can be stored, whether that took escapes or cuts, and about how many characters it has.

    `written`: the same as JSON, where a look at that was enough.
    """

    value: dict[str, Any]
    is_changed: bool
    size: int
    written: str | None = None


def payload(value: dict[str, Any]) -> Payload:
    """The payload with what cannot be stored written as its escape, and without what is nested too deep."""
    written = _written_if_flawless(value)
    return _cleaned(value) if written is None else Payload(value, False, len(written), written)


def _written_if_flawless(value: dict[str, Any]) -> str | None:
    """The JSON of a payload that can surely be stored as it is; None where it takes a look at each part."""
    try:
        written = _write(value)
        written.encode()
    except (RecursionError, UnicodeEncodeError):
        return None
    # A NUL is written as its escape.
    is_flat = written.count("{") + written.count("[") <= DEEPEST
    return written if is_flat and "\\u0000" not in written else None


def _cleaned(value: dict[str, Any]) -> Payload:
    found = False
    size = 0

    def clean(part: Any, depth: int = 0) -> Any:
        nonlocal found, size
        size += 8
        if depth > DEEPEST and isinstance(part, dict | list):
            found = True
            return TOO_DEEP
        if isinstance(part, str):
            size += len(part)
            if UNSTORABLE.search(part):
                found = True
                return _escape(part)
            return part
        if isinstance(part, dict):
            return {clean(key): clean(item, depth + 1) for key, item in part.items()}
        if isinstance(part, list):
            return [clean(item, depth + 1) for item in part]
        return part

    return Payload(clean(value), found, size)
