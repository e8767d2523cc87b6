"""Talks to the embedded SCX as channels and merchants do, over HTTP and with nothing of the portal's client."""

from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests import payloads

LATE = {"updatedAfter": "1970-01-01T00:00:00Z"}


class Party:
    """A channel or a merchant with its access token; English unless told otherwise."""

    def __init__(self, base_url: str, refresh_token: str) -> None:
        self.base_url = base_url
        self.refresh_token = refresh_token
        answer = requests.post(f"{base_url}/v1/auth", data={"refreshToken": refresh_token}, timeout=30)
        self.session = requests.Session()
        self.session.headers.update(
            {
                "Authorization": f"Bearer {answer.json()['authToken']}",
                "Accept-Language": "en",
                "User-Agent": "Wawi/1.11.0.3",
            }
        )

    def __call__(self, method: str, path: str, status: int | None = None, **kwargs: Any) -> Any:
        """The answer's JSON, once its status is checked; without a status, the answer itself."""
        answer = self.session.request(method, self.base_url + path, timeout=30, **kwargs)
        if status is None:
            return answer
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    def events(self, **params: Any) -> list[dict[str, Any]]:
        return self("GET", "/v1/channel/event", 200, params=params)["eventList"]

    def refusal(self, method: str, path: str, status: int, **kwargs: Any) -> list[tuple[str, str]]:
        """Code and message of every error."""
        errors = self(method, path, status, **kwargs)["errorList"]
        return [(error["code"], error["message"]) for error in errors]


class Scx:
    def __init__(self, base_url: str) -> None:
        self.base_url = base_url

    def control(self, method: str, path: str, status: int | None = None, **kwargs: Any) -> Any:
        answer = requests.request(method, f"{self.base_url}/control/{path}", timeout=30, **kwargs)
        assert answer.status_code == status if status else answer.ok, answer.text
        return answer.json() if answer.content else None

    def channel(self, code: str = "DEMOSHOP", **values: Any) -> Party:
        body = {"code": code, **values}
        if "platform" not in values:
            body.setdefault("signUpUrl", "https://shop.example.com/join?session={SESSION}")
        return Party(self.base_url, self.control("POST", "channels", json=body)["refreshToken"])

    def platform(self, *codes: str, group: str | None = None) -> list[Party]:
        """A platform `plat` and its marketplaces; a platform is virtual, so only they are given."""
        body = {"code": "plat", "isPlatform": True, "signUpUrl": "https://plat.example.com/?s={SESSION}"}
        self.control("POST", "channels", json=body)
        return [self.channel(code, platform="plat", stockSyncGroup=group) for code in codes]

    def merchant(self, **values: Any) -> Party:
        return Party(self.base_url, self.control("POST", "accounts", json=values)["refreshToken"])

    def link(self, channel: str, seller_id: str, **values: Any) -> dict[str, Any]:
        return self.control("POST", "sellers", json={"channel": channel, "sellerId": seller_id, **values})

    def emit(self, channel: str, count: int = 1, **values: Any) -> list[str]:
        event = {"channel": channel, "type": "System:Test", "event": {"channel": channel}, **values}
        return self.control("POST", "events", json=[event] * count)["ids"]

    def settings(self, **values: Any) -> None:
        self.control("POST", "settings", json=values)

    def advance(self, seconds: float) -> None:
        self.control("POST", "clock", json={"advance": seconds})

    def books(self, **params: Any) -> list[dict[str, Any]]:
        return self.control("GET", "books", params=params)["books"]


@pytest.fixture
def scx(sandbox_process: str) -> Scx:
    scx = Scx(sandbox_process)
    scx.control("POST", "reset", 204, json={})
    return scx


@pytest.fixture
def shop(scx: Scx) -> Party:
    """A standalone channel DEMOSHOP."""
    return scx.channel()


@pytest.fixture
def merchant(scx: Scx) -> Party:
    """A merchant with the account 1001."""
    return scx.merchant(jtlAccountId=1001)


@pytest.fixture
def linked(scx: Scx, shop: Party, merchant: Party) -> Party:
    """The shop, with the merchant's seller S1 linked."""
    scx.link("DEMOSHOP", "S1", jtlAccountId=1001)
    return shop


@pytest.fixture
def offer(merchant: Party) -> Callable[..., dict[str, Any]]:
    """Sends one offer through the Seller API; gives the payload it was made from."""

    def send(offer_id: int, *, channel: str = "DEMOSHOP", seller: str = "S1", method: str = "POST", **overrides: Any):
        payload = payloads.offer_small(seller, offer_id, **overrides)
        merchant(method, "/v1/seller/offer", 201, json={"offerList": [payloads.seller_offer(channel, payload)]})
        return payload

    return send
