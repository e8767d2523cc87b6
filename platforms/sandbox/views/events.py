"""Events out and acknowledgements in, for channels and for merchants' clients."""

from django.http import HttpResponse

from platforms.sandbox import events, shapes
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
    page = events.fetch(channel_of(request), created_after=time_of(request, "createdAfter"), types=types_of(request))
    return event_page(page)


def acknowledge(request: ScxRequest) -> HttpResponse:
    events.acknowledge(channel_of(request), checked_body(request, shapes.EVENT_IDS)["eventIdList"])
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
