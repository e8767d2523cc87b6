"""The channel's own data, its price types and its words to sellers."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from platforms.sandbox import channels, events, sellers, shapes
from platforms.sandbox.configuration import switches
from platforms.sandbox.endpoints import answer, body_of, channel_of, checked_body, deviate, empty, endpoint
from platforms.sandbox.middleware import ScxRequest
from platforms.sandbox.models import PriceType
from platforms.sandbox.problems import invalid

VERSIONS = "minimumClientsVersionRequired"
GUIDE_VERSIONS = ("minClientsVersionRequired", "minWawiVersionRequired")


def show(request: ScxRequest) -> HttpResponse:
    channel = channel_of(request)
    return answer(200, {"isActive": channel.is_active, "channel": channels.described(channel)})


def change(request: ScxRequest) -> HttpResponse:
    given = _with_versions(request, body_of(request))
    body = checked_body(request, shapes.CHANNEL_UPDATE, given)
    if given.get(VERSIONS, "") is None:
        body[VERSIONS] = []
    channels.update(channel_of(request), body)
    return empty(200)


def _with_versions(request: ScxRequest, given: Any) -> Any:
    """Other sources call the list by other names; the Seller API's text means one version of JTL-Wawi."""
    for name in GUIDE_VERSIONS:
        if isinstance(given, dict) and name in given:
            deviate(request, f"{name} in place of {VERSIONS}")
            versions = given[name]
            if isinstance(versions, str):
                versions = [{"type": "Wawi", "version": versions}]
            given = {VERSIONS: versions, **given}
    return given


def mail_pin(request: ScxRequest) -> HttpResponse:
    channels.mail_pin(channel_of(request))
    return empty(200)


def create_price_type(request: ScxRequest) -> HttpResponse:
    """Sent again, a price type is changed or, by switch, refused."""
    body = checked_body(request, shapes.PRICE_TYPE)
    key = {"channel": channel_of(request), "price_type_id": body["priceTypeId"]}
    if switches().price_type_repost == "refuse" and PriceType.objects.filter(**key).exists():
        raise invalid("priceTypeId", _("is in use on this channel"))
    PriceType.objects.update_or_create(
        **key,
        defaults={"display_name": body["displayName"], "description": body.get("description", "")},
    )
    return empty(201)


def notify(request: ScxRequest) -> HttpResponse:
    body = checked_body(request, shapes.NOTIFICATION)
    channel = channel_of(request)
    membership = sellers.linked_membership_of(channel, body["sellerId"])
    events.tell_account(membership.seller.account, channel, "Channel:Notification", [{**body, "channel": channel.code}])
    return answer(201, {"errorList": None})


channel = endpoint("CHANNEL", GET=show, PATCH=change)
mfa_pin = endpoint("CHANNEL", GET=mail_pin)
price = endpoint("CHANNEL", POST=create_price_type)
notification = endpoint("CHANNEL", POST=notify)
