"""The form that a marketplace declares, and the way to its own login, in Chromium."""

import base64
import ipaddress
import re

import pytest
from playwright.sync_api import expect

from platforms import channels
from tests.browser.looks import LOOKS
from tests.browser.test_walk import accessible
from tests.factories import ChannelFactory
from tests.openid_provider import running_provider
from tests.outside_server import Reply, running_system

pytestmark = pytest.mark.slow

SECRET = "whsec_" + base64.b64encode(b"a signing key of 32 bytes, fixed").decode()
FIELDS = [
    {
        "name": "customer",
        "label": {"de": "Kundennummer", "en": "Customer number"},
        "help": {"de": "Steht oben rechts auf Ihrer Rechnung.", "en": "At the top right of your invoice."},
    },
    {"name": "password", "label": {"de": "Passwort", "en": "Password"}, "type": "password"},
    {
        "name": "region",
        "label": {"de": "Verkaufsregion", "en": "Region"},
        "type": "choice",
        "choices": {"eu": {"de": "Europa", "en": "Europe"}, "us": {"de": "Vereinigte Staaten", "en": "United States"}},
    },
]


@pytest.fixture
def shop(transactional_db, live_server, settings, sandbox):
    settings.PORTAL_URL = live_server.url
    settings.WEBHOOK_ALLOWED_NETWORKS = [ipaddress.ip_network("127.0.0.0/8")]
    return sandbox.adopt(ChannelFactory(code="DEMOSHOP", display_name="Demo Shop"))


def looks_right(page, width):
    accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@LOOKS
def test_the_declared_form_is_usable_by_everybody(language, width, scheme, open_page, shop, sandbox):
    with running_system() as system:
        system.respond = lambda question: Reply({"errors": {"customer": "Diese Nummer kennen wir nicht. Unknown."}})
        shop.connector = "webhook"
        shop.connector_settings = {"identification": {"url": system.url, "secret": SECRET, "fields": FIELDS}}
        channels.save(shop)
        page = open_page(language, viewport={"width": width, "height": 800}, color_scheme=scheme)
        page.goto(sandbox.merchant().start_sign_up(shop))
        looks_right(page, width)
        page.locator("button.button").click()
        expect(page.locator(".has-error")).to_have_count(3)
        assert system.asked == []
        looks_right(page, width)
        page.fill("input[name=customer]", "4711")
        page.fill("input[name=password]", "correct horse battery")
        page.select_option("select[name=region]", "us")
        page.locator("input[name=customer]").press("Enter")
        expect(page.locator("#id_customer_error")).to_contain_text("Unknown.")
        expect(page.locator("input[name=customer]")).to_be_focused()
        assert page.locator("input[name=password]").input_value() == ""
        looks_right(page, width)
        assert system.asked[0].json["language"] == language


@LOOKS
def test_the_way_to_the_login_and_back_leaves_nothing_in_the_address(
    language, width, scheme, open_page, shop, sandbox, live_server
):
    with running_provider() as provider:
        provider.brings_back = {"code": None, "error": "access_denied"}
        shop.connector, shop.connector_settings = "openid", provider.settings()
        page = open_page(language, viewport={"width": width, "height": 800}, color_scheme=scheme)
        page.goto(sandbox.merchant().start_sign_up(shop))
        form_url = page.url
        channels.save(shop)
        page.goto(f"{form_url}sign-in/")
        page.wait_for_url(f"{form_url}sign-in/failed/")
        looks_right(page, width)
        asked = provider.system.asked[-1]
        assert f"ui_locales={language}" in asked.path
        assert "referer" not in asked.headers
        provider.brings_back = {"state": "another"}
        page.locator("a.button").click()
        page.wait_for_url(re.compile(r"/signed-in/DEMOSHOP/$"))
        looks_right(page, width)
        page.goto(f"{live_server.url}/signed-in/DEMOSHOP/")
        page.get_by_role("button", name="English" if language == "de" else "Deutsch").click()
        assert page.locator("html").get_attribute("lang") != language
