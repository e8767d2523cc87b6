"""The machine's clock is set an hour ahead, and back: within a minute the portal works on, and nothing is doubled."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.resilience.portal import Portal
from tests.runtime.installation import eventually

LIBRARY = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(LIBRARY is None, reason="Debian's package libfaketime is not installed."),
]

MINUTE = 60.0
HOUR = 3600


class Clock:
    """The clock of processes started with `environment`; only what counts on is not touched."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "clock"
        self.set(0)
        self.environment = {
            "LD_PRELOAD": str(LIBRARY),
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_NO_CACHE": "1",
            "DONT_FAKE_MONOTONIC": "1",
        }

    def set(self, seconds: int) -> None:
        """So many seconds ahead of the right time."""
        aside = self.file.with_suffix(".new")
        aside.write_text(f"{seconds:+d}\n")
        aside.replace(self.file)


def test_the_portal_works_on_within_a_minute_of_a_clock_set_back_and_nothing_is_doubled(portal, tmp_path):
    clock = Clock(tmp_path)
    shop = portal.channel("shop_de")
    portal.sellers(shop, "seller1")
    portal.start_worker("--beat", "0.5", **clock.environment)
    do(portal, shop, range(1, 11))
    portal.eventually(f"{LISTED} = 10", "the work of the right time")

    clock.set(HOUR)
    eventually(lambda: "The clock was set ahead by 3600 s" in portal.log, "the watchdog's word on the step ahead")
    do(portal, shop, range(11, 21))
    portal.eventually(f"{LISTED} = 20", "the work of the time that is an hour ahead", MINUTE)
    portal.scx.fault("status", match={"path": "/v1/channel/offer"}, status=500, count=1000)
    do(portal, shop, range(21, 31))
    portal.eventually("SELECT COUNT(*) > 0 FROM listings_listingreport WHERE state = 'pending'", "reports that wait")
    eventually(lambda: portal.scx.books(path="/v1/channel/offer", status=500), "the failure of SCX")
    # No nudge is left: whatever is done from now on, the portal has thought of by itself.
    portal.eventually("SELECT COUNT(*) = 0 FROM platforms_jobstatus WHERE queued_at IS NOT NULL", "an empty queue")
    portal.scx.call("DELETE", "/control/faults")
    emit(portal, shop, range(31, 41))

    clock.set(0)
    until = time.monotonic() + MINUTE
    eventually(lambda: "The clock was set back by 3" in portal.log, "the watchdog's word on the step back", MINUTE)
    left = until - time.monotonic()
    portal.eventually("SELECT COUNT(*) = 40 FROM platforms_event WHERE state = 'done'", "what came meanwhile", left)
    # After several failures the reports may wait two minutes more, but not until the clock comes by their time again.
    portal.eventually(f"{LISTED} = 40", "all the work, those that waited for a time an hour ahead too", 180)

    reported = portal.scx.call("GET", "/control/reports", params={"channel": shop})["reports"]
    assert sorted(report["offerId"] for report in reported if report["state"] == "listed") == list(range(1, 41))
    assert portal.events_at_scx(shop, "acknowledged") == 40
    assert portal.count("platforms_event", "state = 'done' AND attempts = 0") == 40
    for table, column in AHEAD:
        assert portal.count(table, f"{column} > {in_minutes(10)}") == 0, table
    for minutes in (1, 60):
        ahead = f"minutes <= {minutes} AND next_run > {in_minutes(minutes + 10)}"
        assert portal.count("django_q_schedule", ahead) == 0, ahead


LISTED = "SELECT COUNT(*) FROM listings_listingreport WHERE kind = 'listed' AND state = 'sent' HAVING COUNT(*)"
AHEAD = (
    ("django_q_ormq", "lock"),
    ("platforms_heartbeat", "beat_at"),
    ("platforms_jobstatus", "started_at"),
    ("platforms_event", "not_before"),
    ("listings_listingreport", "not_before"),
)


def in_minutes(minutes: int) -> str:
    return f"'{datetime.now(UTC) + timedelta(minutes=minutes):%Y-%m-%d %H:%M:%S}'"


def emit(portal: Portal, shop: str, numbers: range) -> None:
    portal.emit_offers(shop, "seller1", *numbers)


def do(portal: Portal, shop: str, numbers: range) -> None:
    """Give the worker something to do, now."""
    emit(portal, shop, numbers)
    portal.shell("from platforms import jobs; jobs.nudge_all()")
