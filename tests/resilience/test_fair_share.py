"""A channel that is flooded takes nothing from the others, whatever the number of workers; and all do all work once."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.resilience.portal import Portal
from tests.runtime.conftest import SERVER_URL
from tests.runtime.installation import eventually

pytestmark = pytest.mark.slow

ON_POSTGRES = SERVER_URL.startswith("postgres")
# Eight workers of one task process each; SQLite has one writer at a time, two workers are what it is for.
WORKERS, PROCESSES = (8, "1") if ON_POSTGRES else (2, "2")
LITTLE = 2
BACKLOG = 1000 * LITTLE
STOCK = 100
SENT = "SELECT COUNT(*) FROM listings_listingreport WHERE state = 'sent'"


@contextmanager
def flood(portal: Portal, channel: str, seller_id: str) -> Iterator[list[int]]:
    """A backlog that other offers join as long as the context lasts; the offers so far."""
    offers: list[int] = []
    enough = threading.Event()

    def emit(number: int) -> None:
        new = range(len(offers) + 1, len(offers) + number + 1)
        portal.emit_offers(channel, seller_id, *new)
        offers.extend(new)

    def emit_more() -> None:
        while not enough.wait(0.5):
            emit(100)

    for _ in range(4):
        emit(BACKLOG // 4)
    source = threading.Thread(target=emit_more)
    source.start()
    try:
        yield offers
    finally:
        enough.set()
        source.join()


def done(portal: Portal, channel: str) -> int:
    its = f"channel_id = (SELECT id FROM platforms_channel WHERE code = '{channel}')"
    return portal.count("platforms_event", f"{its} AND state = 'done'")


def poll_stock(portal: Portal) -> None:
    """A channel that asks SCX for its stock, and STOCK levels to be had."""
    polled = portal.channel("polled", stock_source="all-sellers")
    merchant = portal.scx.merchant()
    link = {"channel": polled, "sellerId": "seller3", "jtlAccountId": merchant.jtl_account_id}
    portal.scx.call("POST", "/control/sellers", json=link)
    portal.manage("import_sellers", "--channel", polled)
    of_seller = {"channel": polled, "sellerId": "seller3"}
    levels = [{**of_seller, "offerId": number, "quantity": f"{number}"} for number in range(1, STOCK + 1)]
    merchant.call("PUT", "/v1/seller/offer/stock", json={"offerList": levels})


def test_a_flood_keeps_no_other_channel_waiting_and_many_workers_do_all_work_once(portal):
    flooded, small = portal.channel("flooded"), portal.channel("small")
    portal.sellers(flooded, "seller1")
    portal.sellers(small, "seller2")
    poll_stock(portal)

    with flood(portal, flooded, "seller1") as offers:
        for _ in range(WORKERS):
            portal.start_worker(WORKER_PROCESSES=PROCESSES)
        eventually(lambda: done(portal, flooded), "the flood being worked on")
        portal.emit_offers(small, "seller2", *range(1, LITTLE + 1))
        portal.nudge("events", small)
        eventually(lambda: done(portal, small) == LITTLE, "the small channel served", seconds=30)
        assert done(portal, flooded) < len(offers)

    eventually(lambda: portal.value(SENT) == len(offers) + LITTLE, "all reported", seconds=150)
    assert portal.count("platforms_event", "state NOT IN ('done', 'superseded')") == 0
    assert portal.count("listings_offer", "state = 'listed' AND revision = 1") == len(offers) + LITTLE
    assert portal.count("listings_listingreport") == portal.count("listings_listingreport", "attempts = 1")
    assert portal.count("stock_stocklevel", "seller_id = 'seller3' AND quantity = offer_id") == STOCK
    assert "deadlock" not in portal.log
    assert " ERROR " not in portal.log


def test_one_process_is_shared_in_short_turns(portal):
    """Alone a job may go on for 20 s: two such turns of the flooded channel would make the small one too late."""
    flooded, small = portal.channel("flooded"), portal.channel("small")
    portal.sellers(flooded, "seller1")
    portal.sellers(small, "seller2")
    # So that there is always another page to fetch.
    match = {"path": "/v1/channel/event", "method": "GET", "channel": flooded}
    portal.scx.fault("delay", match=match, seconds=0.5, rate=1)

    with flood(portal, flooded, "seller1"):
        portal.start_worker(WORKER_PROCESSES="1")
        eventually(lambda: portal.count("platforms_event"), "the flood being fetched")
        portal.emit_offers(small, "seller2", *range(1, LITTLE + 1))
        portal.nudge("events", small)
        eventually(lambda: done(portal, small) == LITTLE, "the small channel served", seconds=30)
        assert portal.events_at_scx(flooded, "waiting")
