import re

import pytest
import requests

from tests.sandbox.wawi.conftest import notices

AT = "2024-02-13T06:00:00Z"


def sent(party) -> list[tuple[str, dict]]:
    return [(event["type"], event["event"]) for event in party.events()]


@pytest.fixture
def headphones(linked, browser, seller_page):
    browser.post(f"{seller_page}/offers", articles=["headphones"], channels=["DEMOSHOP"])
    return linked.events()[0]["event"]


def test_new_texts_send_the_whole_listing_with_fresh_links(linked, headphones, change):
    change(1001, "stock", value="7")
    linked.events()
    page = change(1001, "texts", title="Neu & größer", description="<p>Zeile 1\r\nZeile 2</p>").text
    assert notices(page) == ["Seller:Offer.Update sent to DEMOSHOP."]
    [(kind, update)] = sent(linked)
    assert kind == "Seller:Offer.Update"
    assert (update["title"], update["description"]) == ("Neu & größer", "<p>Zeile 1\nZeile 2</p>")
    unchanged = ("subTitle", "sku", "gtin", "priceList", "channelAttributeList")
    assert {name: update[name] for name in unchanged} == {name: headphones[name] for name in unchanged}
    assert update["quantity"] == "7"
    assert requests.get(update["mainPicture"], timeout=30).ok


def test_texts_that_are_too_long_are_refused_and_kept_in_the_form(linked, headphones, change):
    answer = change(1001, "texts", title="x" * 513)
    assert answer.status_code == 400
    assert "title: must have at most 512 characters" in answer.text
    assert linked.events() == []


def test_an_ended_offer_is_relisted_under_its_own_id_with_the_last_stock_and_prices(
    linked, browser, seller_page, change
):
    browser.post(f"{seller_page}/offers", articles=["shirt"], channels=["DEMOSHOP"])
    change(1003, "stock", value="41")
    change(1001, "price", value="33.30")
    page = change(1001, "end").text
    assert notices(page) == ["Seller:Offer.End sent to DEMOSHOP."]
    assert ("Relist" in page, "End the offer" in page) == (True, False)
    linked.events()
    page = change(1001, "relist").text
    assert notices(page) == ["Seller:Offer.New sent to DEMOSHOP."]
    assert '<span class="state sent">' in page
    [(kind, again)] = sent(linked)
    assert (kind, again["offerId"], again["priceList"][0]["quantityPriceList"][0]["amount"]) == (
        "Seller:Offer.New", 1001, "33.30",
    )  # fmt: skip
    assert [each["quantity"] for each in again["variationList"]] == ["8", "41", "8", "8"]


def test_each_price_type_has_its_own_price(linked, browser, seller_page, change):
    for kind in ("B2C", "B2B"):
        linked("POST", "/v1/channel/price", 201, json={"priceTypeId": kind, "displayName": kind})
    page = browser.post(f"{seller_page}/offers", articles=["mug"], channels=["DEMOSHOP"]).text
    assert ('name="price:B2C"' in page, 'name="price:B2B"' in page) == (True, True)
    linked.events()
    page = change(1001, "price", **{"price:B2C": "12,50", "price:B2B": "10"}).text
    assert notices(page) == ["Seller:Offer.PriceUpdate sent to DEMOSHOP."]
    [(_kind, update)] = sent(linked)
    amounts = {each["id"]: each["quantityPriceList"][0]["amount"] for each in update["priceList"]}
    assert amounts == {"B2C": "12.50", "B2B": "10"}
    change(1001, "price", **{"price:B2B": "9"})
    [(_kind, update)] = sent(linked)
    amounts = {each["id"]: each["quantityPriceList"][0]["amount"] for each in update["priceList"]}
    assert amounts == {"B2C": "12.50", "B2B": "9"}


def test_the_page_of_an_offer_changes_the_stock_of_each_variation(linked, browser, seller_page, change):
    browser.post(f"{seller_page}/offers", articles=["shirt"], channels=["DEMOSHOP"])
    linked.events()
    page = change(1004, "stock", value="2", back="/offers/1").text
    assert "<h1>Leinenhemd Küste</h1>" in page
    assert re.findall(r'name="value"[^>]*value="(\d+)"', page) == ["0", "8", "8", "2", "8"]
    assert sent(linked) == [("Seller:Offer.StockUpdate", {"sellerId": "S1", "offerId": 1004, "quantity": "2"})]


