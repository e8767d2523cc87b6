"""A process may be killed at any line: the next run ends as if nothing had happened."""

import itertools
import signal
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.resilience.portal import Portal

pytestmark = pytest.mark.slow

SELLER = "seller1"
# More than the 300 s for which SCX hides an event it has delivered.
REDELIVERED = 301

# The points of each job, in the order they are passed, and at which of its calls a batch of 250 events is in its midst:
# three pages of events, two batches for the connector.
KILLS = {
    "events": (
        ("before platforms.scx.events.EventCalls.fetch", 2),
        ("after platforms.scx.events.EventCalls.fetch", 2),
        ("after platforms.feeds.draw", 2),
        ("before platforms.inbox.nudge", 2),
        ("before platforms.jobs._enqueue", 2),
        ("after platforms.inbox.store", 2),
        ("before platforms.scx.events.EventCalls.acknowledge", 2),
        ("after platforms.scx.events.EventCalls.acknowledge", 2),
    ),
    "apply": (
        ("after platforms.batches.begin", 1),
        ("before platforms.inbox._apply", 1),
        ("after listings.handlers.merge", 1),
        ("after listings.handlers.content", 1),
        ("before stock.levels.record", 1),
        ("after stock.handlers.content", 1),
        ("before platforms.batches.end", 1),
        ("after platforms.inbox._apply_type", 1),
    ),
    "handover": (
        ("after listings.handover.data.read", 2),
        ("before listings.handover.demo.DemoHandover.hand_over", 2),
        ("after listings.handover.demo.DemoHandover.hand_over", 2),
        ("after listings.results._read", 2),
        ("before listings.rows.write", 2),
        ("after listings.results._write", 2),
        ("after listings.results.record_all", 2),
    ),
}
# The points around a report, and at which of its calls one report, or the second thousand of them, is in its midst: the
# first claim is for another kind, and what was refused, which is nothing, is written first.
REPORTS = (
    ("after platforms.outbox.claim", 2, 3),
    ("before platforms.scx.offers.OfferCalls.report_listed", 1, 2),
    ("after platforms.scx.offers.OfferCalls.report_listed", 1, 2),
    ("before listings.reports._write", 2, 4),
    ("after listings.reports._write", 2, 4),
)
# Killed here, SCX has the reports and nobody noted it: they are told once more, in the same words.
TOLD_TWICE = {
    "after platforms.scx.offers.OfferCalls.report_listed",
    "before listings.reports._write",
}
STOCK = (
    "before platforms.scx.{}",
    "after platforms.scx.{}",
    "before stock.levels.record",
    "after stock.levels.record",
    "after stock.pages.commit",
)


@pytest.fixture
def portal(portal: Portal) -> Portal:
    portal.installed.environment["SHORTENED"] = "platforms.models.OutboxRow.LEASE=1 platforms.gateway.RENEWAL_LEASE=1"
    return portal


def rounds(ids_each: int) -> Iterator[tuple[range, dict[str, tuple[str, int]]]]:
    """Ids of offers nobody has used, and a point for each job, until every point had its turn."""
    for number in range(max(map(len, KILLS.values()))):
        start = 1000 * number + 1
        yield range(start, start + ids_each), {job: points[number % len(points)] for job, points in KILLS.items()}


@pytest.mark.parametrize("many", [False, True], ids=["one event", "250 events"])
def test_a_kill_between_fetch_and_hand_over_costs_nothing(portal, many):
    shop = portal.channel("shop_de")
    portal.sellers(shop, SELLER)

    for ids, points in rounds(250 if many else 1):
        portal.emit_offers(shop, SELLER, *ids)
        these = f"offer_id BETWEEN {ids[0]} AND {ids[-1]}"
        for job, (point, nth) in points.items():
            portal.crash(f"{point} {nth if many else 1}", job)
            portal.scx.advance(REDELIVERED)
            portal.sync(job)

            if job == "events":
                assert portal.count("platforms_event", "state = 'pending'") == len(ids), point
                left = portal.events_at_scx(shop, "waiting") + portal.events_at_scx(shop, "delivered")
                assert left == 0, point
            elif job == "apply":
                assert portal.count("platforms_event", "state <> 'done'") == 0, point
                assert portal.count("listings_offer", f"{these} AND revision = 1") == len(ids), point
                assert portal.count("stock_stocklevel", f"{these} AND quantity = 508") == len(ids), point
            else:
                assert portal.count("listings_offer", f"{these} AND state = 'listed'") == len(ids), point
    reports = portal.count("listings_listingreport")
    assert reports == portal.count("listings_offer") == portal.count("platforms_event")


def test_a_kill_around_one_report_delivers_it(portal):
    shop = portal.channel("shop_de")
    portal.sellers(shop, SELLER)
    for offer_id, (point, nth, _many) in enumerate(REPORTS, 1):
        portal.emit_offers(shop, SELLER, offer_id)
        portal.sync("events", "apply", "handover")

        portal.crash(f"{point} {nth}", "reports")
        portal.sync("reports")

        assert portal.count("listings_listingreport", "state <> 'sent'") == 0, point
        assert told(portal, offer_id=offer_id) == [2 if point in TOLD_TWICE else 1], point


