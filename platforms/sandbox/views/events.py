"""Events out and acknowledgements in, for channels and for merchants' clients."""

from functools import partial

from django.http import HttpResponse

from platforms.sandbox import events, misbehaving, shapes
from platforms.sandbox.configuration import switches
from platforms.sandbox.endpoints import (
    account_of,
    as_guides_write,
    channel_of,
    checked,
    checked_body,
    empty,
    endpoint,
    event_page,
    time_of,
    types_of,
)
from platforms.sandbox.middleware import ScxRequest
from platforms.sandbox.validation import integer, validated


def fetch(request: ScxRequest) -> HttpResponse:
    channel, most = channel_of(request), _most(request)
    created_after, types = time_of(request, "createdAfter"), types_of(request)
    misbehaving.slip_in(request, channel)
    length = partial(misbehaving.page_length, request, most)
    page = events.fetch(channel, created_after=created_after, types=types, most=most, length=length)
    return event_page(misbehaving.shaped(request, page))


def acknowledge(request: ScxRequest) -> HttpResponse:
    ids = checked_body(request, shapes.EVENT_IDS)["eventIdList"]
    misbehaving.acknowledge(request, channel_of(request), ids)
    return empty(204)


def fetch_for_account(request: ScxRequest) -> HttpResponse:
    channel = request.GET.get("channel")
    if channel is not None:
        channel = checked(request, shapes.channel_name, channel, "channel")
    page = events.fetch_for_account(
        account_of(request),
        created_after=time_of(request, "createdAfter"),
        types=types_of(request),
        channel=channel,
        most=_most(request),
    )
    return event_page(page)


def acknowledge_for_account(request: ScxRequest) -> HttpResponse:
    events.acknowledge_for_account(account_of(request), checked_body(request, shapes.EVENT_IDS)["eventIdList"])
    return empty(204)


def _most(request: ScxRequest) -> int:
    """How many events the client wants, where SCX honours that."""
    if switches().event_limit_parameter == "ignore" or "limit" not in request.GET:
        return events.PAGE
    wanted: int = validated(integer(1), request.GET["limit"], "limit")
    return min(wanted, events.PAGE)


PATCHED = "PATCH in place of DELETE"
PLURAL = "/v1/channel/events in place of /v1/channel/event"
LIST_V1 = "GET /v1/seller/event in place of /v2/seller/event"
ACKNOWLEDGE_V2 = "DELETE /v2/seller/event in place of /v1/seller/event"

patched = as_guides_write(PATCHED, acknowledge)
channel_events = endpoint("CHANNEL", GET=fetch, DELETE=acknowledge, PATCH=patched)
guide_events = endpoint(
    "CHANNEL",
    GET=as_guides_write(PLURAL, fetch),
    DELETE=as_guides_write(PLURAL, acknowledge),
    PATCH=as_guides_write(PLURAL, patched),
)
account_events_v1 = endpoint("SELLER", GET=as_guides_write(LIST_V1, fetch_for_account), DELETE=acknowledge_for_account)
account_events_v2 = endpoint(
    "SELLER", GET=fetch_for_account, DELETE=as_guides_write(ACKNOWLEDGE_V2, acknowledge_for_account)
)
