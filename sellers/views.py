"""The hosted sign-up pages: where JTL-Wawi sends a merchant's browser, and the form behind it."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from platforms import hiding
from platforms.fields import is_unreadable
from platforms.language import switchable
from platforms.models import Channel
from platforms.scx.errors import ScxError
from sellers import branding, pages, sessions, sign_up
from sellers.forms import SignUpForm
from sellers.models import LinkSession

BROWSER_COOKIE = "sign_up_browser"
BROWSER_COOKIE_SECONDS = 24 * 3600

State = LinkSession.State


# Exempt, for it changes nothing but the language: its address carries the session, and pages that show it send no
# Referer, which Django's check would ask for.
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@switchable
def enter(request: HttpRequest, code: str) -> HttpResponse:
    """Takes SCX's session out of the address: kept here, it is known to the browser by our own reference only."""
    response = _enter(request, code)
    response["Referrer-Policy"] = "no-referrer"
    return response


# Exempt for the reason `enter` is.
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@switchable
def update(request: HttpRequest, code: str) -> HttpResponse:
    """Where JTL-Wawi opens the settings of a connection: says who changes them, and leaves the session unused."""
    channel = _channel(code)
    if channel is None:
        response = pages.unknown_channel(request)
    elif channel.kind == Channel.Kind.MARKETPLACE:
        response = pages.through_platform(request, channel)
    else:
        response = pages.changes_by_support(request, channel)
    response["Referrer-Policy"] = "no-referrer"
    return response


def _enter(request: HttpRequest, code: str) -> HttpResponse:
    channel = _channel(code)
    if channel is None:
        return pages.unknown_channel(request)
    if channel.kind == Channel.Kind.MARKETPLACE:
        return pages.through_platform(request, channel)
    if is_unreadable(channel.connector_settings):
        return pages.out_of_order(request, channel)
    session = request.GET.get("session") or request.GET.get("sid") or ""
    if not session:
        return pages.no_session(request, channel)
    hiding.remember(session)
    browser = _browser(request) or sessions.new_browser_token()
    expires = request.GET.get("expiresAt") or request.GET.get("expires") or ""
    try:
        link = sessions.open_sign_up(channel, session, browser=browser, expires=expires)
    except sessions.DeadSession:
        return pages.dead_session(request, channel)
    except ScxError as error:
        return pages.no_answer(request, channel, error)
    response = redirect("sign-up-form", code=channel.code, ref=link.ref)
    _remember(response, browser)
    return response


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@switchable
def fill_in(request: HttpRequest, code: str, ref: str) -> HttpResponse:
    """The form, and what became of it."""
    channel = _channel(code)
    if channel is None or channel.kind == Channel.Kind.MARKETPLACE:
        return pages.unknown_channel(request)
    link = sessions.of_browser(channel, ref, _browser(request))
    if link is None:
        return pages.other_browser(request, channel)
    if link.state != State.OPEN:
        return _outcome(request, sign_up.outcome_of(link))
    if is_unreadable(channel.connector_settings):
        return pages.out_of_order(request, channel)
    if is_unreadable(link.session):
        return pages.unreadable_session(request, channel)
    if request.method == "POST":
        return _send(request, link)
    return _form(request, link, SignUpForm(channel))


def _send(request: HttpRequest, link: LinkSession) -> HttpResponse:
    form = SignUpForm(link.channel, request.POST)
    application = form.application(request.META.get("REMOTE_ADDR", ""))
    if application is None:
        status = 429 if form.retry_after else 200
        return _form(request, link, form, status=status, retry_after=form.retry_after)
    try:
        outcome = sign_up.submit(link, application)
    except sign_up.AlreadyLinked as refusal:
        return pages.already_linked(request, link.channel, refusal.seller)
    except sign_up.AccountTaken:
        form.refuse(
            _(
                "This account is linked to another JTL account. One account can be linked once: use another one, "
                "or disconnect it there first."
            )
        )
        return _form(request, link, form)
    if outcome.state == State.DONE:
        # A page that may be reloaded without sending the form again.
        return redirect("sign-up-form", code=link.channel.code, ref=link.ref)
    return _outcome(request, outcome, form)


def _outcome(request: HttpRequest, link: LinkSession, form: SignUpForm | None = None) -> HttpResponse:
    if link.state == State.DONE:
        return pages.connected(request, link)
    if link.state == State.FAILED:
        return pages.ended(request, link)
    if link.state == State.SUBMITTED:
        return pages.under_way(request, link.channel)
    return _form(
        request,
        link,
        form or SignUpForm(link.channel),
        status=503,
        retry_after=pages.RETRY_SECONDS,
        notice=_(
            "JTL cannot confirm your sign-up at the moment. You are not connected yet. "
            "Please send the form again in a minute."
        ),
    )


def _form(
    request: HttpRequest,
    link: LinkSession,
    form: SignUpForm,
    *,
    status: int = 200,
    retry_after: int | None = None,
    notice: str = "",
) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "notice": notice, "minutes_left": _minutes_left(link)}
    response = pages.show(request, "sellers/sign_up.html", link.channel, context, status)
    if retry_after:
        response["Retry-After"] = str(retry_after)
    return response


@require_safe
@cache_control(public=True, max_age=300)
def brand(request: HttpRequest, code: str) -> HttpResponse:
    """The channel's accent colour as a stylesheet: the content security policy allows no style in the page."""
    channel = _channel(code)
    if channel is None:
        raise Http404
    return HttpResponse(branding.stylesheet(branding.brand_of(channel)), content_type="text/css")


def _channel(code: str) -> Channel | None:
    channel = Channel.objects.active().select_related("platform").filter(code=code).first()
    return channel if channel and channel.home.is_active else None


def _minutes_left(link: LinkSession) -> int | None:
    """SCX's hint; whether the session lives, SCX alone decides."""
    if link.expires_at is None:
        return None
    minutes = int((link.expires_at - timezone.now()).total_seconds() // 60)
    return minutes if 0 < minutes <= 24 * 60 else None


def _browser(request: HttpRequest) -> str:
    token = request.COOKIES.get(BROWSER_COOKIE, "")
    return token if sessions.BROWSER_TOKEN.match(token) else ""


def _remember(response: HttpResponse, browser: str) -> None:
    response.set_cookie(
        BROWSER_COOKIE,
        browser,
        max_age=BROWSER_COOKIE_SECONDS,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )
