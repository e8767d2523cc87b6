"""Prices that change, as endpoints are told of them."""

import pytest

from tests.factories import SellerFactory
from tests.listings.build import happen, listing, offer, price_list, variation
from tests.webhooks.conftest import deliver, told

pytestmark = pytest.mark.django_db


def test_prices_are_told_when_they_differ_and_only_then(shop, system, listen):
    listen("price.changed")
    seller = SellerFactory(channel=shop)
    happen(shop, listing(seller, 1, priceList=price_list("9.99")))
    deliver(shop)
    happen(shop, listing(seller, 1, priceList=price_list("9.99"), title="Another"), 1, kind="Update")
    deliver(shop)
    happen(shop, listing(seller, 1, priceList=price_list("8.50")), 2, kind="Update")
    deliver(shop)

    data = [body["data"] for body in told(system)]
    assert [each["prices"][0]["amount"] for each in data] == ["9.99", "8.5"]
    assert {each["offer"] for each in data} == {offer(seller, 1).pk}


def test_variations_have_prices_of_their_own_and_dropped_ones_are_not_told(shop, system, listen):
    listen("price.changed")
    seller = SellerFactory(channel=shop)
    happen(shop, listing(seller, 1, variationList=[variation(11), variation(12)]))
    happen(shop, listing(seller, 1, variationList=[variation(11)]), 1, kind="Update")

    deliver(shop)

    assert sorted(body["data"]["offer_id"] for body in told(system)) == [1, 11]
