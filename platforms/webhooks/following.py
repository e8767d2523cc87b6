"""Reads what is to be told off the feeds: how far an endpoint was told is kept with what it is told of them.

Whoever writes offers, stock or events pays nothing for it, and since a feed is without gaps, nothing is missed.
"""

from collections.abc import Collection

from django.db import transaction
from django.utils import timezone

from platforms.jobs import Run
from platforms.models import FeedCounter, WebhookDelivery, WebhookEndpoint, WebhookPosition
from platforms.webhooks import messages, noting
from platforms.webhooks.messages import Feed

AT_ONCE = 200
# Who takes nothing is told no more until this is less: a feed holds only the newest of each thing in the meantime.
MOST_PENDING = 10_000


def start(endpoint: WebhookEndpoint, wanted_before: Collection[str] = ()) -> None:
    """Tell the endpoint what happens from now on, in the feeds it did not follow before."""
    drawn = dict(FeedCounter.objects.values_list("name", "value"))
    now = int(timezone.now().timestamp() * 1_000_000)
    for feed in messages.feeds():
        if feed.name not in wanted_before:
            number = now if feed.is_by_time else drawn.get(feed.name, 0)
            WebhookPosition.objects.update_or_create(endpoint=endpoint, feed=feed.name, defaults={"number": number})


def followed(endpoint: WebhookEndpoint) -> set[str]:
    """The names of the feeds it wants something of."""
    return {feed.name for feed in messages.feeds() if messages.wants_of(endpoint, feed)}


def follow(endpoint: WebhookEndpoint, run: Run) -> None:
    """Note what the feeds hold that the endpoint was not told yet."""
    channels = noting.channels_of(endpoint)
    for feed in messages.feeds():
        while messages.wants_of(endpoint, feed) and not run.expired and _has_room(endpoint):
            noted, is_more = _next(endpoint, feed, channels)
            run.count("noted", noted)
            if not is_more:
                break


def _has_room(endpoint: WebhookEndpoint) -> bool:
    pending = WebhookDelivery.objects.filter(endpoint=endpoint).pending().order_by()
    return pending[:MOST_PENDING].count() < MOST_PENDING


@transaction.atomic
def _next(endpoint: WebhookEndpoint, feed: Feed, channels: Collection[int] | None) -> tuple[int, bool]:
    """How many messages were noted, and whether the feed may hold more."""
    position = WebhookPosition.objects.select_for_update().filter(endpoint=endpoint, feed=feed.name).first()
    if position is None:
        # A feed that came with an upgrade.
        start(endpoint, {each.name for each in messages.feeds()} - {feed.name})
        return 0, False
    found, passed = feed.read(position.number, channels, AT_ONCE)
    noted = noting.note(endpoint, found, channels)
    if passed > position.number:
        WebhookPosition.objects.filter(pk=position.pk).update(number=passed)
    # Time goes on by itself.
    return noted, bool(found) if feed.is_by_time else passed > position.number
