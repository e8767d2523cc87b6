"""A flood costs time, not memory, and the web answers meanwhile."""

from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from tests import payloads
from tests.resilience.portal import Portal
from tests.runtime.installation import eventually, terminate, tree

pytestmark = pytest.mark.slow

LARGEST_PROCESS = 250 * 1024
PASSWORD = "the password of a member of staff who reads lists"
NEW = "Seller:Offer.New"
LONG_AGO = "2026-01-01T12:00:00+00:00"
HEAVY = 1_000_000
HUGE_EVENTS, LISTINGS = 14, 8


def peaks(pid: int) -> dict[int, int]:
    """The most memory each living process of the tree has had in kB."""
    found = {}
    for process in tree(pid):
        try:
            status = Path(f"/proc/{process.pid}/status").read_text()
        except OSError:
            continue
        for line in status.splitlines():
            if line.startswith("VmHWM"):
                found[process.pid] = int(line.split()[1])
    return found


def raise_flood(portal: Portal, shop: str) -> None:
    """100,000 events of 10,000 sellers wait here; listings of 500 variations and events of 5 MB wait at SCX."""
    portal.shell(
        "from tests.resilience import flood\n"
        f"flood.sellers({shop!r}, 10_000)\n"
        f"flood.events({shop!r}, offers=10_000, stock=90_000)"
    )
    heavy = {"channel": shop, "type": NEW, "createdAt": LONG_AGO}
    huge = payloads.description(5_000_000)
    for number in range(HUGE_EVENTS):
        content = payloads.offer_small("s1", HEAVY + number, description=huge, pictures=0)
        portal.scx.emit_all([{**heavy, "event": content}])
    listings = [
        payloads.offer_small("s2", HEAVY + 100 + number, variations=500, pictures=0) for number in range(LISTINGS)
    ]
    for part in (part for listing in listings for part in listing["variationList"]):
        # Links so old are dead, and would fail their listings.
        part["pictureList"] = []
    portal.scx.emit_all([{**heavy, "event": listing} for listing in listings])


def askers(portal: Portal, shop: str) -> list[Callable[[], requests.Response]]:
    """A seller, the marketplace's system and a member of staff, each with a page of their own."""
    key = portal.api_key()
    portal.secrets["password"] = PASSWORD
    names = ["--username", "staff", "--email", "staff@example.com"]
    portal.manage("createsuperuser", "--noinput", *names, DJANGO_SUPERUSER_PASSWORD=PASSWORD)
    staff, system = requests.Session(), requests.Session()
    system.headers["Authorization"] = f"Bearer {key}"
    login = f"{portal.url}/admin/login/"
    staff.get(login, timeout=60)
    form = {"username": "staff", "password": PASSWORD, "csrfmiddlewaretoken": staff.cookies["csrftoken"]}
    assert staff.post(login, form, headers={"Referer": login}, timeout=60).ok
    return [
        lambda: requests.get(f"{portal.url}/sign-up/{shop}/?session=of-nobody", timeout=60),
        lambda: system.get(f"{portal.url}/api/v1/offers/?limit=500", timeout=60),
        lambda: system.get(f"{portal.url}/api/v1/events/?limit=500", timeout=60),
        lambda: staff.get(f"{portal.url}/admin/platforms/event/", timeout=60),
    ]


def test_memory_stays_small_and_the_web_answers_while_a_flood_is_worked_on(portal):
    shop = portal.channel("shop_de")
    # On a slow machine a task may end in the middle of a page of 70 MB: the rest comes again soon.
    portal.scx.settings(redeliverySeconds=30)
    raise_flood(portal, shop)
    web = portal.start_web()
    asked = askers(portal, shop)
    highest: dict[int, int] = {}
    # Before the flood: what SCX allows, which the first call finds out, is known by then.
    statuses = [{ask().status_code} for ask in asked]
    worker = portal.start_worker()

    def is_over() -> bool:
        for ask, seen in zip(asked, statuses, strict=True):
            seen.add(ask().status_code)
            for pid in (worker.pid, web.pid):
                highest.update(peaks(pid))
        heavy = f"offer_id >= {HEAVY} AND parent_id IS NULL"
        applied = portal.count("listings_offer", f"{heavy} AND content_at IS NOT NULL")
        handed_over = portal.count("listings_offer", f"{heavy} AND handed_over_revision > 0")
        return applied == HUGE_EVENTS + LISTINGS and handed_over > LISTINGS

    eventually(is_over, "the largest events applied and handed over", 200)
    assert terminate(worker) == 0

    assert statuses == [{410}, {200}, {200}, {200}]
    assert portal.events_at_scx(shop, "acknowledged") == HUGE_EVENTS + LISTINGS
    assert portal.count("listings_offer", f"offer_id >= {HEAVY} AND parent_id IS NOT NULL") == 500 * LISTINGS
    assert portal.count("platforms_event", "state IN ('failed', 'dead')") == 0
    assert portal.count("platforms_event", "attempts > 0") == 0
    print("peaks in MB:", sorted(peak // 1024 for peak in highest.values()))  # noqa: T201
    assert max(highest.values()) < LARGEST_PROCESS
