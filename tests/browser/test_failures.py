"""The page of failed offers and the form of a rule in Chromium: they fit and are accessible."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.admin.test_rules import failed
from tests.browser.looks import LOOKS
from tests.browser.test_overview import signed_in
from tests.factories import ChannelFactory, ErrorTextFactory, ListingRuleFactory

pytestmark = pytest.mark.slow


@pytest.fixture
def channel(transactional_db):
    channel = ChannelFactory(code="SHOP", display_name="Glashaus")
    for _ in range(3):
        failed(channel, "GTIN_MISSING", message="SKU-1 hat keine GTIN.", title="Wanderschuh „Brocken“")
    failed(
        channel, "ACODEASLONGASSOMESYSTEMSMAKETHEM" * 4, message="averylongwordwithoutanyspace" * 10, title="x" * 200
    )
    ListingRuleFactory(channel=channel)
    ListingRuleFactory(channel=channel, kind="length", field="title", maximum=80, category="Schuhe")
    ListingRuleFactory(channel=channel, kind="picture_size", width=500, height=400)
    ErrorTextFactory(channel=channel)
    return channel


@LOOKS
@pytest.mark.parametrize("path", ["offer/failures/", "listingrule/", "listingrule/add/", "errortext/add/"])
def test_it_fits_and_is_accessible(language, width, scheme, path, channel, open_page, live_server, admin_client):
    size = {"width": width, "height": 900}
    page = signed_in(open_page, live_server, admin_client, language, color_scheme=scheme, viewport=size)
    page.goto(f"{live_server.url}/admin/listings/{path}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if path == "offer/failures/":
        violations = Axe().run(page, context="#content").response["violations"]
        assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in violations] == []
