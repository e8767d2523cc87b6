"""Events out and acknowledgements in, for channels and for merchants' clients."""

from functools import partial

from django.http import HttpResponse

from platforms.sandbox import events, misbehaving, shapes
from platforms.sandbox.endpoints import (
    account_of,
    channel_of,
    checked_body,
    deviate,
    empty,
    endpoint,
    event_page,
    time_of,
    types_of,
)
from platforms.sandbox.middleware import ScxRequest


def fetch(request: ScxRequest) -> HttpResponse:
    channel, created_after, types = channel_of(request), time_of(request, "createdAfter"), types_of(request)
    misbehaving.slip_in(request, channel)
    length = partial(misbehaving.page_length, request)
    page = events.fetch(channel, created_after=created_after, types=types, length=length)
    return event_page(misbehaving.shaped(request, page))


def acknowledge(request: ScxRequest) -> HttpResponse:
    ids = checked_body(request, shapes.EVENT_IDS)["eventIdList"]
    misbehaving.acknowledge(request, channel_of(request), ids)
    return empty(204)


def acknowledge_by_patch(request: ScxRequest) -> HttpResponse:
    deviate(request, "PATCH in place of DELETE")
    return acknowledge(request)


def fetch_as_guides_write(request: ScxRequest) -> HttpResponse:
    deviate(request, "/v1/channel/events in place of /v1/channel/event")
    return fetch(request)


def fetch_for_account(request: ScxRequest) -> HttpResponse:
    page = events.fetch_for_account(
        account_of(request),
        created_after=time_of(request, "createdAfter"),
        types=types_of(request),
        channel=request.GET.get("channel"),
    )
    return event_page(page)


def acknowledge_for_account(request: ScxRequest) -> HttpResponse:
    events.acknowledge_for_account(account_of(request), checked_body(request, shapes.EVENT_IDS)["eventIdList"])
    return empty(204)


channel_events = endpoint("CHANNEL", GET=fetch, DELETE=acknowledge, PATCH=acknowledge_by_patch)
guide_events = endpoint("CHANNEL", GET=fetch_as_guides_write)
account_events = endpoint("SELLER", GET=fetch_for_account, DELETE=acknowledge_for_account)
