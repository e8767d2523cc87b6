"""The quota bucket: no limit until SCX names one, then never more than it, by however many processes."""

from datetime import timedelta

import pytest
import time_machine
from django.db import OperationalError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from platforms import quota
from platforms.models import QuotaBucket
from platforms.quota import BLOCK_SECONDS, SLOW_SECONDS, DatabaseQuota
from platforms.scx.errors import ScxQuotaWait
from platforms.scx.quota import RateHeaders
from tests.factories import NOON, ChannelFactory

pytestmark = pytest.mark.django_db

SIXTY_A_MINUTE = RateHeaders(limit=60, interval_seconds=60, remaining=30)


@pytest.fixture
def channel_quota():
    return DatabaseQuota(ChannelFactory().pk)


def spend(channel_quota: DatabaseQuota, most: int, group: str = "event") -> int:
    """Permits got before the quota said wait."""
    for number in range(most):
        try:
            channel_quota.acquire(group)
        except ScxQuotaWait:
            return number
    return most


@pytest.mark.django_db(transaction=True)
def test_a_database_that_goes_away_costs_what_scx_said_of_its_quota_and_not_its_answer(channel_quota, monkeypatch):
    def goes_away(*args, **kwargs):
        raise OperationalError("terminating connection due to administrator command")

    channel_quota.acquire("offer")
    with monkeypatch.context() as away:
        away.setattr(DatabaseQuota, "_bucket", goes_away)
        channel_quota.observe("offer", SIXTY_A_MINUTE, throttled_for=None)
        channel_quota.lost("offer")

    channel_quota.observe("offer", SIXTY_A_MINUTE, throttled_for=None)
    assert QuotaBucket.objects.get().limit == 60


def test_assumes_no_limit_until_scx_names_one(channel_quota):
    channel_quota.acquire("event")
    channel_quota.observe("event", RateHeaders(), throttled_for=None)
    assert spend(channel_quota, 300) == 300


def test_until_scx_has_answered_at_all_one_call_goes_alone(channel_quota, monkeypatch):
    monkeypatch.setattr(quota, "TRIAL_PATIENCE_SECONDS", 0)
    others = DatabaseQuota(channel_quota.channel_id)
    channel_quota.acquire("event")
    with pytest.raises(ScxQuotaWait):
        others.acquire("event")
    channel_quota.lost("event")
    others.acquire("event")


def test_after_a_429_without_a_hint_one_call_goes_alone(channel_quota, monkeypatch):
    monkeypatch.setattr(quota, "TRIAL_PATIENCE_SECONDS", 0)
    with time_machine.travel(NOON, tick=False) as clock:
        channel_quota.acquire("event")
        channel_quota.observe("event", RateHeaders(), throttled_for=60)
        clock.shift(61)
        assert spend(channel_quota, 10) == 1
        clock.shift(quota.TRIAL.total_seconds() + 1)
        assert spend(channel_quota, 10) == 1


def test_keeps_to_the_limit_scx_named(channel_quota):
    with time_machine.travel(NOON, tick=False):
        channel_quota.acquire("event")
        channel_quota.observe("event", SIXTY_A_MINUTE, throttled_for=None)
        assert spend(channel_quota, 100) == 59


def test_the_window_slides(channel_quota):
    with time_machine.travel(NOON, tick=False) as clock:
        channel_quota.acquire("event")
        channel_quota.observe("event", SIXTY_A_MINUTE, throttled_for=None)
        assert spend(channel_quota, 100) == 59
        clock.shift(30)
        assert spend(channel_quota, 100) == 0
        clock.shift(30 + BLOCK_SECONDS + SLOW_SECONDS)
        assert spend(channel_quota, 100) == 60


def test_a_429_stops_the_group_for_the_time_scx_asks_and_no_other_group(channel_quota):
    with time_machine.travel(NOON, tick=False) as clock:
        channel_quota.acquire("event")
        channel_quota.observe("event", RateHeaders(), throttled_for=45)
        with pytest.raises(ScxQuotaWait) as wait:
            channel_quota.acquire("event")
        assert wait.value.retry_after == 45
        channel_quota.acquire("offer")
        clock.shift(46)
        channel_quota.acquire("event")


def test_nothing_remaining_means_wait_a_whole_interval(channel_quota):
    with time_machine.travel(NOON, tick=False):
        channel_quota.acquire("event")
        channel_quota.observe("event", RateHeaders(limit=10, interval_seconds=45, remaining=0), throttled_for=None)
        with pytest.raises(ScxQuotaWait) as wait:
            channel_quota.acquire("event")
        assert wait.value.retry_after == 45


WORKERS = 3

