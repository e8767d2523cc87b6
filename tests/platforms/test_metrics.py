"""What Prometheus is told, whom, and at what cost."""

import math
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from listings.models import ListingReport, Offer
from platforms.models import Batch, Event, FeedCounter, Heartbeat, JobStatus, QuotaBucket
from sellers.models import LinkSession
from stock.models import StockCursor
from tests.factories import (
    ChannelFactory,
    EventFactory,
    ListingReportFactory,
    MarketplaceFactory,
    MembershipFactory,
    OfferFactory,
    SellerFactory,
    StockLevelFactory,
)

TOKEN = "a-token-for-prometheus"


@pytest.fixture(autouse=True)
def token(settings) -> None:
    settings.METRICS_TOKEN = TOKEN


@pytest.fixture
def metrics(client, db):
    """The samples, by name and labels in the order of their names."""

    def ask() -> dict[tuple[str, ...], float]:
        answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        assert answer.status_code == 200
        return {
            (sample.name.removeprefix("scx_portal_"), *(sample.labels[label] for label in sorted(sample.labels))): (
                sample.value
            )
            for family in text_string_to_metric_families(answer.content.decode())
            for sample in family.samples
        }

    return ask


def every_metric() -> None:
    """Rows of every kind, so that every family has a value; nothing is well."""
    now = timezone.now()
    ago = now - timedelta(hours=1)
    market = MarketplaceFactory(stock_source="all-sellers", access_token_expires_at=ago, token_refused_since=ago)
    offer = OfferFactory(channel=market, revision=1, content_at=ago)
    for state in ("pending", "refused"):
        ListingReportFactory(offer=offer, channel=market, state=state, attempts=1)
    for number, state in enumerate(("pending", "waiting", "failed", "dead"), 1):
        EventFactory(channel=market, state=state, received_at=ago, number=number)
    for job in ("events", "apply", "handover", "reports", "stock", "sellers"):
        JobStatus.objects.create(channel=market, job=job, started_at=ago, failures=5, failing_since=ago)
    Batch.objects.create(channel=market, job="apply", keys=[1], deaths=2)
    QuotaBucket.objects.create(channel=market, group="event", limit=30, interval=60, throttled=4, clock_offset=3)
    StockCursor.objects.create(channel=market, polled_at=ago)
    SellerFactory(channel=market.platform)
    Heartbeat.objects.create(cluster="silent", beat_at=now - timedelta(minutes=30))


