"""Fetching stock anew and comparing it: a cursor is set back, and what SCX then says is held against what was known.

What SCX says counts as ever, the newest; what was missing or is otherwise here is written down for staff to read.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from platforms import feeds
from platforms.jobs import nudge
from platforms.models import Channel
from platforms.scx.values import format_time, parse_time
from sellers import selling
from stock import cursors, intake, levels, line
from stock.levels import Key, Outcome, Update
from stock.models import FEED, StockCursor, StockDifference, StockLevel

# What an event says is here within this time.
ON_ITS_WAY = timedelta(minutes=5)
# More are counted, but not written down.
MOST = 10_000
BEGUN = (
    *("last_updated_at", "compare_until", "compared_since", "compared_at", "compared_rows", "missed", "disputed"),
    *("stuck_since", "error", "remarks", "remarked_at"),
)


@dataclass(frozen=True)
class Known:
    """What was known of an offer before a page came."""

    quantity: Decimal
    updated_at: datetime
    source: str


def begin(rows: QuerySet[StockCursor], position: str) -> int:
    """Set these cursors back to the position, and compare from there on; returns how many. What is known stays."""
    now = timezone.now()
    used = set(rows.filter(cursors.in_use(), polled_at__isnull=False).values_list("pk", flat=True))
    keys = list(rows.values_list("pk", flat=True))
    with transaction.atomic():
        # Who is taking in a page writes down what differs, and holds the cursor until then.
        locked = StockCursor.objects.select_for_update(of=("self",)).filter(pk__among=keys).order_by("pk")
        found = list(locked.select_related("channel"))
        StockDifference.objects.filter(cursor__among=keys).delete()
        for cursor in found:
            # By a cursor that nobody moved yet nothing is known: events told all until now.
            own = cursor.last_updated_at if cursor.pk in used else format_time(now - ON_ITS_WAY)
            cursor.compare_until = max(cursor.compare_until, own, key=_age)
            cursor.last_updated_at, cursor.compared_since, cursor.compared_at = position, now, None
            cursor.compared_rows = cursor.missed = cursor.disputed = 0
            cursor.stuck_since, cursor.error, cursor.remarks, cursor.remarked_at = None, "", None, None
        StockCursor.objects.bulk_update(found, BEGUN, batch_size=500)
    for channel in {cursor.channel for cursor in found}:
        nudge("stock", channel)
    return len(found)


def begin_all(channel: Channel) -> int:
    """Fetch all stock of a channel anew, whatever tells it; returns by how many cursors."""
    if channel.stock_source == Channel.StockSource.ALL_SELLERS:
        cursor, _created = StockCursor.objects.get_or_create(channel=channel, seller=None)
        return begin(StockCursor.objects.filter(pk=cursor.pk), StockCursor.START)
    line.make_missing(channel, selling.on(channel))
    of_sellers = StockCursor.objects.filter(channel=channel, seller__in=selling.on(channel).values("pk"))
    return begin(of_sellers, StockCursor.START)


def known(channel: Channel, cursor: StockCursor, updates: Iterable[Update]) -> dict[Key, Known]:
    """What is known of these offers, where it is to be compared; nobody changes that until the transaction ends."""
    if not cursor.compare_until:
        return {}
    feeds.hold(FEED)
    updates = list(updates)
    found = StockLevel.objects.filter(
        channel=channel,
        seller_id__in={update.seller_id for update in updates},
        offer_id__among={update.offer_id for update in updates},
    ).order_by()
    rows = found.values_list("seller_id", "offer_id", "quantity", "updated_at", "source")
    return {
        (seller_id, offer_id): Known(quantity, updated_at, source)
        for seller_id, offer_id, quantity, updated_at, source in rows
    }


def note(
    cursor: StockCursor, before: dict[Key, Known], updates: Iterable[Update], outcome: Outcome, *, is_over: bool
) -> dict[str, Any]:
    """Write down what differs of a page; returns what changes at its cursor."""
    until = parse_time(cursor.compare_until)
    if until is None:
        return {}
    # Not what is asked for once more.
    position = _age(cursor.last_updated_at)
    judged = [update for update in updates if position < update.updated_at <= until]
    found = list(_differences(cursor, before, judged, outcome))
    room = max(0, MOST - cursor.missed - cursor.disputed)
    StockDifference.objects.bulk_create(found[:room])
    missed = sum(difference.kind == StockDifference.Kind.MISSED for difference in found)
    changes: dict[str, Any] = {
        "compared_rows": cursor.compared_rows + len(judged),
        "missed": cursor.missed + missed,
        "disputed": cursor.disputed + len(found) - missed,
    }
    return {**changes, "compare_until": "", "compared_at": timezone.now()} if is_over else changes


def _differences(
    cursor: StockCursor, before: dict[Key, Known], updates: Iterable[Update], outcome: Outcome
) -> Iterator[StockDifference]:
    for update in updates:
        here = before.get(update.key)
        theirs = levels.held(update.quantity)
        if here and here.quantity == theirs:
            continue
        kind = StockDifference.Kind.MISSED if update in outcome.counted else _dispute(here, update)
        if kind:
            yield StockDifference(
                cursor=cursor,
                kind=kind,
                seller_id=update.seller_id,
                offer_id=update.offer_id,
                here=here.quantity if here else None,
                here_at=here.updated_at if here else None,
                theirs=theirs,
                theirs_at=update.updated_at,
            )


def _dispute(here: Known | None, update: Update) -> str:
    """What is known by another channel of the group is newer for a reason."""
    if here and here.source != StockLevel.Source.GROUP and here.updated_at > update.updated_at:
        return StockDifference.Kind.DISPUTED.value
    return ""


@dataclass
class Taken:
    """How many levels are as SCX said now, and how many were left alone because they changed since."""

    done: int = 0
    left: int = 0


def take_theirs(differences: QuerySet[StockDifference]) -> Taken:
    """Let the quantity that SCX said count where ours is newer, and still what it was when the difference was found."""
    taken = Taken()
    for difference in differences.filter(kind=StockDifference.Kind.DISPUTED).select_related("cursor__channel"):
        with transaction.atomic():
            if _take(difference):
                taken.done += 1
            else:
                taken.left += 1
    return taken


def _take(difference: StockDifference) -> bool:
    # The feed's counter before the cursor, as with every page.
    feeds.hold(FEED)
    cursor = difference.cursor
    level = StockLevel.objects.filter(
        channel=cursor.channel_id, seller_id=difference.seller_id, offer_id=difference.offer_id
    ).first()
    is_as_found = level and (level.quantity, level.updated_at) == (difference.here, difference.here_at)
    of_it = StockDifference.objects.filter(pk=difference.pk, kind=StockDifference.Kind.DISPUTED)
    if level is None or not is_as_found or not of_it.update(kind=StockDifference.Kind.TAKEN):
        return False
    at = max(timezone.now(), level.updated_at + timedelta(seconds=1))
    version = levels.version(at, polled=True)
    source = StockLevel.Source.STAFF.value
    update = Update(difference.seller_id, difference.offer_id, difference.theirs, at, version, source)
    StockCursor.objects.filter(pk=cursor.pk, disputed__gt=0).update(disputed=F("disputed") - 1)
    return intake.overrule(cursor.channel, update)


def _age(moment: str) -> datetime:
    return parse_time(moment) or datetime.min.replace(tzinfo=timezone.get_default_timezone())
