"""Listing reports in, stock updates out."""

from collections.abc import Callable
from datetime import UTC, datetime

from django.http import HttpResponse
from django.utils.translation import gettext as _

from platforms.sandbox import reports, shapes, stock
from platforms.sandbox.configuration import switches
from platforms.sandbox.endpoints import answer, channel_of, checked, checked_body, empty, endpoint, time_of
from platforms.sandbox.middleware import ScxRequest
from platforms.sandbox.problems import error_body, invalid, not_found
from platforms.sandbox.validation import Check


def _receiver(kind: reports.Kind, check: Check) -> Callable[[ScxRequest], HttpResponse]:
    def receive(request: ScxRequest) -> HttpResponse:
        warnings = reports.receive(channel_of(request), kind, checked_body(request, check)["offerList"])
        return answer(201, error_body(warnings)) if warnings else empty(201)

    return receive


report_in_progress = _receiver(reports.IN_PROGRESS, shapes.IN_PROGRESS)


def receive_as_once_written(request: ScxRequest) -> HttpResponse:
    """A route that old texts name; it exists only when `historicRoutes` is on (contract 14 #32)."""
    if not switches().historic_routes:
        raise not_found(_("There is no such route."))
    request.call.deviations.append("/v1/channel/offer/received in place of /v1/channel/offer/in-progress")
    return report_in_progress(request)


def stock_of_one(request: ScxRequest) -> HttpResponse:
    updated_after = _updated_after(request)
    seller_id = request.GET.get("sellerId")
    if seller_id is not None:
        seller_id = checked(request, shapes.seller_id, seller_id, "sellerId")
    elif switches().stock_query_required:
        raise invalid("sellerId", _("is required"))
    return answer(200, stock.updates(channel_of(request), updated_after, seller_id))


def stock_of_all(request: ScxRequest) -> HttpResponse:
    return answer(200, stock.updates(channel_of(request), _updated_after(request)))


def _updated_after(request: ScxRequest) -> datetime:
    given: datetime | None = time_of(request, "updatedAfter", required=switches().stock_query_required)
    return given or datetime(1970, 1, 1, tzinfo=UTC)


in_progress = endpoint("CHANNEL", POST=report_in_progress)
received = endpoint("CHANNEL", POST=receive_as_once_written)
listed = endpoint("CHANNEL", POST=_receiver(reports.LISTED, shapes.LISTED))
listing_failed = endpoint("CHANNEL", POST=_receiver(reports.FAILED, shapes.FAILED))
stock_updates = endpoint("CHANNEL", GET=stock_of_one)
stock_updates_all = endpoint("CHANNEL", GET=stock_of_all)
