"""The pages that are not the form: each says what happened, what it means and what to do, with a reference."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from platforms import logs
from platforms.models import Channel
from platforms.names import by_name
from platforms.scx.errors import ScxError, ScxUnauthorized, ScxWait
from sellers.branding import brand_of
from sellers.failures import Failure, channel_of, mark
from sellers.models import LinkSession, Membership, Seller

RETRY_SECONDS = 30
# A refused token is a person's to mend.
INTERRUPTED_SECONDS = 300
# In the address of a page that shall not ask again by itself; templates/sellers/failure.html has the link.
STAY = "stay"


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
    page: str,
    detail: str = "",
    retry_after: int | None = None,
    retry: str = "",
    retry_url: str = "",
    refresh: bool = False,
) -> HttpResponse:
    """A page that says what went wrong; kept under its reference by `page`, its short name, and `detail`, for staff.

    `retry`: the label of a link to `retry_url`, else to this very address, which the page itself never quotes.
    `refresh`: the browser asks by itself every `retry_after` seconds, until the reader stops that.
    """
    context = {
        "title": title,
        "text": text,
        "steps": steps,
        "retry": retry,
        "retry_url": retry_url,
        "refreshes": refresh and STAY not in request.GET,
    }
    response = show(request, "sellers/failure.html", home, context, status)
    if retry_after:
        response["Retry-After"] = str(retry_after)
    if retry_after and context["refreshes"]:
        response["Refresh"] = str(retry_after)
    return mark(response, Failure(page, home, detail)) if home and status >= 400 else response


def start_again() -> list[str]:
    return [
        _("Go back to JTL-Wawi."),
        _(
            "Open this channel there once more, to sign up or to change something. "
            "That brings you here with a fresh link."
        ),
    ]


def unknown_channel(request: HttpRequest) -> HttpResponse:
    return failure(
        request,
        None,
        404,
        _("This page does not exist"),
        _("There is no channel at this address, or it is switched off."),
        [_("Open the sign-up from JTL-Wawi again."), _("If that leads here too, tell the support of the marketplace.")],
        page="unknown-channel",
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
        page="through-platform",
    )


def no_session(request: HttpRequest, home: Channel) -> HttpResponse:
    return failure(
        request,
        home,
        400,
        _("Please start in JTL-Wawi"),
        _("This page is opened from JTL-Wawi. Opened directly, it does not know who you are."),
        start_again(),
        page="no-session",
    )


def unknown_seller(request: HttpRequest, home: Channel) -> HttpResponse:
    return failure(
        request,
        home,
        409,
        _("We do not know this connection"),
        _("JTL-Wawi shows a connection that does not exist at our side. Nothing was changed."),
        [
            _("Tell the support of %(name)s, with the reference below.") % {"name": home.display_name},
            _("They put it right together with JTL. After that, open the update in JTL-Wawi once more."),
        ],
        page="unknown-seller",
    )


def dead_session(request: HttpRequest, home: Channel) -> HttpResponse:
    steps = start_again()
    # Whoever closed the window while his sign-up was under way learns there what became of it.
    steps.insert(1, _("If you have just signed up, look there first whether the channel is connected."))
    return failure(
        request,
        home,
        410,
        _("This link no longer works"),
        _("It has expired or has been used before. Nothing was changed."),
        steps,
        page="dead-session",
    )


def unreadable_session(request: HttpRequest, home: Channel) -> HttpResponse:
    return failure(
        request,
        home,
        410,
        _("This link no longer works"),
        _("Something was changed at our side since you opened it. Nothing was saved."),
        start_again(),
        page="unreadable-session",
    )


def out_of_order(request: HttpRequest, home: Channel) -> HttpResponse:
    return failure(
        request,
        home,
        503,
        _("This is not possible at the moment"),
        _("Something has to be put right at our side first. Nothing was changed."),
        [
            _("Try again later, from JTL-Wawi."),
            _("If it takes longer, tell the support of %(name)s.") % {"name": home.display_name},
        ],
        page="out-of-order",
    )


def other_browser(request: HttpRequest, home: Channel) -> HttpResponse:
    return failure(
        request,
        home,
        410,
        _("This page belongs to another browser"),
        _("For your safety the page works only in the browser that opened it, and only while cookies are allowed."),
        start_again(),
        page="other-browser",
    )


def no_answer(request: HttpRequest, home: Channel, error: ScxError) -> HttpResponse:
    if isinstance(error, ScxUnauthorized):
        return interrupted(request, home, logs.described(error))
    return failure(
        request,
        home,
        503,
        _("JTL does not answer at the moment"),
        _("We could not check your link with JTL. Nothing was changed, and your link stays valid."),
        [_("Wait a moment, then try again."), _("If it takes longer, start again from JTL-Wawi later.")],
        retry_after=seconds_of(error),
        retry=_("Try again"),
        page="no-answer",
        detail=logs.described(error),
    )


def interrupted(request: HttpRequest, home: Channel, detail: str = "") -> HttpResponse:
    """JTL does answer, but not to us: its support cannot help the merchant, the marketplace's can."""
    name = {"name": home.display_name}
    return failure(
        request,
        home,
        503,
        _("This is not possible at the moment"),
        _("The connection between %(name)s and JTL is interrupted. Nothing was changed, and your link stays valid.")
        % name,
        [_("Try again in a few minutes."), _("If it takes longer, tell the support of %(name)s.") % name],
        retry_after=INTERRUPTED_SECONDS,
        retry=_("Try again"),
        page="interrupted",
        detail=detail,
    )


