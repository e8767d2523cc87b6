"""A real Chromium, and the portal as a live server that the embedded SCX sends it to."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from platforms.models import Channel
from tests.factories import MarketplaceFactory, PlatformFactory
from tests.sandbox_control import Sandbox

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-gpu",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost",
]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    assert CHROMIUM, "The browser tests need Chromium: install the package chromium."
    # Playwright's event loop runs in this thread, and Django would take the tests' own queries for asynchronous ones.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def open_page(chromium: Browser):
    """Opens a page in a language; a script error or a breach of the content security policy fails the test."""
    problems: list[str] = []
    contexts = []

    def open_in(language: str, **options) -> Page:
        context = chromium.new_context(locale=language, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on(
            "console",
            lambda message: problems.append(message.text) if "Content Security Policy" in message.text else None,
        )
        return page

    yield open_in
    for context in contexts:
        context.close()
    assert problems == []


@pytest.fixture(params=["strict"])
def sandbox(sandbox: Sandbox) -> Sandbox:
    """Pages are the same whatever else SCX would let pass."""
    return sandbox


@pytest.fixture
def mall(transactional_db, live_server, settings, sandbox: Sandbox) -> Channel:
    """A platform with two marketplaces, whose sign-up pages the live server shows."""
    settings.PORTAL_URL = live_server.url
    platform = PlatformFactory(code="demo-mall", display_name="Demo Mall", connector="demo")
    for code, name, country, currency in (
        ("mall-de", "Demo Mall Deutschland", "DE", "EUR"),
        ("mall-uk", "Demo Mall UK", "GB", "GBP"),
    ):
        values = {"code": code, "display_name": name, "countries": [country], "currency": currency}
        sandbox.adopt(MarketplaceFactory(platform=platform, connector="demo", **values))
    return platform
