import re


def notify(channel, message: str, severity: str = "INFO", **more) -> None:
    body = {"sellerId": "S1", "severity": severity, "message": message, **more}
    channel("POST", "/v1/channel/notification", 201, json=body)


def inbox(page: str) -> list[tuple[str, str]]:
    return re.findall(r'class="severity \w+">(\w+)</span>\s*<div>\s*<p>([^<]*)</p>', page)


def test_messages_of_channels_come_newest_first(linked, browser, seller_page):
    assert "Messages from channels" not in browser.get()
    notify(linked, "Welcome")
    notify(linked, "<script>alert(1)</script>", "WARNING")
    notify(linked, "Not allowed", "ERROR", reference={"type": "OFFER", "id": "1001"})
    for path in ("/", seller_page):
        page = browser.get(path)
        assert inbox(page) == [
            ("Error", "Not allowed"),
            ("Warning", "&lt;script&gt;alert(1)&lt;/script&gt;"),
            ("Information", "Welcome"),
        ]
        assert "offer 1001" in page


def test_another_merchant_does_not_see_them(linked, browser, seller_page):
    notify(linked, "Only for you")
    browser.post("/account", company_name="Fremd")
    assert "Only for you" not in browser.get()


def test_the_page_of_a_seller_shows_those_of_its_channels(scx, linked, browser, seller_page):
    (market,) = scx.platform("m-de")
    scx.link("plat", "S1", jtlAccountId=1001)
    notify(market, "From the marketplace")
    notify(linked, "From the shop")
    assert inbox(browser.get(seller_page)) == [("Information", "From the shop")]
    assert len(inbox(browser.get())) == 2
