"""The job `deliveries`: each thing that happens is told to a key's endpoints at least once, in signed calls.

`messages` says what can be told, `following` reads it off the feeds, `noting` keeps it for each endpoint, `sending`
calls, `health` gives up on those that do not answer, `endpoints` is what people do with them.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from platforms import jobs
from platforms.jobs import Run
from platforms.models import Channel, IdempotentCall, JobStatus, WebhookDelivery
from platforms.webhooks import following, noting, sending

FORGOTTEN_AT_ONCE = 5000
SWEEP = timedelta(minutes=1)
SHORTEST = timedelta(seconds=1)


def deliver(channel: Channel, run: Run) -> None:
    """For every endpoint that is told of the channel, whatever channel its messages are of."""
    waiting: list[datetime | None] = []
    for endpoint in noting.listening().select_related("api_key"):
        seen = noting.channels_of(endpoint)
        if run.expired or not (noting.covers(seen, channel.pk) or noting.covers(seen, channel.platform_id or -1)):
            continue
        following.follow(endpoint, run)
        sending.deliver(endpoint, run)
        waiting.append(sending.due_next(endpoint))
    _come_back(channel, [at for at in waiting if at])
    run.count("forgotten", _forget())
    # Of what they sent to us.
    run.count("repeatable calls forgotten", IdempotentCall.objects.forget())


def _come_back(channel: Channel, times: Sequence[datetime]) -> None:
    """Run again when the first of these deliveries is due, if that is before the next sweep."""
    now = timezone.now()
    delay = max(min(times, default=now + SWEEP) - now, SHORTEST)
    if delay < SWEEP:
        status, _created = JobStatus.objects.get_or_create(job=jobs.DELIVERIES, channel=channel)
        jobs.postpone(status, channel, now, delay)


def _forget() -> int:
    """Remove what was kept long enough, of all endpoints: so much at a time that nobody waits for it."""
    before = timezone.now() - timedelta(days=settings.WEBHOOK_DELIVERY_DAYS)
    old = WebhookDelivery.objects.filter(created_at__lt=before).exclude(state=WebhookDelivery.State.PENDING)
    keys = list(old.order_by("created_at").values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE])
    WebhookDelivery.objects.filter(pk__among=keys).delete()
    return len(keys)
