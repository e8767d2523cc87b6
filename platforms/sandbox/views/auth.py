"""`POST /v1/auth` and the public channel list: the routes that need no token."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from platforms.sandbox import channels, clock, tokens
from platforms.sandbox.configuration import switches
from platforms.sandbox.endpoints import answer, endpoint
from platforms.sandbox.middleware import ScxRequest
from platforms.sandbox.models import Channel
from platforms.sandbox.problems import Problem, Refusal, invalid
from platforms.sandbox.validation import integer, validated


def authenticate(request: ScxRequest) -> HttpResponse:
    refresh_token = request.POST.get("refreshToken", "")
    if not refresh_token:
        raise invalid("refreshToken", _("is required"))
    owner = tokens.owner_of_refresh_token(refresh_token)
    if owner is None:
        raise Refusal(400, Problem("ATH100", _("There is no SCX account for this refresh token.")))
    request.call.caller = tokens.Caller(channel=owner) if isinstance(owner, Channel) else tokens.Caller(account=owner)
    token, expires_at = tokens.issue(owner)
    return answer(
        200,
        {
            "scope": tokens.SCOPES[type(owner)],
            "authToken": token,
            "tokenExpireAt": clock.wire(expires_at),
            "expiresIn": int(switches().token_seconds),
        },
    )


def public_channels(request: ScxRequest) -> HttpResponse:
    """Marketplaces of platforms are left out; their platform names them."""
    offset: int = validated(integer(0), request.GET.get("offset", "0"), "offset")
    limit: int = validated(integer(1), request.GET.get("limit", "100"), "limit")
    country = request.GET.get("marketplace")
    shown: list[dict[str, Any]] = []
    for channel in Channel.objects.filter(platform=None, is_active=True).order_by("code"):
        countries = set(channel.countries).union(*(each.countries for each in channel.marketplaces.all()))
        if not country or country in countries:
            shown.append(channels.described(channel))
    return answer(200, {"channelList": shown[offset : offset + limit]})


auth = endpoint(None, POST=authenticate)
public = endpoint(None, GET=public_channels)
