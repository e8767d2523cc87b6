"""What the update page tells of failed offers: fast for a seller with very many."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from listings import seller_facts
from listings.models import Offer
from tests.factories import ChannelFactory, SellerFactory

pytestmark = pytest.mark.django_db


def test_only_what_failed_is_looked_at_and_the_newest_first():
    channel = ChannelFactory()
    seller = SellerFactory(channel=channel)
    now = timezone.now()
    Offer.objects.bulk_create(
        Offer(
            channel=channel,
            seller=seller,
            offer_id=number,
            sku=f"sku-{number}",
            content_at=now,
            state="failed" if number % 50 == 0 else "listed",
            state_changed_at=now + timedelta(seconds=number),
            number=number,
        )
        for number in range(1, 1001)
    )
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE listings_offer")

    with CaptureQueriesContext(connection) as queries:
        panel = seller_facts.failed_offers(seller)

    assert [item.title.split(" · ")[1] for item in panel.items] == [f"sku-{1000 - 50 * number}" for number in range(10)]
    assert panel.more == 10
    for query in queries:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {'' if connection.vendor == 'postgresql' else 'QUERY PLAN '}{query['sql']}")
            assert "listings_offer_failed" in str(cursor.fetchall())
