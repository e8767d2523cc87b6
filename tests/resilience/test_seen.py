"""Whatever is late or wrong is told while it lasts, by metrics, probe and the admin's first page, and then no more."""

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from tests import payloads
from tests.resilience.portal import Portal
from tests.runtime.conftest import SERVER_URL
from tests.runtime.installation import Installation, eventually

pytestmark = pytest.mark.slow

LONG_AGO = "2026-01-01 00:00:00"
FETCH = {"method": "GET", "path": "/v1/channel/event"}
REPORT = {"method": "POST", "path": "/v1/channel/offer"}


class Watcher:
    """Looks at a portal from outside, as Prometheus, a load balancer and a member of staff do."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal
        password = portal.secrets["password of staff"] = "a-password-that-only-staff-have"
        portal.manage("createsuperuser", "--noinput", "--username=boss", "--email=", DJANGO_SUPERUSER_PASSWORD=password)
        portal.start_web(SHORTENED="platforms.findings.TOLD_FOR_SECONDS=0")
        self.staff = requests.Session()
        login = f"{portal.url}/admin/login/"
        self.staff.get(login, timeout=30)
        form = {"username": "boss", "password": password, "csrfmiddlewaretoken": self.staff.cookies["csrftoken"]}
        self.staff.post(login, form, headers={"Referer": login}, timeout=30).raise_for_status()

    def metric(self, name: str, **labels: str) -> float:
        """The sum of the samples with these labels; 0 without one."""
        header = {"Authorization": f"Bearer {self.portal.secrets['METRICS_TOKEN']}"}
        answer = requests.get(f"{self.portal.url}/metrics", headers=header, timeout=30)
        answer.raise_for_status()
        self.portal.shown.append(answer.content)
        return sum(
            sample.value
            for family in text_string_to_metric_families(answer.text)
            for sample in family.samples
            if sample.name == f"scx_portal_{name}" and labels.items() <= sample.labels.items()
        )

    def ready(self) -> tuple[int, dict[str, Any]]:
        answer = requests.get(f"{self.portal.url}/health/ready", timeout=30)
        self.portal.shown.append(answer.content)
        return answer.status_code, answer.json()

    def codes(self) -> set[str]:
        """The codes of what the probe tells."""
        return {finding["code"] for finding in self.ready()[1]["findings"]}

    def first_page(self) -> str:
        answer = self.staff.get(f"{self.portal.url}/admin/", timeout=30)
        answer.raise_for_status()
        self.portal.shown.append(answer.content)
        return re.sub(r"\s+", " ", answer.text)

    def tells(self, code: str, words: str, metric: str, **labels: str) -> None:
        assert self.metric(metric, **labels) > 0
        assert self.metric("findings", code=code) == 1
        assert code in self.codes()
        assert words in self.first_page()

    def is_silent(self, code: str, words: str, metric: str, **labels: str) -> None:
        assert self.metric(metric, **labels) == 0
        assert self.metric("findings", code=code) == 0
        assert code not in self.codes()
        assert words not in self.first_page()


@pytest.fixture
def shop(portal: Portal) -> str:
    code = portal.channel("shop_de")
    portal.sellers(code, "seller1")
    return code


@pytest.fixture
def watcher(portal: Portal, shop: str) -> Watcher:
    return Watcher(portal)


def test_each_trouble_is_told_while_it_lasts_and_no_longer(portal: Portal, shop: str, watcher: Watcher):
    no_worker_is_told(watcher)
    late_events_are_told(portal, shop, watcher)
    a_dead_event_is_told(portal, shop, watcher)
    a_refused_report_is_told(portal, shop, watcher)
    failing_scx_is_told(portal, watcher)
    a_refused_token_is_told(portal, shop, watcher)
    a_database_that_is_away_is_told(portal, watcher)
    waiting_for_quota_is_told(portal, shop, watcher)

    portal.start_worker()

    eventually(lambda: watcher.ready()[0] == 200, "a portal that is ready")
    eventually(lambda: watcher.codes() == set(), "a portal without trouble")
    eventually(lambda: watcher.metric("quota_blocked_seconds") == 0, "the end of SCX's patience")
    assert watcher.metric("workers_alive") == 1
    assert watcher.metric("findings") == 0
    assert "Nothing needs attention" in watcher.first_page()


def no_worker_is_told(watcher: Watcher) -> None:
    status, answer = watcher.ready()
    assert (status, answer["checks"]["worker"]["ok"]) == (503, False)
    assert watcher.metric("workers_alive") == 0
    assert watcher.metric("findings", code="no-worker", severity="critical") == 1
    assert "No worker is alive" in watcher.first_page()


def late_events_are_told(portal: Portal, shop: str, watcher: Watcher) -> None:
    trouble = {"code": "events-late", "words": "wait to be applied", "metric": "oldest_waiting_seconds"}
    portal.emit_offers(shop, "seller1", 1, 2, 3)
    portal.sync("events")
    portal.execute(f"UPDATE platforms_event SET received_at = '{LONG_AGO}'")
    watcher.tells(**trouble, work="apply")
    assert watcher.metric("backlog", work="apply", state="pending", channel=shop) == 3

    portal.sync("apply")

    watcher.is_silent(**trouble, work="apply")


def a_dead_event_is_told(portal: Portal, shop: str, watcher: Watcher) -> None:
    trouble = {"code": "events-dead", "words": "and was given up", "metric": "backlog"}
    good = payloads.offer_small("seller1", 4)
    bad = portal.emit(shop, "Seller:Offer.New", {**good, "offerId": "no number"})
    portal.sync("events")
    portal.execute(f"UPDATE platforms_event SET attempts = 7 WHERE event_id = '{bad}'")
    portal.sync("apply")
    watcher.tells(**trouble, work="apply", state="dead")
    assert watcher.metric("backlog_attempts_max", work="apply", channel=shop) == 8

    portal.execute(f"UPDATE platforms_event SET payload = '{json.dumps(good)}' WHERE event_id = '{bad}'")
    portal.manage("replay_events", "--state", "dead")
    portal.sync("apply")

    watcher.is_silent(**trouble, work="apply", state="dead")
    assert watcher.metric("backlog_attempted", work="apply") == 0


def a_refused_report_is_told(portal: Portal, shop: str, watcher: Watcher) -> None:
    trouble = {"code": "reports-refused", "words": "SCX refused", "metric": "backlog"}
    portal.scx.fault("status", match=REPORT, status=400, count=20)
    portal.sync("handover", "reports")
    watcher.tells(**trouble, work="reports", state="refused")

    portal.scx.call("DELETE", "/control/faults")
    portal.shell("from listings import models, reports; reports.requeue(models.ListingReport.objects.all())")
    portal.sync("reports")

    watcher.is_silent(**trouble, work="reports", state="refused")


def failing_scx_is_told(portal: Portal, watcher: Watcher) -> None:
    trouble = {"code": "scx-failing", "words": "SCX does not do its part", "metric": "job_failures"}
    portal.scx.fault("status", match=FETCH, status=500, count=20)
    portal.attempt("sync", "events")
    watcher.tells(**trouble, work="events")

    portal.scx.call("DELETE", "/control/faults")
    portal.sync("events")

    watcher.is_silent(**trouble, work="events")


def a_refused_token_is_told(portal: Portal, shop: str, watcher: Watcher) -> None:
    trouble = {
        "code": "token-refused",
        "words": "SCX refuses the refresh token",
        "metric": "refresh_token_refused_seconds",
    }
    portal.secrets["the revoked token"] = portal.secrets[f"refresh token of {shop}"]
    portal.scx.call("POST", f"/control/channels/{shop}/revoke", json={"refreshToken": True})
    portal.attempt("sync", "events")
    watcher.tells(**trouble, channel=shop)

    portal.channel(shop)
    portal.sync("events")

    watcher.is_silent(**trouble, channel=shop)


def a_database_that_is_away_is_told(portal: Portal, watcher: Watcher) -> None:
    with away(portal.installed):
        status, answer = watcher.ready()
        assert (status, answer["checks"].keys()) == (503, {"database"})
        assert watcher.metric("database_up") == watcher.metric("measure_up") == 0

    assert watcher.metric("database_up") == 1
    assert watcher.ready()[1]["checks"]["database"]["ok"]


@contextmanager
def away(installed: Installation) -> Iterator[None]:
    """Nobody gets a connection to the database, and those that there are end."""
    if installed.database_url.startswith("sqlite"):
        files = list(installed.folder.glob("portal.sqlite3*"))
        hidden = {file: Path(shutil.move(file, file.with_name(f"away-{file.name}"))) for file in files}
        (installed.folder / "portal.sqlite3").mkdir()
        yield
        (installed.folder / "portal.sqlite3").rmdir()
        for file, place in hidden.items():
            place.rename(file)
    else:
        name = installed.database_url.rpartition("/")[2]
        with psycopg.connect(SERVER_URL, autocommit=True) as server:
            server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
            server.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
            yield
            server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


def waiting_for_quota_is_told(portal: Portal, shop: str, watcher: Watcher) -> None:
    """It ends by itself."""
    refusals = watcher.metric("quota_refusals_total")
    portal.scx.fault("throttle", match=FETCH, seconds=12, count=1)
    portal.sync("events")

    assert watcher.metric("quota_blocked_seconds", channel=shop) > 0
    assert watcher.metric("quota_refusals_total", channel=shop) == refusals + 1
