"""The walk as people take it, in Chromium: the merchant in the Wawi page and on our pages, staff in the admin."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.management import call_command
from playwright.sync_api import Page, expect

from sellers.models import Seller
from stock.models import StockLevel
from tests.browser.looks import LOOKS

pytestmark = pytest.mark.slow

WORDS = {
    "de": {"create": "Anlegen", "connect": "Verbinden", "send": "Angebote senden", "change": "Ändern"},
    "en": {"create": "Create", "connect": "Connect", "send": "Send the offers", "change": "Change"},
}


def accessible(page: Page) -> None:
    violations = Axe().run(page).response["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in violations] == []


def work() -> None:
    call_command("sync", verbosity=0)


@pytest.mark.parametrize("language", ["de", "en"])
def test_a_merchant_connects_lists_and_changes_stock(language, open_page, mall, sandbox, live_server, admin_user):
    words = WORDS[language]
    wawi = open_page(language)
    wawi.goto(sandbox.base_url)
    wawi.fill("input[name=company_name]", "Müller & Söhne GmbH")
    wawi.get_by_role("button", name=words["create"], exact=True).click()
    wawi.select_option("select[name=channel]", "demo-mall")
    wawi.get_by_role("button", name=words["connect"], exact=True).click()

    # The merchant is on our page now; no session stands in its address.
    wawi.wait_for_url(re.compile(re.escape(live_server.url) + r"/sign-up/demo-mall/[\w-]+/$"))
    assert wawi.locator("html").get_attribute("lang") == language
    accessible(wawi)
    wawi.fill("input[name=company_name]", "Müller & Söhne GmbH")
    # No button name and no mouse is needed.
    wawi.locator("input[name=company_name]").press("Enter")
    wawi.uncheck("input[name=marketplaces][value=mall-uk]")
    accessible(wawi)
    wawi.locator("input[name=marketplaces]").first.press("Enter")
    expect(wawi.locator("code").first).to_have_text(re.compile(r"^\w{20,50}$"))
    accessible(wawi)

    work()
    seller = Seller.objects.get()
    assert seller.state == Seller.State.ACTIVE
    assert {row.marketplace.code: row.confirmed for row in seller.memberships.select_related("marketplace")} == {
        "mall-de": True,
        "mall-uk": False,
    }

    wawi.goto(sandbox.base_url)
    wawi.locator("article h3 a").click()
    expect(wawi.locator("input[name=articles]")).not_to_have_count(0)
    for article in wawi.locator("input[name=articles]").all():
        article.check()
    with wawi.expect_navigation():
        wawi.get_by_role("button", name=words["send"]).click()
    work()
    wawi.reload()
    expect(wawi.locator("article .state.listed")).not_to_have_count(0)
    expect(wawi.locator("article .state.failed")).not_to_have_count(0)
    expect(wawi.locator("article .problem").first).not_to_be_empty()

    offer = wawi.locator("article", has=wawi.locator(".state.listed")).first
    offer.locator("input[name=value]").first.fill("3")
    with wawi.expect_navigation():
        offer.get_by_role("button", name=words["change"]).first.click()
    work()
    assert StockLevel.objects.filter(quantity=3).count() == 1

    staff = open_page(language)
    staff.goto(f"{live_server.url}/admin/login/?next=/admin/listings/offer/")
    staff.fill("input[name=username]", admin_user.username)
    staff.fill("input[name=password]", "password")
    staff.locator("input[name=password]").press("Enter")
    staff.wait_for_url(re.compile("/admin/listings/offer/"))
    listed = StockLevel.objects.get(quantity=3).offer_row
    staff.goto(f"{live_server.url}/admin/listings/offer/{listed.pk}/change/")
    expect(staff.locator("body")).to_contain_text(listed.title)
    expect(staff.locator("body")).to_contain_text(listed.sku)


@LOOKS
def test_the_public_pages_fit_and_are_accessible(language, width, scheme, open_page, mall, live_server):
    page = open_page(language, viewport={"width": width, "height": 800}, color_scheme=scheme)
    for path in ("/", "/sign-up/demo-mall/", "/sign-up/mall-de/", "/sign-up/nobody/"):
        page.goto(f"{live_server.url}{path}")
        accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
