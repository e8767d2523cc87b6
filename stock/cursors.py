"""How far behind polling is: per channel, when SCX was last asked, and for how many sellers in vain."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, Max, Min, OuterRef, Q

from platforms.models import Channel
from sellers.models import Membership, Seller
from stock.models import StockCursor


@dataclass(frozen=True)
class Lag:
    """`polled_at`: when SCX was last asked for the seller for whom that is longest ago. `refused`: sellers in
    error; `error`: what SCX said of one of them."""

    channel: Channel
    polled_at: datetime | None
    refused: int
    error: str


def lags() -> Iterator[Lag]:
    """One for each active channel that polls and has begun to."""
    polled = Channel.objects.callable().exclude(stock_source=Channel.StockSource.EVENTS)
    channels = {channel.pk: channel for channel in polled}
    for pk, polled_at, refused, error in (
        StockCursor.objects.filter(_in_use(), channel__in=channels)
        .order_by()
        .values_list("channel")
        .annotate(Min("polled_at"), refused=Count("pk", filter=~Q(error="")), said=Max("error"))
    ):
        yield Lag(channels[pk], polled_at, refused, error or "")


def _in_use() -> Q:
    """The cursors that the channel's stock source moves; those of sellers who left stand still."""
    of_all = Q(channel__stock_source=Channel.StockSource.ALL_SELLERS, seller=None)
    at_home = Q(channel__kind=Channel.Kind.STANDALONE)
    memberships = Membership.objects.filter(seller=OuterRef("seller"), marketplace=OuterRef("channel"), confirmed=True)
    of_one = Q(channel__stock_source=Channel.StockSource.PER_SELLER, seller__state=Seller.State.ACTIVE)
    return of_all | (of_one & (at_home | Q(Exists(memberships))))
