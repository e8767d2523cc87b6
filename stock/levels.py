"""Recording stock levels: newest wins, in one statement, in whatever order and however often updates come."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_DOWN, Decimal
from functools import lru_cache
from typing import Any

from django.db import connection, models
from django.db.models import Case, F, OuterRef, Subquery, Value, When, Window
from django.db.models.functions import Collate, DenseRank
from django.utils import timezone

from listings.models import Offer
from platforms import bulk, feeds
from platforms.models import Channel
from stock.models import FEED, StockLevel

Key = tuple[str, int]

CHUNK = 1000
ORPHANS_AT_ONCE = 10_000
LARGEST = Decimal("99999999999999")
STEP = Decimal("0.0001")

COLUMNS = (
    "channel",
    "seller_id",
    "offer_id",
    "offer_row",
    "channel_offer_id",
    "quantity",
    "version",
    "updated_at",
    "received_at",
    "source",
    "number",
)
# Text that sorts by its bytes on both databases.
BYTEWISE = {"postgresql": "C", "sqlite": "BINARY"}


@dataclass(frozen=True, slots=True, eq=False)
class Update:
    """What SCX said of one offer's stock. `seller_id` and `offer_id` are SCX's.

    Each is one of its own, also where SCX said the same twice.
    """

    seller_id: str
    offer_id: int
    quantity: Decimal
    updated_at: datetime
    version: str
    source: str
    channel_offer_id: str = ""

    @property
    def key(self) -> Key:
        return self.seller_id, self.offer_id


def version(at: datetime, *, event_id: str = "", polled: bool = False) -> str:
    """Text that sorts by age: SCX's time, then event id; a polled row counts after an event of the same second."""
    at = at.astimezone(UTC)
    second = at.replace(microsecond=0, tzinfo=None).isoformat()
    return f"{second}/{int(polled)}/{at.microsecond:06}/{event_id}"


@lru_cache(maxsize=4096)
def held(quantity: Decimal) -> Decimal:
    """The quantity as a level can hold it: not below zero, not absurd, four decimals."""
    return min(max(quantity, Decimal(0)), LARGEST).quantize(STEP, ROUND_DOWN)


def is_possible(quantity: Decimal) -> bool:
    """Whether any stock can be so."""
    return 0 <= quantity <= LARGEST


@dataclass(frozen=True)
class Outcome:
    """What became of updates: those that counted, those that are older than what is known; others repeat it."""

    counted: set[Update]
    superseded: set[Update]


def rank(version: str, quantity: Decimal) -> tuple[str, Decimal]:
    """What the larger of counts: the version; of two with the same one the smaller quantity, so as not to oversell."""
    return version, -quantity


def record(channel: Channel, updates: Iterable[Update]) -> Outcome:
    """Store the updates that are newer than what is known.

    Call it last in a transaction: the feed's counter stays locked until the commit. What SCX says comes in by
    `stock.intake`.
    """
    given = set(updates)
    newest: dict[Key, Update] = {}
    for update in given:
        key = update.key
        known = newest.get(key)
        if known is None or rank(update.version, update.quantity) > rank(known.version, known.quantity):
            newest[key] = update
    counted: set[Update] = set()
    # In one order everywhere, so that two transactions never wait for each other's rows crosswise.
    ordered = [newest[key] for key in sorted(newest)]
    for start in range(0, len(ordered), CHUNK):
        counted |= _upsert(channel, ordered[start : start + CHUNK])
    return Outcome(counted, _not_known(channel, given - counted))


def _upsert(channel: Channel, updates: Sequence[Update]) -> set[Update]:
    offers = offer_rows(channel, [update.key for update in updates])
    number = feeds.draw(FEED, len(updates))
    columns: dict[str, Sequence[Any]] = {
        "offer_row_id": [offers.get(update.key) for update in updates],
        "quantity": [held(update.quantity) for update in updates],
        "number": range(number, number + len(updates)),
    }
    for name in ("seller_id", "offer_id", "channel_offer_id", "version", "updated_at", "source"):
        columns[name] = [getattr(update, name) for update in updates]
    template = StockLevel(channel=channel, received_at=timezone.now())
    bulk.merge_alike(template, columns, _where_newer())
    # The counter is held: nobody else has these numbers.
    written = StockLevel.objects.filter(number__gte=number, number__lt=number + len(updates)).order_by()
    keys = set(written.values_list("seller_id", "offer_id"))
    return {update for update in updates if update.key in keys}


