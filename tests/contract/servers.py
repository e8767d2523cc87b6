"""The SCX under test: the embedded one, arranged by its control API, or another, arranged by the environment."""

import os
from typing import Any

import pytest
import requests

from tests import payloads
from tests.contract import described
from tests.contract.parties import Party

URL = "SCX_CONTRACT_URL"
CHANNEL_TOKEN = "SCX_CONTRACT_CHANNEL_TOKEN"
MARKETPLACE_TOKENS = "SCX_CONTRACT_MARKETPLACE_TOKENS"
SELLER_TOKEN = "SCX_CONTRACT_SELLER_TOKEN"
PATIENCE = "SCX_CONTRACT_PATIENCE"
STATUSES = {"successStatuses", "errorStatuses"}


def is_embedded(base_url: str) -> bool:
    """True for a server that has the control API."""
    try:
        return requests.get(f"{base_url}/control/health", timeout=30).status_code == 200
    except requests.ConnectionError:
        return False


class Embedded:
    """The embedded SCX: anything can be set up, moved on and looked at."""

    platform_code = "PLATFORM"

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        # Set once it has been told to answer otherwise than its document says: by a fault, or with other statuses.
        self.misbehaves = False

    def control(self, method: str, path: str, status: int | None = None, **kwargs: Any) -> Any:
        self.misbehaves |= method == "POST" and (
            path == "faults" or (path == "settings" and not STATUSES.isdisjoint(kwargs.get("json", ())))
        )
        answer = requests.request(method, f"{self.base_url}/control/{path}", timeout=30, **kwargs)
        assert answer.status_code == status if status else answer.ok, answer.text
        difference = described.differences(answer)
        assert not difference, difference
        return answer.json() if answer.content else None

    def shop(self) -> Party:
        return self.channel()

    def markets(self) -> list[Party]:
        return self.platform("MARKETDE", "MARKETFR")

    def channel(self, code: str = "DEMOSHOP", **values: Any) -> Party:
        body = {"code": code, "priceTypes": payloads.PRICE_TYPES, **values}
        if "platform" not in values:
            body.setdefault("signUpUrl", "https://shop.example.com/join?session={SESSION}")
        token = self.control("POST", "channels", json=body)["refreshToken"]
        return Party(self.base_url, token, code=code, server=self)

    def platform(self, *codes: str, group: str | None = None) -> list[Party]:
        """The marketplaces of a platform; a platform is virtual, so only they are given."""
        url = "https://platform.example.com/?session={SESSION}"
        self.control("POST", "channels", json={"code": self.platform_code, "isPlatform": True, "signUpUrl": url})
        return [self.channel(code, platform=self.platform_code, stockSyncGroup=group) for code in codes]

    def merchant(self, **values: Any) -> Party:
        token = self.control("POST", "accounts", json=values)["refreshToken"]
        return Party(self.base_url, token, server=self)

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


class Elsewhere:
    """An SCX without a control API; its refresh tokens come from the environment."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.patience = float(os.environ.get(PATIENCE, "60"))

    def shop(self) -> Party:
        return self._channel(_token(CHANNEL_TOKEN))

    def markets(self) -> list[Party]:
        return [self._channel(token) for token in _token(MARKETPLACE_TOKENS).split(",")]

    def merchant(self) -> Party:
        return Party(self.base_url, _token(SELLER_TOKEN), patience=self.patience)

    def _channel(self, refresh_token: str) -> Party:
        party = Party(self.base_url, refresh_token, patience=self.patience)
        party.code = party("GET", "/v1/channel", 200)["channel"]["channel"]
        party.drain()
        return party


def _token(name: str) -> str:
    if not os.environ.get(name):
        pytest.skip(f"needs the refresh token that {name} is to hold")
    return os.environ[name]
