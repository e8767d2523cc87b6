"""What SCX gives and shows of sellers and channels who are switched off, unlinked or just made."""

import pytest

from tests.contract.walks import start_update
from tests.sandbox.conftest import LATE

STOCK = "/v1/channel/offer/stock-updates"


@pytest.fixture
def with_stock(linked, merchant):
    item = {"channel": "DEMOSHOP", "sellerId": "S1", "offerId": 5, "quantity": "7"}
    merchant("PUT", "/v1/seller/offer/stock", 201, json={"offerList": [item]})
    return linked


def test_stock_of_all_is_that_of_active_sellers(with_stock, merchant):
    with_stock(
        "PATCH",
        "/v1/channel/seller",
        201,
        json={"session": start_update(merchant, "DEMOSHOP", "S1"), "isActive": False},
    )
    assert with_stock("GET", f"{STOCK}/all", 200, params=LATE)["stockUpdateList"] == []
    one = with_stock("GET", STOCK, 200, params={**LATE, "sellerId": "S1"})["stockUpdateList"]
    assert [row["offerId"] for row in one] == [5]


def test_a_channel_shows_all_that_scx_always_shows(shop):
    shown = shop("GET", "/v1/channel", 200)["channel"]
    always = ("displayName", "marketplaceList", "website", "supportContact", "vendor", "signUpUrl", "featureList")
    assert [name for name in always if not shown[name]] == []


def test_what_a_channel_was_not_given_is_made_up(scx):
    shop = scx.channel("MY_SHOP", displayName="My shop", website=None, vendor=None)
    shown = shop("GET", "/v1/channel", 200)["channel"]
    names = ("website", "supportContact", "vendor")
    assert [shown[name] for name in names] == ["https://my-shop.example", "support@my-shop.example", "My shop"]
    scx.channel("MY_SHOP", website="https://shop.example.com/", vendor="Shop Ltd")
    shown = shop("GET", "/v1/channel", 200)["channel"]
    assert [shown[name] for name in names] == ["https://shop.example.com/", "support@my-shop.example", "Shop Ltd"]


def test_an_update_without_a_seller_id_needs_an_only_seller(scx, linked, merchant):
    assert merchant("PATCH", "/v1/seller/channel/DEMOSHOP", 200)["sellerId"] == "S1"
    scx.link("DEMOSHOP", "S2", jtlAccountId=1001)
    assert merchant.refusal("PATCH", "/v1/seller/channel/DEMOSHOP", 400) == [
        ("VAL100", "sellerId: is required, because your account has several sellers on this channel")
    ]
