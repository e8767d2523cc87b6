"""The database restarted under load: everybody waits or says so, and goes on by himself."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from tests.resilience import postgres
from tests.resilience.portal import Portal
from tests.runtime.conftest import SERVER_URL
from tests.runtime.installation import Installation, eventually

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not SERVER_URL.startswith("postgres"), reason="The run is for SQLite, which has no server."),
]

SELLER = "seller1"


@pytest.fixture
def cluster() -> Iterator[postgres.Cluster]:
    with postgres.cluster() as made:
        yield made


@pytest.fixture
def installed(tmp_path: Path, template: Installation, cluster: postgres.Cluster) -> Iterator[Installation]:
    made = Installation(tmp_path, cluster.copy_of(template.database_url))
    yield made
    made.end()


@pytest.fixture
def visit() -> Iterator[Callable[..., "Visitor"]]:
    """Starts a visitor, who leaves with the test."""
    visitors: list[Visitor] = []

    def start(portal: Portal, shop: str, key: str) -> Visitor:
        visitors.append(Visitor(portal, shop, key))
        visitors[0].start()
        return visitors[0]

    yield start
    for visitor in visitors:
        visitor.end()


class Visitor(threading.Thread):
    """Asks the web server for pages again and again; keeps every answer."""

    def __init__(self, portal: Portal, shop: str, key: str) -> None:
        super().__init__(daemon=True)
        self.pages = [f"{portal.url}/sign-up/{shop}/", f"{portal.url}/api/v1/offers/", f"{portal.url}/health/ready"]
        self.key = key
        self.answers: list[requests.Response] = []
        self.done = threading.Event()

    def run(self) -> None:
        while not self.done.is_set():
            for page in self.pages:
                headers = {"Authorization": f"Bearer {self.key}"} if "/api/" in page else {}
                self.answers.append(requests.get(page, headers=headers, timeout=60))
            time.sleep(0.05)

    def end(self) -> None:
        self.done.set()
        self.join()

    def statuses(self) -> Counter[int]:
        return Counter(answer.status_code for answer in self.answers if "health" not in answer.url)


def test_a_restart_of_the_database_under_load_loses_nothing_and_doubles_nothing(portal, cluster, visit):
    shop = portal.channel("shop_de")
    portal.sellers(shop, SELLER)
    portal.start_web()
    portal.start_worker("--beat", "0.5")
    visitor = visit(portal, shop, portal.api_key())

    portal.emit_offers(shop, SELLER, *range(1, 601))
    # The worker's own sweep comes every minute.
    portal.shell("from platforms import jobs; jobs.nudge_all()")
    portal.eventually("SELECT 1 FROM platforms_event HAVING COUNT(*) >= 100", "the first events")
    cluster.stop("immediate")
    cluster.start()
    portal.emit_offers(shop, SELLER, *range(601, 901))
    portal.eventually(
        "SELECT 1 FROM platforms_event WHERE state = 'done' HAVING COUNT(*) >= 600", "events after it", 150
    )
    cluster.stop()
    visits = len(visitor.answers)
    eventually(lambda: len(visitor.answers) > visits + 6, "pages without a database")
    cluster.start()
    portal.scx.advance(301)
    sent = "SELECT 1 FROM listings_listingreport WHERE state = 'sent' HAVING COUNT(*) = 900"
    portal.eventually(sent, "every report delivered", 150)
    visitor.end()

    assert portal.count("platforms_event", "state = 'done'") == portal.count("platforms_event") == 900
    assert portal.count("listings_offer", "revision = 1 AND state = 'listed'") == 900
    assert portal.count("stock_stocklevel", "quantity = 508") == 900
    reports = portal.scx.call("GET", "/control/reports", params={"limit": 10000})["reports"]
    assert Counter(Counter(report["offerId"] for report in reports).values()) == {1: 900}
    assert portal.events_at_scx(shop, "waiting") + portal.events_at_scx(shop, "delivered") == 0
    assert set(visitor.statuses()) == {200, 400, 503}
    for answer in visitor.answers:
        assert "Traceback" not in answer.text
        assert answer.status_code != 503 or answer.headers.get("Retry-After") or "health" in answer.url
    assert "starting it again" not in portal.log
    assert [answer.status_code for answer in visitor.answers[-3:]] == [400, 200, 200]
