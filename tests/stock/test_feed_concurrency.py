"""The change feed while eight writers commit: no gap, and nothing out of order."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test import Client

from platforms import api_keys
from stock import intake, levels
from stock.models import StockLevel
from tests.stock.pool import at, market, offer, platform, seller

WRITERS = 8
ROUNDS = 25
ARTICLES = 20


def update(offer_id: int, seconds: int) -> levels.Update:
    when = at(seconds)
    return levels.Update("S1", offer_id, Decimal(seconds), when, levels.version(when), StockLevel.Source.EVENT.value)


def writing(code: str, first: int, seed: int) -> None:
    """Batches of one channel, as a worker commits them: now and then one is rolled back."""
    chance = random.Random(seed)
    try:
        channel = market(code)
        for number in range(ROUNDS):
            offers = chance.sample(range(ARTICLES), 5)
            with transaction.atomic():
                intake.record(channel, [update(first + each, number * WRITERS + seed) for each in offers])
                transaction.set_rollback(chance.random() < 0.1)
    finally:
        connection.close()


class Reader:
    """Follows the feed page by page, and keeps the newest it was told of each offer, by channel."""

    def __init__(self, key: str) -> None:
        self.client = Client(headers={"Authorization": f"Bearer {key}"})
        self.after = 0
        self.known: dict[tuple[str, int], Decimal] = {}

    def read(self) -> bool:
        """Read on; whether there was anything."""
        page = self.client.get("/api/v1/stock-changes/", {"after": self.after, "limit": 7}).json()["results"]
        for change in page:
            assert change["cursor"] > self.after
            self.after = change["cursor"]
            for level in change["channels"]:
                self.known[level["channel"], level["offer_id"]] = Decimal(level["quantity"])
        return bool(page)

    def follow(self, is_over: threading.Event) -> None:
        try:
            while self.read() or not is_over.is_set():
                pass
            # What was committed between the last look and the end.
            while self.read():
                pass
        finally:
            connection.close()


@pytest.mark.django_db(transaction=True)
def test_a_reader_misses_nothing_and_sees_nothing_out_of_order(settings):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time.")
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": {"key": "1000000/min"}}
    platform({"de": "EU", "fr": "EU", "us": ""})
    seller("S1")
    first = {"de": 0, "fr": 1000, "us": 2000}
    for code, start in first.items():
        for number in range(ARTICLES):
            offer(code, start + number + 1, sku=f"X{number}")
    reader, is_over = Reader(api_keys.make("reader", "read", [])[1]), threading.Event()

    with ThreadPoolExecutor(WRITERS + 1) as pool:
        following = pool.submit(reader.follow, is_over)
        codes = [list(first)[number % 3] for number in range(WRITERS)]
        tasks = [pool.submit(writing, code, first[code] + 1, number) for number, code in enumerate(codes)]
        for task in tasks:
            task.result()
        is_over.set()
        following.result()

    rows = StockLevel.objects.values_list("channel__code", "offer_id", "quantity")
    assert reader.known == {(code, offer_id): quantity for code, offer_id, quantity in rows}
    late = Reader(api_keys.make("late", "read", [])[1])
    while late.read():
        pass
    assert late.known == reader.known


@pytest.mark.django_db
def test_who_was_away_gets_each_level_once():
    platform({"de": "EU", "fr": "EU"})
    seller("S1")
    for code, start in (("de", 1), ("fr", 1001)):
        for number in range(ARTICLES):
            offer(code, start + number, sku=f"X{number}")
    for seed in range(3):
        for seconds in range(5):
            with transaction.atomic():
                some = random.Random(seed).sample(range(ARTICLES), 5)
                intake.record(market("de"), [update(1 + each, seconds * 3 + seed) for each in some])
    told = []
    client = Client(headers={"Authorization": f"Bearer {api_keys.make('reader', 'read', [])[1]}"})
    for change in client.get("/api/v1/stock-changes/", {"limit": 500}).json()["results"]:
        told += [(level["channel"], level["offer_id"]) for level in change["channels"]]

    assert len(told) == len(set(told)) == StockLevel.objects.count()
