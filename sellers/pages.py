"""The pages that are not the form: each says what happened, what it means and what to do, with a reference."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from platforms import logs
from platforms.models import Channel
from platforms.scx.errors import ScxError, ScxUnauthorized, ScxWait
from sellers.branding import brand_of
from sellers.models import LinkSession, Membership, Seller

RETRY_SECONDS = 30
# A refused token is a person's to mend.
INTERRUPTED_SECONDS = 300


def show(
    request: HttpRequest, template: str, home: Channel | None, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    page = {"brand": brand_of(home) if home else None, "reference": logs.current(), **context}
    return render(request, template, page, status=status)


def failure(
    request: HttpRequest,
    home: Channel | None,
    status: int,
    title: str,
    text: str,
    steps: Sequence[str] = (),
    *,
    retry_after: int | None = None,
    retry: str = "",
    refresh: bool = False,
) -> HttpResponse:
    """`retry`: the label of a link that asks for this very address again, which the page itself never quotes."""
    context = {
        "title": title,
        "text": text,
        "steps": steps,
        "retry": retry,
        "refresh": retry_after if refresh else None,
    }
    response = show(request, "sellers/failure.html", home, context, status)
    if retry_after:
        response["Retry-After"] = str(retry_after)
    return response


def start_again() -> list[str]:
    return [
        _("Go back to JTL-Wawi."),
        _("Open the sign-up for this channel there once more. It brings you back here with a fresh link."),
    ]


def unknown_channel(request: HttpRequest) -> HttpResponse:
    return failure(
        request,
        None,
        404,
        _("This page does not exist"),
        _("There is no channel at this address, or it is switched off."),
        [_("Open the sign-up from JTL-Wawi again."), _("If that leads here too, tell the support of the marketplace.")],
    )


def through_platform(request: HttpRequest, marketplace: Channel) -> HttpResponse:
    home = marketplace.home
    names = {"marketplace": marketplace.display_name, "platform": home.display_name}
    return failure(
        request,
        home,
        403,
        _("Please sign up with %(platform)s") % names,
        _("%(marketplace)s belongs to %(platform)s. One sign-up covers all of its marketplaces.") % names,
        [
            _("Go back to JTL-Wawi."),
            _("Choose the channel %(platform)s there and start its sign-up.") % names,
            _("You then choose the marketplaces on the page that opens."),
        ],
    )


def no_session(request: HttpRequest, home: Channel) -> HttpResponse:
    return failure(
        request,
        home,
        400,
        _("Please start in JTL-Wawi"),
        _("The sign-up begins in JTL-Wawi. Opened directly, this page does not know who you are."),
        start_again(),
    )


def changes_by_support(request: HttpRequest, home: Channel) -> HttpResponse:
    return failure(
        request,
        home,
        200,
        _("Your connection stays as it is"),
        _(
            "Company, account and marketplaces cannot be changed on this page. "
            "Offers, prices and stock go on as before."
        ),
        [_("Tell the support of %(name)s what shall change.") % {"name": home.display_name}],
    )


def dead_session(request: HttpRequest, home: Channel) -> HttpResponse:
    return failure(
        request,
        home,
        410,
        _("This sign-up link no longer works"),
        _("It has expired or has been used before. Nothing was changed."),
        start_again(),
    )


def unreadable_session(request: HttpRequest, home: Channel) -> HttpResponse:
    return failure(
        request,
        home,
        410,
        _("This sign-up link no longer works"),
        _("Something was changed at our side since you opened it. You are not connected yet."),
        start_again(),
    )


def out_of_order(request: HttpRequest, home: Channel) -> HttpResponse:
    return failure(
        request,
        home,
        503,
        _("Signing up is not possible at the moment"),
        _("Something has to be put right at our side first. Nothing was changed."),
        [
            _("Try again later, from JTL-Wawi."),
            _("If it takes longer, tell the support of %(name)s.") % {"name": home.display_name},
        ],
    )


def other_browser(request: HttpRequest, home: Channel) -> HttpResponse:
    return failure(
        request,
        home,
        410,
        _("This sign-up belongs to another browser"),
        _("For your safety the page works only in the browser that opened it, and only while cookies are allowed."),
        start_again(),
    )


def no_answer(request: HttpRequest, home: Channel, error: ScxError) -> HttpResponse:
    if isinstance(error, ScxUnauthorized):
        return interrupted(request, home)
    return failure(
        request,
        home,
        503,
        _("JTL does not answer at the moment"),
        _("We could not check your sign-up with JTL. Nothing was changed, and your link stays valid."),
        [_("Wait a moment, then try again."), _("If it takes longer, start again from JTL-Wawi later.")],
        retry_after=seconds_of(error),
        retry=_("Try again"),
    )


def interrupted(request: HttpRequest, home: Channel) -> HttpResponse:
    """JTL does answer, but not to us: its support cannot help the merchant, the marketplace's can."""
    name = {"name": home.display_name}
    return failure(
        request,
        home,
        503,
        _("Signing up is not possible at the moment"),
        _("The connection between %(name)s and JTL is interrupted. Nothing was changed, and your link stays valid.")
        % name,
        [_("Try again in a few minutes."), _("If it takes longer, tell the support of %(name)s.") % name],
        retry_after=INTERRUPTED_SECONDS,
        retry=_("Try again"),
    )


def under_way(request: HttpRequest, home: Channel) -> HttpResponse:
    return failure(
        request,
        home,
        503,
        _("We are waiting for JTL’s confirmation"),
        _("Your sign-up was sent, but JTL has not confirmed it yet. You do not need to send anything again."),
        [
            _("Leave this page open: it looks again by itself every 30 seconds."),
            _("You may also close it. We go on asking JTL, and JTL-Wawi shows when you are connected."),
        ],
        retry_after=RETRY_SECONDS,
        retry=_("Look again now"),
        refresh=True,
    )


def already_linked(request: HttpRequest, home: Channel, seller: Seller) -> HttpResponse:
    if seller.state == Seller.State.LINKING:
        text = _("A sign-up of this account is being confirmed right now.")
        steps = [
            _("Wait a minute and look in JTL-Wawi whether the channel is connected."),
            _("If it is not, start the sign-up there once more."),
        ]
    else:
        text = _("Your JTL account and this marketplace account are linked already. A second sign-up is not needed.")
        steps = [
            _("Go back to JTL-Wawi."),
            _("Open the settings of this channel there and choose the update instead of the sign-up."),
        ]
    return failure(request, home, 409, _("You are signed up already"), text, steps, retry=_("Use another account"))


def ended(request: HttpRequest, link: LinkSession) -> HttpResponse:
    return failure(
        request,
        link.channel,
        410,
        _("The sign-up could not be completed"),
        _("JTL did not accept it: the link has expired or has been used before. You are not connected."),
        start_again(),
    )


def connected(request: HttpRequest, link: LinkSession) -> HttpResponse:
    wanted = Membership.objects.filter(seller=link.seller, wanted=True).select_related("marketplace")
    context = {"seller": link.seller, "memberships": wanted.order_by("marketplace__display_name")}
    return show(request, "sellers/connected.html", link.channel, context)


def seconds_of(error: ScxError) -> int:
    return max(1, round(error.retry_after)) if isinstance(error, ScxWait) else RETRY_SECONDS
