"""Keeps what we sent in confidence out of what SCX says about it."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote, quote_plus

from platforms.scx.errors import ErrorItem

_SECRET_NAMES = frozenset({"session", "sessionId", "mfaPin", "refreshToken"})
_HIDDEN = "***"
# A shorter text is no secret, and hiding it would tear holes into every word.
_SHORTEST_SECRET = 4


def secrets_of(bearer: str | None, *sent: object) -> tuple[str, ...]:
    """The secret texts of a request: its token and the values of secret fields in query, form or JSON."""
    found = {bearer or ""}
    for part in sent:
        if isinstance(part, Mapping):
            found.update(str(part[name]) for name in _SECRET_NAMES & part.keys())
    spelled = {spelling for secret in found for spelling in (secret, quote(secret, safe=""), quote_plus(secret))}
    return tuple(sorted((text for text in spelled if len(text) >= _SHORTEST_SECRET), key=len, reverse=True))


def redact(errors: Iterable[ErrorItem], secrets: tuple[str, ...]) -> tuple[ErrorItem, ...]:
    """The same errors with every secret replaced by `***`: SCX may quote the session it refuses."""

    def hide(text: Any) -> Any:
        for secret in secrets:
            text = text.replace(secret, _HIDDEN) if text else text
        return text

    return tuple(
        replace(item, code=hide(item.code), message=hide(item.message), hint=hide(item.hint)) for item in errors
    )
