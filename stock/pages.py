"""A page of SCX's stock: its levels and how far it goes are committed together.

What SCX may send that no source rules out is defined here: a time to come, a page that names no later time, rows that
cannot be used. It is noted at the cursor, and nothing is skipped for it.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from platforms import storable
from platforms.models import Channel
from platforms.scx.stock import StockPage, StockRow
from platforms.scx.values import format_time, parse_time
from stock import intake, levels, remarks, resync
from stock.models import StockCursor, StockLevel
from stock.remarks import Remark

logger = logging.getLogger(__name__)

# SCX's clock may be ahead of ours by so much.
AHEAD = timedelta(minutes=5)
# Rows that SCX wrote down late have times that were passed already: so much is asked for again, as long as the cursor
# is young. A cursor gets no further ahead of the present than that.
OVERLAP = timedelta(seconds=60)
YOUNG = timedelta(minutes=5)
MOST_REMARKS = 5
LONGEST_REASON = 200


@dataclass(frozen=True)
class Taken:
    """How many levels of a page counted, how many are older than what is known, and what to ask for next.

    That is "" where there can be no more, and where somebody set the cursor meanwhile (`is_outdated`).
    """

    counted: int
    superseded: int
    following: str
    is_outdated: bool = False


def beginning(cursor: StockCursor) -> str:
    """What to ask SCX for first: the cursor's time, or while that is young an overlap before it."""
    now = timezone.now()
    known = _usable(cursor.last_updated_at, now + AHEAD)
    moment = parse_time(known)
    if moment is None:
        return StockCursor.START
    return format_time(moment - OVERLAP) if now - moment < YOUNG else known


def commit(
    channel: Channel, cursor: StockCursor, page: StockPage, source: str, *, asked: str, at: datetime | None = None
) -> Taken:
    """Store the page that came for `asked`, asked at this time (now), and move the cursor, in one transaction.

    The cursor never moves backwards, nor beyond the present: from a time to come no news would ever be seen. A level
    with such a time counts as of when it was asked for, or nothing would count after it.
    """
    now = timezone.now()
    at = at or now
    before = _usable(cursor.last_updated_at, now + AHEAD)
    reached = _usable(page.last_updated_at, now + OVERLAP) or _newest(page.rows, now + OVERLAP) or before
    early = [row for row in page.rows if row.updated_at > now + AHEAD]
    odd = [*_remarks(page, now, len(early))]
    for remark in odd:
        logger.warning("Channel %s: %s", channel.code, remarks.text([remark]))
    updates = [_update(row, source, row.updated_at) for row in page.rows if row.updated_at <= now + AHEAD]
    updates += [_update(row, source, at) for row in _unknown(channel, early)]
    is_later_now = is_later(reached, before)
    with transaction.atomic():
        levels_before = resync.known(channel, cursor, updates)
        outcome = intake.record(channel, updates)
        same = StockCursor.objects.select_for_update().filter(
            pk=cursor.pk, last_updated_at=cursor.last_updated_at, compared_since=cursor.compared_since
        )
        if not same.exists():
            return Taken(len(outcome.counted), len(outcome.superseded), "", is_outdated=True)
        counted = outcome.counted
        goes_on = page.rows and is_later(reached, asked) and (counted or is_later_now or is_later(before, reached))
        changes: dict[str, Any] = {"polled_at": now, "error": ""}
        if odd:
            changes |= {"remarks": odd, "remarked_at": now}
        if counted:
            changes["changed_at"] = now
        if not page.rows or is_later_now:
            changes["stuck_since"] = None
        elif any(not is_later(before, update.updated_at.isoformat()) for update in counted):
            changes["stuck_since"] = cursor.stuck_since or now
        if is_later_now:
            changes["last_updated_at"] = reached
        changes |= resync.note(cursor, levels_before, updates, outcome, is_over=not goes_on)
        StockCursor.objects.filter(pk=cursor.pk).update(**changes)
    for name, value in changes.items():
        setattr(cursor, name, value)
    return Taken(len(counted), len(outcome.superseded), reached if goes_on else "")


def is_later(candidate: str, than: str) -> bool:
    """Whether one `lastUpdatedAt` is later than another; unreadable ones never are."""
    left, right = parse_time(candidate), parse_time(than)
    return left is not None and (right is None or left > right)


def _usable(moment: str, latest: datetime) -> str:
    """A cursor's time, or "" for one beyond the latest that may be."""
    return "" if is_later(moment, latest.isoformat()) else moment


def _newest(rows: Sequence[StockRow], latest: datetime) -> str:
    """The newest time of the rows up to the latest that may be."""
    newest = max((row.updated_at for row in rows if row.updated_at <= latest), default=None)
    return newest.isoformat() if newest else ""


def _unknown(channel: Channel, early: Sequence[StockRow]) -> Iterator[StockRow]:
    """Of rows with a time to come those that say anything new: SCX sends them again and again."""
    if not early:
        return
    found = StockLevel.objects.filter(
        channel=channel, seller_id__in={row.seller_id for row in early}, offer_id__among={row.offer_id for row in early}
    )
    known = set(found.values_list("seller_id", "offer_id", "quantity"))
    for row in early:
        if (row.seller_id, row.offer_id, levels.held(row.quantity)) not in known:
            yield row


def _remarks(page: StockPage, now: datetime, early: int) -> Iterator[Remark]:
    for reason in page.malformed[:MOST_REMARKS]:
        yield "row", {"reason": storable.text(reason, LONGEST_REASON)}
    if early:
        yield "rows-to-come", {"number": early}
    if not _usable(page.last_updated_at, now + AHEAD):
        yield "time-to-come", {"time": page.last_updated_at}


def _update(row: StockRow, source: str, at: datetime) -> levels.Update:
    return levels.Update(
        seller_id=row.seller_id[:50],
        offer_id=row.offer_id,
        quantity=row.quantity,
        updated_at=at,
        version=levels.version(at, polled=True),
        source=source,
        channel_offer_id=(row.channel_offer_id or "")[:100],
    )
