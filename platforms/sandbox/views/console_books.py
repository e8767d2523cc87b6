"""The console's books: every request with its answer, and the listing states that channels reported."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from platforms.sandbox import books, reports
from platforms.sandbox.console import Problems, console, draw, newest_first, pretty
from platforms.sandbox.models import Book, Channel, Offer

REPORTED = (Offer.State.IN_PROGRESS, Offer.State.LISTED, Offer.State.FAILED)
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def show_books(request: HttpRequest, problems: Problems = ()) -> HttpResponse:
    sought = {name: request.GET.get(name, "").strip() for name in books.FILTERS}
    page = newest_first(request, _found(books.found, sought).defer("request_body", "answer_body"))
    context = {"page": page, "sought": sought, "channels": _codes(), "methods": METHODS}
    return draw(request, "books", context, problems)


def show_book(request: HttpRequest, pk: int, problems: Problems = ()) -> HttpResponse:
    book = get_object_or_404(Book, pk=pk)
    context = {"book": book, "request_body": pretty(book.request_body), "answer_body": pretty(book.answer_body)}
    return draw(request, "book", context, problems)


def show_reports(request: HttpRequest, problems: Problems = ()) -> HttpResponse:
    sought = {name: request.GET.get(name, "").strip() for name in reports.FILTERS}
    page = newest_first(request, _found(reports.found, sought))
    context = {"page": page, "sought": sought, "channels": _codes(), "states": REPORTED}
    return draw(request, "reports", context, problems)


def _found(find: Callable[[dict[str, str]], QuerySet[Any]], sought: dict[str, str]) -> QuerySet[Any]:
    """The rows sought; none for words that cannot be read."""
    try:
        return find(sought)
    except ValueError:
        return find({}).none()


def _codes() -> list[str]:
    return list(Channel.objects.filter(is_platform=False).order_by("code").values_list("code", flat=True))


the_books = console(show_books)
one_book = console(show_book)
the_reports = console(show_reports)
