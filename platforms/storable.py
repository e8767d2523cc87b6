"""What a database can hold: PostgreSQL knows no NUL and no lone surrogates, and columns have lengths."""

import re
from typing import Any

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def _escape(text: str) -> str:
    return UNSTORABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def text(value: str, length: int) -> str:
    """The text with what cannot be stored written as its escape, cut to `length` characters."""
    return _escape(value)[:length]


def payload(value: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """The payload with what cannot be stored written as its escape, and whether there was any."""
    found = False

    def clean(part: Any) -> Any:
        nonlocal found
        if isinstance(part, str):
            if UNSTORABLE.search(part):
                found = True
                return _escape(part)
            return part
        if isinstance(part, dict):
            return {clean(key): clean(item) for key, item in part.items()}
        if isinstance(part, list):
            return [clean(item) for item in part]
        return part

    return clean(value), found
