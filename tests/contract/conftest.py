"""The contract suite: what an SCX promises, over HTTP, against the embedded one or any other.

    make contract SCX_CONTRACT_URL=https://…        (or: pytest tests/contract)

Without a URL the suite runs a process of its own. A server that has the control API is arranged by it, and emptied
before each test. Any other is arranged by the environment: refresh tokens of a standalone channel
(SCX_CONTRACT_CHANNEL_TOKEN), of two marketplaces of one platform (SCX_CONTRACT_MARKETPLACE_TOKENS, with a comma) and
of a merchant (SCX_CONTRACT_SELLER_TOKEN), and SCX_CONTRACT_PATIENCE, the seconds an event may take to arrive (60).
Sellers are linked by the real walk under ids that no run uses twice, and unlinked afterwards. There, tests that ask for
the fixture `control` are skipped and tests marked `inferred` may fail; DIFFERENCES.md lists the latter.
"""

import os
import uuid
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest

from tests import payloads
from tests.contract import parties, servers, walks
from tests.contract.parties import Party
from tests.contract.servers import Elsewhere, Embedded


@cache
def _is_elsewhere() -> bool:
    address = os.environ.get(servers.URL, "").rstrip("/")
    return bool(address) and not servers.is_embedded(address)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        mark = item.get_closest_marker("inferred")
        if mark and _is_elsewhere():
            item.add_marker(pytest.mark.xfail(reason=mark.args[0], strict=False))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if parties.noticed:
        terminalreporter.section("answers that differ from platforms/sandbox/openapi/scx.yaml")
        for difference in dict.fromkeys(parties.noticed):
            terminalreporter.write_line(difference)


@pytest.fixture(scope="session")
def base_url(request: pytest.FixtureRequest) -> str:
    """Of the SCX under test."""
    return os.environ.get(servers.URL, "").rstrip("/") or request.getfixturevalue("sandbox_process")


@pytest.fixture
def scx(base_url: str) -> Embedded | Elsewhere:
    """The SCX under test; the embedded one is empty."""
    if _is_elsewhere():
        return Elsewhere(base_url)
    embedded = Embedded(base_url)
    embedded.control("POST", "reset", 204, json={})
    return embedded


@pytest.fixture
def control(scx: Embedded | Elsewhere) -> Embedded:
    """The embedded SCX with its control API; elsewhere the test is skipped."""
    if isinstance(scx, Elsewhere):
        pytest.skip("needs the control API of the embedded SCX")
    return scx


@pytest.fixture
def shop(scx: Embedded | Elsewhere, seller_id: str) -> Iterator[Party]:
    """A standalone channel that has named the price types of tests/payloads.py."""
    shop = scx.shop()
    _name_price_types(shop)
    yield shop
    _tidy_up(shop, seller_id)


@pytest.fixture
def merchant(scx: Embedded | Elsewhere) -> Party:
    return scx.merchant()


@pytest.fixture
def seller_id() -> str:
    """One that no run uses twice, nor its offers."""
    return f"S{uuid.uuid4().hex[:20]}"


@pytest.fixture
def linked(shop: Party, merchant: Party, seller_id: str) -> Party:
    """The shop, with the merchant linked as the seller."""
    walks.sign_up(merchant, shop, seller_id)
    return shop


@pytest.fixture
def markets(scx: Embedded | Elsewhere, merchant: Party, seller_id: str) -> Iterator[list[Party]]:
    """Two marketplaces of a platform; the merchant is signed up on it as the seller, through the first of them."""
    markets = scx.markets()
    for market in markets:
        _name_price_types(market)
    walks.sign_up(merchant, markets[0], seller_id, on=walks.platform_of(markets[0]))
    yield markets
    for market in markets:
        _tidy_up(market, seller_id)


@pytest.fixture
def offer(linked: Party, merchant: Party, seller_id: str) -> Callable[..., dict[str, Any]]:
    """Sends one offer of the seller through the Seller API; gives the payload it was made from."""

    def send(offer_id: int, *, channel: Party = linked, method: str = "POST", **overrides: Any) -> dict[str, Any]:
        payload = payloads.offer_small(seller_id, offer_id, **overrides)
        entry = payloads.seller_offer(channel.code, payload)
        merchant(method, "/v1/seller/offer", 201, json={"offerList": [entry]})
        return payload

    return send


def _name_price_types(channel: Party) -> None:
    for price_type in payloads.PRICE_TYPES:
        body = {"priceTypeId": price_type, "displayName": price_type}
        channel("POST", "/v1/channel/price", 201, json=body)


def _tidy_up(channel: Party, seller_id: str) -> None:
    """Leave no seller behind at an SCX that is not emptied."""
    if channel.patience:
        channel("DELETE", f"/v1/channel/seller/{seller_id}")
