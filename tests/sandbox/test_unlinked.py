"""Of a seller that is unlinked SCX takes nothing, on no route, until the seller has run an update."""

import pytest

from tests.contract.walks import start_update

AT = "2024-02-13T06:00:00+00:00"
REPORT = {"sellerId": "S1", "offerId": 5}
ERROR = {"code": "CHN500", "message": "no picture"}
ITEM = {"channel": "DEMOSHOP", "sellerId": "S1", "offerId": 5}
PRICES = [{"id": "B2C", "quantityPriceList": [{"amount": "1", "currency": "EUR"}]}]
OFFER = {"product": {"sku": "A"}, "salesChannelOfferList": [{**ITEM, "priceList": PRICES}]}

BY_CHANNEL = {
    "/v1/channel/offer/in-progress": {"offerList": [{**REPORT, "startedAt": AT}]},
    "/v1/channel/offer/listed": {"offerList": [{**REPORT, "listedAt": AT}]},
    "/v1/channel/offer/listing-failed": {"offerList": [{**REPORT, "failedAt": AT, "errorList": [ERROR]}]},
    "/v1/channel/notification": {"sellerId": "S1", "severity": "INFO", "message": "Hello"},
}
BY_MERCHANT = {
    ("POST", "/v1/seller/offer"): {"offerList": [OFFER]},
    ("PUT", "/v1/seller/offer"): {"offerList": [OFFER]},
    ("PUT", "/v1/seller/offer/stock"): {"offerList": [{**ITEM, "quantity": "1"}]},
    ("PUT", "/v1/seller/offer/price"): {"offerList": [{**ITEM, "priceList": PRICES}]},
}


@pytest.fixture
def unlinked(linked, merchant):
    merchant("DELETE", "/v1/seller/channel/DEMOSHOP/S1", 202)
    return linked


@pytest.mark.parametrize("path", BY_CHANNEL)
def test_a_channel_cannot_send_for_it(unlinked, merchant, path):
    [(code, message)] = unlinked.refusal("POST", path, 400, json=BY_CHANNEL[path])
    assert code == "GEN700"
    assert message.endswith("There is no linked seller S1 on this channel.")
    unlinked(
        "PATCH", "/v1/channel/seller", 201, json={"session": start_update(merchant, "DEMOSHOP", "S1"), "isActive": True}
    )
    unlinked("POST", path, 201, json=BY_CHANNEL[path])


@pytest.mark.parametrize(("method", "path"), BY_MERCHANT)
def test_its_merchant_cannot_send_for_it(unlinked, merchant, method, path):
    [(code, message)] = merchant.refusal(method, path, 400, json=BY_MERCHANT[method, path])
    assert code == "GEN700"
    assert message.endswith("There is no active seller S1 of your account on the channel DEMOSHOP.")
    unlinked(
        "PATCH", "/v1/channel/seller", 201, json={"session": start_update(merchant, "DEMOSHOP", "S1"), "isActive": True}
    )
    merchant(method, path, 201, json=BY_MERCHANT[method, path])


def test_its_offers_end_with_a_warning_only(unlinked, merchant):
    warned = merchant("DELETE", "/v1/seller/offer/end", 200, json={"offerList": [ITEM]})["errorList"]
    assert [(error["code"], error["severity"]) for error in warned] == [("CHN401", "warning"), ("GEN700", "warning")]


def test_it_has_no_stock_updates(unlinked):
    params = {"updatedAfter": "1970-01-01T00:00:00Z", "sellerId": "S1"}
    assert unlinked("GET", "/v1/channel/offer/stock-updates", 200, params=params)["stockUpdateList"] == []


def test_it_cannot_be_assigned(scx, merchant):
    m_de, m_fr = scx.platform("m-de", "m-fr")
    scx.link("plat", "S1", jtlAccountId=1001, marketplaces=["m-de"])
    merchant("DELETE", "/v1/seller/channel/plat/S1", 202)
    for market in (m_de, m_fr):
        assert market.refusal("POST", "/v1/channel/seller/platform/1001", 400, json={"sellerId": "S1"}) == [
            ("VAL100", "sellerId: is unlinked; the seller has to run an update first")
        ]


@pytest.mark.parametrize("path", BY_CHANNEL)
def test_nor_for_a_seller_never_known(linked, path):
    told = {"sellerId": "S9"}
    body = BY_CHANNEL[path]
    body = {"offerList": [{**body["offerList"][0], **told}]} if "offerList" in body else {**body, **told}
    [(code, message)] = linked.refusal("POST", path, 400, json=body)
    assert (code, message.partition(": ")[2]) == ("GEN700", "There is no linked seller S9 on this channel.")
