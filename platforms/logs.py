"""Log lines with a correlation id and without secrets."""

import logging
import re
import sys
import threading
import traceback
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import TracebackType
from typing import Any

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter as BaseJsonFormatter

from platforms import hiding

_correlation_id: ContextVar[str] = ContextVar("correlation_id", default="-")

# The last net under code that never logs a secret: what other libraries may put into a line.
SECRETS = re.compile(
    r"(?P<name>bearer\s+|(?:refresh_?token|auth_?token|access_?code|mfa_?pin|session(?:_?id)?|sid|password|secret|authorization)"
    r"[\"']?\s*[=:]\s*[\"']?(?:bearer\s+)?)(?P<value>[^\s\"'&,;}<>]+)",
    re.IGNORECASE,
)
# Where the exception itself is not at hand: PostgreSQL quotes the row it refuses; a URL, user and password.
DETAIL = re.compile(
    r"(?P<name>DETAIL:\s+(?:Failing row contains |Key )|[a-z]://[^\s/:@]*:)(?:\(.*|[^\s/@]+(?=@))", re.IGNORECASE
)


def current() -> str:
    """The correlation id of the request or task at hand; "-" outside of one."""
    return _correlation_id.get()


@contextmanager
def correlation(value: str = "") -> Iterator[str]:
    """Give every line logged inside one id; a fresh one unless `value` names it."""
    value = value or uuid.uuid4().hex[:12]
    token = _correlation_id.set(value)
    try:
        yield value
    finally:
        _correlation_id.reset(token)


def mask(text: str, *errors: BaseException) -> str:
    """The text without secrets: *** stands for what the process knows as one, and for the values of telling names.

    `errors`: the exceptions the text may quote. Of rows that a database refused it keeps what is wrong, not the row.
    """
    for detail in _details(errors):
        text = text.replace(detail, hiding.MASK)
    text = DETAIL.sub(r"\g<name>***", text)
    return hiding.hide(SECRETS.sub(r"\g<name>***", text))


def described(error: BaseException) -> str:
    """An exception as a row keeps it: its type and what it says, without secrets."""
    return mask(f"{type(error).__name__}: {error}", error)


def _details(errors: Iterable[BaseException]) -> Iterator[str]:
    """What PostgreSQL adds to an error: the values of the row at fault."""
    waiting, seen = [*errors], set()
    while waiting:
        error = waiting.pop()
        if id(error) in seen:
            continue
        seen.add(id(error))
        detail = getattr(getattr(error, "diag", None), "message_detail", None)
        if detail:
            yield detail
        waiting += [linked for linked in (error.__cause__, error.__context__) if linked]


def hide_from_tracebacks() -> None:
    """Python itself writes the traceback of what nobody caught: without secrets too."""

    def write(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        sys.stderr.write(mask("".join(traceback.format_exception(kind, error, trace)), error))

    sys.excepthook = write
    threading.excepthook = lambda args: write(args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback)


class CorrelationFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        # Django writes a line of a request that failed when the request's id has been given back already.
        request = getattr(record, "request", None)
        record.correlation_id = getattr(request, "correlation_id", None) or current()
        return True


class MaskingFilter(logging.Filter):
    """Masks the message; the formatters mask the traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        quoted = record.args.values() if isinstance(record.args, dict) else record.args or ()
        try:
            message = record.getMessage()
        except Exception:
            # Filters run where logging does not catch: a library's broken line must not break what the library does.
            message = f"{record.msg} {record.args}"
        errors = [value for value in quoted if isinstance(value, BaseException)]
        record.msg, record.args = mask(message, *errors), None
        return True


class TextFormatter(logging.Formatter):
    def formatException(self, ei: Any) -> str:
        return mask(super().formatException(ei), *filter(None, ei[1:2]))


class JsonFormatter(BaseJsonFormatter):
    """Writes what a line carries as extra as well, but never Django's request: its text quotes the query."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, reserved_attrs=[*RESERVED_ATTRS, "request"], **kwargs)

    def formatException(self, ei: Any) -> Any:
        return mask("\n".join(traceback.format_exception(*ei)), *filter(None, ei[1:2]))

    def format(self, record: logging.LogRecord) -> str:
        return mask(super().format(record))
