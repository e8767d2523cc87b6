"""What the update page tells of a seller's stock: fast for a seller with very many levels."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import formats, timezone

from stock import seller_facts
from stock.models import StockLevel
from tests.factories import MarketplaceFactory, PlatformFactory, SellerFactory

pytestmark = pytest.mark.django_db


def test_the_newest_level_on_any_of_his_channels_is_found_without_looking_at_the_others():
    mall = PlatformFactory()
    places = [MarketplaceFactory(platform=mall) for _number in range(2)]
    elsewhere = MarketplaceFactory(platform=PlatformFactory())
    seller = SellerFactory(channel=mall, seller_id="S1")
    first = timezone.now().replace(microsecond=0) - timedelta(days=30)
    StockLevel.objects.bulk_create(
        StockLevel(
            channel=place,
            seller_id=seller_id,
            offer_id=number,
            quantity=1,
            number=3 * number + which,
            updated_at=first,
            received_at=first + timedelta(hours=number, days=place is elsewhere),
        )
        for number in range(1, 301)
        for which, (place, seller_id) in enumerate(((places[number % 2], "S1"), (places[0], "S2"), (elsewhere, "S1")))
    )
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE stock_stocklevel, platforms_channel")
            # So few rows are read whole as fast; it is about very many.
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")

    with CaptureQueriesContext(connection) as queries:
        panel = seller_facts.last_stock(seller)

    last = formats.date_format(first + timedelta(hours=300), "DATETIME_FORMAT")
    assert panel.text == f"Last received on {last} (UTC)."
    (query,) = queries.captured_queries
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {'' if connection.vendor == 'postgresql' else 'QUERY PLAN '}{query['sql']}")
        assert "stock_level_received" in str(cursor.fetchall())
