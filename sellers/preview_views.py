"""The previews' own pages: under the hosted pages' strict policy, open to staff who may see the channel."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils import translation
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe

from platforms import staff
from platforms.models import Channel
from sellers import branding, previews
from sellers.failures import unmark

THEMES = ("light", "dark")


@dataclass(frozen=True)
class Shown:
    """How the preview is looked at: what the bar above the page offers, and the templates follow."""

    home: Channel
    language: str
    theme: str

    @property
    def query(self) -> str:
        return urlencode({"language": self.language, "theme": self.theme})

    @property
    def themes(self) -> list[tuple[str, str]]:
        """Each theme with the query that switches to it; "" is the browser's own."""
        return [(theme, urlencode({"language": self.language, "theme": theme})) for theme in ("", *THEMES)]


@require_http_methods(["GET", "HEAD", "POST"])
@admin.site.admin_view
def gallery(request: HttpRequest, code: str) -> HttpResponse:
    """The list of all pages of a channel."""
    home = _home(request, code)
    return _look(request, home) or render(
        request,
        "sellers/previews.html",
        {"brand": branding.brand_of(home), "previews": previews.of_channel(home), "home": home},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@admin.site.admin_view
def page(request: HttpRequest, code: str, name: str) -> HttpResponse:
    """One page with example data. Its forms lead back to it, and do nothing."""
    home = _home(request, code)
    preview = previews.of_channel(home).get(name)
    if preview is None:
        raise Http404
    redirect = _look(request, home)
    if redirect:
        return redirect
    response = unmark(preview.show(request, home))
    # It is shown, not met.
    response.status_code = 200
    return response


@require_safe
@admin.site.admin_view
def brand(request: HttpRequest, code: str) -> HttpResponse:
    """The channel's accent colour, also while the channel is switched off."""
    sheet = branding.stylesheet(branding.brand_of(_home(request, code)), request.GET.get("theme", ""))
    return HttpResponse(sheet, content_type="text/css")


def _home(request: HttpRequest, code: str) -> Channel:
    if not request.user.has_perm("platforms.view_channel"):
        raise PermissionDenied
    channels = staff.limit(Channel.objects.select_related("platform"), ("pk",), staff.channels_of(request))
    return get_object_or_404(channels, code=code).home


def _look(request: HttpRequest, home: Channel) -> HttpResponse | None:
    """Turn to the language and theme of the address; where another language was chosen, the way to its address."""
    languages = dict(settings.LANGUAGES)
    asked: dict[str, Any] = {**request.GET.dict(), **request.POST.dict()}
    language = asked["language"] if asked.get("language") in languages else translation.get_language()
    theme = asked["theme"] if asked.get("theme") in THEMES else ""
    shown = Shown(home, language or settings.LANGUAGE_CODE, theme)
    if request.POST.get("language") in languages:
        return HttpResponseRedirect(f"{request.path}?{shown.query}")
    translation.activate(shown.language)
    request.LANGUAGE_CODE = shown.language
    request.preview = shown  # type: ignore[attr-defined]
    return None
