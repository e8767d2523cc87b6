"""The admin's page of platforms and marketplaces: the first one for who meets them for the first time."""

from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from platforms import findings, overview, staff, start_page
from platforms.dear import Kept
from platforms.models import Channel

SEARCH_CHARACTERS = 100
FINDINGS = "platforms.findings"


def page(request: HttpRequest) -> HttpResponse:
    """For all who may see channels, within the limits of each."""
    channels = admin.site._registry[Channel]
    if not channels.has_view_permission(request):
        raise PermissionDenied
    text = request.GET.get("q", "").strip().replace("\x00", "")[:SEARCH_CHARACTERS]
    wish = overview.Wish(text, "trouble" in request.GET)
    kept = Kept([*settings.PORTAL_OVERVIEW, FINDINGS], again="again" in request.GET)
    found = start_page.for_staff(request, kept.get(FINDINGS, findings.found))
    title = _("Platforms and marketplaces")
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": title,
        # Without the model's options the theme names the page, not the list of channels, in the head.
        "content_title": title,
        "wish": wish,
        "tree": overview.tree(found, kept, staff.channels_of(request), wish, _opener(request)),
        "kept": kept,
        "may_add": channels.has_add_permission(request),
    }
    return TemplateResponse(request, "admin/overview.html", context)


def _opener(request: HttpRequest) -> Callable[[str], bool]:
    """Whether the user may open the page at an address; asked once for each page, however it is filtered."""

    @cache
    def may_open(path: str) -> bool:
        return start_page.may_open(request, path)

    return lambda url: may_open(urlsplit(url).path)
