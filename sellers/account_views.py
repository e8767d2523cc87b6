"""Where the links in mails to account holders lead, and where a lost access code is asked for."""

import time

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods

from platforms import hiding
from platforms.language import switchable
from platforms.models import Channel
from sellers import account_pages, help_links, invitations, pages
from sellers.account_forms import LostCodeForm
from sellers.identification import guesses

COOKIE = "invitation"
COOKIE_SECONDS = 3600
# Each answer of the page takes at least as long, so that the time tells nobody whether a mail was written.
ANSWER_SECONDS = 0.3

LOST_CODES = guesses.Limits("lost-codes", per_login=3, per_address=20)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@switchable
@sensitive_variables()
def invitation(request: HttpRequest, code: str) -> HttpResponse:
    """Takes the token out of the address into a cookie of this page; the code is made only when a person asks for it.

    Programs that look at the links in mails come with GET and use nothing up.
    """
    home = _home(code)
    if home is None:
        return pages.unknown_channel(request)
    if token := request.GET.get("token", ""):
        hiding.remember(token)
        return _kept(redirect("invitation", code=home.code), token)
    found = invitations.find(home, request.COOKIES.get(COOKIE, ""))
    if found is None:
        return account_pages.dead_invitation(request, home)
    if request.method != "POST":
        return account_pages.invitation(request, home, found)
    access_code = invitations.redeem(found)
    if access_code is None:
        return account_pages.dead_invitation(request, home)
    response = account_pages.access_code(request, home, found, access_code)
    response.delete_cookie(COOKIE, path=request.path)
    return response


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@switchable
def lost_code(request: HttpRequest, code: str) -> HttpResponse:
    """Mails a link to the account's address, where the channel wants that; the answer never says whether it did."""
    home = _home(code)
    if home is None or not help_links.sends_codes(home):
        return pages.unknown_channel(request)
    if request.method != "POST":
        return account_pages.lost_code(request, home, LostCodeForm())
    form = LostCodeForm(request.POST)
    if not form.is_valid():
        return account_pages.lost_code(request, home, form)
    started = time.monotonic()
    login = form.cleaned_data["login"]
    if guesses.are_used_up(home.code, login, request.META.get("REMOTE_ADDR", ""), limits=LOST_CODES):
        return account_pages.lost_code(request, home, form, are_used_up=True)
    invitations.ask_for_code(home, login, language=get_language() or "")
    time.sleep(max(0.0, started + ANSWER_SECONDS - time.monotonic()))
    return account_pages.code_asked_for(request, home)


def _home(code: str) -> Channel | None:
    return Channel.objects.active().exclude(kind=Channel.Kind.MARKETPLACE).filter(code=code).first()


def _kept(response: HttpResponse, token: str) -> HttpResponse:
    path = response["Location"]
    response.set_cookie(
        COOKIE, token, max_age=COOKIE_SECONDS, path=path, secure=settings.HTTPS, httponly=True, samesite="Lax"
    )
    response["Referrer-Policy"] = "no-referrer"
    return response
