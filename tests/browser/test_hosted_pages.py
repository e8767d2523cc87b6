"""Every hosted page, by its preview, in Chromium: small, alone, accessible, whatever the language, theme and width."""

from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Page, Response

from platforms import branding
from platforms.models import Channel
from sellers import previews
from tests.browser.looks import LOOKS
from tests.browser.test_walk import accessible
from tests.factories import MarketplaceFactory, PlatformFactory

pytestmark = pytest.mark.slow

BYTES_AT_MOST = 60_000
# As long as one may be; nothing a browser could show, which nobody sees beside the channel's name.
LOGO = branding.logo_of(b"\x89PNG\r\n\x1a\n".ljust(branding.LOGO_BYTES, b"x"))
BRANDING = {
    "accent": "#e4572e",
    "logo": LOGO,
    "support": {"de": "hilfe@mall.example", "en": "help@mall.example"},
    "legal": {name: f"https://mall.example/{name}" for name in branding.LEGAL},
    "lost_code": "mail",
    "no_account": "https://mall.example/join",
}


@pytest.fixture
def home(transactional_db, live_server, settings) -> Channel:
    settings.PORTAL_URL = live_server.url
    platform = PlatformFactory(code="mall", display_name="The Mall of Demonstration & Söhne", branding=BRANDING)
    for name, country, currency in (("Deutschland", "DE", "EUR"), ("Österreich", "AT", "EUR"), ("UK", "GB", "GBP")):
        MarketplaceFactory(platform=platform, display_name=f"Mall {name}", countries=[country], currency=currency)
    return platform


@pytest.fixture
def page_of_staff(open_page, live_server, db):
    """A page of a browser in which a member of staff is signed in; its answers are collected."""

    def opened(**options) -> tuple[Page, list[Response]]:
        client = Client()
        client.force_login(User.objects.create_superuser("staff"))
        page = open_page("en", **options)
        cookie = client.cookies["sessionid"].value
        page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
        # Each page is weighed as if it were the first one seen.
        network = page.context.new_cdp_session(page)
        network.send("Network.enable")
        network.send("Network.setCacheDisabled", {"cacheDisabled": True})
        answers: list[Response] = []
        page.on("response", lambda answer: answers.append(answer))
        return page, answers

    return opened


@LOOKS
def test_every_page_is_small_alone_accessible_and_fits(language, width, scheme, home, page_of_staff, live_server):
    Channel.objects.filter(display_name="Mall Deutschland").update(new_sellers=Channel.NewSellers.ALWAYS)
    page, answers = page_of_staff(viewport={"width": width, "height": 800})
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    for name in ["", *(f"{name}/" for name in previews.PREVIEWS)]:
        answers.clear()
        page.goto(f"{live_server.url}/preview/mall/{name}?language={language}&theme={scheme}")
        loaded = {answer.url: len(answer.body()) for answer in answers if not answer.url.startswith("data:")}
        assert {urlsplit(url).netloc for url in loaded} == {urlsplit(live_server.url).netloc}
        assert sum(loaded.values()) < BYTES_AT_MOST, (name, loaded)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        assert page.evaluate("document.scripts.length") == 0
        assert page.locator("html").get_attribute("lang") == language
        assert page.locator("main").count() == page.locator("h1").count() == 1
        accessible(page)
    assert said == []


def test_the_theme_of_the_browser_decides_where_none_is_chosen(home, page_of_staff, live_server):
    page, _answers = page_of_staff(color_scheme="dark")
    grounds = {}
    for theme in ("", "light", "dark"):
        page.goto(f"{live_server.url}/preview/mall/no-session/?theme={theme}")
        grounds[theme] = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert grounds[""] == grounds["dark"] != grounds["light"]


def test_the_form_is_filled_in_from_the_top_by_keyboard_alone(home, page_of_staff, live_server):
    page, _answers = page_of_staff()
    page.goto(f"{live_server.url}/preview/mall/sign-up/?language=en")
    form = page.locator("form.sheet")
    reached = []
    page.locator(".languages button").focus()
    for _ in range(form.locator("input:not([type=hidden]), button, a").count()):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.name || document.activeElement.className"))
    assert reached[:3] == ["login", "access_code", "button"]


def test_marketplaces_are_chosen_by_keyboard_alone(home, page_of_staff, live_server):
    page, _answers = page_of_staff()
    page.goto(f"{live_server.url}/preview/mall/where/?language=en")
    page.locator(".signed-in button").focus()
    reached = []
    for _ in range(4):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.name || document.activeElement.className"))
    assert reached == ["marketplaces"] * 3 + ["button"]


@pytest.mark.parametrize(("name", "number"), [("sign-up-with-errors", 2), ("where-with-errors", 3)])
def test_errors_stand_at_their_fields(home, page_of_staff, live_server, name, number):
    page, _answers = page_of_staff()
    page.goto(f"{live_server.url}/preview/mall/{name}/?language=en")
    for field in page.locator("form.sheet input[aria-invalid=true]").all():
        described = (field.get_attribute("aria-describedby") or "").split() or ["marketplaces_error"]
        assert any(page.locator(f"[id='{name}'].error").count() for name in described)
    assert page.locator("form.sheet input[aria-invalid=true]").count() == number
