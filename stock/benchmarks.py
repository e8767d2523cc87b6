"""What `manage.py benchmark stock` measures."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from django.db import models, transaction
from django.db.models import F

from listings import benchmark_rows
from listings.models import Offer
from platforms import benchmarks, feeds
from platforms.benchmarks import Figure, Setting
from platforms.models import Channel, StockSyncGroup
from platforms.scx import documents
from platforms.scx.stock import parse_page
from platforms.scx.transport import Answer
from sellers.models import Seller
from stock import levels, pages
from stock.models import FEED, StockCursor, StockLevel, StockUpdate

ROWS_A_PAGE = 1000
CHANNELS_OF_A_GROUP = 10
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def stock(setting: Setting) -> Iterator[Figure]:
    """Levels of offers that are known, first ones and then newer ones, then levels of a stock sync group of ten.

    From the body of SCX's answer to committed levels and cursor.
    """
    number, rows = setting.number, setting.rows
    channel = Channel.objects.create(code="BENCHMARK", kind="standalone", display_name="Benchmark", currency="EUR")
    seller = Seller.objects.create(channel=channel, seller_id="benchmark", state=Seller.State.ACTIVE)
    benchmark_rows.preload(channel, seller, rows + number, whole=False)
    if rows:
        _preload(channel, seller, rows)
    offers = range(rows + 1, rows + number + 1)
    for what, minutes in (("levels", 1), ("newer levels", 2)):
        took = _poll(channel, offers, minutes=minutes)
        memory = benchmarks.memory_mb()
        raw = _raw(models.Q(channel=channel, offer_id__gt=rows), is_known=minutes > 1)
        yield Figure(what, number / took, number / raw, memory, rows)
    yield _of_a_group(setting)


def _preload(channel: Channel, seller: Seller, number: int) -> None:
    """Levels of so many offers, and what SCX said of each."""
    said = {
        "channel": channel,
        "seller_id": seller.seller_id,
        "quantity": 5,
        "version": levels.version(BEGAN, polled=True),
        "updated_at": BEGAN,
        "source": StockLevel.Source.ALL_SELLERS,
    }
    own = {"offer_id": "offer_id", "offer_row_id": "id", "number": "offer_id", "channel_offer_id": "'M-' || offer_id"}
    with transaction.atomic():
        benchmark_rows.copy(StockLevel, StockLevel(**said), number, own, of=channel)
        feeds.draw(FEED, number)
    benchmark_rows.copy(StockUpdate, StockUpdate(**said), number, {"offer_id": "offer_id"}, of=channel)
    benchmarks.settle()


def _of_a_group(setting: Setting) -> Figure:
    """Each update holds for one offer on each of ten marketplaces; all these levels are counted."""
    platform = Channel.objects.create(code="GROUP", kind="platform", display_name="Group")
    seller = Seller.objects.create(channel=platform, seller_id="of-group", state=Seller.State.ACTIVE)
    group = StockSyncGroup.objects.create(platform=platform, label="ALL")
    markets = [
        Channel.objects.create(
            code=f"MARKET{number}",
            kind="marketplace",
            platform=platform,
            display_name="Market",
            currency="EUR",
            stock_sync_group=group,
        )
        for number in range(CHANNELS_OF_A_GROUP)
    ]
    articles = max(1, setting.number // CHANNELS_OF_A_GROUP)
    for market in markets:
        benchmark_rows.preload(market, seller, articles, whole=False)
    took = _poll(markets[0], range(1, articles + 1), minutes=3)
    memory = benchmarks.memory_mb()
    raw = _raw(models.Q(channel__in=markets), is_known=False)
    number = articles * CHANNELS_OF_A_GROUP
    return Figure("levels of a group", number / took, number / raw, memory, setting.rows)


def _poll(channel: Channel, offer_ids: range, *, minutes: int) -> float:
    """Take in pages with the stock of these offers; how long that takes."""
    seller_id = Offer.objects.filter(channel=channel).values_list("seller__seller_id", flat=True)[:1].get()
    cursor, _created = StockCursor.objects.get_or_create(channel=channel, seller=None)
    bodies = list(_bodies(channel, seller_id, offer_ids, BEGAN + timedelta(minutes=minutes)))

    def work() -> None:
        for body in bodies:
            answer = Answer(200, documents.parse(body), {})
            page = parse_page(answer, updated_after=cursor.last_updated_at)
            pages.commit(channel, cursor, page, StockLevel.Source.ALL_SELLERS, asked=cursor.last_updated_at)

    return benchmarks.seconds(work)


def _bodies(channel: Channel, seller_id: str, offer_ids: range, at: datetime) -> Iterator[bytes]:
    """Pages as SCX answers them; time goes on by a millisecond a page."""
    for page, start in enumerate(range(0, len(offer_ids), ROWS_A_PAGE)):
        moment = (at + timedelta(milliseconds=page)).isoformat()
        rows = [
            {
                "channel": channel.code,
                "sellerId": seller_id,
                "offerId": offer_id,
                "channelOfferId": f"M-{offer_id}",
                "quantity": offer_id % 100,
                "updatedAt": moment,
            }
            for offer_id in offer_ids[start : start + ROWS_A_PAGE]
        ]
        yield json.dumps({"stockUpdateList": rows, "lastUpdatedAt": moment}).encode()


def _raw(condition: models.Q, *, is_known: bool) -> float:
    """What a bare program takes for these levels; where they are known already it replaces older ones."""
    table = benchmarks.table_of(StockLevel, condition)
    written = StockLevel.objects.filter(condition)
    if is_known:
        written.update(quantity=F("quantity") + 1)
    else:
        written.delete()
    return benchmarks.raw_seconds((page,) for page in benchmarks.pieces(table, ROWS_A_PAGE))
