"""Workers on the same offers at the same time."""

import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from listings import handlers, results
from listings.handover.base import Result
from listings.models import Offer
from tests.factories import ChannelFactory, EventFactory, SellerFactory
from tests.listings.build import at, listing, variation, visible


@pytest.mark.django_db(transaction=True)
def test_overlapping_batches_of_two_workers_and_results_meanwhile_end_as_in_order():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time.")
    channel = ChannelFactory()
    seller = SellerFactory(channel=channel)
    events = [
        EventFactory(
            channel=channel,
            payload=listing(
                seller, number % 20 + 1, title=f"{number}", variationList=[variation((number * 7) % 40 + 1)]
            ),
            created_at=at(number),
        )
        for number in range(200)
    ]

    def work(seed: int) -> None:
        shuffled = random.Random(seed).sample(events, len(events))
        try:
            for start in range(0, len(shuffled), 25):
                with transaction.atomic():
                    handlers.content(channel, shuffled[start : start + 25])
        finally:
            connection.close()

    def answer() -> None:
        try:
            for _ in range(30):
                keys = list(Offer.objects.order_by("?").values_list("pk", flat=True))
                results.record_all([(key, Result("in_progress")) for key in keys])
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(work, 1), pool.submit(work, 2), pool.submit(work, 3), pool.submit(answer)]:
            done.result()

    titles = dict(Offer.objects.filter(channel=channel, parent=None).values_list("offer_id", "title"))
    in_order = ChannelFactory()
    SellerFactory(channel=in_order, seller_id=seller.seller_id)
    with transaction.atomic():
        handlers.content(in_order, events)
    assert visible(channel) == visible(in_order)
    assert titles == dict(Offer.objects.filter(channel=in_order, parent=None).values_list("offer_id", "title"))
