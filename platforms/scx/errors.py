"""What can go wrong between us and SCX, said so that the caller knows whether a retry can help."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast

from platforms.scx.values import as_dict, as_list, parse_text

Severity = Literal["error", "warning", "info"]

_STEPS = r"(?:\[\d+\]|\.\w+)*"
_INDEXED_PATH = re.compile(rf"[A-Za-z_]\w*{_STEPS}\[\d+\]{_STEPS}", re.ASCII)
_PLAIN_PATH = re.compile(rf"\s*(?:\$\.)?([A-Za-z_]\w*{_STEPS})\s*:", re.ASCII)
_PATH_STEP = re.compile(r"\w+", re.ASCII)
_ITEMS_IN_SENTENCE = 3
_CHARACTERS_PER_ITEM = 200


@dataclass(frozen=True)
class ErrorItem:
    """One entry of SCX's errorList (contract 2.1); `code` and `message` are "" where SCX left them out."""

    code: str
    message: str
    severity: Severity = "error"
    hint: str | None = None

    @property
    def path(self) -> tuple[str | int, ...] | None:
        """JSON path of the faulty value, `("offerList", 12, "listedAt")`, from the message or else the hint."""
        texts = (self.message, self.hint or "")
        found = next((match[0] for text in texts if (match := _INDEXED_PATH.search(text))), None)
        if found is None:
            found = next((match[1] for text in texts if (match := _PLAIN_PATH.match(text))), None)
        if found is None:
            return None
        return tuple(int(step) if step.isdigit() else step for step in _PATH_STEP.findall(found))

    def item_index(self, list_name: str) -> int | None:
        """Position of the faulty item in the list of that name, None where the error does not say.

        Reads `offerList[12]` and `offerList.12`.
        """
        pattern = re.compile(rf"\b{re.escape(list_name)}(?:\[|\.)(\d{{1,9}})\b", re.ASCII)
        match = pattern.search(self.message) or pattern.search(self.hint or "")
        return int(match[1]) if match else None


def parse_errors(body: object) -> tuple[ErrorItem, ...]:
    """The errorList of any body; absent, null or malformed lists give ()."""
    return tuple(_parse_error(entry) for entry in as_list(as_dict(body).get("errorList")))


def _parse_error(entry: object) -> ErrorItem:
    if not isinstance(entry, dict):
        return ErrorItem(code="", message=parse_text(entry))
    severity = parse_text(entry.get("severity")).lower()
    return ErrorItem(
        code=parse_text(entry.get("code")),
        message=parse_text(entry.get("message")),
        severity=cast(Severity, severity) if severity in ("warning", "info") else "error",
        hint=None if entry.get("hint") is None else parse_text(entry["hint"]),
    )


class ScxError(Exception):
    """Base of all; `str()` is one sentence fit for a log or an outbox row: no token, session or query.

    `retryable`: the same call may succeed later. `maybe_done`: SCX may have done the work although we have no proof.
    """

    retryable: bool = False
    maybe_done: bool = False

    def __init__(self, message: str, *, status: int | None = None, errors: Sequence[ErrorItem] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.errors = tuple(errors)

    @property
    def codes(self) -> frozenset[str]:
        return frozenset(item.code for item in self.errors if item.code)


class ScxUnreachable(ScxError):
    """The request never reached SCX: no address, no connection, no valid certificate."""

    retryable = True


class ScxLoginFailed(ScxUnreachable):
    """No access token was to be had because SCX failed at its login: the request itself was never sent."""


class ScxNoAnswer(ScxError):
    """The request was sent, the answer got lost: time ran out, the line dropped, a 2xx body was cut short."""

    retryable = True
    maybe_done = True


class ScxServerError(ScxError):
    """SCX failed on its side (5xx, 408)."""

    retryable = True
    maybe_done = True


class ScxProtocolError(ScxError):
    """SCX answered something the contract does not know: no JSON, another shape, a redirect."""

    retryable = True
    maybe_done = True


class ScxWait(ScxError):
    """Not now: nothing was done, and `retry_after` seconds from now is the earliest time to ask again."""

    retryable = True

    def __init__(
        self,
        message: str = "The quota of requests to SCX is used up for now.",
        *,
        retry_after: float = 60.0,
        status: int | None = None,
        errors: Sequence[ErrorItem] = (),
    ) -> None:
        super().__init__(message, status=status, errors=errors)
        self.retry_after = retry_after


class ScxThrottled(ScxWait):
    """SCX said 429 (or 426 on /v1/auth)."""


class ScxQuotaWait(ScxWait):
    """Our own quota held the request back; SCX never saw it."""


class ScxUnauthorized(ScxError):
    """The refresh token does not open this door any more: a person has to look."""


class ScxNoToken(ScxUnauthorized):
    """The channel has no refresh token that could be shown at the door."""


class ScxRefused(ScxError):
    """SCX understood and said no (4xx); the same request will be refused again."""

    @property
    def not_found(self) -> bool:
        return self.status == 404 or "GEN404" in self.codes


# What concerns the channel and not the one thing asked: there is no use in asking for the next.
CHANNEL_TROUBLE = (ScxWait, ScxUnauthorized, ScxUnreachable)


def error_for(
    request: str, status: int, errors: Sequence[ErrorItem], *, retry_after: float, authenticating: bool = False
) -> ScxError | None:
    """The error an HTTP status below 300 or from 400 on stands for, None for a 2xx.

    `request` is "METHOD /path" without query. 426 counts as 429 (contract 14 #17); whatever /v1/auth refuses and every
    ATH code is about the token, not about the request.
    """
    if 200 <= status < 300:
        return None
    reason = _reason(errors)
    if status in (426, 429):
        message = f"SCX asks us to wait {retry_after:g} seconds before the next {request} ({status}{reason})."
        return ScxThrottled(message, status=status, errors=errors, retry_after=retry_after)
    if status >= 500 or status == 408:
        message = f"SCX failed while answering {request} ({status}{reason}); try again later."
        return ScxServerError(message, status=status, errors=errors)
    if status == 401 or authenticating or any(item.code.startswith("ATH") for item in errors):
        message = f"SCX does not accept the channel's token for {request} ({status}{reason}); check the refresh token."
        return ScxUnauthorized(message, status=status, errors=errors)
    return ScxRefused(f"SCX refused {request} ({status}{reason}).", status=status, errors=errors)


def _reason(errors: Sequence[ErrorItem]) -> str:
    said = [" ".join(f"{item.code} {item.message}".split())[:_CHARACTERS_PER_ITEM] for item in errors]
    shown = "; ".join(said[:_ITEMS_IN_SENTENCE])
    more = f"; and {len(said) - _ITEMS_IN_SENTENCE} more" if len(said) > _ITEMS_IN_SENTENCE else ""
    return f": {shown}{more}" if shown else ""
