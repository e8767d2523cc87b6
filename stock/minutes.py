"""How many stock updates came in each minute, and how long they had taken from SCX's time until they were committed."""

from bisect import bisect_left
from datetime import datetime, timedelta

from django.utils import timezone

from platforms.models import Channel
from stock.levels import Outcome
from stock.models import StockMinute

# In seconds; what took longer than the last is counted after it.
DELAYS = (1, 2, 5, 10, 30, 60, 120, 300, 900, 3600, 21_600, 86_400)
KEPT = timedelta(days=2)


def count(channel: Channel, outcome: Outcome, now: datetime) -> None:
    """Add what came in to the minute; the stock feed's counter is held, so nobody else does."""
    if not (outcome.counted or outcome.superseded):
        return
    at = now.replace(second=0, microsecond=0)
    row, _created = StockMinute.objects.get_or_create(channel=channel, at=at)
    row.counted += len(outcome.counted)
    row.superseded += len(outcome.superseded)
    row.delays = row.delays or [0] * (len(DELAYS) + 1)
    for update in outcome.counted:
        row.delays[bisect_left(DELAYS, (now - update.updated_at).total_seconds())] += 1
    row.save()


def forget() -> None:
    """Remove what is older than anybody is shown, of all channels."""
    old = StockMinute.objects.filter(at__lt=timezone.now() - KEPT)
    # A DELETE that finds nothing would still keep other writers waiting on SQLite.
    if old.exists():
        old.delete()
