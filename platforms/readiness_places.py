"""Where a step of `platforms.readiness` is done: pages of the admin, and JTL-Wawi."""

from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from platforms.models import Channel

ASSISTANT = "platforms_channel_assistant"


def assistant_url(channel: Channel) -> str:
    return reverse(f"admin:{ASSISTANT}", args=[channel.pk])


def add_url(**values: Any) -> str:
    """The page on which a channel is set up, with these values filled in."""
    return reverse("admin:platforms_channel_add", query=values or None)


def form_url(channel: Channel, anchor: str = "") -> str:
    """The channel's page, at the element with this id."""
    url = reverse("admin:platforms_channel_change", args=[channel.pk])
    return f"{url}#{anchor}" if anchor else url


def wawi() -> tuple[str, str]:
    """Address and text of the link to JTL-Wawi: the embedded SCX's page; else "", for it is on a merchant's PC."""
    if _is_embedded():
        return f"{settings.SCX_BASE_URL}/", _("Open JTL-Wawi of the embedded SCX")
    return "", ""


def _is_embedded() -> bool:
    host = urlsplit(settings.SCX_BASE_URL).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
