"""Listing reports in, stock updates out."""

from collections.abc import Callable

from django.http import HttpResponse
from django.utils.translation import gettext as _

from platforms.sandbox import reports, shapes, stock
from platforms.sandbox.endpoints import answer, channel_of, checked_body, empty, endpoint, time_of
from platforms.sandbox.middleware import ScxRequest
from platforms.sandbox.problems import invalid
from platforms.sandbox.validation import Check, validated


def _receiver(kind: reports.Kind, check: Check) -> Callable[[ScxRequest], HttpResponse]:
    def receive(request: ScxRequest) -> HttpResponse:
        reports.receive(channel_of(request), kind, checked_body(request, check)["offerList"])
        return empty(201)

    return receive


def stock_of_one(request: ScxRequest) -> HttpResponse:
    updated_after = time_of(request, "updatedAfter", required=True)
    if "sellerId" not in request.GET:
        raise invalid("sellerId", _("is required"))
    seller_id = validated(shapes.seller_id, request.GET["sellerId"], "sellerId")
    return answer(200, stock.updates(channel_of(request), updated_after, seller_id))


def stock_of_all(request: ScxRequest) -> HttpResponse:
    return answer(200, stock.updates(channel_of(request), time_of(request, "updatedAfter", required=True)))


in_progress = endpoint("CHANNEL", POST=_receiver(reports.IN_PROGRESS, shapes.IN_PROGRESS))
listed = endpoint("CHANNEL", POST=_receiver(reports.LISTED, shapes.LISTED))
listing_failed = endpoint("CHANNEL", POST=_receiver(reports.FAILED, shapes.FAILED))
stock_updates = endpoint("CHANNEL", GET=stock_of_one)
stock_updates_all = endpoint("CHANNEL", GET=stock_of_all)
