"""Drives the embedded SCX as channels, merchants and scripts do, over HTTP."""

from collections.abc import Callable
from typing import Any

import pytest

from tests import payloads
from tests.contract.parties import LATE, Party
from tests.contract.servers import Embedded

__all__ = ["LATE", "Party", "Scx"]


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
