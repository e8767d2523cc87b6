"""What is told to be wrong with the worker, the jobs and the inbox, since when, and that it is told no longer."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from django_q.exceptions import TimeoutException

from platforms import findings, jobs
from platforms.findings import Finding
from platforms.models import Event, Heartbeat, JobStatus
from platforms.scx.errors import ScxQuotaWait, ScxUnreachable
from tests.factories import ChannelFactory, EventFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def beat() -> Heartbeat:
    return Heartbeat.objects.create(cluster="one", beat_at=timezone.now())


@pytest.fixture
def superuser(client: Client) -> Client:
    client.force_login(User.objects.create(username="all", is_staff=True, is_superuser=True))
    return client


def ago(**kwargs):
    return timezone.now() - timedelta(**kwargs)


def told() -> dict[tuple[str, str], Finding]:
    return {(finding.code, finding.channel): finding for finding in findings.found()}


def test_nothing_is_wrong_with_an_idle_portal(beat):
    ChannelFactory()

    assert told() == {}


def test_no_worker_and_one_that_fell_silent(beat):
    Heartbeat.objects.update(beat_at=ago(minutes=4))
    silent = told()["no-worker", ""]
    Heartbeat.objects.all().delete()

    assert silent.critical
    assert silent.since < ago(minutes=3)
    assert told()["no-worker", ""].since is None


def run(channel, monkeypatch, error=None):
    def job(channel, how):
        if error:
            raise error

    monkeypatch.setattr("platforms.inbox.fetch", job)
    jobs.run("events", channel, jobs.Run())
    return JobStatus.objects.get(job="events", channel=channel)


def test_the_failures_of_a_job_are_counted_from_the_first_until_it_succeeds(beat, monkeypatch):
    shop = ChannelFactory(code="SHOP")
    down = ScxUnreachable("SCX cannot be reached.")
    first = run(shop, monkeypatch, down)
    second = run(shop, monkeypatch, down)

    assert (second.failures, second.failing_since) == (2, first.failing_since)
    assert "SCX cannot be reached" in told()["scx-failing", "SHOP"].text

    healed = run(shop, monkeypatch)

    assert (healed.failures, healed.failing_since, healed.error) == (0, None, "")
    assert healed.succeeded_at == healed.finished_at
    assert told() == {}


def test_a_run_that_took_too_long_is_a_failure(beat, monkeypatch):
    shop = ChannelFactory(code="SHOP")
    with pytest.raises(TimeoutException):
        run(shop, monkeypatch, TimeoutException("90 s are over"))

    assert "took longer" in told()["job-failing", "SHOP"].text


def test_waiting_for_quota_is_neither_a_failure_nor_a_success(beat, monkeypatch):
    status = run(ChannelFactory(), monkeypatch, ScxQuotaWait(retry_after=30))

    assert (status.failures, status.succeeded_at) == (0, None)


def test_jobs_that_nobody_begins_are_told_while_a_worker_lives(beat):
    shop = ChannelFactory(code="SHOP")
    for job in ("apply", "reports"):
        JobStatus.objects.create(channel=shop, job=job, queued_at=ago(minutes=1), started_at=ago(minutes=20))
    JobStatus.objects.create(channel=shop, job="events", started_at=ago(minutes=2))
    JobStatus.objects.create(channel=shop, job="of an older version", started_at=ago(days=9))

    text = told()["jobs-idle", "SHOP"].text
    assert "apply, reports" in text
    assert "events" not in text

    Heartbeat.objects.all().delete()
    assert told().keys() == {("no-worker", "")}


@pytest.mark.parametrize(("state", "code"), [("pending", "events-late"), ("failed", "events-failed")])
def test_events_that_are_late_or_failed(beat, superuser, state, code):
    shop = ChannelFactory(code="SHOP")
    EventFactory(channel=shop, state=state, received_at=ago(minutes=1), number=1)
    assert told() == {}
    late = EventFactory(channel=shop, state=state, received_at=ago(minutes=11), number=2)
    other = EventFactory(state="done", received_at=ago(minutes=11), number=3)

    finding = told()[code, "SHOP"]

    assert finding.text.startswith("2 events")
    assert finding.since == late.received_at
    page = superuser.get(finding.url).content.decode()
    assert late.event_id in page
    assert other.event_id not in page

    Event.objects.update(state="done")
    assert told() == {}


def test_a_channel_that_is_switched_off_has_nothing_late(beat):
    shop = ChannelFactory(is_active=False)
    EventFactory(channel=shop, received_at=ago(hours=1), number=1)
    JobStatus.objects.create(channel=shop, job="apply", started_at=ago(days=1), failures=9, failing_since=ago(days=1))

    assert told() == {}


def test_a_finder_that_fails_is_a_finding_and_hides_no_other(settings, caplog):
    settings.PORTAL_FINDERS = ("platforms.finders.nothing_of_this_name", "platforms.finders.no_worker")

    assert set(told()) == {("finder-failed", ""), ("no-worker", "")}
    assert "nothing_of_this_name" in caplog.text


def test_the_probe_tells_codes_and_numbers_and_stays_ready(client, beat):
    for code in ("SECRETSHOP", "OTHER"):
        JobStatus.objects.create(
            channel=ChannelFactory(code=code, display_name="A secret shop"),
            job="apply",
            failures=3,
            failing_since=ago(minutes=5),
            error="a secret error",
        )

    answer = client.get("/health/ready")

    assert answer.status_code == 200
    (line,) = answer.json()["findings"]
    assert (line["code"], line["severity"], line["count"]) == ("job-failing", "warning", 2)
    assert "secret" not in answer.text.lower()


def test_a_probe_that_asks_often_costs_little(client, beat, django_assert_max_num_queries):
    client.get("/health/ready")

    with django_assert_max_num_queries(2):
        client.get("/health/ready")
