"""However many processes work, SCX's quotas hold, nothing fails for want of one, and merchants are served first."""

from collections import defaultdict
from datetime import datetime

import pytest

from platforms.demo import pages
from platforms.demo.http import Party
from platforms.scx.quota import route_group
from tests.resilience.portal import Portal
from tests.runtime.installation import eventually
from tests.sandbox_control import Merchant

pytestmark = pytest.mark.slow

WORKERS = {"WORKER_PROCESSES": "8"}
NUDGE = "from platforms import jobs; jobs.nudge_all()"


def calls(portal: Portal, **filters: str) -> list[dict]:
    """Every request in the books, oldest first, with its time in seconds and its group."""
    books = portal.scx.books(**filters)
    return [
        {**book, "at": datetime.fromisoformat(book["at"]).timestamp(), "group": route_group(book["path"])}
        for book in books
        if book["path"].startswith(("/v1/channel", "/v1/auth"))
    ]


def most_in_a_window(times: list[float], seconds: float) -> int:
    return max(sum(start <= at < start + seconds for at in times) for start in times)


def test_eight_processes_do_all_the_work_within_every_quota_and_wait_out_a_refusal(portal):
    limits = {"event": (6, 4), "offer": (6, 4), "channel": (6, 4), "auth": (10, 60)}
    groups = {name: list(limit) for name, limit in limits.items() if name != "auth"}
    portal.scx.settings(quotas=groups | {"default": list(limits["auth"])})
    shops = [portal.channel(code, stock_source="per-seller") for code in ("shop_de", "shop_fr")]
    for shop in shops:
        portal.sellers(shop, *(f"{shop}_{number}" for number in range(9)))
        for number in range(4):
            portal.emit_offers(shop, f"{shop}_{number}", *range(number * 100 + 1, number * 100 + 101))
    before = len(calls(portal))

    portal.start_worker(**WORKERS)
    done = "SELECT COUNT(*) = 800 FROM listings_listingreport WHERE kind = 'listed' AND state = 'sent'"
    portal.eventually(done, "every offer listed at SCX")
    portal.eventually("SELECT COUNT(polled_at) = 18 FROM stock_stockcursor", "every seller's stock polled")

    made = calls(portal)
    assert [call["path"] for call in made if call["status"] == 429] == []
    taken = defaultdict(list)
    for call in made[before:]:
        taken[call["channel"], call["group"]].append(call["at"])
    for (_shop, group), times in taken.items():
        assert most_in_a_window(times, limits[group][1]) <= limits[group][0]
    # The quota was what kept them: more calls were made than one window has room for.
    assert all(len(taken[shop, group]) > limits[group][0] for shop in shops for group in ("event", "offer"))
    assert portal.count("platforms_event", "state <> 'done' OR attempts > 0") == 0
    assert portal.count("listings_listingreport", "attempts <> 1 OR error <> ''") == 0
    assert portal.count("platforms_jobstatus", "error <> ''") == 0

    seconds = 6
    shop = shops[0]
    portal.scx.fault("throttle", match={"path": "/v1/channel/event", "channel": shop}, count=1, seconds=seconds)
    portal.emit_offers(shop, f"{shop}_0", 1000)
    portal.shell(NUDGE)
    portal.eventually("SELECT COUNT(*) = 1 FROM listings_offer WHERE offer_id = 1000", "the event of the refused fetch")

    events = [call for call in calls(portal, channel=shop) if call["group"] == "event"]
    (refusal,) = [call for call in events if call["status"] == 429]
    # A second process may have asked at the same moment.
    assert [call["at"] for call in events if refusal["at"] + 1 < call["at"] < refusal["at"] + seconds] == []
    assert portal.value("SELECT SUM(throttled) FROM platforms_quotabucket") == 1


def test_a_merchant_signs_up_while_bulk_work_uses_up_all_that_is_left_to_it(portal):
    portal.scx.settings(quotas={"channel": [8, 20]})
    mall = portal.channel("the_mall", kind="platform")
    shop = portal.channel("the_mall_de", kind="marketplace", platform=mall)
    for number in range(60):
        body = {"channel": mall, "sellerId": f"seller{number}", "marketplaces": [shop]}
        portal.scx.call("POST", "/control/sellers", json=body)
    portal.manage("import_sellers", "--channel", mall)
    portal.start_web()
    portal.shell("from sellers.models import Membership; assert Membership.objects.update(wanted=False) == 60")
    portal.start_worker(**WORKERS)
    eventually(lambda: len(of_channel(portal)) == 6, "the bulk work at its limit: eight less two")
    merchant = portal.scx.merchant()

    sign_up(portal, merchant, mall)

    assert portal.count("sellers_seller", f"jtl_account_id = {merchant.jtl_account_id} AND state = 'active'") == 1
    assert portal.count("sellers_membership", "confirmed AND NOT wanted") > 50
    assert [call["path"] for call in calls(portal) if call["status"] == 429] == []
    assert most_in_a_window(of_channel(portal), 20) <= 8


def of_channel(portal: Portal) -> list[float]:
    return [call["at"] for call in calls(portal) if call["group"] == "channel"]


def sign_up(portal: Portal, merchant: Merchant, channel: str) -> None:
    """Through the hosted pages, at the first try."""
    portal.secrets["merchant's access token"] = merchant.headers["Authorization"].removeprefix("Bearer ")
    url = portal.session_of(merchant.call("POST", f"/v1/seller/channel/{channel}")["signUpUrl"])
    browser = Party(portal.url, {"Accept-Language": "en"})
    page = browser.request("GET", url)
    form = pages.form_with(page, "csrfmiddlewaretoken", "company_name")
    done = pages.send(browser, page, form, company_name="Müller & Söhne")
    assert done.ok, done.status_code
    assert "You are connected" in done.text
