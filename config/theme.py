"""How the admin looks: titles, colours, and the badge that says which SCX this is."""

from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _

# What SCX's test host has in its name and the production host has not.
SCX_SANDBOX_MARK = "sbx"


def environment(request: HttpRequest) -> list[str]:
    """The badge on every page of the admin: which SCX the portal talks to, and how much care that asks for."""
    host = urlsplit(settings.SCX_BASE_URL).hostname or ""
    if _is_loopback(host):
        return ["SANDBOX", "info"]
    if SCX_SANDBOX_MARK in host:
        return ["SCX SANDBOX", "warning"]
    return [str(_("PRODUCTION")), "danger"]


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "SCX Channel Portal",
    "SITE_HEADER": "SCX Channel Portal",
    "SITE_SYMBOL": "hub",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("portal-icon.svg")},
    ],
    "SITE_URL": "/",
    "SHOW_LANGUAGES": True,
    "SHOW_BACK_BUTTON": True,
    "SHOW_VIEW_ON_SITE": False,
    "ENVIRONMENT": "config.theme.environment",
    "DASHBOARD_CALLBACK": "platforms.start_page.context",
    "STYLES": [lambda request: static("portal-admin.css")],
    "SIDEBAR": {"show_search": False, "show_all_applications": False, "navigation": "config.navigation.groups"},
    "COLORS": {
        "primary": {
            "50": "oklch(97% .015 225)",
            "100": "oklch(94.5% .03 225)",
            "200": "oklch(89% .06 225)",
            "300": "oklch(81% .1 228)",
            "400": "oklch(71% .13 232)",
            "500": "oklch(61% .13 236)",
            "600": "oklch(51% .115 240)",
            "700": "oklch(45% .1 242)",
            "800": "oklch(39% .085 243)",
            "900": "oklch(34% .07 244)",
            "950": "oklch(25% .055 245)",
        }
    },
}
