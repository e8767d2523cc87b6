"""What every hosted page asks first: which channel the address names, and which browser calls."""

from datetime import datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from platforms.models import Channel
from sellers import sessions
from sellers.models import LinkSession

BROWSER_COOKIE = "sign_up_browser"
BROWSER_COOKIE_SECONDS = 24 * 3600
# Where a session goes on, by its kind.
FORMS: dict[str, str] = {LinkSession.Kind.SIGN_UP: "sign-up-form", LinkSession.Kind.UPDATE: "update-form"}


def channel_of(code: str) -> Channel | None:
    """The channel, where it and its platform are active."""
    channel = Channel.objects.active().select_related("platform").filter(code=code).first()
    return channel if channel and channel.home.is_active else None


def browser_of(request: HttpRequest) -> str:
    """The browser's token, "" where it has none of ours."""
    token = request.COOKIES.get(BROWSER_COOKIE, "")
    return token if sessions.BROWSER_TOKEN.match(token) else ""


def remember(response: HttpResponse, browser: str) -> None:
    response.set_cookie(
        BROWSER_COOKIE,
        browser,
        max_age=BROWSER_COOKIE_SECONDS,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )


def minutes_left(expires_at: datetime | None) -> int | None:
    """SCX's hint; whether the session lives, SCX alone decides."""
    if expires_at is None:
        return None
    minutes = int((expires_at - timezone.now()).total_seconds() // 60)
    return minutes if 0 < minutes <= 24 * 60 else None
