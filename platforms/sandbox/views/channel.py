"""The channel's own data, its price types and its words to sellers."""

from django.http import HttpResponse

from platforms.sandbox import channels, events, sellers, shapes
from platforms.sandbox.endpoints import answer, body_of, channel_of, checked_body, deviate, empty, endpoint
from platforms.sandbox.middleware import ScxRequest
from platforms.sandbox.models import PriceType

GUIDE_VERSION_KEY = "minClientsVersionRequired"


def show(request: ScxRequest) -> HttpResponse:
    channel = channel_of(request)
    return answer(200, {"isActive": channel.is_active, "channel": channels.described(channel)})


def change(request: ScxRequest) -> HttpResponse:
    given = body_of(request)
    if isinstance(given, dict) and GUIDE_VERSION_KEY in given:
        deviate(request, f"{GUIDE_VERSION_KEY} in place of minimumClientsVersionRequired")
        given = {"minimumClientsVersionRequired": given[GUIDE_VERSION_KEY], **given}
    body = checked_body(request, shapes.CHANNEL_UPDATE, given)
    if isinstance(given, dict) and given.get("minimumClientsVersionRequired", "") is None:
        body["minimumClientsVersionRequired"] = []
    channels.update(channel_of(request), body)
    return empty(200)


def mail_pin(request: ScxRequest) -> HttpResponse:
    channels.mail_pin(channel_of(request))
    return empty(200)


def create_price_type(request: ScxRequest) -> HttpResponse:
    """Sent again, a price type is changed."""
    body = checked_body(request, shapes.PRICE_TYPE)
    PriceType.objects.update_or_create(
        channel=channel_of(request),
        price_type_id=body["priceTypeId"],
        defaults={"display_name": body["displayName"], "description": body.get("description", "")},
    )
    return empty(201)


def notify(request: ScxRequest) -> HttpResponse:
    body = checked_body(request, shapes.NOTIFICATION)
    channel = channel_of(request)
    membership = sellers.membership_of(channel, body["sellerId"])
    events.tell_account(membership.seller.account, channel, "Channel:Notification", [{**body, "channel": channel.code}])
    return answer(201, {"errorList": None})


channel = endpoint("CHANNEL", GET=show, PATCH=change)
mfa_pin = endpoint("CHANNEL", GET=mail_pin)
price = endpoint("CHANNEL", POST=create_price_type)
notification = endpoint("CHANNEL", POST=notify)
