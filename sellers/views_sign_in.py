"""The way to the marketplace's own login and back, for channels whose sellers identify there.

The query that comes back carries a code and a state: it is used at once, and the browser sent on to a clean address,
so that neither a page, its history nor a Referer holds them.
"""

import logging
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from platforms import hiding
from platforms.fields import is_unreadable
from platforms.language import switchable
from platforms.models import Channel
from sellers import identities, pages, sessions, sign_in_pages, visits
from sellers.identification.base import SignIn, SignInFailed
from sellers.identification.registry import described, sign_in_of
from sellers.models import LinkSession

logger = logging.getLogger(__name__)


@never_cache
@require_GET
def begin(request: HttpRequest, code: str, ref: str) -> HttpResponse:
    """Sends the browser of an open session to the marketplace's login."""
    home = _home(code)
    if home is None:
        return pages.unknown_channel(request)
    link = sessions.of_browser(home, ref, visits.browser_of(request))
    if link is None:
        return pages.other_browser(request, home)
    sign_in = _sign_in(home)
    if link.state != LinkSession.State.OPEN or sign_in is None:
        return _to_form(link)
    try:
        sent = sign_in.begin(described(home), redirect_uri=_redirect_uri(home))
    except SignInFailed as failure:
        return _failed(link, failure)
    hiding.remember(sent.state)
    _note(link, {"secret": sent.secret}, sessions.digest(sent.state))
    return _clean(redirect(sent.url))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@switchable
def failed(request: HttpRequest, code: str, ref: str) -> HttpResponse:
    """Why nobody signed in, at an address without the login's query."""
    home = _home(code)
    if home is None:
        return pages.unknown_channel(request)
    link = sessions.of_browser(home, ref, visits.browser_of(request))
    if link is None:
        return pages.other_browser(request, home)
    noted: dict[str, Any] = link.sign_in  # type: ignore[assignment]
    if "failure" not in noted:
        return _to_form(link)
    return sign_in_pages.failed(request, link, noted["failure"], is_theirs=noted["is_theirs"])


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@switchable
def finish(request: HttpRequest, code: str) -> HttpResponse:
    """Where the login sends the browser back: who signed in is kept with the session, which goes on at its form."""
    home = _home(code)
    if request.GET:
        return _clean(_answered(request, home) if home and request.method == "GET" else redirect(request.path))
    return sign_in_pages.over(request, home) if home else pages.unknown_channel(request)


def _answered(request: HttpRequest, home: Channel) -> HttpResponse:
    state = request.GET.get("state", "")
    hiding.remember(state)
    link = sessions.of_sign_in(home, state, visits.browser_of(request))
    sign_in = _sign_in(home)
    if link is None or not _take(link):
        logger.info("A sign-in came back to %s that no open session of this browser waits for.", home.code)
        return redirect("signed-in", code=home.code)
    noted: dict[str, Any] = link.sign_in  # type: ignore[assignment]
    if sign_in is None or "secret" not in noted:
        return _to_form(link)
    try:
        identity = sign_in.finish(
            described(home), redirect_uri=_redirect_uri(home), answer=request.GET.dict(), secret=noted["secret"]
        )
    except SignInFailed as failure:
        return _failed(link, failure)
    identities.store(link, identity)
    return _to_form(link)


def _home(code: str) -> Channel | None:
    channel = visits.channel_of(code)
    return channel if channel and channel.kind != Channel.Kind.MARKETPLACE else None


def _sign_in(home: Channel) -> SignIn | None:
    """The channel's way to sign in, None where it has none or its settings cannot be read: the form says so."""
    return None if is_unreadable(home.connector_settings) else sign_in_of(home)


def _redirect_uri(home: Channel) -> str:
    """The one address that the marketplace enters at its login."""
    return settings.PORTAL_URL + reverse("signed-in", args=[home.code])


def _note(link: LinkSession, data: dict[str, Any], state_hash: str = "") -> None:
    link.sign_in = data  # type: ignore[assignment]
    open_one = LinkSession.objects.filter(pk=link.pk, state=LinkSession.State.OPEN)
    open_one.update(sign_in=link.sign_in, sign_in_hash=state_hash)


def _take(link: LinkSession) -> bool:
    """Use the state up; False where that has happened already."""
    waiting = LinkSession.objects.filter(pk=link.pk, state=LinkSession.State.OPEN, sign_in_hash=link.sign_in_hash)
    return bool(waiting.update(sign_in={}, sign_in_hash=""))


def _failed(link: LinkSession, failure: SignInFailed) -> HttpResponse:
    # Not the text: kept with the session, it counts as a secret. Who raised it has logged the reason.
    logger.info("The sign-in of session %s failed.", link.pk)
    _note(link, {"failure": str(failure), "is_theirs": failure.is_theirs})
    return redirect("sign-in-failed", code=link.channel.code, ref=link.ref)


def _to_form(link: LinkSession) -> HttpResponse:
    return redirect(visits.FORMS[link.kind], code=link.channel.code, ref=link.ref)


def _clean(response: HttpResponse) -> HttpResponse:
    """Leads away from an address with a query, without telling anybody of it."""
    response["Referrer-Policy"] = "no-referrer"
    return response
