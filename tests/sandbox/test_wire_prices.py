"""Price types are the channel's: a merchant can price an offer in these and no others (contract 6.1, 10)."""

import pytest

from tests import payloads

PATH = "offerList[0].salesChannelOfferList[0]"
STRANGER = "is not a price type of the channel"
NONE_YET = "the channel has no price type. The channel has to create one: POST /v1/channel/price"


@pytest.fixture
def b2c(linked):
    linked("POST", "/v1/channel/price", 201, json={"priceTypeId": "B2C", "displayName": "Retail"})
    return linked


def priced(kind):
    return [{"id": kind, "quantityPriceList": [{"amount": "1.00", "currency": "EUR"}]}]


def sent(**overrides):
    return {"offerList": [payloads.seller_offer("DEMOSHOP", payloads.offer_small("S1", 5, **overrides))]}


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_variations_have_no_other_price_types(b2c, merchant, method):
    variations = [{**payloads.variation(51), "priceList": priced(kind)} for kind in ("B2C", "LEAD")]
    body = sent(priceList=priced("B2C"), variationList=variations)
    assert merchant.refusal(method, "/v1/seller/offer", 400, json=body) == [
        ("VAL100", f"{PATH}.variationList[1].priceList[0].id: {STRANGER}")
    ]


def test_nor_do_price_updates(b2c, merchant):
    items = [
        {"channel": "DEMOSHOP", "sellerId": "S1", "offerId": 5, "priceList": priced(kind)} for kind in ("B2C", "LEAD")
    ]
    assert merchant.refusal("PUT", "/v1/seller/offer/price", 400, json={"offerList": items}) == [
        ("VAL100", f"offerList[1].priceList[0].id: {STRANGER}")
    ]
    assert b2c.events() == []


def test_price_type_needed(scx, linked, merchant):
    body = sent(priceList=priced("B2C"))
    price = {"channel": "DEMOSHOP", "sellerId": "S1", "offerId": 5, "priceList": priced("B2C")}
    scx.channel(priceTypes=[])
    scx.settings(priceTypeNeeded=False)
    merchant("POST", "/v1/seller/offer", 201, json=body)
    scx.settings(priceTypeNeeded=None)
    assert merchant.refusal("POST", "/v1/seller/offer", 400, json=body) == [("VAL100", f"{PATH}.priceList: {NONE_YET}")]
    assert merchant.refusal("PUT", "/v1/seller/offer/price", 400, json={"offerList": [price]}) == [
        ("VAL100", f"offerList[0].priceList: {NONE_YET}")
    ]
    linked("POST", "/v1/channel/price", 201, json={"priceTypeId": "B2C", "displayName": "Retail"})
    merchant("POST", "/v1/seller/offer", 201, json=body)
    merchant("PUT", "/v1/seller/offer/price", 201, json={"offerList": [price]})
