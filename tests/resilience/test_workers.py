"""Workers hang, are stopped, restarted and killed: work goes on within a minute, and nothing is lost or doubled."""

import random
import signal
import subprocess
import time
from collections.abc import Callable

import psutil
import pytest

from platforms.demo import pages
from platforms.demo.http import Party
from tests import payloads
from tests.resilience.portal import Portal
from tests.runtime.installation import alive, eventually, living, tree

pytestmark = pytest.mark.slow

BEATS = "SELECT COUNT(*) FROM platforms_heartbeat"
DONE = "SELECT COUNT(*) FROM platforms_event WHERE state IN ('done', 'superseded')"
SENT = "SELECT COUNT(*) FROM listings_listingreport WHERE state = 'sent'"

# Seconds: a hand-over that was killed counts as alive for 120, and then the next sweep comes, which is one a minute and
# may be half a minute late.
LATE_AFTER_A_KILL = 210

Worker = subprocess.Popen[bytes]


def start(portal: Portal, *arguments: str, processes: int = 1) -> Worker:
    return portal.start_worker(*arguments, WORKER_PROCESSES=str(processes))


def part(worker: Worker, name: str) -> psutil.Process:
    """The one process of the worker's cluster that does this."""
    _watchdog, master, *below = tree(worker.pid)
    if name == "master":
        return master
    if name == "sentinel":
        return master.children()[0]
    return eventually(lambda: next((each for each in below if f" {name}" in title(each)), None), f"the {name} process")


def title(process: psutil.Process) -> str:
    return " ".join(process.cmdline())


# What makes a cluster hang: a process that dies while it waits takes the lock of its queue along.
HANGS: dict[str, tuple[str, Callable[[psutil.Process], None]]] = {
    "all idle task processes killed": ("idle", psutil.Process.kill),
    "the reader of the results killed": ("monitor", psutil.Process.kill),
    "the pusher stopped": ("pusher", psutil.Process.suspend),
    "the sentinel stopped": ("sentinel", psutil.Process.suspend),
    "the master stopped": ("master", psutil.Process.suspend),
}


def test_every_hang_is_healed_within_a_minute_with_the_settings_there_are(portal):
    shop = portal.channel("shop_de")
    portal.sellers(shop, "seller1")
    workers = {name: start(portal) for name in HANGS}
    eventually(lambda: portal.value(BEATS) == len(HANGS), "every worker's heart")
    old = {name: tree(worker.pid)[1:] for name, worker in workers.items()}

    for name, (who, what) in HANGS.items():
        what(part(workers[name], who))
    hung_at = time.monotonic()
    portal.emit_offers(shop, "seller1", *range(1, 51))
    portal.nudge("events", shop)

    for name in HANGS:
        left = 60 - (time.monotonic() - hung_at)
        eventually(lambda name=name: not living(old[name]), f"{name}: the hung cluster gone", left)
    left = 60 - (time.monotonic() - hung_at)
    eventually(lambda: portal.value(BEATS) == 2 * len(HANGS), "the hearts of new clusters", left)
    assert all(worker.poll() is None for worker in workers.values())
    eventually(lambda: portal.value(SENT) == 50, "all reported")
    assert portal.count("listings_offer", "revision = 1") == 50
    assert portal.count("listings_listingreport") == 50


def test_a_cluster_that_only_waits_for_a_slow_scx_is_left_alone(portal):
    shop = portal.channel("shop_de")
    portal.sellers(shop, "seller1")
    portal.emit_offers(shop, "seller1", 1, 2, 3)
    portal.scx.fault("delay", match={"path": "/v1/channel/event"}, seconds=12, count=1)

    start(portal, "--beat", "1", "--heart", "6")

    eventually(lambda: portal.value(SENT) == 3, "all reported")
    assert "starting it again" not in portal.log


def end_all(worker: Worker) -> None:
    """SIGTERM to every process at once, as systemd sends it."""
    processes = tree(worker.pid)
    for each in reversed(processes):
        each.terminate()
    assert worker.wait(20) == 0
    assert alive(processes) == []


def sign_up(portal: Portal, channel: str, company: str) -> None:
    merchant = portal.scx.merchant(company)
    url = portal.session_of(merchant.call("POST", f"/v1/seller/channel/{channel}")["signUpUrl"])
    browser = Party(portal.url, {"Accept-Language": "en"})
    form = browser.request("GET", url)
    done = pages.send(browser, form, pages.form_with(form, "csrfmiddlewaretoken", "company_name"), company_name=company)
    assert done.ok, done.text
    # A browser waits; this one has no need of the connection any more.
    browser.session.close()


def test_a_rolling_restart_under_load_loses_nothing(portal):
    shop = portal.channel("shop_de")
    portal.sellers(shop, "seller1")
    web = portal.start_web()
    workers = [start(portal), start(portal)]
    emitted = 0
    for round_ in range(2):
        for place in range(2):
            portal.emit_offers(shop, "seller1", *range(emitted + 1, emitted + 151))
            emitted += 150
            portal.nudge("events", shop)
            before = portal.value(DONE)
            eventually(lambda before=before: portal.value(DONE) > before, "work in progress")
            end_all(workers[place])
            web.send_signal(signal.SIGHUP)
            sign_up(portal, shop, f"Company {round_} {place}")
            workers[place] = start(portal)

    eventually(lambda: portal.value(SENT) == emitted, "all reported")
    assert portal.count("listings_offer", "revision = 1 AND state = 'listed'") == emitted
    assert portal.count("listings_listingreport") == emitted
    assert portal.count("sellers_seller", "state = 'active'") == 5
    assert len([each for each in portal.scx.sellers(channel=shop) if each["sellerId"] != "seller1"]) == 4
    end_all(web)


def test_the_whole_worker_group_killed_under_load_again_and_again(portal):
    shop = portal.channel("shop_de")
    portal.sellers(shop, "seller1")
    chance = random.Random()
    offers = 600
    portal.emit_offers(shop, "seller1", *range(1, offers + 1))

    for round_ in range(2):
        workers = [start(portal, processes=2), start(portal, processes=2)]
        before = portal.value(DONE) + portal.value(SENT)
        eventually(lambda before=before: portal.value(DONE) + portal.value(SENT) > before, "work in progress")
        time.sleep(chance.uniform(0, 0.7))
        for worker in workers:
            for each in tree(worker.pid):
                each.kill()
        if round_ == 0:
            stock = [
                {"channel": shop, "type": "Seller:Offer.StockUpdate", "event": payloads.stock_update("seller1", number)}
                for number in range(1, 101)
            ]
            portal.scx.emit_all(stock)
        # SCX delivers again what was not acknowledged.
        portal.scx.advance(600)
    start(portal)
    started_at = time.monotonic()

    eventually(lambda: portal.value(DONE) == offers + 100, "every event applied", LATE_AFTER_A_KILL)
    left = LATE_AFTER_A_KILL - (time.monotonic() - started_at)
    eventually(lambda: portal.value(SENT) == offers, "every report delivered", left)
    assert portal.count("platforms_event", "state = 'done'") == offers + 100
    assert portal.events_at_scx(shop, "acknowledged") == offers + 100
    assert portal.count("listings_offer", "revision = 1 AND state = 'listed'") == offers
    assert portal.count("stock_stocklevel", "quantity = 7") == 100
    assert portal.count("stock_stocklevel", "quantity = 508") == offers - 100
    reports = portal.scx.call("GET", "/control/reports", params={"channel": shop, "limit": 5000})["reports"]
    assert len({each["offerId"] for each in reports}) == offers
    assert len({(each["offerId"], each["state"], each["listingUrl"]) for each in reports}) == offers
