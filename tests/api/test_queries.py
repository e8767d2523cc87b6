"""A list page costs the same number of queries for one row and for thirty."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from listings.models import Picture
from tests.factories import (
    NOON,
    AccountFactory,
    EventFactory,
    MarketplaceFactory,
    MembershipFactory,
    OfferFactory,
    OpeningFactory,
    PlatformFactory,
    PriceFactory,
    StockLevelFactory,
    StockSyncGroupFactory,
)
from tests.feeds import commit

# Besides those that recognise the key and count the call.
CALLS = {
    # The price types of all by one more.
    "channels/": 2,
    "sellers/": 3,
    "seller-changes/": 3,
    "accounts/": 2,
    "openings/": 1,
    "offers/": 7,
    "price-changes/": 4,
    "stock-levels/": 1,
    "stock-changes/": 2,
    "events/": 2,
}


def add_row():
    """One row in every list, with all that hangs on it, each in a marketplace of its own."""
    market = MarketplaceFactory(platform=PlatformFactory())
    MembershipFactory(seller__channel=market.platform, marketplace=market)
    OpeningFactory(marketplace=market)
    AccountFactory(channel=market.platform).marketplaces.add(market)
    EventFactory(channel=market)
    offer = OfferFactory(channel=market)
    same = {"content_at": offer.content_at, "content_event": offer.content_event}
    variation = OfferFactory(channel=market, seller=offer.seller, parent=offer, **same)
    for row in (offer, variation):
        PriceFactory(offer=row)
        Picture.objects.create(offer=row, position=0, source="https://x.example/1", deadline=NOON)
        StockLevelFactory(channel=market, offer_row=row)
    commit()


def queries_of(caller, path):
    """What one call asks the database, without recognising the key and counting the call."""
    caller.get(path)
    with CaptureQueriesContext(connection) as queries:
        answer = caller.get(path)
    skipped = ("portal_cache", "apikey", "SAVEPOINT")
    own = [query["sql"] for query in queries if not any(word in query["sql"] for word in skipped)]
    return len(own), len(answer.json()["results"])


@pytest.mark.parametrize("path", CALLS)
def test_a_page_of_thirty_takes_as_many_queries_as_one_of_one(api, path):
    add_row()
    few, _ = queries_of(api, path)
    for _ in range(29):
        add_row()

    many, rows = queries_of(api, path)

    assert rows >= 30
    assert few == many == CALLS[path]


def test_a_bound_key_costs_one_query_more(caller):
    add_row()
    channel = StockLevelFactory().channel

    assert queries_of(caller("read", channel), "stock-levels/") == (CALLS["stock-levels/"] + 1, 1)


def test_a_platform_with_forty_marketplaces_in_pools_is_listed_by_as_few_queries(api):
    platform = PlatformFactory()
    pools = [StockSyncGroupFactory(platform=platform) for _ in range(5)]
    for number in range(40):
        MarketplaceFactory(platform=platform, stock_sync_group=pools[number % 5])

    assert queries_of(api, "channels/?limit=100") == (CALLS["channels/"], 41)
