"""Access tokens: what SCX hands out, and where a channel keeps the current one."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

from platforms.scx.errors import ScxProtocolError
from platforms.scx.values import as_dict, parse_decimal, parse_time

# SCX's guide asks for renewal a minute before the end.
RENEWAL_MARGIN = timedelta(seconds=60)
# Shorter than any life SCX has documented (360 s), for an answer that names none.
_ASSUMED_LIFE_SECONDS = 300
_LONGEST_LIFE_SECONDS = 86400 * 30


@dataclass(frozen=True)
class AccessToken:
    token: str = field(repr=False)
    expires_at: datetime

    def is_good(self, now: datetime) -> bool:
        """Good for at least another minute."""
        return self.expires_at - now >= RENEWAL_MARGIN


def parse_access_token(body: object, *, asked_at: datetime) -> AccessToken:
    """The token in an answer of POST /v1/auth. `expiresIn` goes before `tokenExpireAt`: it needs no common clock."""
    answer = as_dict(body)
    token = answer.get("authToken")
    if not isinstance(token, str) or not is_sendable(token):
        raise ScxProtocolError("SCX answered POST /v1/auth without a usable authToken.")
    seconds = parse_decimal(answer.get("expiresIn"))
    if seconds is not None and seconds > 0:
        return AccessToken(token, asked_at + timedelta(seconds=min(int(seconds), _LONGEST_LIFE_SECONDS)))
    expires_at = parse_time(answer.get("tokenExpireAt"))
    return AccessToken(token, expires_at or asked_at + timedelta(seconds=_ASSUMED_LIFE_SECONDS))


def is_sendable(token: str) -> bool:
    """Whether the text can stand in a header as it is; requests quotes a bad one in its exception."""
    return bool(token) and all("!" <= character <= "~" for character in token)


class TokenStore(Protocol):
    """The one current token of a channel, shared by its processes."""

    def get(self) -> str | None:
        """A token good for at least 60 s, or None."""

    def renew(self, exchange: Callable[[], AccessToken], *, rejected: str | None) -> str:
        """The token to use now; calls `exchange` at most once, and not at all if somebody else just renewed.

        `rejected` is the token SCX refused a moment ago, None where there simply was no good one.
        """


class MemoryTokenStore:
    """A token store of one process: for tools and tests."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._current: AccessToken | None = None

    @property
    def current(self) -> AccessToken | None:
        return self._current

    def get(self) -> str | None:
        current = self._current
        return current.token if current and current.is_good(datetime.now(UTC)) else None

    def renew(self, exchange: Callable[[], AccessToken], *, rejected: str | None) -> str:
        with self._lock:
            current = self.get()
            if current is None or current == rejected:
                self._current = exchange()
                current = self._current.token
            return current
