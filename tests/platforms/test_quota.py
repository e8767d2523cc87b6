"""The quota bucket: no limit until SCX names one, then never more than it, by however many processes."""

from datetime import timedelta

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from platforms import quota
from platforms.models import QuotaBucket
from platforms.quota import BLOCK_SECONDS, DatabaseQuota
from platforms.scx.errors import ScxQuotaWait
from platforms.scx.quota import RateHeaders
from tests.factories import NOON, ChannelFactory

pytestmark = pytest.mark.django_db

SIXTY_A_MINUTE = RateHeaders(limit=60, interval_seconds=60, remaining=30)


@pytest.fixture
def channel_quota():
    return DatabaseQuota(ChannelFactory().pk)


def spend(channel_quota: DatabaseQuota, most: int) -> int:
    """Permits got before the quota said wait."""
    for number in range(most):
        try:
            channel_quota.acquire("event")
        except ScxQuotaWait:
            return number
    return most


def test_assumes_no_limit_until_scx_names_one(channel_quota):
    assert spend(channel_quota, 300) == 300


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
        clock.shift(30 + BLOCK_SECONDS + 1)
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


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    limit=st.integers(1, 40),
    steps=st.lists(st.tuples(st.integers(0, 2), st.floats(0, 20)), min_size=1, max_size=120),
)
def test_no_window_ever_holds_more_calls_than_the_limit(channel_quota, limit, steps):
    """Three processes, simulated by dropping the block this one holds, at random times."""
    interval = 30
    channel_id = channel_quota.channel_id
    QuotaBucket.objects.filter(channel_id=channel_id).delete()
    quota.drop_all_blocks()
    calls: list[float] = []
    with time_machine.travel(NOON, tick=False) as clock:
        now = NOON
        QuotaBucket.objects.create(channel_id=channel_id, group="event", limit=limit, interval=interval)
        for process_switches, seconds in steps:
            if process_switches:
                quota.drop_all_blocks()
            try:
                channel_quota.acquire("event")
                calls.append(now.timestamp())
            except ScxQuotaWait:
                pass
            now += timedelta(seconds=seconds)
            clock.move_to(now)
    for start in calls:
        assert sum(start <= at < start + interval for at in calls) <= limit


def test_permits_another_process_took_a_moment_later_count_as_well(channel_quota):
    """Who waits for the bucket's lock has an older clock reading than who had the lock before."""
    later = (NOON + timedelta(seconds=0.2)).timestamp()
    QuotaBucket.objects.create(
        channel_id=channel_quota.channel_id, group="event", limit=10, interval=60, taken=[[later, 10]]
    )
    assert quota.take_block(channel_quota.channel_id, "event", NOON) > 0


def test_permits_of_a_clock_that_was_set_back_count_for_an_interval_and_no_longer(channel_quota):
    tomorrow = (NOON + timedelta(days=1)).timestamp()
    QuotaBucket.objects.create(
        channel_id=channel_quota.channel_id, group="event", limit=10, interval=60, taken=[[tomorrow, 9]]
    )
    assert quota.take_block(channel_quota.channel_id, "event", NOON) == 0
    after = NOON + timedelta(seconds=61 + BLOCK_SECONDS)
    assert quota.take_block(channel_quota.channel_id, "event", after) == 0


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
