"""Middleware: proxies that may be believed, one id per request, the content security policy."""

import ipaddress
import logging
import re
import time
from collections.abc import Callable
from urllib.parse import quote

from csp.middleware import CSPMiddleware
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from platforms import logs

logger = logging.getLogger("portal.access")

Handler = Callable[[HttpRequest], HttpResponse]

GIVEN_ID = re.compile(r"\A[A-Za-z0-9_-]{8,64}\Z")


class TrustedProxies:
    """Takes client address and scheme from X-Forwarded-* when TRUSTED_PROXIES sent them, and drops them otherwise."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        forwarded_for = request.META.pop("HTTP_X_FORWARDED_FOR", "")
        scheme = request.META.pop("HTTP_X_FORWARDED_PROTO", "")
        if _is_trusted(request.META.get("REMOTE_ADDR", "")):
            hops = [hop.strip() for hop in forwarded_for.split(",") if hop.strip()]
            # The nearest hop that is no proxy of ours is the client; what stands left of it anyone may have written.
            client = next((hop for hop in reversed(hops) if not _is_trusted(hop)), None)
            if client:
                request.META["REMOTE_ADDR"] = client
            if scheme in {"http", "https"}:
                request.META["wsgi.url_scheme"] = scheme
        return self.get_response(request)


def _is_trusted(address: str) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in settings.TRUSTED_PROXIES)


class CorrelationId:
    """Gives each request an id that is in its log lines, its error pages and the answer's X-Request-Id."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-Id", "")
        with logs.correlation(given if GIVEN_ID.match(given) else "") as correlation_id:
            request.correlation_id = correlation_id  # type: ignore[attr-defined]
            started = time.monotonic()
            response = self.get_response(request)
            response["X-Request-Id"] = correlation_id
            if not request.path.startswith(("/health/", settings.STATIC_URL)):
                # The path without its query: queries carry sessions.
                milliseconds = (time.monotonic() - started) * 1000
                logger.info("%s %s %s %.0f ms", request.method, quote(request.path), response.status_code, milliseconds)
            return response


class ContentSecurityPolicy(CSPMiddleware):
    """django-csp with the admin's relaxations on the admin's pages only."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if request.path.startswith("/admin/"):
            response._csp_update = settings.CSP_ADMIN  # type: ignore[attr-defined]
        return super().process_response(request, response)
