"""A page of SCX's stock: its levels and how far it goes are committed together.

What SCX may send that no source rules out is defined here: a time to come, a page that names no later time, rows that
cannot be used. It is noted at the cursor, and nothing is skipped for it.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from platforms import storable
from platforms.models import Channel
from platforms.scx.stock import StockPage, StockRow
from platforms.scx.values import format_time, parse_time
from stock import fanout, levels
from stock.models import StockCursor

logger = logging.getLogger(__name__)

# SCX's clock may be ahead of ours by so much.
AHEAD = timedelta(minutes=5)
# Rows that SCX wrote down late have times that were passed already: the last so many seconds are asked for again.
OVERLAP = timedelta(seconds=60)
LONGEST_REMARK = 1000


def beginning(cursor: StockCursor) -> str:
    """What to ask SCX for first: the cursor's time and an overlap before it, whose rows change nothing twice."""
    known = _usable(cursor.last_updated_at, timezone.now())
    moment = parse_time(known)
    if moment is None:
        return StockCursor.START
    return known if known == StockCursor.START else format_time(moment - OVERLAP)


@dataclass(frozen=True)
class Taken:
    """How many levels of a page counted, and what to ask for next: `reached`, unless it is not later than before."""

    counted: int
    reached: str


def commit(channel: Channel, cursor: StockCursor, page: StockPage, source: str, *, asked: str) -> Taken:
    """Store the page that came for `asked`, and move the cursor, in one transaction.

    The cursor never moves backwards, nor beyond the present: from a time to come no news would ever be seen. A level
    with such a time counts as of now, or nothing would count after it.
    """
    now = timezone.now()
    latest = now + AHEAD
    remarks = [_("SCX sent a row that cannot be used: %(reason)s") % {"reason": reason} for reason in page.malformed]
    early = sum(row.updated_at > latest for row in page.rows)
    if early:
        remarks.append(_("SCX gave %(number)s rows a time to come; they count as of now.") % {"number": early})
    reached = page.last_updated_at
    if not _usable(reached, now):
        remarks.append(_("SCX named %(time)s, a time to come, to go on from.") % {"time": reached})
        reached = _newest(page.rows, latest) or cursor.last_updated_at
    updates = [_update(row, source, now if row.updated_at > latest else row.updated_at) for row in page.rows]
    with transaction.atomic():
        counted = len(fanout.record(channel, updates))
        changes: dict[str, Any] = {"polled_at": now, "error": "", **_remarked(remarks, now)}
        if counted:
            changes["changed_at"] = now
        if not page.rows or is_later(reached, asked):
            changes["stuck_since"] = None
        elif counted:
            changes["stuck_since"] = cursor.stuck_since or now
        if is_later(reached, _usable(cursor.last_updated_at, now)):
            changes["last_updated_at"] = reached
        StockCursor.objects.filter(pk=cursor.pk, last_updated_at=cursor.last_updated_at).update(**changes)
    for name, value in changes.items():
        setattr(cursor, name, value)
    return Taken(counted, reached)


def is_later(candidate: str, than: str) -> bool:
    """Whether one `lastUpdatedAt` is later than another; unreadable ones never are."""
    left, right = parse_time(candidate), parse_time(than)
    return left is not None and (right is None or left > right)


def _usable(moment: str, now: datetime) -> str:
    """A cursor's time, or "" for one that is to come."""
    return "" if is_later(moment, (now + AHEAD).isoformat()) else moment


def _newest(rows: list[StockRow], latest: datetime) -> str:
    """The newest time of the rows that is not to come."""
    newest = max((row.updated_at for row in rows if row.updated_at <= latest), default=None)
    return newest.isoformat() if newest else ""


def _remarked(remarks: list[str], now: datetime) -> dict[str, object]:
    if not remarks:
        return {}
    for remark in remarks:
        logger.warning("%s", remark)
    return {"remark": storable.text("\n".join(remarks), LONGEST_REMARK), "remarked_at": now}


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
