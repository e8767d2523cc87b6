"""The failure pages that were shown: each leaves a row and a log line under the reference that stands on it."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from platforms import logs, storable
from platforms.models import Channel
from sellers.models import LinkSession, PageFailure

logger = logging.getLogger(__name__)

# The routes behind which merchants are: what fails there concerns the channel that the address names.
HOSTED = ("sign-up/", "signed-in/", "update/", "invitation/", "lost-code/")
KEPT_FOR = timedelta(days=30)
# Anybody can open a page and make it fail; a channel's table stays as small as this.
KEPT_AT_MOST = 10_000
CRASHED = "crashed"


@dataclass(frozen=True)
class Failure:
    """Which page failed; `detail` says to staff what the page does not say, without secrets."""

    page: str
    channel: Channel
    detail: str = ""


class KeepFailures:
    """Middleware: keeps what `mark` put at a response, and the crashes of hosted pages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        failure = getattr(response, "page_failure", None) or _crash(request, response)
        if failure:
            _keep(request, response.status_code, failure)
        return response


def mark(response: HttpResponse, failure: Failure) -> HttpResponse:
    """The same response, to be kept as a failure once it leaves."""
    response.page_failure = failure  # type: ignore[attr-defined]
    return response


def unmark(response: HttpResponse) -> HttpResponse:
    """The same response, of which nothing is kept."""
    vars(response).pop("page_failure", None)
    return response


def channel_of(request: HttpRequest) -> Channel | None:
    """The channel whose hosted page the address names; None elsewhere, and while the database does not say."""
    match = request.resolver_match
    if match is None or not match.route.startswith(HOSTED):
        return None
    try:
        channel = Channel.objects.select_related("platform").filter(code=match.kwargs["code"]).first()
    except Error:
        return None
    return channel.home if channel else None


def forget_old(home: Channel) -> int:
    """Delete the rows that are too old or too many; returns how many."""
    rows = PageFailure.objects.filter(channel=home)
    forgotten, _of_models = rows.filter(at__lt=timezone.now() - KEPT_FOR).delete()
    oldest_kept = rows.order_by("-at").values_list("at", flat=True)[KEPT_AT_MOST - 1 : KEPT_AT_MOST].first()
    if oldest_kept:
        forgotten += rows.filter(at__lt=oldest_kept).delete()[0]
    return forgotten


def _crash(request: HttpRequest, response: HttpResponse) -> Failure | None:
    if response.status_code < 500:
        return None
    channel = channel_of(request)
    return Failure(CRASHED, channel) if channel else None


def _keep(request: HttpRequest, status: int, failure: Failure) -> None:
    detail = logs.mask(storable.text(failure.detail, 500))
    logger.info("Failure page %s (%s) of %s: %s", failure.page, status, failure.channel.code, detail or "-")
    ref = request.resolver_match.kwargs.get("ref") if request.resolver_match else None
    try:
        PageFailure.objects.create(
            reference=logs.current(),
            channel=failure.channel,
            link=LinkSession.objects.filter(channel=failure.channel, ref=ref).first() if ref else None,
            page=failure.page,
            status=status,
            detail=detail[:500],
        )
    except Error as error:
        # The page says what to do, whether or not a row of it can be kept; the log has the reference.
        logger.warning("A failure page left no row: %s", type(error).__name__)
