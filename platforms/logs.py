"""Log lines with a correlation id and without secrets."""

import logging
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter as BaseJsonFormatter

_correlation_id: ContextVar[str] = ContextVar("correlation_id", default="-")

# The last net under code that never logs a secret: what other libraries may put into a line.
SECRETS = re.compile(
    r"(?P<name>bearer\s+|(?:refresh_?token|auth_?token|access_?code|session(?:_?id)?|sid|password|secret|authorization)"
    r"[\"']?\s*[=:]\s*[\"']?(?:bearer\s+)?)(?P<value>[^\s\"'&,;}<>]+)",
    re.IGNORECASE,
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


def mask(text: str) -> str:
    """The text with the values of known secret names replaced by ***."""
    return SECRETS.sub(r"\g<name>***", text)


class CorrelationFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.correlation_id = current()
        return True


class MaskingFilter(logging.Filter):
    """Masks the message; the formatters mask the traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            message = record.getMessage()
        except Exception:
            # Filters run where logging does not catch: a library's broken line must not break what the library does.
            message = f"{record.msg} {record.args}"
        record.msg, record.args = mask(message), None
        return True


class TextFormatter(logging.Formatter):
    def formatException(self, ei: object) -> str:
        return mask(super().formatException(ei))  # type: ignore[arg-type]


class JsonFormatter(BaseJsonFormatter):
    """Writes what a line carries as extra as well, but never Django's request: its text quotes the query."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, reserved_attrs=[*RESERVED_ATTRS, "request"], **kwargs)

    def format(self, record: logging.LogRecord) -> str:
        return mask(super().format(record))
