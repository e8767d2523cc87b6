"""When an endpoint is left alone, and when it is given up."""

import logging
from datetime import datetime, timedelta

from django.core.mail import send_mail
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone
from django.utils.translation import gettext as _

from platforms.models import WebhookEndpoint

logger = logging.getLogger(__name__)

# After so many calls in a row that were not taken it is left alone, then asked by one call at a time.
FAILURES = 5
SHORTEST_REST = timedelta(seconds=30)
LONGEST_REST = timedelta(minutes=10)
GIVEN_UP_AFTER = timedelta(days=5)


def is_resting(endpoint: WebhookEndpoint, now: datetime) -> bool:
    return bool(endpoint.resting_until and endpoint.resting_until > now)


def at_once(endpoint: WebhookEndpoint) -> int:
    """So many calls may go to it side by side."""
    return 1 if endpoint.failures >= FAILURES else endpoint.concurrency


def taken(endpoint: WebhookEndpoint, now: datetime) -> None:
    """It took a call: all is well again."""
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(
        failures=0, failing_since=None, resting_until=None, delivered_at=now
    )


def not_taken(endpoint: WebhookEndpoint, calls: int, now: datetime, rest: float = 0.0) -> None:
    """It took none of so many calls. `rest`: seconds for which it asked to be left alone."""
    own = WebhookEndpoint.objects.filter(pk=endpoint.pk)
    own.update(failures=F("failures") + calls, failing_since=Coalesce("failing_since", now))
    endpoint.refresh_from_db(fields=["failures", "failing_since", "is_active"])
    pause = max(_pause(endpoint.failures), timedelta(seconds=min(rest, LONGEST_REST.total_seconds())))
    if pause:
        own.update(resting_until=Greatest(Coalesce("resting_until", now), now + pause))
    if endpoint.is_active and endpoint.failing_since and now - endpoint.failing_since >= GIVEN_UP_AFTER:
        switch_off(endpoint, WebhookEndpoint.Reason.TAKES_NOTHING)


def _pause(failures: int) -> timedelta:
    if failures < FAILURES:
        return timedelta()
    return min(SHORTEST_REST * 2 ** min(failures - FAILURES, 10), LONGEST_REST)


def switch_off(endpoint: WebhookEndpoint, reason: WebhookEndpoint.Reason) -> None:
    """Tell it nothing any more, and its owner why. What waits stays, and is sent once it is switched on again."""
    changed = WebhookEndpoint.objects.filter(pk=endpoint.pk, is_active=True).update(
        is_active=False, disabled_at=timezone.now(), disabled_reason=reason
    )
    if changed:
        logger.error("Webhook endpoint %s is switched off: %s", endpoint.pk, reason.value)
        _tell_owner(endpoint, reason)


def switch_on(endpoint: WebhookEndpoint) -> None:
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(
        is_active=True, disabled_at=None, disabled_reason="", failures=0, failing_since=None, resting_until=None
    )


def disabled() -> Q:
    """Endpoints that were given up, not switched off by a person."""
    return Q(is_active=False, disabled_at__isnull=False)


def _tell_owner(endpoint: WebhookEndpoint, reason: WebhookEndpoint.Reason) -> None:
    if not endpoint.owner_email:
        return
    text = _(
        "The portal has stopped telling %(url)s what happens: %(reason)s\n\n"
        "What waits for it is kept. Once it answers again, switch it on (PATCH /api/v1/webhook-endpoints/%(id)s/ with "
        '{"is_active": true}, or in the admin), and everything is sent.'
    ) % {"url": endpoint.url, "reason": reason.label, "id": endpoint.pk}
    try:
        send_mail(_("A webhook endpoint was switched off"), text, None, [endpoint.owner_email])
    except OSError:
        # Staff see it on the first page of the admin all the same.
        logger.exception("The owner of webhook endpoint %s could not be told", endpoint.pk)
