"""What a channel holds back of its stock against overselling: where it changes, the feed tells the levels again."""

from datetime import datetime

from django.db import transaction

from platforms import bulk, feeds
from platforms.jobs import Run
from platforms.models import Channel
from stock.models import FEED, Levelling, StockLevel

BATCH = 1000


def tell_again(channel: Channel, run: Run) -> None:
    """Give the levels of which something else may be sold now a later place in the feed.

    Batch by batch; what is left when time is up, or at a kill, is done by the next run.
    """
    since = channel.held_back_since
    if since is None or Levelling.objects.filter(channel=channel, told_by=since).exists():
        return
    while not run.expired:
        with transaction.atomic():
            more, told = _next(channel, since)
        run.count("told again", told)
        if not more:
            return


def _next(channel: Channel, since: datetime) -> tuple[bool, int]:
    """Tell the next levels; whether more are left, and how many these were."""
    first = feeds.hold(FEED)
    row, _created = Levelling.objects.get_or_create(channel=channel)
    if row.telling_by != since:
        row.telling_by, row.told_up_to, row.tell_up_to = since, 0, first - 1
    between = StockLevel.objects.filter(channel=channel, number__gt=row.told_up_to, number__lte=row.tell_up_to)
    levels = list(between.order_by("number").only("number", "quantity")[:BATCH])
    # Several may have one number.
    last = levels[-1].number if len(levels) == BATCH else row.tell_up_to
    if len(levels) == BATCH:
        levels += between.filter(number=last).exclude(pk__in=[level.pk for level in levels]).only("number", "quantity")
    told = [level for level in levels if level.quantity > 0]
    if told:
        number = feeds.draw(FEED, len(told))
        for place, level in enumerate(told):
            level.number = number + place
        bulk.update(told, ["number"])
    row.told_up_to = last
    more = last < row.tell_up_to
    if not more:
        row.told_by, row.telling_by, row.told_up_to, row.tell_up_to = since, None, 0, 0
    row.save()
    return more, len(told)
