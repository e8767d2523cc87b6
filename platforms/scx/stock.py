"""Stock updates as SCX answers them to both polling routes (contract 9.2, 9.3)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from platforms.scx.transport import Answer
from platforms.scx.values import parse_decimal, parse_id_number, parse_text, parse_time

LONGEST_CURSOR = 40


@dataclass(frozen=True)
class StockRow:
    """The stock of one offer; `channel` and `channel_offer_id` may be missing on the wire."""

    channel: str | None
    seller_id: str
    offer_id: int
    channel_offer_id: str | None
    quantity: Decimal
    updated_at: datetime


@dataclass(frozen=True)
class StockPage:
    """`last_updated_at` is as received: the next `updatedAfter`. `malformed` tells of rows that cannot be used."""

    rows: list[StockRow]
    last_updated_at: str
    malformed: list[str]


def parse_page(answer: Answer, *, updated_after: str) -> StockPage:
    """An answer without `lastUpdatedAt` moves the cursor to its newest row, or not at all."""
    if answer.status == 204:
        return StockPage([], updated_after, [])
    page_rows: list[StockRow] = []
    malformed: list[str] = []
    newest = (parse_time(updated_after), updated_after)
    for position, entry in enumerate(answer.rows("stockUpdateList")):
        row = _row(entry) if isinstance(entry, dict) else "it is no object"
        if isinstance(row, str):
            malformed.append(f"stockUpdateList[{position}]: {row}.")
            continue
        page_rows.append(row)
        if newest[0] is None or row.updated_at > newest[0]:
            newest = (row.updated_at, parse_text(entry["updatedAt"]))
    last = answer.mapping().get("lastUpdatedAt")
    moment = last if isinstance(last, str) and parse_time(last) else newest[1]
    return StockPage(page_rows, _cursor(moment), malformed)


def _cursor(moment: str) -> str:
    """As received where it can be kept so; an absurdly long time is rounded down to microseconds."""
    moment = moment.strip()
    parsed = parse_time(moment)
    return parsed.isoformat() if parsed and len(moment) > LONGEST_CURSOR else moment


def _row(entry: dict[str, Any]) -> StockRow | str:
    """The row, or what is wrong with it."""
    seller_id = parse_text(entry.get("sellerId"))
    offer_id = parse_id_number(entry.get("offerId"))
    quantity = parse_decimal(entry.get("quantity"))
    updated_at = parse_time(entry.get("updatedAt"))
    if not seller_id:
        return "it has no sellerId"
    if offer_id is None:
        return f"seller {seller_id}: it has no usable offerId"
    if quantity is None:
        return f"seller {seller_id}, offer {offer_id}: it has no usable quantity"
    if updated_at is None:
        return f"seller {seller_id}, offer {offer_id}: it has no usable updatedAt"
    return StockRow(
        channel=parse_text(entry.get("channel")) or None,
        seller_id=seller_id,
        offer_id=offer_id,
        channel_offer_id=parse_text(entry.get("channelOfferId")) or None,
        quantity=quantity,
        updated_at=updated_at,
    )
