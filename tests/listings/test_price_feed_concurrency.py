"""The feed of prices while eight writers apply events: no gap, and nothing out of order."""

import pytest
from django.db import connection

from tests.factories import ChannelFactory, SellerFactory
from tests.feeds import Reader, race
from tests.listings.build import happen, listing, price_list

OFFERS = 10


@pytest.mark.django_db(transaction=True)
def test_a_reader_misses_nothing_and_sees_nothing_out_of_order(settings):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time.")
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": {"key": "1000000/min"}}
    sellers = [SellerFactory(channel=ChannelFactory()) for _ in range(2)]

    def write(chance):
        """An event of an offer: some say other prices, some only other words, and some both."""
        seller, number = chance.choice(sellers), chance.randrange(1, OFFERS + 1)
        prices = price_list(f"{chance.randrange(1, 4)}.00")
        if chance.random() < 0.5:
            happen(seller.channel, listing(seller, number, priceList=prices), chance.random() * 1000, "Update")
        else:
            payload = {"sellerId": seller.seller_id, "offerId": number, "priceList": prices}
            happen(seller.channel, payload, chance.random() * 1000, "PriceUpdate")

    reader = Reader("price-changes", "reader", limit=3)

    race(reader, write)

    late = Reader("price-changes", "late").read_all()
    assert len(late) > OFFERS
    assert {key: (entry["cursor"], entry["prices"]) for key, entry in reader.known.items()} == {
        key: (entry["cursor"], entry["prices"]) for key, entry in late.items()
    }
