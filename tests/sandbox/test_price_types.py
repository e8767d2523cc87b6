"""A channel needs a price type before a seller can list (contract 10): who creates it, and what is said without one."""

from tests import payloads


def price_types(scx):
    return {each["code"]: each["priceTypes"] for each in scx.control("GET", "channels")["channels"]}


def refused(merchant, channel):
    body = {"offerList": [payloads.seller_offer(channel, payloads.offer_small("S1", 1))]}
    return merchant.refusal("POST", "/v1/seller/offer", 400, json=body)


def test_a_channel_is_made_with_price_types_and_keeps_them_until_told_others(scx):
    scx.channel("SHOP1", priceTypes=["B2C", "B2B", "B2C"])
    scx.channel("SHOP2", priceTypes=[])
    assert price_types(scx) == {"SHOP1": ["B2C", "B2B"], "SHOP2": []}
    scx.control("POST", "channels", 200, json={"code": "SHOP1", "displayName": "Shop"})
    assert price_types(scx)["SHOP1"] == ["B2C", "B2B"]
    scx.control("POST", "channels", 200, json={"code": "SHOP1", "priceTypes": ["B2B", "VIP"]})
    assert price_types(scx)["SHOP1"] == ["B2B", "VIP"]
    scx.control("POST", "channels", 200, json={"code": "SHOP1", "priceTypes": None})
    assert price_types(scx)["SHOP1"] == []


def test_price_types_of_the_channel_itself_are_shown(scx):
    shop = scx.channel(priceTypes=[])
    shop("POST", "/v1/channel/price", 201, json={"priceTypeId": "B2C", "displayName": "Retail"})
    assert price_types(scx) == {"DEMOSHOP": ["B2C"]}


def test_each_marketplace_has_its_own(scx, merchant):
    _first, second = scx.platform("plat_de", "plat_at")
    scx.control("POST", "channels", json={"code": "plat_at", "priceTypes": []})
    scx.link("plat", "S1", jtlAccountId=1001)
    good = payloads.seller_offer("plat_de", payloads.offer_small("S1", 1))
    merchant("POST", "/v1/seller/offer", 201, json={"offerList": [good]})
    ((code, message),) = refused(merchant, "plat_at")
    assert (code, "POST /v1/channel/price" in message) == ("VAL100", True)
    assert second.events(eventTypeFilter="Seller:Offer.New") == []


def test_a_platform_has_none(scx):
    wish = {"code": "plat", "isPlatform": True, "priceTypes": ["B2C"]}
    answer = scx.control("POST", "channels", 400, json=wish)
    assert answer == {"error": "A platform has no price types; each of its marketplaces has its own."}
    assert price_types(scx) == {}