def under_way(request: HttpRequest, home: Channel) -> HttpResponse:
    return unconfirmed(
        request,
        home,
        _("Your sign-up was sent, but JTL has not confirmed it yet. You do not need to send anything again."),
        _("You may also close it. We go on asking JTL, and JTL-Wawi shows when you are connected."),
        page="under-way",
    )


def unconfirmed(request: HttpRequest, home: Channel, text: str, after: str, *, page: str) -> HttpResponse:
    """What was sent may have reached JTL; `after` says what becomes of it once the page is closed."""
    looking = _("Leave this page open: it looks again by itself every 30 seconds.")
    return failure(
        request,
        home,
        503,
        _("We are waiting for JTL’s confirmation"),
        text,
        [looking if STAY not in request.GET else _("Wait a minute, then look again."), after],
        retry_after=RETRY_SECONDS,
        retry=_("Look again now"),
        refresh=True,
        page=page,
    )


def not_confirmed() -> str:
    """What the form says above itself when it may be sent again."""
    return _(
        "JTL cannot confirm your sign-up at the moment. You are not connected yet. "
        "Please send the form again in a minute."
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
        if seller.state == Seller.State.UNLINKED:
            text = _("You signed up before, and were disconnected since. The update connects you again.")
        steps = [
            _("Go back to JTL-Wawi."),
            _("Open the settings of this channel there and choose the update instead of the sign-up."),
        ]
    return failure(
        request,
        home,
        409,
        _("You are signed up already"),
        text,
        steps,
        page="already-linked",
        retry=_("Use another account"),
    )


def ended(request: HttpRequest, link: LinkSession) -> HttpResponse:
    return failure(
        request,
        link.channel,
        410,
        _("The sign-up could not be completed"),
        _("JTL did not accept it: the link has expired or has been used before. You are not connected."),
        start_again(),
        page="ended",
        detail=link.outcome,
    )


def connected(request: HttpRequest, link: LinkSession) -> HttpResponse:
    wanted = Membership.objects.filter(seller=link.seller, wanted=True).select_related("marketplace")
    marketplaces = by_name(row.marketplace for row in wanted)
    return welcome(request, link.channel, link.seller, marketplaces)


def welcome(
    request: HttpRequest, home: Channel, seller: Seller | None, marketplaces: Sequence[Channel]
) -> HttpResponse:
    """The last page of a sign-up; `seller` is None where SCX ended the connection at once."""
    context = {"seller": seller, "marketplaces": marketplaces}
    return show(request, "sellers/connected.html", home, context)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """`CSRF_FAILURE_VIEW`, of the admin's forms as well."""
    return form_not_accepted(request, channel_of(request), reason)


def form_not_accepted(request: HttpRequest, home: Channel | None, reason: str = "") -> HttpResponse:
    """A form did not come from the page it belongs to, or the browser keeps no cookies."""
    response = show(request, "403_csrf.html", home, {}, 403)
    return mark(response, Failure("form-not-accepted", home, reason)) if home else response


def seconds_of(error: ScxError) -> int:
    return max(1, round(error.retry_after)) if isinstance(error, ScxWait) else RETRY_SECONDS
