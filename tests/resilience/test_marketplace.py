"""A marketplace of a few lines does the whole job by webhook: it checks sellers, lists, refuses, follows stock."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
import requests

from tests import payloads
from tests.resilience.merchant_browser import MerchantBrowser
from tests.resilience.portal import Portal
from tests.runtime.installation import ROOT, eventually
from tests.sandbox_process import free_port

pytestmark = pytest.mark.slow

LISTED = "SELECT COUNT(*) FROM listings_listingreport WHERE kind = 'listed' AND state = 'sent'"
PASSWORD = {"customer": "K-4711", "password": "correct horse"}
FIELDS = [
    {"name": "customer", "label": "Customer number"},
    {"name": "password", "label": "Password", "type": "password"},
]


class Marketplace:
    """`tests/marketplace.py` as a process of its own, connected to a portal."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.key = portal.api_key()
        made = self.call("POST", "webhook-endpoints/", url=f"{self.url}/hooks", topics=["offer.*", "stock.changed"])
        self.secret = portal.secrets["webhook secret"] = made["secret"]
        self.start()

    def start(self) -> None:
        known = {"PORTAL": f"{self.portal.url}/api/v1", "KEY": self.key, "SECRET": self.secret}
        command = [sys.executable, "tests/marketplace.py", str(self.port)]
        self.process = subprocess.Popen(command, cwd=ROOT, env={"PATH": os.environ["PATH"], **known})
        self.portal.installed.at_end.append(self.kill)
        eventually(self.is_up, "the marketplace's answer")

    def is_up(self) -> bool:
        try:
            return requests.get(self.url, timeout=5).ok
        except requests.ConnectionError:
            return False

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def call(self, method: str, path: str, **body: Any) -> Any:
        """The portal's answer to the marketplace's key. That a secret is told once is no leak."""
        headers = {"Authorization": f"Bearer {self.key}"}
        answer = requests.request(method, f"{self.portal.url}/api/v1/{path}", json=body, headers=headers, timeout=60)
        assert answer.ok, answer.text
        return answer.json()

    @property
    def shelf(self) -> dict[int, dict[str, Any]]:
        """What it sells, by SCX's offer id."""
        return {item["offer_id"]: item for item in requests.get(self.url, timeout=5).json().values()}

    def shows(self, what: Callable[[dict[int, dict[str, Any]]], bool], said: str) -> None:
        eventually(lambda: what(self.shelf), said)


@pytest.fixture
def shop(portal: Portal) -> str:
    portal.change_environment(WEBHOOK_ALLOWED_NETWORKS="127.0.0.0/8")
    return portal.channel("shop_de")


def sign_up(portal: Portal, shop: str) -> str:
    """The id of a seller whom the marketplace knows, after a password that it does not."""
    merchant = portal.scx.merchant()
    portal.secrets["merchant"] = merchant.headers["Authorization"].split()[1]
    browser = MerchantBrowser(portal.session_of(merchant.call("POST", f"/v1/seller/channel/{shop}")["signUpUrl"]))
    wrong = browser.send(**{**PASSWORD, "password": "wrong"})
    assert "the password is another" in wrong.text
    browser.send(**PASSWORD)
    portal.eventually("SELECT COUNT(*) FROM sellers_seller WHERE state = 'active' HAVING COUNT(*) = 1", "the seller")
    assert portal.value("SELECT company_name FROM sellers_seller") == "Müller & Söhne"
    return str(portal.value("SELECT seller_id FROM sellers_seller"))


def hurry(portal: Portal) -> None:
    """The sweeps would do it within a minute."""
    portal.shell("from platforms import jobs; jobs.nudge_all()")


def test_a_marketplace_of_a_few_lines_does_the_whole_job(portal: Portal, shop: str) -> None:
    portal.start_web()
    marketplace = Marketplace(portal)
    identification = {"url": f"{marketplace.url}/identify", "secret": marketplace.secret, "fields": FIELDS}
    settings = {"connector": "webhook", "connector_settings": {"identification": identification}}
    marketplace.call("PATCH", f"channels/{shop}/", **settings)
    portal.start_worker("--beat", "0.5")
    seller = sign_up(portal, shop)

    portal.emit_offers(shop, seller, 1, 2)
    portal.emit_offers(shop, seller, 3, title="")
    hurry(portal)
    marketplace.shows(lambda shelf: set(shelf) == {1, 2}, "two offers on the shelf")
    portal.eventually(f"{LISTED} HAVING COUNT(*) = 2", "two listings at SCX")
    portal.eventually(
        "SELECT 1 FROM listings_listingreport WHERE kind = 'failed' AND state = 'sent'", "the refused one at SCX"
    )

    portal.emit(shop, "Seller:Offer.StockUpdate", payloads.stock_update(seller, 1, "3"))
    hurry(portal)
    marketplace.shows(lambda shelf: shelf[1]["stock"] == "3", "the stock of the first")

    portal.emit(shop, "Seller:Offer.End", payloads.offer_end(seller, 2))
    hurry(portal)
    marketplace.shows(lambda shelf: set(shelf) == {1}, "that the second is gone")
    portal.eventually("SELECT 1 FROM listings_offer WHERE taken_down_at IS NOT NULL", "its word that it is")

    marketplace.kill()
    portal.emit_offers(shop, seller, 4)
    hurry(portal)
    portal.eventually("SELECT 1 FROM platforms_webhookdelivery WHERE attempts = 1 AND state = 'pending'", "a try")
    marketplace.start()
    marketplace.shows(lambda shelf: 4 in shelf, "what came while it was away")
    portal.eventually(f"{LISTED} HAVING COUNT(*) = 3", "the third listing at SCX")
    assert portal.count("platforms_webhookdelivery", "state = 'failed'") == 0