@pytest.mark.parametrize("header", ["", TOKEN, f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer ", "Bearer töken"])
def test_nobody_reads_them_without_the_token(client, db, header):
    answer = client.get(f"/metrics?token={TOKEN}", headers={"Authorization": header} if header else {})

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert "scx_portal" not in answer.text


@pytest.mark.parametrize("header", ["", "Bearer ", "Bearer x"])
def test_without_a_token_of_the_portals_own_they_are_off_and_say_how_to_switch_them_on(client, db, settings, header):
    settings.METRICS_TOKEN = ""

    answer = client.get("/metrics", headers={"Authorization": header})

    assert answer.status_code == 403
    assert "METRICS_TOKEN" in answer.text


def test_they_speak_openmetrics_to_who_asks_for_it(client, db):
    accept = "application/openmetrics-text; version=1.0.0"
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}", "Accept": accept})

    assert answer["Content-Type"].startswith("application/openmetrics-text")
    assert answer.content.decode().endswith("# EOF\n")


def test_an_empty_portal_tells_that_it_is_there(metrics):
    told = metrics()

    assert told["database_up",] == 1
    assert told["workers_alive",] == 0
    assert told["migrations_pending",] == 0
    assert {value for (name, *_labels), value in told.items() if name == "measure_up"} == {1}


def test_a_channel_without_work_tells_zeros(metrics):
    ChannelFactory(code="SHOP")
    told = metrics()

    for state in ("pending", "waiting", "failed", "dead"):
        assert told["backlog", "SHOP", state, "apply"] == 0
    for job in ("apply", "handover", "reports"):
        assert told["oldest_waiting_seconds", "SHOP", job] == 0
    assert told["refresh_token_present", "SHOP"] == 1


def test_the_inbox(metrics):
    shop, now = ChannelFactory(code="SHOP"), timezone.now()
    number = iter(range(1, 100))
    for state, attempts, minutes in (
        ("pending", 0, 7),
        ("pending", 0, 3),
        ("waiting", 0, 60),
        ("failed", 2, 60),
        ("dead", 8, 60),
        ("done", 0, 90),
    ):
        received = now - timedelta(minutes=minutes)
        EventFactory(channel=shop, state=state, attempts=attempts, received_at=received, number=next(number))

    told = metrics()

    assert told["backlog", "SHOP", "pending", "apply"] == 2
    assert told["backlog", "SHOP", "waiting", "apply"] == 1
    assert told["backlog", "SHOP", "failed", "apply"] == 1
    assert told["backlog", "SHOP", "dead", "apply"] == 1
    assert told["oldest_waiting_seconds", "SHOP", "apply"] == pytest.approx(7 * 60, abs=30)
    assert told["backlog_attempted", "SHOP", "apply"] == 2
    assert told["backlog_attempts_max", "SHOP", "apply"] == 8


def test_reports_and_offers_on_their_way(metrics):
    offer = OfferFactory(channel__code="SHOP", revision=1, handed_over_revision=0, content_at=timezone.now())
    Offer.objects.update(updated_at=timezone.now() - timedelta(minutes=5))
    first = ListingReportFactory(offer=offer, channel=offer.channel, attempts=3)
    ListingReportFactory(offer=offer, channel=offer.channel, state="refused", attempts=1)
    ListingReport.objects.filter(pk=first.pk).update(created_at=timezone.now() - timedelta(minutes=9))

    told = metrics()

    assert told["backlog", "SHOP", "pending", "handover"] == 1
    assert told["oldest_waiting_seconds", "SHOP", "handover"] == pytest.approx(300, abs=30)
    assert told["backlog", "SHOP", "pending", "reports"] == 1
    assert told["backlog", "SHOP", "refused", "reports"] == 1
    assert told["oldest_waiting_seconds", "SHOP", "reports"] == pytest.approx(540, abs=30)
    assert told["backlog_attempted", "SHOP", "reports"] == 1
    assert told["backlog_attempts_max", "SHOP", "reports"] == 3


def test_what_is_parked_is_backlog_and_not_late(metrics):
    seller = SellerFactory(channel__code="SHOP", state="unlinked")
    offer = OfferFactory(channel=seller.channel, seller=seller, revision=1, content_at=timezone.now())
    ListingReportFactory(offer=offer, channel=offer.channel)
    ListingReport.objects.update(created_at=timezone.now() - timedelta(days=1))

    told = metrics()

    assert told["backlog", "SHOP", "pending", "reports"] == 1
    assert told["oldest_waiting_seconds", "SHOP", "reports"] == 0
    assert told["backlog", "SHOP", "pending", "handover"] == 0


def test_sellers_memberships_and_sign_ups(metrics):
    market = MarketplaceFactory(code="mall-de", platform__code="mall")
    seller = SellerFactory(channel=market.platform)
    MembershipFactory(seller=seller, marketplace=market, wanted=True, confirmed=None, attempts=2)
    link = LinkSession(ref="ref", channel=market.platform, kind="sign-up", state="submitted", session="session")
    link.submitted_at = timezone.now() - timedelta(minutes=2)
    link.save()

    told = metrics()

    assert told["sellers", "mall", "active"] == 1
    assert told["backlog", "mall-de", "pending", "sellers"] == 1
    assert told["backlog_attempts_max", "mall-de", "sellers"] == 2
    assert told["sign_ups_under_way",] == 1
    assert told["sign_ups_oldest_seconds",] == pytest.approx(120, abs=30)


def test_stock(metrics):
    polled = SellerFactory(channel__code="SHOP", channel__stock_source="per-seller")
    left = SellerFactory(channel=polled.channel, state="unlinked")
    ago = timezone.now() - timedelta(minutes=4)
    StockCursor.objects.create(channel=polled.channel, seller=polled, polled_at=ago, error="403: no")
    StockCursor.objects.create(channel=polled.channel, seller=left, polled_at=ago - timedelta(days=1), error="x")
    StockLevelFactory(channel=polled.channel, offer_row=None, number=1)

    told = metrics()

    assert told["stock_poll_age_seconds", "SHOP"] == pytest.approx(240, abs=30)
    assert told["stock_poll_refused", "SHOP"] == 1
    assert told["backlog", "SHOP", "waiting", "stock"] == 1


def test_jobs_tell_their_lag_and_whether_they_fail(metrics):
    shop, now = ChannelFactory(code="SHOP"), timezone.now()
    good = {"job": "apply", "started_at": now, "succeeded_at": now - timedelta(seconds=90)}
    bad = {"job": "reports", "started_at": now, "failures": 4, "failing_since": now - timedelta(minutes=5)}
    for values in (good, bad):
        JobStatus.objects.create(channel=shop, **values)
    Batch.objects.create(channel=shop, job="apply", keys=[1], deaths=2)

    told = metrics()

    assert told["job_success_age_seconds", "SHOP", "apply"] == pytest.approx(90, abs=30)
    assert told["job_failures", "SHOP", "apply"] == told["job_failing_seconds", "SHOP", "apply"] == 0
    assert math.isnan(told["job_success_age_seconds", "SHOP", "reports"])
    assert told["job_failures", "SHOP", "reports"] == 4
    assert told["processes_killed", "SHOP", "apply"] == 2
    assert told["job_failing_seconds", "SHOP", "reports"] == pytest.approx(300, abs=30)


def test_quota_and_tokens(metrics):
    now = timezone.now()
    shop = ChannelFactory(code="SHOP", access_token_expires_at=now + timedelta(minutes=10))
    ChannelFactory(code="BARE", refresh_token="", token_refused_since=now - timedelta(minutes=3))
    stamp = now.timestamp()
    taken = [[stamp - 3600, 7], [stamp - 5, 2], [stamp, 3]]
    blocked = now + timedelta(seconds=40)
    known = {"limit": 30, "interval": 60, "taken": taken, "throttled": 4, "clock_offset": -7}
    QuotaBucket.objects.create(channel=shop, group="event", blocked_until=blocked, **known)
    QuotaBucket.objects.create(channel=shop, group="offer", taken=[[stamp, 1]])

    told = metrics()

    assert told["quota_limit", "SHOP", "event"] == 30
    assert told["quota_interval_seconds", "SHOP", "event"] == 60
    assert told["quota_used", "SHOP", "event"] == 5
    assert told["quota_blocked_seconds", "SHOP", "event"] == pytest.approx(40, abs=30)
    assert told["quota_blocked_seconds", "SHOP", "offer"] == 0
    assert told["quota_refusals_total", "SHOP", "event"] == 4
    assert told["scx_clock_offset_seconds", "SHOP", "event"] == -7
    assert ("quota_limit", "SHOP", "offer") not in told
    assert told["access_token_left_seconds", "SHOP"] == pytest.approx(600, abs=30)
    assert told["refresh_token_present", "BARE"] == told["refresh_token_refused_seconds", "SHOP"] == 0
    assert told["refresh_token_refused_seconds", "BARE"] == pytest.approx(180, abs=30)


def test_workers_feeds_and_findings(metrics):
    Heartbeat.objects.create(cluster="alive", beat_at=timezone.now() - timedelta(seconds=20))
    Heartbeat.objects.create(cluster="hung", beat_at=timezone.now() - timedelta(minutes=20))
    Heartbeat.objects.create(cluster="long gone", beat_at=timezone.now() - timedelta(hours=20))
    FeedCounter.objects.filter(name="events").update(value=41)

    told = metrics()

    assert told["workers_alive",] == 1
    assert told["heartbeat_age_seconds", "hung"] == pytest.approx(1200, abs=30)
    assert ("heartbeat_age_seconds", "long gone") not in told
    assert told["feed_number_total", "events"] == 41
    assert not [name for name, *_labels in told if name == "findings"]

    Heartbeat.objects.filter(cluster="alive").delete()
    told = metrics()

    assert told["workers_alive",] == 0
    assert told["findings", "", "no-worker", "critical"] == 1
    assert told["finding_age_seconds", "", "no-worker", "critical"] == pytest.approx(1200, abs=30)


def test_what_cannot_be_measured_takes_nothing_else_along(metrics, monkeypatch, caplog):
    ChannelFactory(code="SHOP")
    monkeypatch.setattr(Event.objects, "unsettled", lambda: 1 / 0)

    told = metrics()

    assert told["measure_up", "platforms.measures.events"] == 0
    assert told["measure_up", "platforms.measures.tokens"] == 1
    assert told["backlog", "SHOP", "pending", "reports"] == 0
    assert "ZeroDivisionError" in caplog.text


def test_a_database_that_is_away_is_told_and_nothing_else(metrics):
    def fail(*args):
        raise OperationalError("password=hunter2 refused")

    with connection.execute_wrapper(fail):
        told = metrics()

    assert told.keys() == {("database_up",), ("scrape_duration_seconds",)}
    assert told["database_up",] == 0


def test_they_ask_the_same_number_of_questions_however_many_channels_and_rows(metrics):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            metrics()
        return len(captured)

    Heartbeat.objects.create(cluster="alive", beat_at=timezone.now())
    number = iter(range(1, 100))

    def grow() -> None:
        market = MarketplaceFactory(stock_source="all-sellers")
        offer = OfferFactory(channel=market, revision=1, content_at=timezone.now())
        ListingReportFactory(offer=offer, channel=market)
        EventFactory(channel=market, number=next(number))
        JobStatus.objects.create(channel=market, job="apply", started_at=timezone.now())
        QuotaBucket.objects.create(channel=market, group="event")
        StockCursor.objects.create(channel=market, polled_at=timezone.now())

    grow()
    queries()
    before = queries()
    for _ in range(5):
        grow()

    assert queries() == before <= 100
