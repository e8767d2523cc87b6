"""What every page for people gets: confirmations of the page before, headers against foreign content, row numbers."""

from collections.abc import Callable
from typing import cast

from django.contrib.messages.middleware import MessageMiddleware
from django.http import HttpRequest, HttpResponse

from platforms.sandbox.middleware import PREFIXES

HEADERS = {
    # Chromium applies form-action to redirects too, and "connect" leads to the channel's own page.
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action http: https:; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
INT64_DIGITS = 18


def pages(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware for everything but the SCX routes."""
    with_messages = MessageMiddleware(get_response)

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path.startswith(PREFIXES):
            return get_response(request)
        response = cast(HttpResponse, with_messages(request))
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return middleware


def number(text: str | None) -> int:
    """A whole number that a database holds; 0 for anything else."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) <= INT64_DIGITS else 0
