"""When SCX's quota is worth a person's look: not because work waits a minute, but because it stands still."""

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Q
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from platforms.findings import Finding
from platforms.models import QuotaBucket

# Waits of a minute or two are SCX's ordinary windows.
LONG = timedelta(minutes=5)
# Between the end of a wait and the next request, which may be refused again.
BETWEEN_WAITS = timedelta(minutes=2)


def standing_still() -> Iterator[Finding]:
    """Route groups SCX has refused for minutes, or lets nothing through of for minutes to come."""
    now = timezone.now()
    refused = Q(throttled_since__lt=now - LONG, blocked_until__gt=now - BETWEEN_WAITS)
    waiting = QuotaBucket.objects.filter(Q(blocked_until__gt=now + LONG) | refused)
    for bucket in waiting.filter(channel__is_active=True).select_related("channel"):
        yield Finding(
            code="scx-quota",
            text=_(
                "SCX asks channel %(channel)s to wait until %(until)s before it asks again in the group “%(group)s”. "
                "The work waits and goes on by itself; if this does not end, ask JTL for the channel's quota."
            )
            % {
                "channel": bucket.channel.code,
                "until": formats.localize(timezone.localtime(bucket.blocked_until)),
                "group": bucket.group,
            },
            since=bucket.throttled_since,
            channel=bucket.channel.code,
            url=reverse("admin:platforms_quotabucket_changelist"),
        )
