"""The console's first page: SCX's time, the merchants with their tokens, and the way back to an empty emulator."""

import math

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from platforms.sandbox import arrangement, clock, configuration, shapes, tokens
from platforms.sandbox.arrangement import Impossible
from platforms.sandbox.console import Problems, console, done, draw, newest_first
from platforms.sandbox.emptying import start_afresh
from platforms.sandbox.models import Account, Book, Channel, Event, Offer, Report
from platforms.sandbox.pages import number
from platforms.sandbox.validation import validated

UNITS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}


def show(request: HttpRequest, problems: Problems = ()) -> HttpResponse:
    models = (Channel, Account, Offer, Event, Report, Book)
    context = {
        "now": clock.now(),
        "offset": configuration.offset_seconds(),
        "strict": configuration.switches().strict,
        "base_url": request.build_absolute_uri("/"),
        "counts": {model.__name__.lower(): model.objects.count() for model in models},
        "page": newest_first(request, Account.objects.all()),
        "swap": f"curl --data-urlencode 'refreshToken=…' {request.build_absolute_uri('/v1/auth')}",
    }
    return draw(request, "overview", context, problems)


def advance(request: HttpRequest) -> HttpResponse:
    """By so many units; less than nothing turns the clock back."""
    try:
        count = float(request.POST.get("count", "").replace(",", "."))
    except ValueError:
        count = math.nan
    if not math.isfinite(count):
        raise Impossible(_("Enter a number."))
    try:
        configuration.advance(count * UNITS.get(request.POST.get("unit", ""), 1))
    except ValueError:
        raise Impossible(_("SCX's clock can be at most 100 years off.")) from None
    return _told_the_time(request)


def real_time(request: HttpRequest) -> HttpResponse:
    configuration.advance(-configuration.offset_seconds())
    return _told_the_time(request)


def set_account(request: HttpRequest) -> HttpResponse:
    """A merchant, or another name for one."""
    given = {name: request.POST.get(name) or None for name in ("jtlAccountId", "companyName")}
    account, is_new = arrangement.set_account(validated(shapes.CONTROL_ACCOUNT, given))
    text = _("The merchant %(account)s is set up.") if is_new else _("The merchant %(account)s is changed.")
    return done(request, text % {"account": account.pk}, "console")


def revoke(request: HttpRequest) -> HttpResponse:
    """The merchant's access tokens; if ticked the refresh token too."""
    account = get_object_or_404(Account, pk=number(request.POST.get("jtlAccountId")))
    tokens.revoke(account, refresh_token="refreshToken" in request.POST)
    text = _("The tokens of the merchant %(account)s are revoked.") % {"account": account.pk}
    return done(request, text, "console")


def reset(request: HttpRequest) -> HttpResponse:
    start_afresh()
    return done(request, _("The emulator is empty."), "console")


def _told_the_time(request: HttpRequest) -> HttpResponse:
    now = f"{clock.now():%Y-%m-%d %H:%M:%S}"
    return done(request, _("For SCX it is %(now)s UTC.") % {"now": now}, "console")


overview = console(show, advance=advance, real_time=real_time, account=set_account, revoke=revoke, reset=reset)
