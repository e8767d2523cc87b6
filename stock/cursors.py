"""How far behind polling is: per channel, when SCX was last asked, and for how many sellers in vain."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, Max, Min, OuterRef, Q
from django.utils import timezone

from platforms.models import Channel
from sellers.models import Membership, Seller
from stock.models import StockCursor

# An answer that was odd is told so long.
REMARKED = timedelta(days=1)


@dataclass(frozen=True)
class Lag:
    """`polled_at`: when SCX was last asked for the seller for whom that is longest ago.

    `refused`: sellers in error; `error`: what SCX said of one of them. `stuck`: cursors whose news name no later time
    to go on from, `stuck_since`: the first of them. `odd`: those with an answer of the last day that was odd, `remark`:
    how one was.
    """

    channel: Channel
    polled_at: datetime | None
    refused: int
    error: str
    stuck: int
    stuck_since: datetime | None
    odd: int
    remark: str


def lags() -> Iterator[Lag]:
    """One for each active channel that polls and has begun to."""
    polled = Channel.objects.callable().exclude(stock_source=Channel.StockSource.EVENTS)
    channels = {channel.pk: channel for channel in polled}
    odd = Q(remarked_at__gte=timezone.now() - REMARKED)
    for pk, polled_at, refused, error, stuck, stuck_since, odd_ones, remark in (
        StockCursor.objects.filter(_in_use(), channel__in=channels)
        .order_by()
        .values_list("channel")
        .annotate(
            Min("polled_at"),
            refused=Count("pk", filter=~Q(error="")),
            said=Max("error"),
            stuck=Count("stuck_since"),
            first=Min("stuck_since"),
            odd=Count("pk", filter=odd),
            how=Max("remark", filter=odd),
        )
    ):
        yield Lag(channels[pk], polled_at, refused, error or "", stuck, stuck_since, odd_ones, remark or "")


def in_trouble() -> Q:
    """Cursors that SCX answers with an error, that are stuck, or whose last day had an odd answer."""
    return ~Q(error="") | Q(stuck_since__isnull=False) | Q(remarked_at__gte=timezone.now() - REMARKED)


def is_recent(remarked_at: datetime | None) -> bool:
    return remarked_at is not None and remarked_at >= timezone.now() - REMARKED


def _in_use() -> Q:
    """The cursors that the channel's stock source moves; those of sellers who left stand still."""
    of_all = Q(channel__stock_source=Channel.StockSource.ALL_SELLERS, seller=None)
    at_home = Q(channel__kind=Channel.Kind.STANDALONE)
    memberships = Membership.objects.filter(seller=OuterRef("seller"), marketplace=OuterRef("channel"), confirmed=True)
    of_one = Q(channel__stock_source=Channel.StockSource.PER_SELLER, seller__state=Seller.State.ACTIVE)
    return of_all | (of_one & (at_home | Q(Exists(memberships))))
