"""The Wawi page says which channel cannot take offers yet, before and after a merchant tries."""

MARK = "has no price type, so SCX refuses offers."
REFUSAL = "DEMOSHOP: the channel has no price type. The channel has to create one: POST /v1/channel/price"


def test_a_channel_without_a_price_type_says_so_and_gets_no_offers(scx, linked, browser, seller_page):
    assert MARK not in browser.get(seller_page)
    scx.channel(priceTypes=[])
    assert MARK in browser.get(seller_page)
    answer = browser.post(f"{seller_page}/offers", articles=["mug"], channels=["DEMOSHOP"], count="3")
    assert (answer.status_code, answer.text.count(REFUSAL)) == (400, 1)
    assert linked.events() == []


def test_nothing_is_said_where_offers_pass_without_one(scx, linked, browser, seller_page):
    scx.channel(priceTypes=[])
    scx.settings(priceTypeNeeded=False)
    assert MARK not in browser.get(seller_page)
    browser.post(f"{seller_page}/offers", articles=["mug"], channels=["DEMOSHOP"])
    assert len(linked.events()) == 1
