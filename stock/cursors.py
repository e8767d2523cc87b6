"""How far behind polling is: per channel, when SCX was last asked, and for how many sellers in vain."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, Count, F, Max, Min, Q, When
from django.utils import timezone

from platforms.models import Channel
from sellers import selling
from stock.models import StockCursor

# An answer that was odd is told so long.
REMARKED = timedelta(days=1)
# News of the very moment that SCX named last come by themselves within this time.
STUCK = timedelta(minutes=10)


@dataclass(frozen=True)
class Lag:
    """`polled_at`: when SCX was last asked for the seller for whom that is longest ago.

    `refused`: sellers in error; `error`: what SCX said of one of them. `stuck`: cursors whose news name no later time
    to go on from for a while, `stuck_since`: the first of them. `odd`: those with an answer of the last day that was
    odd, `remarks`: how one was (`stock.remarks`).
    """

    channel: Channel
    polled_at: datetime | None
    refused: int
    error: str
    stuck: int
    stuck_since: datetime | None
    odd: int
    remarks: list[Any]


def lags() -> Iterator[Lag]:
    """One for each active channel that polls, or catches up with a seller, and has begun to."""
    channels = {channel.pk: channel for channel in Channel.objects.callable()}
    used = StockCursor.objects.filter(in_use(), channel__in=channels).order_by()
    is_odd, is_stuck = Q(remarked_at__gte=timezone.now() - REMARKED), Q(stuck_since__lte=timezone.now() - STUCK)
    remarks = dict(used.filter(is_odd).order_by("remarked_at").values_list("channel", "remarks"))
    for pk, polled_at, refused, error, stuck, since, odd in used.values_list("channel").annotate(
        asked=Min(_asked_at()),
        refused=Count("pk", filter=~Q(error="")),
        said=Max("error"),
        stuck=Count("pk", filter=is_stuck),
        first=Min("stuck_since", filter=is_stuck),
        odd=Count("pk", filter=is_odd),
    ):
        yield Lag(channels[pk], polled_at, refused, error or "", stuck, since, odd, remarks.get(pk) or [])


def _asked_at() -> Case:
    """When SCX was last asked; a comparison that was begun since then has had no time to ask before."""
    is_older = Q(compared_since__isnull=False, polled_at__lt=F("compared_since")) & ~Q(compare_until="")
    return Case(When(is_older, then=F("compared_since")), default=F("polled_at"))


def in_trouble() -> Q:
    """Cursors that SCX answers with an error, that are stuck, or whose last day had an odd answer."""
    return ~Q(error="") | Q(stuck_since__isnull=False) | Q(remarked_at__gte=timezone.now() - REMARKED)


def is_recent(remarked_at: datetime | None) -> bool:
    return remarked_at is not None and remarked_at >= timezone.now() - REMARKED


def in_use() -> Q:
    """The cursors that the channel's stock source moves, and those that catch up; of sellers who left none."""
    of_all = Q(channel__stock_source=Channel.StockSource.ALL_SELLERS, seller=None)
    of_one = Q(channel__stock_source=Channel.StockSource.PER_SELLER)
    is_behind = Q(caught_up_with=None) | Q(caught_up_with__lt=F("catching_up_with"))
    catches_up = Q(catching_up_with__isnull=False) & is_behind
    return of_all | ((of_one | catches_up | ~Q(compare_until="")) & selling.rows("seller", "channel"))
