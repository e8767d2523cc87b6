"""Endpoints that hear nothing; finders of `platforms.findings`."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from platforms.findings import LATE_AFTER, Finding
from platforms.models import WebhookEndpoint
from platforms.webhooks import health, noting


def disabled() -> Iterator[Finding]:
    """Endpoints that were given up: a system of the marketplace is told nothing any more."""
    for endpoint in WebhookEndpoint.objects.filter(health.disabled()):
        text = _(
            "The webhook endpoint %(endpoint)s was switched off: %(reason)s Its system hears of nothing. Once it "
            "answers again, switch the endpoint on; what it missed is sent then."
        ) % {"endpoint": endpoint, "reason": endpoint.get_disabled_reason_display()}
        yield Finding("webhook-disabled", text, critical=True, since=endpoint.disabled_at, url=_page(endpoint))


def failing() -> Iterator[Finding]:
    """Endpoints that take no call for longer than a blip."""
    for endpoint in noting.listening().filter(failing_since__lt=timezone.now() - LATE_AFTER):
        text = _(
            "The webhook endpoint %(endpoint)s takes no calls. They are sent again for 28 hours each, and after five "
            "days of nothing else it is switched off. Its deliveries say what it answers."
        ) % {"endpoint": endpoint}
        yield Finding("webhook-failing", text, since=endpoint.failing_since, url=_page(endpoint))


def _page(endpoint: WebhookEndpoint) -> str:
    return reverse("admin:platforms_webhookendpoint_change", args=[endpoint.pk])
