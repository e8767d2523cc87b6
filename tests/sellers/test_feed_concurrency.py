"""The feed of sellers while eight writers commit: no gap, nothing out of order, and nobody blocks another for good."""

import pytest
from django.db import connection

from sellers import memberships
from sellers.models import Membership, Seller
from tests.factories import MarketplaceFactory, MembershipFactory, PlatformFactory, SellerFactory
from tests.feeds import Reader, race

SELLERS = 6


def write(chance):
    """What staff, the job and events do: with the seller's lock, without it, and to several at once."""
    number = chance.randrange(SELLERS)
    seller = Seller.objects.get(seller_id=f"S{number}")
    market = chance.choice(seller.channel.marketplaces.all())
    match chance.randrange(4):
        case 0:
            memberships.set_wanted(seller, market, chance.random() < 0.5)
        case 1:
            cell = Membership.objects.filter(seller=seller, marketplace=market)
            cell.update(confirmed=chance.random() < 0.5, error=f"Error {chance.random()}")
        case 2:
            Seller.objects.filter(pk=seller.pk).update(company_name=f"Firma {chance.random()}")
        case 3:
            for key in Seller.objects.select_for_update().order_by("pk").values_list("pk", flat=True)[:3]:
                Membership.objects.filter(seller=key, marketplace=market).update(error=f"All {chance.random()}")


@pytest.mark.django_db(transaction=True)
def test_a_reader_misses_nobody_and_sees_nothing_out_of_order(settings):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time.")
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": {"key": "1000000/min"}}
    platform = PlatformFactory()
    markets = [MarketplaceFactory(platform=platform) for _ in range(3)]
    for number in range(SELLERS):
        seller = SellerFactory(channel=platform, seller_id=f"S{number}")
        for market in markets:
            MembershipFactory(seller=seller, marketplace=market)
    reader = Reader("seller-changes", "reader", limit=3)

    race(reader, write)

    assert len(reader.known) == SELLERS
    assert reader.known == Reader("seller-changes", "late").read_all()
    now = reader.client.get("/api/v1/sellers/").json()["results"]
    told = sorted(reader.known.values(), key=lambda entry: entry["seller_id"])
    assert [{**row, "cursor": 0} for row in told] == [
        {**row, "cursor": 0} for row in sorted(now, key=lambda row: row["seller_id"])
    ]
