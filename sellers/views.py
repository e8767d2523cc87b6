"""Where JTL-Wawi sends a merchant's browser: its one-time session is taken out of the address, and the form follows."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from platforms import hiding, probes
from platforms.fields import is_unreadable
from platforms.language import switchable
from platforms.models import Channel
from platforms.scx.errors import ScxError
from sellers import branding, pages, sessions, visits


# Exempt, for it changes nothing but the language: its address carries the session, and pages that show it send no
# Referer, which Django's check would ask for.
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@switchable
def enter(request: HttpRequest, code: str, kind: str) -> HttpResponse:
    """Takes SCX's session out of the address: kept here, it is known to the browser by our own reference only."""
    response = _enter(request, code, kind)
    response["Referrer-Policy"] = "no-referrer"
    return response


def _enter(request: HttpRequest, code: str, kind: str) -> HttpResponse:
    if probed := probes.answer(request, code):
        return probed
    channel = visits.channel_of(code)
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
    browser = visits.browser_of(request) or sessions.new_browser_token()
    expires = request.GET.get("expiresAt") or request.GET.get("expires") or ""
    try:
        link = sessions.enter(channel, session, browser=browser, kind=kind, expires=expires)
    except sessions.DeadSession:
        return pages.dead_session(request, channel)
    except sessions.UnknownSeller:
        return pages.unknown_seller(request, channel)
    except ScxError as error:
        return pages.no_answer(request, channel, error)
    response = redirect(visits.FORMS[link.kind], code=channel.code, ref=link.ref)
    visits.remember(response, browser)
    return response


@require_safe
@cache_control(public=True, max_age=300)
def brand(request: HttpRequest, code: str) -> HttpResponse:
    """The channel's accent colour as a stylesheet: the content security policy allows no style in the page."""
    channel = visits.channel_of(code)
    if channel is None:
        raise Http404
    return HttpResponse(branding.stylesheet(branding.brand_of(channel)), content_type="text/css")