def test_a_kill_in_the_second_call_of_1200_reports_delivers_all(portal):
    shop = portal.channel("shop_de", connector="manual")
    portal.sellers(shop, SELLER)
    portal.emit_minimal(shop, SELLER, *range(1, 1201))
    portal.sync("events", "apply")

    # After the claim, after SCX took them, after that was noted.
    for number, (point, _one, nth) in enumerate(REPORTS[::2]):
        url = f"https://shop.example/{number}"
        portal.shell(
            "from listings import results; from listings.handover.base import Result;"
            f"results.record_all([(pk, Result('listed', listing_url='{url}')) for pk in range(1, 1201)])"
        )

        portal.crash(f"{point} {nth}", "reports")
        portal.sync("reports")

        assert portal.count("listings_listingreport", "state <> 'sent'") == 0, point
        calls = Counter(told(portal, url=url))
        assert calls == ({1: 1000, 2: 200} if point in TOLD_TWICE else {1: 1200}), point


def told(portal: Portal, *, offer_id: int | None = None, url: str | None = None) -> list[int]:
    """How often SCX was told of each of the offers; always in the same words."""
    reports = portal.scx.call("GET", "/control/reports", params={"offerId": offer_id, "limit": 10000})["reports"]
    of_offer: dict[int, list[str]] = {}
    for report in reports:
        if url is None or report["listingUrl"] == url:
            said = str([report[name] for name in ("state", "at", "channelOfferId", "listingUrl", "errorList")])
            of_offer.setdefault(report["offerId"], []).append(said)
    assert all(len(set(said)) == 1 for said in of_offer.values())
    return [len(said) for said in of_offer.values()]


@pytest.mark.parametrize(
    ("source", "call", "sizes"),
    [("all-sellers", "offers.OfferCalls.stock_updates_all", (1, 50)), ("per-seller", "client.ScxClient._ask", (50,))],
)
def test_a_kill_while_stock_is_polled_leaves_every_level_right(portal, source, call, sizes):
    portal.scx.settings(stockRowsMost=20)
    shop = portal.channel("shop_de", stock_source=source)
    wawi = portal.scx.merchant()
    portal.secrets["merchant"] = wawi.headers["Authorization"].split()[1]
    body = {"channel": shop, "sellerId": SELLER}
    portal.scx.call("POST", "/control/sellers", json={**body, "jtlAccountId": wawi.jtl_account_id})
    portal.manage("import_sellers", "--channel", shop)

    # Fifty rows come in a page, and nothing in the one after it.
    for number, (size, point) in enumerate(itertools.product(sizes, STOCK), 7):
        rows = [{**body, "offerId": each, "quantity": f"{number}.00"} for each in range(1, size + 1)]
        wawi.call("PUT", "/v1/seller/offer/stock", json={"offerList": rows})

        again = size > 20 and "levels.record" not in point
        portal.crash(f"{point.format(call)} {2 if again else 1}", "stock")
        portal.sync("stock")

        assert portal.count("stock_stocklevel", f"quantity = {number}") == size, point
        assert portal.count("stock_stocklevel") == size, point


def test_a_kill_while_the_access_token_is_renewed_holds_nobody_up(portal):
    shop = portal.channel("shop_de")
    portal.sellers(shop, SELLER)
    for point in (
        "after platforms.gateway.DatabaseTokenStore._lease",
        "after platforms.scx.client.ScxClient._exchange",
    ):
        for token in ("is gone", "ends within the minute"):
            ends = datetime.now(UTC) + timedelta(seconds=0 if token == "is gone" else 50)
            portal.execute(f"UPDATE platforms_channel SET access_token_expires_at = '{ends:%Y-%m-%d %H:%M:%S}'")
            portal.emit_offers(shop, SELLER, portal.count("platforms_event") + 1)
            portal.crash(point, "events")
            portal.scx.advance(REDELIVERED)

            portal.sync("events")

            assert portal.events_at_scx(shop, "acknowledged") == portal.count("platforms_event"), (point, token)
    assert portal.count("platforms_event") == 4


def test_a_command_that_was_killed_is_given_again(portal, tmp_path):
    shop = portal.channel("shop_de")
    for number in range(5):
        portal.scx.call("POST", "/control/sellers", json={"channel": shop, "sellerId": f"seller{number}"})
    for point in ("after sellers.adoption._adopt_seller 3", "after sellers.adoption.adopt"):
        assert portal.attempt("import_sellers", crash_at=point).returncode == -signal.SIGKILL
        assert portal.count("sellers_seller") in (0, 5), point
    assert "5" in portal.manage("import_sellers")
    assert portal.count("sellers_seller", "state = 'active'") == 5

    file = tmp_path / "channels.toml"
    entry = '[[channel]]\ncode = "more_{}"\nkind = "standalone"\ndisplay_name = "More"\ncurrency = "EUR"\n'
    file.write_text("".join(entry.format(number) for number in range(3)))
    for point in ("after platforms.channel_file._apply 2", "after platforms.channel_file.apply"):
        assert portal.attempt("apply_channels", str(file), crash_at=point).returncode == -signal.SIGKILL
        assert portal.count("platforms_channel") in (1, 4), point
    portal.manage("apply_channels", str(file))
    assert portal.count("platforms_channel") == 4
