"""The pages of a stock sync group and of a channel compared with SCX, in Chromium: they fit, and are accessible."""

import os

import pytest
from axe_playwright_python.sync_playwright import Axe

from platforms.models import Channel, ChannelAtScx
from tests.browser.looks import LOOKS
from tests.browser.test_overview import signed_in
from tests.factories import NOON, MarketplaceFactory, PlatformFactory, StockSyncGroupFactory

pytestmark = pytest.mark.slow
# Where to keep pictures for a person to look at; none are kept without it.
PICTURES = os.environ.get("PICTURES", "")


@pytest.fixture
def channel(transactional_db) -> Channel:
    """A marketplace that differs from SCX in all there is, in a group that waits for JTL."""
    platform = PlatformFactory(code="amazon", display_name="Amazon")
    europe = StockSyncGroupFactory(platform=platform, label="AMAZON-EU")
    for code, country in (("amazon-fr", "FR"), ("amazon-es", "ES")):
        MarketplaceFactory(platform=platform, code=code, countries=[country], stock_sync_group=europe)
    germany = MarketplaceFactory(
        platform=platform, code="amazon-de", display_name="Amazon Germany", countries=["DE"], stock_sync_group=europe
    )
    settings = {
        "displayName": "Amazon Deutschland mit einem langen Namen",
        "currency": "CHF",
        "signUpUrl": "https://an-address-that-is-very-long.example/somewhere/far/away/?session={SESSION}",
        "marketplaceList": ["AT"],
    }
    ChannelAtScx.objects.create(
        channel=germany, is_active=False, settings=settings, settings_at=NOON, stock_sync_group="AMAZON-OLD"
    )
    return germany


@LOOKS
@pytest.mark.parametrize("name", ["group", "channel", "platform", "form"])
def test_it_fits_and_is_accessible(language, width, scheme, name, channel, open_page, live_server, admin_client):
    seen = {"color_scheme": scheme, "viewport": {"width": width, "height": 900}}
    page = signed_in(open_page, live_server, admin_client, language, **seen)
    path = {
        "group": f"stocksyncgroup/{channel.stock_sync_group_id}/change/",
        "channel": f"channel/{channel.pk}/scx/",
        "platform": f"channel/{channel.platform_id}/scx/",
        "form": f"channel/{channel.pk}/change/",
    }[name]
    page.goto(f"{live_server.url}/admin/platforms/{path}")
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/{name}-{language}-{scheme}-{width}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if name != "form":
        violations = Axe().run(page, context="#content").response["violations"]
        assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in violations] == []
