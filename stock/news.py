"""When stock of a seller was last told, and whether he is silent for longer than usual."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from platforms.models import Channel
from sellers import selling
from sellers.models import Seller
from stock.levels import Update
from stock.models import SellerNews

# News within this time are one.
ONE = timedelta(minutes=1)
# A silence of so long ago counts half: one before the holidays is forgotten some weeks after them.
HALVED = timedelta(days=14)
# A longer one is a pause, of him or of the portal, and says nothing of what is usual.
LONGEST = timedelta(days=7)
# Nobody is expected to have news sooner.
SHORTEST = timedelta(days=1)
TIMES = 2


def note(channel: Channel, updates: Iterable[Update], now: datetime) -> None:
    """Sellers told stock: of each when, and for how long there was nothing before; the feed's counter is held."""
    sellers = {update.seller_id for update in updates}
    if not sellers:
        return
    known = Seller.objects.of_channel(channel).filter(seller_id__in=sellers)
    spoke = known.values_list("pk", "stock_news__last_at", "stock_news__longest_silence")
    rows = [_row(pk, last_at, longest, now) for pk, last_at, longest in spoke if not last_at or now - last_at >= ONE]
    SellerNews.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["seller"],
        update_fields=["last_at", "longest_silence", "expected_by"],
    )


def _row(seller: int, last_at: datetime | None, longest: timedelta | None, now: datetime) -> SellerNews:
    if last_at is None:
        return SellerNews(seller_id=seller, last_at=now)
    silence = now - last_at
    longest = max(min(silence, LONGEST), (longest or timedelta(0)) * 0.5 ** (silence / HALVED))
    return SellerNews(
        seller_id=seller, last_at=now, longest_silence=longest, expected_by=now + max(TIMES * longest, SHORTEST)
    )


def is_silent() -> Q:
    """The rows of sellers who sell, and of whom nothing was heard for longer than usual."""
    return Q(expected_by__lt=timezone.now()) & selling.anywhere("seller")
