"""Drives the embedded SCX as channels, merchants and scripts do, over HTTP."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests import payloads
from tests.contract.parties import LATE, Party
from tests.contract.servers import Embedded

__all__ = ["LATE", "Party", "Scx"]


HERE = Path(__file__).parent
# What a channel integration meets day by day; the rest is its console, its controls and its odd ways.
FAST = ("test_wire_", "test_walk_through", "test_channel_kinds")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents and not item.path.name.startswith(FAST):
            item.add_marker(pytest.mark.slow)


class Scx(Embedded):
    platform_code = "plat"


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
