"""Access tokens and the public channel list: the routes that need no token."""

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from platforms.sandbox import channels, clock, tokens
from platforms.sandbox.configuration import switches
from platforms.sandbox.endpoints import answer, deviate, endpoint
from platforms.sandbox.middleware import ScxRequest
from platforms.sandbox.models import Account, Channel
from platforms.sandbox.problems import Problem, Refusal, invalid
from platforms.sandbox.validation import integer, validated


def authenticate(request: ScxRequest) -> HttpResponse:
    refresh_token = request.POST.get("refreshToken", "")
    if not refresh_token:
        raise invalid("refreshToken", _("is required"))
    if request.content_type == "multipart/form-data":
        deviate(request, "multipart/form-data in place of application/x-www-form-urlencoded")
    owner = tokens.owner_of_refresh_token(refresh_token)
    if owner is None:
        raise Refusal(400, Problem("ATH100", _("There is no SCX account for this refresh token.")))
    return _access_token(request, owner)


def create_seller_token(request: ScxRequest) -> HttpResponse:
    """The first access token of a merchant's client, for a pin (contract 4.2)."""
    pin = request.GET.get("pin", "")
    if not pin:
        raise invalid("pin", _("is required"))
    return _access_token(request, tokens.owner_of_onboarding_pin(pin))


def _access_token(request: ScxRequest, owner: Channel | Account) -> HttpResponse:
    if isinstance(owner, Channel):
        request.call.caller, scope = tokens.Caller(channel=owner), switches().channel_scope
    else:
        request.call.caller, scope = tokens.Caller(account=owner), tokens.SCOPES[Account]
    token, expires_at = tokens.issue(owner)
    return answer(
        200,
        {
            "scope": scope,
            "authToken": token,
            "tokenExpireAt": clock.wire(expires_at),
            "expiresIn": int(switches().token_seconds),
        },
    )


def public_channels(request: ScxRequest) -> HttpResponse:
    """Marketplaces of platforms are left out; their platform names them."""
    if switches().public_list_needs_token:
        tokens.require(request.call.caller, request.call.caller.scope or tokens.SCOPES[Channel])
    offset: int = validated(integer(0), request.GET.get("offset", "0"), "offset")
    limit: int = validated(integer(1), request.GET.get("limit", "100"), "limit")
    country = request.GET.get("marketplace")
    shown: list[dict[str, Any]] = []
    for channel in Channel.objects.filter(platform=None, is_active=True).order_by("code"):
        countries = set(channel.countries).union(*(each.countries for each in channel.marketplaces.all()))
        if not country or country in countries:
            shown.append(channels.described(channel))
    page = shown[offset : offset + limit]
    key = switches().public_list_key
    return JsonResponse(page, safe=False) if key == "bare" else answer(200, {key: page})


auth = endpoint(None, POST=authenticate)
seller_token = endpoint(None, POST=create_seller_token)
public = endpoint(None, GET=public_channels)