def test_of_a_stock_sync_group_the_page_says_who_was_told_and_why(scx, merchant, browser, change):
    scx.platform("m-de", "m-at", group="EU")
    scx.link("plat", "S1", jtlAccountId=1001)
    browser.post("/account", account="1001")
    browser.post("/sellers/1/offers", articles=["ball"], channels=["m-de", "m-at"])
    told, why = notices(change(1002, "stock", value="4").text)
    assert told == "Seller:Offer.StockUpdate sent to m-de."
    assert why.startswith("The channels of the stock sync group EU share one stock, so Wawi tells only one of them")


def test_a_channel_that_fetches_stock_is_sent_no_event(scx, merchant, browser, change):
    shop = scx.channel(featureList={"stockUpdateWithoutEventSupported": True})
    scx.link("DEMOSHOP", "S1", jtlAccountId=1001)
    browser.post("/account", account="1001")
    browser.post("/sellers/1/offers", articles=["ball"], channels=["DEMOSHOP"])
    shop.events()
    [notice] = notices(change(1001, "stock", value="4").text)
    assert "DEMOSHOP fetches it from the stock-updates routes, so SCX sends it no event." in notice
    assert shop.events() == []


def test_after_a_change_the_browser_is_back_where_it_was(headphones, browser, seller_page, change):
    back = f"{seller_page}?state=sent&search=KOPF"
    assert change(1001, "stock", value="1", back=back, follow=False).headers["Location"] == f"{back}#offer-1"
    for elsewhere in ("https://evil.example.com/", "//evil.example.com/", "/\\evil.example.com", ""):
        answer = change(1001, "stock", value="1", back=elsewhere, follow=False)
        assert answer.headers["Location"] == f"{seller_page}#offer-1"


def test_what_is_refused_is_said_on_the_page_the_form_was_on(headphones, browser, seller_page, change):
    answer = change(1001, "stock", value="-1", back=f"{seller_page}?search=KOPF")
    assert (answer.status_code, "Enter a number of zero or more." in answer.text) == (400, True)
    assert 'name="search" value="KOPF"' in answer.text
    answer = change(1001, "price", value="1e99", back="/offers/1")
    assert (answer.status_code, "What the channel has reported" in answer.text) == (400, True)
    assert change(1001, "explode").status_code == 400


@pytest.mark.parametrize("amount", ["1e-400", "1E3", "١٢", "0.00001", "1_0", "", "5" * 13])
def test_an_amount_is_a_plain_number_as_scx_takes_it(linked, headphones, change, amount):
    linked.events()
    for action in ("stock", "price"):
        answer = change(1001, action, value=amount)
        assert (answer.status_code, "Enter a number of zero or more." in answer.text) == (400, True)
    assert linked.events() == []


def test_a_disconnected_seller_is_told_what_to_do(headphones, browser, seller_page, change):
    browser.post(f"{seller_page}/disconnect")
    answer = change(1001, "stock", value="1")
    assert (answer.status_code, "<code>GEN700</code>" in answer.text) == (400, True)
    assert "leads to the channel, where it can be activated again" in answer.text


def test_reported_states_are_kept_as_a_history(linked, headphones, browser):
    key = {"sellerId": "S1", "offerId": 1001}
    error = {
        "code": "X1",
        "message": "Colour missing",
        "longMessage": "Say <b>which</b> colour.",
        "relatedAttributeId": "global:color",
        "recommendedValue": "Blau",
    }
    linked("POST", "/v1/channel/offer/in-progress", 201, json={"offerList": [{**key, "startedAt": AT}]})
    failed = {**key, "failedAt": "2024-02-13T06:05:00Z", "errorList": [error]}
    linked("POST", "/v1/channel/offer/listing-failed", 201, json={"offerList": [failed]})
    _offer, history = browser.get("/offers/1").split("What the channel has reported")
    assert re.findall(r'class="state (\w+)"', history) == ["failed", "in_progress"]
    assert "13 Feb 2024, 06:05 UTC" in history
    for text in ("X1", "Colour missing", "Say &lt;b&gt;which&lt;/b&gt; colour.", "global:color", "Blau"):
        assert text in history


def test_another_merchants_offer_is_out_of_reach(headphones, browser, change):
    browser.post("/account", company_name="Fremd")
    browser.get("/offers/1", status=404)
    assert change(1001, "end").status_code == 404
