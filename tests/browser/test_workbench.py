"""The workbench by keyboard and by touch."""

import re
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import expect

from listings.models import Offer
from tests.factories import ChannelFactory, OfferFactory, SellerFactory

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def offers():
    seller = SellerFactory(channel=ChannelFactory(code="SHOP"))
    now = timezone.now()
    return [
        OfferFactory(
            channel=seller.channel,
            seller=seller,
            title=f"Offer {n}",
            revision=1,
            handed_over_revision=1,
            awaited_since=now - timedelta(hours=5 - n),
            updated_at=now - timedelta(minutes=1),
        )
        for n in range(4)
    ]


@pytest.fixture
def page(open_page, live_server, admin_user, request):
    language, width, scheme = request.param
    page = open_page(language, viewport={"width": width, "height": 800}, color_scheme=scheme)
    page.goto(f"{live_server.url}/admin/login/?next=/admin/listings/offer/workbench/")
    page.fill("input[name=username]", admin_user.username)
    page.fill("input[name=password]", "password")
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url(re.compile("/workbench/"))
    return page


def state(offer):
    return Offer.objects.get(pk=offer.pk).state


@pytest.mark.parametrize("page", [("de", 1280, "light"), ("en", 375, "dark")], indirect=True)
def test_offers_are_decided_by_keyboard(offers, page):
    expect(page.locator("[data-row]")).to_have_count(4)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert Axe().run(page, "#workbench").response["violations"] == []
    page.keyboard.press("j")
    with page.expect_navigation():
        page.keyboard.press("l")
    assert state(offers[0]) == "listed"
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("f")
    page.keyboard.press("Tab")
    page.keyboard.type("BLURRED")
    page.keyboard.press("Tab")
    page.keyboard.type("The picture is blurred.")
    with page.expect_navigation():
        page.locator("button[value=failed]").click()
    expect(page.locator("[data-row]")).to_have_count(1)
    assert [state(offer) for offer in offers] == ["listed", "failed", "failed", "pending"]


@pytest.mark.parametrize("page", [("de", 1280, "dark")], indirect=True)
def test_a_long_action_goes_on_by_itself(offers, page, monkeypatch):
    from listings import workbench

    monkeypatch.setattr(workbench, "AT_ONCE", 1)
    monkeypatch.setattr(workbench, "LONGEST_SECONDS", 0.001)
    page.check("input[name=all]")
    page.locator("button[value=in_progress]").click()

    expect(page.locator("[data-row]")).to_have_count(4)
    assert {state(offer) for offer in offers} == {"in_progress"}
