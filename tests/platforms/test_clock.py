"""A clock that is set back: what lies ahead of it follows, by as much, once, and nothing else moves."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone
from django_q.models import OrmQ, Schedule

from listings.models import ListingReport
from platforms import clock, gateway, heartbeat
from platforms.models import Channel, Event, Heartbeat, IdempotentCall, JobStatus, OutboxRow, QuotaBucket
from platforms.quota import DatabaseQuota
from platforms.scx.quota import RateHeaders
from tests.factories import ChannelFactory, EventFactory, ListingReportFactory, MarketplaceFactory

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def before():
    """The time it was before the clock was set back by an hour; a worker's last beat tells of it."""
    moment = timezone.now() + HOUR
    Heartbeat.objects.create(cluster="one", beat_at=moment)
    return moment


def near(moment, expected) -> bool:
    return abs(moment - expected) < timedelta(seconds=20)


def test_due_times_leases_and_the_queue_follow(before):
    report = ListingReportFactory(not_before=before + timedelta(minutes=5), leased_until=before + timedelta(seconds=20))
    event = EventFactory(not_before=before, received_at=before)
    status = JobStatus.objects.create(job="apply", channel=event.channel, queued_at=before)
    bucket = QuotaBucket.objects.create(
        channel=event.channel, group="event", blocked_until=before + timedelta(minutes=1)
    )
    Channel.objects.update(token_lease_until=before, access_token_expires_at=before + HOUR)
    task = OrmQ.objects.create(key="portal", payload="", lock=before)
    schedule = Schedule.objects.create(func="f", next_run=before + timedelta(minutes=1))

    assert near(timezone.now() + clock.follow(seen=True), before)

    now = timezone.now()
    for row in (report, event, status, bucket, task, schedule):
        row.refresh_from_db()
    assert near(report.not_before, now + timedelta(minutes=5))
    assert near(report.leased_until, now + timedelta(seconds=20))
    assert near(event.not_before, now)
    assert near(event.received_at, now)
    assert near(status.queued_at, now)
    assert near(bucket.blocked_until, now + timedelta(minutes=1))
    assert near(task.lock, now)
    assert near(schedule.next_run, now + timedelta(minutes=1))
    channel = Channel.objects.get(pk=event.channel_id)
    assert near(channel.token_lease_until, now)
    assert near(channel.access_token_expires_at, now + HOUR)
    assert near(heartbeat.youngest(), now)


def test_times_of_scx_and_what_is_not_ahead_stay_as_they_are(before):
    now = timezone.now()
    event = EventFactory(created_at=before, not_before=now - HOUR)
    fresh = ListingReportFactory(leased_until=now + timedelta(seconds=30), not_before=now - HOUR)

    clock.follow(seen=True)

    assert Event.objects.get(pk=event.pk).created_at == event.created_at
    assert Event.objects.get(pk=event.pk).not_before == event.not_before
    fresh.refresh_from_db()
    assert (fresh.leased_until, fresh.not_before) == (now + timedelta(seconds=30), now - HOUR)


def test_the_second_watchdog_finds_nothing_to_do(before):
    report = ListingReportFactory(not_before=before + 12 * HOUR)
    clock.follow(seen=True)
    assert clock.follow(seen=True) == timedelta()
    report.refresh_from_db()
    assert near(report.not_before, timezone.now() + 12 * HOUR)


@pytest.mark.parametrize("seconds", [-3600, 0, 29])
def test_a_small_difference_between_machines_moves_nothing(seconds):
    Heartbeat.objects.create(cluster="one", beat_at=timezone.now() + timedelta(seconds=seconds))
    report = ListingReportFactory(not_before=timezone.now() + HOUR)
    assert clock.follow(seen=True) == timedelta()
    assert near(ListingReport.objects.get(pk=report.pk).not_before, timezone.now() + HOUR)


def test_a_worker_that_starts_asks_the_database_s_clock_before_it_believes_its_own(before, monkeypatch):
    monkeypatch.setattr(clock, "_database_now", lambda: before)
    assert clock.follow() == timedelta()
    monkeypatch.setattr(clock, "_database_now", timezone.now)
    assert near(timezone.now() + clock.follow(), before)


def test_a_beat_that_lies_ahead_is_no_sign_of_life(before):
    assert heartbeat.youngest() is None


def test_every_named_time_is_a_field_of_its_model():
    for model, names in clock._times():
        for name in names:
            assert model._meta.get_field(name).get_internal_type() == "DateTimeField"


def test_leases_are_no_longer_than_what_tells_old_ones_from_new_ones():
    assert max(gateway.RENEWAL_LEASE, OutboxRow.LEASE, IdempotentCall.LEASE) <= clock.LONGEST_LEASE


@pytest.mark.parametrize(("set_by", "told"), [(-3600, -3600), (3600, 3600), (29, 0), (-29, 0), (0, 0)])
def test_a_step_is_told_once(monkeypatch, set_by, told):
    steps = clock.Steps()
    real = time.time
    monkeypatch.setattr(clock.time, "time", lambda: real() + set_by)
    assert round(steps.look()) == told
    assert steps.look() == 0


def test_a_clock_that_differs_from_scx_s_is_told():
    bucket = QuotaBucket.objects.create(channel=ChannelFactory(), group="event", clock_offset=-3600)
    (finding,) = clock.off()
    assert finding.code == "clock-off"
    assert "3600 s ahead" in finding.text
    QuotaBucket.objects.filter(pk=bucket.pk).update(clock_offset=20)
    assert list(clock.off()) == []


def test_scx_s_clock_is_learned_from_its_answers():
    channel = MarketplaceFactory()
    quota = DatabaseQuota(channel.pk)
    quota.acquire("channel")
    quota.observe("channel", RateHeaders(date=timezone.now() - HOUR), throttled_for=None)
    assert round(clock.scx_ahead(channel.platform).total_seconds()) in range(-3602, -3598)
    assert clock.scx_ahead(ChannelFactory()) == timedelta()
