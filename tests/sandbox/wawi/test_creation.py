import re
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.sandbox.wawi.conftest import notices, skus


def test_articles_are_repeated_with_numbers_until_there_are_so_many(linked, browser, seller_page):
    page = browser.post(f"{seller_page}/offers", articles=["headphones", "lamp"], channels=["DEMOSHOP"], count="5").text
    assert notices(page) == ["5 × Seller:Offer.New sent to DEMOSHOP."]
    offers = [event["event"] for event in linked.events()]
    assert [offer["title"].rpartition(" ")[2] for offer in offers] == ["(1)", "(1)", "(2)", "(2)", "(3)"]
    assert len({offer["sku"] for offer in offers}) == len({offer["offerId"] for offer in offers}) == 5
    assert len(skus(page)) == 5


def test_without_a_number_each_article_is_offered_once_under_its_own_name(linked, browser, seller_page):
    browser.post(f"{seller_page}/offers", articles=["headphones", "ball"], channels=["DEMOSHOP"], count="")
    titles = [event["event"]["title"] for event in linked.events()]
    assert titles == ["Kopfhörer Nordlicht – kabellos, 40 Stunden Laufzeit", "Fußball Bolzplatz ⚽ Größe 5"]


def test_more_than_one_batch_arrives_whole_and_in_order(scx, linked, browser, seller_page):
    browser.post(f"{seller_page}/offers", articles=["plant"], channels=["DEMOSHOP"], count="1234")
    waiting = scx.control("GET", "events", params={"channel": "DEMOSHOP", "limit": 5000})["events"]
    assert [event["event"]["offerId"] for event in waiting] == list(range(1001, 2235))
    assert "<b>1234</b>" in browser.get(seller_page)


def test_the_next_creation_goes_on_counting(linked, browser, seller_page):
    for _time in range(2):
        browser.post(f"{seller_page}/offers", articles=["shirt"], channels=["DEMOSHOP"])
    first, second = (event["event"] for event in linked.events())
    assert (first["offerId"], [each["offerId"] for each in first["variationList"]]) == (1001, [1002, 1003, 1004, 1005])
    assert second["offerId"] == 1006


@pytest.mark.parametrize("count", ["0", "10001", "-1", "1.5", "many", "٣", "9" * 40])
def test_a_number_out_of_range_creates_nothing_and_keeps_the_form(count, linked, browser, seller_page):
    answer = browser.post(f"{seller_page}/offers", articles=["lamp"], channels=["DEMOSHOP"], count=count)
    assert answer.status_code == 400
    assert "Enter a number of offers from 1 to 10000." in answer.text
    assert 'value="lamp" checked' in answer.text
    assert linked.events() == []


def test_one_product_goes_to_every_channel_under_one_sku(scx, merchant, browser):
    markets = scx.platform("m-de", "m-at")
    scx.link("plat", "S1", jtlAccountId=1001)
    browser.post("/account", account="1001")
    page = browser.post("/sellers/1/offers", articles=["book"], channels=["m-de", "m-at"], count="2").text
    assert notices(page) == ["2 × Seller:Offer.New sent to m-de, m-at."]
    german, austrian = ([event["event"] for event in market.events()] for market in markets)
    assert [each["sku"] for each in german] == [each["sku"] for each in austrian]
    assert {each["offerId"] for each in german}.isdisjoint(each["offerId"] for each in austrian)


def test_nothing_chosen_is_said_so(linked, browser, seller_page):
    answer = browser.post(f"{seller_page}/offers", channels=["DEMOSHOP"])
    assert answer.status_code == 400
    assert "Choose at least one article and one channel." in answer.text


def test_creations_at_the_same_time_share_no_offer_id(scx, linked, browser, seller_page):
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', browser.get())[1]
    form = {"articles": ["teapot"], "channels": ["DEMOSHOP"], "count": "600", "csrfmiddlewaretoken": token}
    cookies = browser.session.cookies.get_dict()

    def create(_number):
        return requests.post(f"{scx.base_url}{seller_page}/offers", data=form, cookies=cookies, timeout=60).status_code

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(create, range(4))) == {200}
    assert len(scx.control("GET", "offers", params={"limit": 10_000})["offers"]) == 2400
