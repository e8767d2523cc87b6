"""The overview of platforms and marketplaces in Chromium: it fits, whatever is opened, and is accessible."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from platforms.models import Channel
from tests.admin import overview_world
from tests.factories import ChannelFactory, MarketplaceFactory, StockSyncGroupFactory

pytestmark = pytest.mark.slow


@pytest.fixture
def mall(transactional_db) -> Channel:
    group = StockSyncGroupFactory(label="A-LABEL-AS-LONG-AS-SOME-ARE-" * 3, platform__display_name="The Mall & Söhne")
    long = "Marketplaceofaveryverylongnamewithoutanyspace" * 2
    pooled = MarketplaceFactory(platform=group.platform, stock_sync_group=group, display_name=long)
    lone = MarketplaceFactory(platform=group.platform, countries=["DE", "AT", "CH", "LU", "LI", "NL", "BE", "FR"])
    ChannelFactory(is_active=False)
    overview_world.fill(pooled)
    overview_world.trouble(lone)
    return group.platform


def signed_in(open_page, live_server, admin_client, language="en", **options) -> Page:
    page = open_page(language, **options)
    cookie = admin_client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    return page


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1024, 1280])
def test_it_fits_and_is_accessible(theme, width, mall, open_page, live_server, admin_client):
    page = signed_in(open_page, live_server, admin_client, color_scheme=theme, viewport={"width": width, "height": 900})
    page.goto(f"{live_server.url}/admin/platforms/overview/")
    for details in page.locator("#content details").all():
        details.locator("summary").click()

    assert page.evaluate("document.documentElement.scrollWidth") <= width
    right = "Math.max(...[...document.querySelectorAll('.portal-branch *')].map(e => e.getBoundingClientRect().right))"
    assert page.evaluate(right) <= width
    # The frame around it is the theme's.
    violations = Axe().run(page, context="#content").response["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in violations] == []
