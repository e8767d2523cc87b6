"""Numbers that order a feed: without gaps for its readers, and never seen out of order."""

from django.db import transaction
from django.db.models import F

from platforms.models import FeedCounter


def draw(feed: str, count: int) -> int:
    """Take `count` numbers and return the first.

    The counter row stays locked until the surrounding transaction ends, so numbers become visible in their order: call
    it as late in the transaction as can be.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("Feed numbers are drawn inside the transaction that writes the rows.")
    if not FeedCounter.objects.filter(pk=feed).update(value=F("value") + count):
        FeedCounter.objects.bulk_create([FeedCounter(name=feed)], ignore_conflicts=True)
        FeedCounter.objects.filter(pk=feed).update(value=F("value") + count)
    return FeedCounter.objects.values_list("value", flat=True).get(pk=feed) - count + 1


def hold(feed: str) -> None:
    """Keep others from drawing until the surrounding transaction ends: what is read from here on is all they wrote."""
    draw(feed, 0)
