"""A merchant's browser on the hosted pages, and the channels he signs up on."""

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from platforms.models import Channel
from tests.factories import AccountFactory, ChannelFactory, MarketplaceFactory, PlatformFactory
from tests.sandbox_control import Merchant, Sandbox

CODE = "open sesame"


class Browser(Client):
    """Opens the sign-up as JTL-Wawi does, and sends the form behind it."""

    def enter(self, url: str):
        """The answer to the address that JTL-Wawi opens."""
        parts = urlsplit(url)
        return self.get(f"{parts.path}?{parts.query}")

    def form_url(self, url: str) -> str:
        answer = self.enter(url)
        assert answer.status_code == 302, answer.content.decode()
        return answer["Location"]

    def send(self, form_url: str, login: str = "", code: str = CODE, marketplaces: list[Channel] | None = None):
        data = {"login": login, "access_code": code}
        if marketplaces is not None:
            data["marketplaces"] = [channel.code for channel in marketplaces]
        return self.post(form_url, data)


def session_of(url: str) -> str:
    return parse_qs(urlsplit(url).query)["session"][0]


def text_of(answer) -> str:
    """What a person reads: the page without its tags."""
    body = answer.content.decode().partition("<body>")[2]
    return " ".join(re.sub(r"<[^>]+>", " ", body).replace("&#x27;", "'").split())


@pytest.fixture
def browser() -> Browser:
    return Browser(headers={"accept-language": "en"})


@pytest.fixture
def merchant(sandbox: Sandbox) -> Merchant:
    return sandbox.merchant()


@pytest.fixture
def shop(db, sandbox: Sandbox) -> Channel:
    return sandbox.adopt(ChannelFactory(code="DEMOSHOP", display_name="Demo Shop"))


@dataclass
class Mall:
    platform: Channel
    de: Channel
    at: Channel
    uk: Channel

    @property
    def all(self) -> list[Channel]:
        return [self.de, self.at, self.uk]


@pytest.fixture
def mall(db, sandbox: Sandbox) -> Mall:
    return make_mall(sandbox)


def make_mall(sandbox: Sandbox) -> Mall:
    platform = PlatformFactory(code="themall", display_name="The Mall")
    rows = [("de", "EUR", "DE"), ("at", "EUR", "AT"), ("uk", "GBP", "GB")]
    made = [
        sandbox.adopt(
            MarketplaceFactory(
                code=f"mall-{name}",
                display_name=f"Mall {name.upper()}",
                platform=platform,
                currency=currency,
                countries=[country],
            )
        )
        for name, currency, country in rows
    ]
    return Mall(platform, *made)


@pytest.fixture
def account(shop):
    return AccountFactory(channel=shop, login="acme")


@pytest.fixture
def mall_account(mall):
    return AccountFactory(channel=mall.platform, login="acme")
