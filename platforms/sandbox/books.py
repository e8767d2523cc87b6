"""The books: every SCX request and what it was answered, without the tokens."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse

from platforms.sandbox import clock, masking
from platforms.sandbox.configuration import switches
from platforms.sandbox.models import Book
from platforms.sandbox.tokens import Caller

TRIM_EVERY = 200
# More arrays and objects within each other than programs read everywhere.
DEEP = re.compile(r"[\[{](?:[^\[\]{}]*[\[{]){200}")


def write(
    request: HttpRequest,
    body: bytes,
    answer: HttpResponse,
    *,
    caller: Caller,
    at: datetime,
    deviations: list[str],
    fault: str | None,
) -> None:
    """Enter one request; now and then drop the oldest beyond `booksKept`."""
    book = Book.objects.create(
        at=at,
        method=request.method or "",
        path=masking.path(request.path),
        query=masking.query(request.META.get("QUERY_STRING", ""), request.path),
        status=0 if fault == "drop_before" else answer.status_code,
        channel_code=caller.channel.code if caller.channel else None,
        account_id=caller.account.pk if caller.account else None,
        request_body=_text(body, request.content_type or "", lambda text: masking.request_body(text, request.path)),
        answer_body=_text(answer.content, answer.get("Content-Type", ""), masking.body),
        deviations=deviations,
        fault=fault,
        duration_ms=max(0, round((clock.now() - at).total_seconds() * 1000)),
    )
    if book.pk % TRIM_EVERY == 0:
        Book.objects.filter(pk__lte=book.pk - switches().books_kept).delete()


def found(wish: Mapping[str, str]) -> QuerySet[Book]:
    """The entries that fit all of FILTERS that are wished for; an empty text wishes for nothing.

    `path` is the beginning of a path, `status` a number or a hundred such as 4xx; with any text for `deviations` or
    `fault` only entries that have one. ValueError for an account or a status that is none.
    """
    return Book.objects.filter(*(FILTERS[name](text) for name, text in wish.items() if text))


def on_the_wire(book: Book) -> dict[str, Any]:
    return {
        "id": book.pk,
        "at": clock.wire(book.at, "milliseconds"),
        "method": book.method,
        "path": book.path,
        "query": book.query,
        "status": book.status,
        "channel": book.channel_code,
        "account": book.account_id,
        "request": _readable(book.request_body),
        "answer": _readable(book.answer_body),
        "deviations": book.deviations,
        "fault": book.fault,
        "durationMs": book.duration_ms,
    }


def _with_status(text: str) -> Q:
    hundreds = re.fullmatch("([1-5])xx", text.lower())
    if hundreds:
        return Q(status__range=(int(hundreds[1]) * 100, int(hundreds[1]) * 100 + 99))
    if not re.fullmatch(r"\d{1,3}", text, re.ASCII):
        raise ValueError("status is a number, or a hundred such as 4xx.")
    return Q(status=int(text))


def _of_account(text: str) -> Q:
    if not re.fullmatch(r"\d{1,18}", text, re.ASCII):
        raise ValueError("account is a jtlAccountId.")
    return Q(account_id=int(text))


def _text(body: bytes, content_type: str, masked: Callable[[str], str]) -> str:
    if content_type.startswith("multipart/"):
        return "(multipart form)"
    if content_type.startswith(("image/", "application/pdf", "application/octet-stream")):
        return f"({len(body)} bytes of {content_type})"
    limit = switches().body_limit
    # Cut twice: bytes before decoding, so that a page of megabytes costs little, then to the limit in characters.
    text = body[: limit * 4].decode(json.detect_encoding(body[:4]), errors="replace").replace("\0", "�")
    return masked(text[:limit])[:limit]


def _readable(text: str) -> Any:
    if not text:
        return None
    try:
        return text if DEEP.search(text) else json.loads(text)
    except (ValueError, RecursionError):
        return text


FILTERS: dict[str, Callable[[str], Q]] = {
    "channel": lambda text: Q(channel_code=text),
    "account": _of_account,
    "path": lambda text: Q(path__startswith=text),
    "method": lambda text: Q(method=text.upper()),
    "status": _with_status,
    "deviations": lambda text: ~Q(deviations=[]),
    "fault": lambda text: Q(fault__isnull=False),
}
