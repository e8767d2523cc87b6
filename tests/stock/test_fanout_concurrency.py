"""Workers on the channels of one stock sync group at the same time."""

import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from platforms import inbox, jobs
from stock import fanout
from stock.models import Levelling, StockLevel
from tests.factories import EventFactory
from tests.stock.pool import at, group, market, offer, platform, seller

CODES = ("de", "fr", "us")
SKUS = 12


def stock(code: str, offer_id: int, seconds: int):
    payload = {"sellerId": "S1", "offerId": offer_id, "quantity": str(seconds)}
    kind = "Seller:Offer.StockUpdate"
    return EventFactory(channel=market(code), type=kind, payload=payload, created_at=at(seconds))


def content(code: str, offer_id: int, sku: str):
    payload = {"sellerId": "S1", "offerId": offer_id, "sku": sku, "title": sku, "priceList": []}
    return EventFactory(channel=market(code), payload=payload, created_at=at(-1))


@pytest.mark.django_db(transaction=True)
def test_batches_of_many_channels_offers_that_come_and_a_channel_that_joins_end_as_in_order():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time.")
    platform({"de": "EU", "fr": "EU", "us": ""})
    seller("S1")
    for number in range(SKUS):
        offer("de", number + 1, sku=f"X{number}")
        offer("us", number + 201, sku=f"X{number}")
    rng = random.Random(7)
    first = {"de": 1, "fr": 101, "us": 201}
    told = {
        code: [stock(code, first[code] + rng.randrange(SKUS), n * 3 + i) for n in range(60)]
        for i, code in enumerate(CODES)
    }
    came = [content("fr", number + 101, f"X{number}") for number in range(SKUS)]

    def work(events, size: int) -> None:
        try:
            for start in range(0, len(events), size):
                with transaction.atomic():
                    inbox.handle(events[start].channel, events[start : start + size])
        finally:
            connection.close()

    def join() -> None:
        try:
            channel = market("us")
            channel.stock_sync_group = group(channel.platform, "EU")
            channel.save()
            fanout.relevel(market("us"), jobs.Run())
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        for task in [
            *(pool.submit(work, rng.sample(told[code], len(told[code])), 9) for code in CODES),
            pool.submit(work, rng.sample(told["de"], len(told["de"])), 4),
            pool.submit(work, came, 1),
            pool.submit(join),
        ]:
            task.result()

    assert Levelling.objects.get(channel__code="us").label == "EU"
    for number in range(SKUS):
        ids = [first[code] + number for code in CODES]
        newest = max(
            (int(e.payload["quantity"]) for code in CODES for e in told[code] if e.payload["offerId"] in ids),
            default=None,
        )
        levels = set(StockLevel.objects.filter(offer_id__in=ids).values_list("channel__code", "quantity"))
        assert levels == ({(code, newest) for code in CODES} if newest is not None else set())