def _not_known(channel: Channel, updates: set[Update]) -> set[Update]:
    """Of updates that did not count those that say anything else than what is known."""
    if not updates:
        return set()
    levels = StockLevel.objects.filter(
        channel=channel,
        seller_id__in={update.seller_id for update in updates},
        offer_id__among={update.offer_id for update in updates},
    )
    known = set(levels.values_list("seller_id", "offer_id", "version", "quantity"))
    return {update for update in updates if (*update.key, update.version, held(update.quantity)) not in known}


def copy(
    offers: "models.QuerySet[Offer]", *values: Any, source: str, number: str, since: int, together: Sequence[str]
) -> int:
    """Store levels of these offers that the database reads itself, the newer ones; returns how many counted.

    `values` are names or expressions for the columns up to `updated_at`. A level has the feed number of the one it
    follows, `number`, if that was drawn at `since` or later; else it gets a fresh one, with the offers that agree in
    `together`. Call it with the feed's counter held.
    """
    fresh = feeds.draw(FEED, 0)
    drawn = Case(
        When(**{f"{number}__gte": since}, then=F(number)),
        default=Value(fresh - 1) + Window(DenseRank(), order_by=list(together)),
    )
    select, parameters = offers.values_list(
        *values, Value(timezone.now()), Value(source), drawn
    ).query.sql_with_params()
    quote = connection.ops.quote_name
    table = quote(StockLevel._meta.db_table)
    names = ", ".join(quote(str(StockLevel._meta.get_field(name).column)) for name in COLUMNS)  # type: ignore[union-attr]
    with connection.cursor() as cursor:
        # Without a condition of its own SQLite would read ON CONFLICT as one of the query.
        cursor.execute(
            f"INSERT INTO {table} ({names}) SELECT * FROM ({select}) AS newer WHERE TRUE {_where_newer()} "  # noqa: S608
            "RETURNING number",
            parameters,
        )
        numbers = [number for (number,) in cursor.fetchall()]
    used = max(numbers, default=0) - fresh + 1
    if used > 0:
        feeds.draw(FEED, used)
    return len(numbers)


def bytewise(version: models.F) -> Collate:
    """A version as text that sorts by its bytes on both databases."""
    return Collate(version, BYTEWISE[connection.vendor])


def _where_newer() -> str:
    """ON CONFLICT … WHERE newer: what Django's bulk_create cannot say."""
    quote = connection.ops.quote_name
    table = quote(StockLevel._meta.db_table)
    columns = {name: quote(str(StockLevel._meta.get_field(name).column)) for name in COLUMNS}  # type: ignore[union-attr]
    keys = [columns[name] for name in ("channel", "seller_id", "offer_id")]
    changes = [f"{column} = excluded.{column}" for name, column in columns.items() if name != "offer_row"]
    offer_row, version, quantity = columns["offer_row"], columns["version"], columns["quantity"]
    changes.append(f"{offer_row} = COALESCE(excluded.{offer_row}, {table}.{offer_row})")
    collation = quote(BYTEWISE[connection.vendor])
    return (
        f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {', '.join(changes)} "
        f"WHERE excluded.{version} COLLATE {collation} > {table}.{version} COLLATE {collation} "
        f"OR (excluded.{version} = {table}.{version} AND excluded.{quantity} < {table}.{quantity})"
    )


def offer_rows(channel: Channel, keys: Sequence[Key]) -> dict[Key, int]:
    """The rows of the offers among the keys that are known, stubs included."""
    found = Offer.objects.filter(
        channel=channel,
        seller__seller_id__among={key[0] for key in keys},
        offer_id__among={key[1] for key in keys},
    ).values_list("seller__seller_id", "offer_id", "pk")
    return {(seller_id, offer_id): pk for seller_id, offer_id, pk in found}


def attach(channel: Channel, offer_ids: Collection[int] | None = None) -> int:
    """Give levels that came before their offer the offer, of these offer ids or of all; returns how many."""
    orphans = _orphans(channel)
    if offer_ids is not None:
        orphans = orphans.filter(offer_id__among=offer_ids)
    return orphans.update(offer_row=Subquery(_offer_of_level(channel).values("pk")[:1]))


def orphans(channel: Channel) -> list[Key]:
    """Levels that came before their offer, which is there now; of very many some."""
    return list(_orphans(channel).order_by().values_list("seller_id", "offer_id")[:ORPHANS_AT_ONCE])


def _orphans(channel: Channel) -> "models.QuerySet[StockLevel]":
    unattached = StockLevel.objects.filter(channel=channel, offer_row=None)
    return unattached.filter(models.Exists(_offer_of_level(channel)))


def _offer_of_level(channel: Channel) -> "models.QuerySet[Offer]":
    return Offer.objects.filter(channel=channel, seller__seller_id=OuterRef("seller_id"), offer_id=OuterRef("offer_id"))
