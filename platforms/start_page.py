"""What the admin's first page shows before the ways to everything else: what is wrong now, and what to do about it."""

from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest
from django.urls import Resolver404, resolve

from platforms import findings, heartbeat, staff
from platforms.findings import Finding
from platforms.models import Channel

# Whoever reads so many has enough to do; the metrics have them all.
SHOWN = 25


def context(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The theme's callback for the page: the findings that the member of staff may read, and the worker's last beat."""
    theirs = for_staff(request, findings.found()) if context["sidebar_navigation"] else []
    shown = [
        {"finding": finding, "url": finding.url if may_open(request, finding.url) else ""} for finding in theirs[:SHOWN]
    ]
    return {**context, "findings": shown, "more_findings": len(theirs) - len(shown), "beat_at": heartbeat.youngest()}


def for_staff(request: HttpRequest, found: list[Finding]) -> list[Finding]:
    """The findings the member of staff may read; what concerns the whole portal is everybody's."""
    limit = staff.channels_of(request)
    if limit is None:
        return found
    theirs = {"", *Channel.objects.filter(pk__in=limit).values_list("code", flat=True)}
    return [finding for finding in found if finding.channel in theirs]


def may_open(request: HttpRequest, url: str) -> bool:
    """Whether the page behind the address is one the user would be let in to."""
    try:
        model_admin = getattr(resolve(urlsplit(url).path).func, "model_admin", None)
    except Resolver404:
        return False
    return model_admin is None or bool(model_admin.has_view_permission(request))
