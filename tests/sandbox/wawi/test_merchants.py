import re

import requests


def test_a_merchant_is_made_and_remembered(scx, browser):
    page = browser.post("/account", company_name="Süß & Söhne").text
    assert "Süß &amp; Söhne · 1001" in page
    browser.post("/account", company_name="Zweite KG")
    assert "Zweite KG · 1002" in browser.get()
    assert len(scx.control("GET", "accounts")["accounts"]) == 2


def test_connecting_opens_the_channels_own_page(scx, shop, browser):
    browser.post("/account", company_name="Süß")
    answer = browser.post("/connect", follow=False, channel="DEMOSHOP")
    assert answer.status_code == 302
    session = re.fullmatch(
        r"https://shop\.example\.com/join\?session=([\w-]+)&expiresAt=\d+", answer.headers["Location"]
    )
    assert session is not None
    assert shop("GET", "/v1/channel/seller/signup-session", 200, params={"session": session[1]}) == {
        "jtlAccountId": 1001
    }


def test_marketplaces_are_not_offered_and_refused_as_wawi_shows_it(scx, browser):
    scx.platform("m-de")
    browser.post("/account", company_name="Süß")
    offered, _summary, anyway = browser.get().partition("Try to sign up on a marketplace anyway")
    assert ('value="plat"' in offered, 'value="m-de"' in offered) == (True, False)
    assert ('value="plat"' in anyway, 'value="m-de"' in anyway) == (False, True)
    answer = browser.post("/connect", channel="m-de")
    assert answer.status_code == 403
    assert "<code>SLR204</code>" in answer.text
    assert "Connect their platform" in answer.text


def test_an_old_wawi_is_told_so(scx, browser):
    scx.channel(minimumClientsVersionRequired=[{"type": "Wawi", "version": "1.11.0.0"}])
    browser.post("/account", company_name="Süß")
    answer = browser.post("/connect", channel="DEMOSHOP", version="1.9.7.0")
    assert answer.status_code == 400
    assert "This channel needs JTL-Wawi 1.11.0.0 or higher; yours is 1.9.7.0." in answer.text


def test_offers_of_the_catalogue_reach_the_channel(linked, browser, seller_page):
    articles = ["headphones", "teapot", "lamp", "shirt"]
    browser.post(f"{seller_page}/offers", articles=articles, channels=["DEMOSHOP"])
    offers = [event["event"] for event in linked.events()]
    assert [(bool(each["pictureList"]), "gtin" in each, len(each["variationList"])) for each in offers] == [
        (True, True, 0),
        (False, True, 0),
        (True, False, 0),
        (True, True, 4),
    ]
    picture = requests.get(offers[0]["mainPicture"], timeout=30)
    assert (picture.headers["Content-Type"], picture.content[:8]) == ("image/png", b"\x89PNG\r\n\x1a\n")
    assert len({requests.get(url, timeout=30).content for url in offers[0]["pictureList"]}) == 6


def test_listing_states_come_back_with_errors_and_links(linked, browser, seller_page):
    browser.post(f"{seller_page}/offers", articles=["headphones", "teapot"], channels=["DEMOSHOP"])
    at = "2024-02-13T06:00:00Z"
    good = {"sellerId": "S1", "offerId": 1001, "listedAt": at, "listingUrl": "https://shop.example.com/1001"}
    bad = {"sellerId": "S1", "offerId": 1002, "failedAt": at, "errorList": [{"code": "PIC", "message": "<b>No</b>"}]}
    linked("POST", "/v1/channel/offer/listed", 201, json={"offerList": [good]})
    linked("POST", "/v1/channel/offer/listing-failed", 201, json={"offerList": [bad]})
    page = browser.get(seller_page)
    assert 'href="https://shop.example.com/1001"' in page
    assert "<code>PIC</code> &lt;b&gt;No&lt;/b&gt;" in page


def test_a_listing_url_that_is_no_web_address_is_no_link(linked, browser, seller_page):
    browser.post(f"{seller_page}/offers", articles=["headphones"], channels=["DEMOSHOP"])
    item = {"sellerId": "S1", "offerId": 1001, "listedAt": "2024-02-13T06:00:00Z", "listingUrl": "javascript:alert(1)"}
    linked("POST", "/v1/channel/offer/listed", 201, json={"offerList": [item]})
    assert "javascript:" not in browser.get(seller_page)


def test_stock_price_and_end_of_an_offer(scx, linked, browser, seller_page):
    browser.post(f"{seller_page}/offers", articles=["headphones"], channels=["DEMOSHOP"])
    offer = f"/offers/{scx.control('GET', 'offers')['offers'][0]['id']}/change"
    browser.post(offer, action="stock", value="3,5")
    browser.post(offer, action="price", value="12.50")
    assert browser.post(offer, action="stock", value="many").status_code == 400
    browser.post(offer, action="end")
    _new, stock, price, end = linked.events()
    assert stock["event"]["quantity"] == "3.5"
    assert price["event"]["priceList"][0]["quantityPriceList"][0]["amount"] == "12.50"
    assert end["type"] == "Seller:Offer.End"


def test_disconnecting_unlinks(linked, browser, seller_page):
    browser.post(f"{seller_page}/disconnect")
    assert [event["type"] for event in linked.events()] == ["Seller:Channel.Unlinked"]
    assert "disconnected" in browser.get()


def test_another_merchants_seller_is_out_of_reach(browser, seller_page):
    browser.post("/account", company_name="Fremd")
    browser.get(seller_page, status=404)
    assert browser.post(f"{seller_page}/disconnect").status_code == 404


def test_the_page_speaks_german_and_english(scx, browser):
    assert "<h1>Merchant</h1>" in browser.get()
    assert "<h1>Händler</h1>" in requests.get(scx.base_url, headers={"Accept-Language": "de-AT"}, timeout=30).text
    browser.post("/language", language="de")
    assert "<h1>Händler</h1>" in browser.get()


def test_a_form_from_elsewhere_is_refused(scx, browser):
    assert requests.post(f"{scx.base_url}/account", data={"company_name": "x"}, timeout=30).status_code == 403
    assert scx.control("GET", "accounts") == {"accounts": []}
