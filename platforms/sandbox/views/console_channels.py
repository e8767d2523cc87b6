"""The console's channels: set up, changed, given sellers, and the way to their tokens."""

import shlex
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from platforms.sandbox import arrangement, channels, shapes, tokens
from platforms.sandbox.console import Problems, console, done, draw
from platforms.sandbox.forms import ChannelForm
from platforms.sandbox.models import Account, Channel, Membership, Seller
from platforms.sandbox.validation import validated

SHOWN = 100


def show_all(request: HttpRequest, form: ChannelForm | None = None, problems: Problems = ()) -> HttpResponse:
    context = {"channels": channels.counted(), "form": form or ChannelForm(), "commands": _commands(request, None)}
    return draw(request, "channels", context, problems, refused=form is not None)


def create(request: HttpRequest) -> HttpResponse:
    form = ChannelForm(request.POST)
    saved = form.save() if form.is_valid() else None
    if saved is None:
        return show_all(request, form)
    channel, is_new = saved
    text = _("The channel %(channel)s is set up.") if is_new else _("The channel %(channel)s is changed.")
    return done(request, text % {"channel": channel.code}, "console-channel", code=channel.code)


def show_one(request: HttpRequest, code: str, form: ChannelForm | None = None, problems: Problems = ()) -> HttpResponse:
    channel = _channel(code)
    context = {
        "channel": channel,
        "described": channels.described(channel),
        "form": form or ChannelForm(channel=channel),
        "commands": _commands(request, channel.refresh_token),
        "sellers": _sellers(channel),
        "accounts": Account.objects.order_by("pk")[:SHOWN],
        "marketplaces": channel.marketplaces.order_by("code"),
    }
    return draw(request, "channel", context, problems, refused=form is not None)


def change(request: HttpRequest, code: str) -> HttpResponse:
    form = ChannelForm(request.POST, channel=_channel(code))
    if not form.is_valid() or form.save() is None:
        return show_one(request, code, form)
    return done(request, _("The channel %(channel)s is changed.") % {"channel": code}, "console-channel", code=code)


def revoke(request: HttpRequest, code: str) -> HttpResponse:
    """The access tokens; if ticked the refresh token too, until the channel is given another."""
    refresh_token = "refreshToken" in request.POST
    tokens.revoke(_channel(code), refresh_token=refresh_token)
    if refresh_token:
        text = _("The channel's tokens are revoked, the refresh token too.")
    else:
        text = _("The access tokens given out so far are revoked; the refresh token is still good.")
    return done(request, text, "console-channel", code=code)


def renew(request: HttpRequest, code: str) -> HttpResponse:
    """A refresh token in place of a revoked one."""
    arrangement.set_channel({"code": _channel(code).code}, set())
    return done(request, _("The channel has a refresh token again."), "console-channel", code=code)


def link(request: HttpRequest, code: str) -> HttpResponse:
    """A seller without the walk through a sign-up."""
    given = {name: request.POST.get(name) or None for name in ("sellerId", "jtlAccountId", "companyName")}
    marketplaces = request.POST.getlist("marketplaces") if _channel(code).is_platform else None
    wish = validated(shapes.CONTROL_SELLER, {**given, "channel": code, "marketplaces": marketplaces})
    seller = arrangement.set_seller(wish)
    text = _("The seller %(seller)s is connected.") % {"seller": seller.seller_id}
    return done(request, text, "console-channel", code=code)


def unlink(request: HttpRequest, code: str) -> HttpResponse:
    given: dict[str, Any] = {name: request.POST.get(name) or None for name in ("sellerId", "reason")}
    removed = "permanentlyRemoved" in request.POST
    wish = validated(shapes.CONTROL_UNLINK, {**given, "channel": code, "permanentlyRemoved": removed})
    arrangement.unlink_seller(wish)
    text = _("The seller %(seller)s is disconnected; the channel is told by an event.") % {"seller": wish["sellerId"]}
    return done(request, text, "console-channel", code=code)


def _channel(code: str) -> Channel:
    return get_object_or_404(Channel.objects.select_related("platform"), code=code)


def _sellers(channel: Channel) -> list[dict[str, Any]]:
    """The newest sellers; on a platform with the marketplaces they trade on."""
    if channel.is_platform:
        found = Seller.objects.filter(channel=channel).prefetch_related("memberships__channel")
        return [
            {"seller": each, "is_linked": each.unlinked_at is None, "memberships": each.memberships.all()}
            for each in found.select_related("account").order_by("-pk")[:SHOWN]
        ]
    memberships = Membership.objects.filter(channel=channel).select_related("seller__account")
    return [
        {"seller": each.seller, "is_linked": each.unlinked_at is None and each.seller.unlinked_at is None}
        for each in memberships.order_by("-pk")[:SHOWN]
    ]


def _commands(request: HttpRequest, refresh_token: str | None) -> dict[str, str]:
    """What a developer types to be this channel: swap the token, fetch events, acknowledge them."""
    form = shlex.quote(f"refreshToken={refresh_token or '…'}")
    events = request.build_absolute_uri("/v1/channel/event")
    bearer = '-H "Authorization: Bearer $TOKEN"'
    return {
        "swap": f"curl --data-urlencode {form} {request.build_absolute_uri('/v1/auth')}",
        "fetch": f"curl {bearer} {events}",
        "acknowledge": f'curl -X DELETE {bearer} --json \'{{"eventIdList": ["…"]}}\' {events}',
    }


the_channels = console(show_all, create=create)
one_channel = console(show_one, change=change, revoke=revoke, renew=renew, link=link, unlink=unlink)
