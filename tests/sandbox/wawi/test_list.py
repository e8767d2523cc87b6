import re
from html import unescape

import pytest

from tests.sandbox.wawi.conftest import notices, skus

AT = "2024-02-13T06:00:00Z"


@pytest.fixture
def sixty(linked, browser, seller_page) -> str:
    browser.post(f"{seller_page}/offers", articles=["plant"], channels=["DEMOSHOP"], count="60")
    return seller_page


def link(page: str, rel: str) -> str | None:
    found = re.search(rf'rel="{rel}" href="([^"]+)"', page)
    return unescape(found[1]) if found else None


def ids(page: str) -> list[int]:
    return [int(sku.rpartition("-")[2]) for sku in skus(page)]


def test_pages_lead_through_all_offers_and_back(browser, sixty):
    first = browser.get(sixty)
    second = browser.get(link(first, "next"))
    third = browser.get(link(second, "next"))
    assert ids(first) + ids(second) + ids(third) == list(range(1060, 1000, -1))
    assert (link(first, "prev"), link(third, "next")) == (None, None)
    assert ids(browser.get(link(third, "prev"))) == ids(second)
    back = browser.get(link(second, "prev"))
    assert (ids(back), link(back, "prev")) == (ids(first), None)


def test_states_are_counted_and_filter_the_list(linked, browser, sixty):
    listed = [{"sellerId": "S1", "offerId": number, "listedAt": AT} for number in range(1001, 1041)]
    linked("POST", "/v1/channel/offer/listed", 201, json={"offerList": listed})
    page = browser.get(f"{sixty}?state=listed")
    counts = re.findall(r">(\w[\w ]*) <b>(\d+)</b>", page)
    assert counts == [("all", "60"), ("sent", "20"), ("in progress", "0"), ("listed", "40"), ("refused", "0"),
                      ("ended", "0")]  # fmt: skip
    assert ids(page) == list(range(1040, 1015, -1))
    assert ids(browser.get(link(page, "next"))) == list(range(1015, 1000, -1))


@pytest.mark.parametrize("text", ["PFLANZE-3-1042", "pflanze-3-1042", "(42)", "1042"])
def test_an_offer_is_found_by_sku_title_or_number(text, browser, sixty):
    page = browser.get(f"{sixty}?search={text}")
    assert ids(page) == [1042]
    assert f'value="{text}"' in page


@pytest.mark.parametrize(
    "query",
    ["before=abc", "after=-1", "before=99999999999999999999999", "state=gone", "search=%00%27", "channel=%25", "x=1"],
)
def test_a_query_that_makes_no_sense_still_answers_a_page(query, browser, sixty):
    browser.get(f"{sixty}?{query}")


def test_an_empty_search_says_so(browser, sixty):
    assert "No offer matches." in browser.get(f"{sixty}?search=nothing-like-it")


def test_the_channel_filter_holds_for_list_counts_and_pages(scx, merchant, browser):
    scx.platform("m-de", "m-at")
    scx.link("plat", "S1", jtlAccountId=1001)
    browser.post("/account", account="1001")
    browser.post("/sellers/1/offers", articles=["ball"], channels=["m-de", "m-at"], count="30")
    page = browser.get("/sellers/1?channel=m-at")
    assert "all <b>30</b>" in page
    assert page.count("m-at · offer") == 25
    assert "channel=m-at" in link(page, "next")
    assert browser.get(link(page, "next")).count("m-at · offer") == 5


def test_all_that_match_are_ended_and_relisted(linked, browser, sixty):
    query = "search=PFLANZE-3-105"
    page = browser.post(f"{sixty}/offers/change", action="end", query=query).text
    assert notices(page) == ["10 × Seller:Offer.End sent to DEMOSHOP."]
    assert f"{page.count('state ended')}" == "10"
    page = browser.post(f"{sixty}/offers/change", action="relist", query="state=ended").text
    assert notices(page) == ["10 × Seller:Offer.New sent to DEMOSHOP."]
    events = linked.events()
    assert len(events) == 80
    ended, relisted = events[60:70], events[70:]
    assert {event["type"] for event in ended} == {"Seller:Offer.End"}
    assert sorted(event["event"]["offerId"] for event in relisted) == list(range(1050, 1060))
    page = browser.post(f"{sixty}/offers/change", action="relist", query="").text
    assert notices(page) == ["No offer matches, so nothing was sent."]


@pytest.mark.parametrize("action", ["end", "relist"])
def test_where_one_offer_is_refused_none_is_changed_and_the_first_reasons_are_told(scx, browser, action):
    m_de, _m_at = scx.platform("m-de", "m-at")
    scx.link("plat", "S1", jtlAccountId=1001)
    browser.post("/sellers/1/offers", articles=["teapot"], channels=["m-de", "m-at"], count="12")
    if action == "relist":
        browser.post("/sellers/1/offers/change", query="", action="end")
    before = [each["state"] for each in scx.control("GET", "offers")["offers"]]
    m_de.events()
    scx.channel("m-at", platform="plat", isActive=False)
    answer = browser.post("/sellers/1/offers/change", query="", action=action)
    assert (answer.status_code, answer.text.count("<code>GEN700</code>")) == (400, 10)
    assert [each["state"] for each in scx.control("GET", "offers")["offers"]] == before
    assert m_de.events() == []