step = st.tuples(
    st.integers(0, WORKERS - 1),
    st.sampled_from(["call", "call", "call", "page", "killed"]),
    # Seconds until the next step, and until SCX counts the call.
    st.floats(0, 20),
    st.floats(0, SLOW_SECONDS),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(limit=st.integers(1, 40), group=st.sampled_from(["event", "channel"]), steps=st.lists(step, max_size=120))
def test_no_window_ever_holds_more_calls_than_the_limit(channel_quota, limit, group, steps):
    """Processes take turns, each with the blocks it holds, and some die with theirs; SCX counts calls a while later."""
    interval = 30
    channel_id = channel_quota.channel_id
    QuotaBucket.objects.filter(channel_id=channel_id).delete()
    QuotaBucket.objects.create(channel_id=channel_id, group=group, limit=limit, interval=interval)
    held: list[dict] = [{} for _worker in range(WORKERS)]
    counted: list[float] = []
    bulk: list[float] = []
    with time_machine.travel(NOON, tick=False) as clock, pytest.MonkeyPatch.context() as patch:
        now = NOON
        patch.setattr(quota.time, "monotonic", lambda: now.timestamp())
        for worker, what, pause, latency in steps:
            patch.setattr(quota, "_blocks", held[worker])
            if what == "killed":
                quota.drop_all_blocks()
            elif may_call(DatabaseQuota(channel_id, urgent=what == "page"), group):
                counted.append(now.timestamp() + latency)
                bulk += [now.timestamp()] if what == "call" else []
            now += timedelta(seconds=pause)
            clock.move_to(now)
    assert most_in_a_window(counted, interval) <= limit
    assert most_in_a_window(bulk, interval) <= limit - quota.kept_for_pages(group, limit)


def may_call(caller: DatabaseQuota, group: str) -> bool:
    try:
        caller.acquire(group)
    except ScxQuotaWait:
        return False
    return True


def most_in_a_window(calls: list[float], interval: float) -> int:
    return max((sum(start <= at < start + interval for at in calls) for start in calls), default=0)


@pytest.mark.parametrize(("limit", "kept"), [(1, 0), (2, 1), (3, 1), (4, 2), (8, 2), (10, 2), (60, 15)])
def test_bulk_work_leaves_a_part_of_the_pages_groups_free(channel_quota, limit, kept):
    page = DatabaseQuota(channel_quota.channel_id, urgent=True)
    QuotaBucket.objects.create(channel_id=channel_quota.channel_id, group="channel", limit=limit, interval=60)
    with time_machine.travel(NOON, tick=False):
        assert spend(channel_quota, limit, "channel") == limit - kept
        assert spend(page, limit, "channel") == kept


def test_bulk_work_has_the_whole_limit_where_no_page_asks(channel_quota):
    QuotaBucket.objects.create(channel_id=channel_quota.channel_id, group="offer", limit=60, interval=60)
    with time_machine.travel(NOON, tick=False):
        assert spend(channel_quota, 100, "offer") == 60


def test_a_page_takes_no_more_permits_than_it_uses(channel_quota):
    QuotaBucket.objects.create(channel_id=channel_quota.channel_id, group="channel", limit=6000, interval=60)
    DatabaseQuota(channel_quota.channel_id, urgent=True).acquire("channel")
    assert sum(permits for _at, permits in QuotaBucket.objects.get().taken) == 1


def test_a_call_scx_may_have_counted_late_counts_once_more(channel_quota, monkeypatch):
    QuotaBucket.objects.create(channel_id=channel_quota.channel_id, group="event", limit=1, interval=60)
    with time_machine.travel(NOON, tick=False) as clock:
        channel_quota.acquire("event")
        clock.shift(20)
        monkeypatch.setattr(channel_quota, "_acquired_at", channel_quota._acquired_at - 20)
        channel_quota.lost("event")
        clock.shift(60)
        assert spend(channel_quota, 1) == 0
        clock.shift(BLOCK_SECONDS + SLOW_SECONDS)
        assert spend(channel_quota, 1) == 1


def test_a_day_long_window_stays_a_short_row(channel_quota):
    """86,400 a day, as SCX allows for categories: a permit a second."""
    QuotaBucket.objects.create(channel_id=channel_quota.channel_id, group="event", limit=86400, interval=86400)
    with time_machine.travel(NOON, tick=False) as clock:
        for _call in range(400):
            quota.drop_all_blocks()
            channel_quota.acquire("event")
            clock.shift(215)
    taken = QuotaBucket.objects.get().taken
    assert len(taken) <= 130
    assert sum(permits for _at, permits in taken) == 400


def test_the_window_says_how_long_a_shrunken_limit_keeps_everyone_waiting(channel_quota):
    noon = NOON.timestamp()
    QuotaBucket.objects.create(
        channel_id=channel_quota.channel_id, group="event", limit=2, interval=60, taken=[[noon, 5], [noon + 10, 1]]
    )
    wait = quota.take_block(channel_quota.channel_id, "event", NOON + timedelta(seconds=20))
    assert wait.seconds == 60 + BLOCK_SECONDS + SLOW_SECONDS - 20


def test_when_nothing_remains_of_our_own_calls_the_window_says_when_the_next_may_go(channel_quota):
    QuotaBucket.objects.create(
        channel_id=channel_quota.channel_id, group="event", limit=2, interval=60, taken=[[NOON.timestamp() - 55, 1]]
    )
    with time_machine.travel(NOON, tick=False) as clock:
        channel_quota.acquire("event")
        channel_quota.observe("event", RateHeaders(limit=2, interval_seconds=60, remaining=0), throttled_for=None)
        clock.shift(5 + BLOCK_SECONDS + SLOW_SECONDS)
        channel_quota.acquire("event")


def test_permits_that_all_lie_ahead_of_a_clock_set_back_count_for_an_interval_from_now(channel_quota):
    later = (NOON + timedelta(hours=1)).timestamp()
    QuotaBucket.objects.create(
        channel_id=channel_quota.channel_id, group="event", limit=9, interval=60, taken=[[later, 9]]
    )
    assert quota.take_block(channel_quota.channel_id, "event", NOON) is not None
    after = NOON + timedelta(seconds=60 + BLOCK_SECONDS + SLOW_SECONDS)
    assert quota.take_block(channel_quota.channel_id, "event", after) is None


def test_refusals_are_counted_and_end_with_the_first_answer(channel_quota):
    with time_machine.travel(NOON, tick=False) as clock:
        channel_quota.acquire("event")
        channel_quota.observe("event", RateHeaders(), throttled_for=60)
        clock.shift(60)
        channel_quota.acquire("event")
        channel_quota.observe("event", RateHeaders(), throttled_for=60)
        bucket = QuotaBucket.objects.get()
        assert (bucket.throttled, bucket.throttled_at, bucket.throttled_since) == (2, NOON + timedelta(minutes=1), NOON)
        clock.shift(60)
        channel_quota.acquire("event")
        channel_quota.observe("event", RateHeaders(), throttled_for=None)
    bucket.refresh_from_db()
    assert (bucket.throttled, bucket.throttled_since) == (2, None)


def test_nobody_waits_for_the_auth_quota_while_holding_the_right_to_renew(channel_quota):
    patient = DatabaseQuota(channel_quota.channel_id, patience=1000)
    QuotaBucket.objects.create(channel_id=channel_quota.channel_id, group="auth", limit=1, interval=60)
    patient.acquire("auth")
    with pytest.raises(ScxQuotaWait):
        patient.acquire("auth")


def test_permits_another_process_took_a_moment_later_count_as_well(channel_quota):
    """Who waits for the bucket's lock has an older clock reading than who had the lock before."""
    later = (NOON + timedelta(seconds=0.2)).timestamp()
    QuotaBucket.objects.create(
        channel_id=channel_quota.channel_id, group="event", limit=10, interval=60, taken=[[later, 10]]
    )
    assert quota.take_block(channel_quota.channel_id, "event", NOON) is not None


def test_permits_of_a_clock_that_was_set_back_count_for_an_interval_and_no_longer(channel_quota):
    tomorrow = (NOON + timedelta(days=1)).timestamp()
    QuotaBucket.objects.create(
        channel_id=channel_quota.channel_id, group="event", limit=10, interval=60, taken=[[tomorrow, 9]]
    )
    assert quota.take_block(channel_quota.channel_id, "event", NOON) is None
    after = NOON + timedelta(seconds=60 + BLOCK_SECONDS + SLOW_SECONDS)
    assert quota.take_block(channel_quota.channel_id, "event", after) is None


def test_a_caller_slower_than_its_blocks_still_gets_what_scx_allows(channel_quota):
    """One call every two seconds, of 3,600 an hour: blocks must not be larger than what a second can use."""
    QuotaBucket.objects.create(channel_id=channel_quota.channel_id, group="event", limit=3600, interval=3600)
    with time_machine.travel(NOON, tick=False) as clock:
        for _call in range(300):
            channel_quota.acquire("event")
            quota.drop_all_blocks()
            clock.shift(2)


def test_a_stop_is_never_shortened_by_an_answer_that_comes_late(channel_quota):
    with time_machine.travel(NOON, tick=False):
        channel_quota.acquire("event")
        channel_quota.observe("event", RateHeaders(), throttled_for=3600)
        channel_quota.observe("event", RateHeaders(limit=10, interval_seconds=45, remaining=0), throttled_for=None)
        with pytest.raises(ScxQuotaWait) as wait:
            channel_quota.acquire("event")
        assert wait.value.retry_after == 3600


def test_an_absurd_interval_stops_the_group_for_a_day_at_most(channel_quota):
    with time_machine.travel(NOON, tick=False):
        channel_quota.acquire("event")
        channel_quota.observe(
            "event", RateHeaders(limit=10, interval_seconds=999_999_999, remaining=0), throttled_for=None
        )
        with pytest.raises(ScxQuotaWait) as wait:
            channel_quota.acquire("event")
        assert wait.value.retry_after == 86400
