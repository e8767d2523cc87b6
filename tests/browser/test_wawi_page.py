"""The Wawi page of the embedded SCX in Chromium: it fits, is accessible, and leads back to where the merchant was."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looks import LOOKS
from tests.browser.test_walk import accessible
from tests.sandbox_control import Sandbox

pytestmark = pytest.mark.slow


@pytest.fixture
def shop(sandbox: Sandbox) -> str:
    """The address of the page; a merchant is connected to a shop."""
    url = "https://shop.example.com/?session={SESSION}"
    shop = {"code": "DEMOSHOP", "signUpUrl": url, "priceTypes": ["B2C"]}
    sandbox.call("POST", "/control/channels", json=shop)
    sandbox.merchant()
    sandbox.call("POST", "/control/sellers", json={"channel": "DEMOSHOP", "sellerId": "S1", "jtlAccountId": 1001})
    return sandbox.base_url


def create_offers(page: Page, base_url: str) -> None:
    page.goto(f"{base_url}/sellers/1")
    for article in page.locator("input[name=articles]").all():
        article.check()
    page.locator("form[action$='/sellers/1/offers'] button").click()


@LOOKS
def test_the_wawi_page_fits_and_is_accessible(language, width, scheme, open_page, shop):
    page = open_page(language, viewport={"width": width, "height": 800}, color_scheme=scheme)
    create_offers(page, shop)
    for path in ("/", "/sellers/1", "/offers/1", "/nothing"):
        page.goto(f"{shop}{path}")
        for summary in page.locator("summary").all():
            summary.click()
        accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_after_a_change_the_offer_and_its_notice_are_in_sight(open_page, shop):
    page = open_page("en", viewport={"width": 375, "height": 700})
    create_offers(page, shop)
    last = page.locator("article.listing").last
    last.locator("input[name=value]").first.fill("3")
    last.locator("input[name=value]").first.press("Enter")
    expect(page.locator(".notice")).to_have_text("Seller:Offer.StockUpdate sent to DEMOSHOP.")
    expect(page.locator(".notice")).to_be_in_viewport()
    expect(page.locator("article.listing").last.locator("h3")).to_be_in_viewport()


def test_pictures_are_shown(open_page, shop):
    page = open_page("en")
    create_offers(page, shop)
    picture = page.locator("article.listing img").first
    picture.scroll_into_view_if_needed()
    page.wait_for_function("image => image.complete && image.naturalWidth === 480", arg=picture.element_handle())
