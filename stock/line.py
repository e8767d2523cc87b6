"""Whose stock SCX is asked for by seller, and in which order."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import chain, zip_longest
from typing import Any

from django.conf import settings
from django.db.models import DateTimeField, Exists, ExpressionWrapper, F, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from platforms import quota
from platforms.models import Channel, QuotaBucket
from sellers import selling
from sellers.models import Membership, Seller
from stock.models import StockCursor, StockLevel

# Stock that changed a short time ago will change again.
RECENT = timedelta(hours=1)
# More than SCX lets us ask in a run.
MOST = 2000
GROUP = "offer"
# Of one with news: the page, and the look for another.
CALLS_A_TURN = 2


def of(channel: Channel) -> list[StockCursor]:
    """The cursors of all who sell on the channel, as many as a run has time for.

    Every other one is of a seller with recent news, as long as there are such, and in both rows those come first that
    were asked for longest ago: so nobody waits for more than twice the number of sellers.
    """
    make_missing(channel, selling.on(channel))
    cursors = _cursors(channel, selling.on(channel)).order_by(F("polled_at").asc(nulls_first=True), "pk")
    is_recent = Q(changed_at__gte=timezone.now() - RECENT)
    return list(_by_turns(cursors.filter(is_recent)[:MOST], cursors.exclude(is_recent)[:MOST]))


def behind(channel: Channel) -> list[StockCursor]:
    """The cursors of sellers who sell on the channel again, and are not caught up yet.

    Each goes on from the newest level of before: what SCX told of others since then, it has not told of him.
    """
    told = _told(channel, OuterRef("seller_id")).filter(received_at__lt=OuterRef("began"))
    done = StockCursor.objects.filter(channel=channel, seller=OuterRef("pk"), caught_up_with__gte=OuterRef("began"))
    again = selling.on(channel).annotate(began=_began(channel, "pk", "")).filter(Exists(told), ~Exists(done))
    make_missing(channel, again)
    cursors = list(_cursors(channel, again).order_by(F("polled_at").asc(nulls_first=True), "pk")[:MOST])
    for cursor in cursors:
        if not _is_begun(cursor):
            _go_on_from_newest(channel, cursor)
    return cursors


def compared(channel: Channel) -> list[StockCursor]:
    """The cursors of sellers whose stock is fetched anew, of those who sell on the channel."""
    found = _cursors(channel, selling.on(channel)).exclude(compare_until="")
    return list(found.order_by(F("polled_at").asc(nulls_first=True), "pk")[:MOST])


def caught_up(cursor: StockCursor) -> None:
    """The cursor has seen all there is, of one that `of` or `behind` gave."""
    began = getattr(cursor, "began", None)
    if began and cursor.caught_up_with != began:
        StockCursor.objects.filter(pk=cursor.pk).update(caught_up_with=began)


def bound(channel: Channel) -> timedelta | None:
    """Within what time each seller is asked for at the latest, by the quota SCX told; None while it told none."""
    bucket = QuotaBucket.objects.filter(channel=channel, group=GROUP).first()
    if bucket is None or not bucket.limit or not bucket.interval:
        return None
    calls = quota.allowed(GROUP, bucket.limit, settings.STOCK_QUOTA_SHARE)
    turns = 2 * selling.on(channel).count()
    return timedelta(seconds=turns * CALLS_A_TURN * bucket.interval / calls)


def make_missing(channel: Channel, sellers: QuerySet[Seller]) -> None:
    """Each of these sellers has a cursor on the channel."""
    known = StockCursor.objects.filter(channel=channel, seller__isnull=False).values("seller")
    missing = sellers.exclude(pk__in=known).order_by().values_list("pk", flat=True)
    StockCursor.objects.bulk_create(
        (StockCursor(channel=channel, seller_id=seller) for seller in missing), ignore_conflicts=True
    )


def _cursors(channel: Channel, sellers: QuerySet[Seller]) -> QuerySet[StockCursor]:
    """Those of the sellers, with the time since when each sells on the channel as `began`."""
    found = StockCursor.objects.filter(channel=channel, seller__in=sellers.values("pk")).select_related("seller")
    return found.annotate(began=_began(channel, "seller", "seller__"))


def _began(channel: Channel, seller: str, prefix: str) -> ExpressionWrapper:
    """Since when a seller sells on the channel; the names lead from the row to him and to his fields."""
    linked = Coalesce(F(f"{prefix}linked_at"), F(f"{prefix}created_at"))
    confirmed = Membership.objects.filter(seller=OuterRef(seller), marketplace=channel).values("confirmed_at")[:1]
    began = Greatest(linked, Coalesce(Subquery(confirmed), linked))
    return ExpressionWrapper(began, output_field=DateTimeField())


def _told(channel: Channel, seller_id: Any) -> QuerySet[StockLevel]:
    """The levels that SCX told of the seller."""
    of_seller = StockLevel.objects.filter(channel=channel, seller_id=seller_id)
    return of_seller.exclude(source=StockLevel.Source.GROUP)


def _is_begun(cursor: Any) -> bool:
    return bool(cursor.catching_up_with == cursor.began)


def _go_on_from_newest(channel: Channel, cursor: Any) -> None:
    StockCursor.objects.filter(pk=cursor.pk).update(catching_up_with=cursor.began)
    before = _told(channel, cursor.seller.seller_id).filter(received_at__lt=cursor.began)
    newest = before.aggregate(at=Max("updated_at"))["at"].isoformat()
    # What is fetched anew is fetched from where that was begun.
    if StockCursor.objects.filter(pk=cursor.pk, compare_until="").update(last_updated_at=newest):
        cursor.last_updated_at = newest


def _by_turns(left: Iterable[StockCursor], right: Iterable[StockCursor]) -> Iterator[StockCursor]:
    return (each for each in chain.from_iterable(zip_longest(left, right)) if each is not None)
