"""Fair shares: turns that end while others wait, and seats that are few and never lost."""

import time
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone
from django_q.models import OrmQ

from platforms import jobs, seats, stopping, tasks, turns
from platforms.broker import SkipLockedBroker
from platforms.models import JobStatus
from tests.factories import NOON, ChannelFactory

pytestmark = pytest.mark.django_db(transaction=True)


def turn_of(seconds: float) -> turns.Turn:
    return turns.Turn(begun=time.monotonic() - seconds)


@pytest.fixture
def status():
    """A job of a channel."""
    return JobStatus.objects.create(job="apply", channel=ChannelFactory())


@pytest.fixture
def full(status):
    """The job with every seat taken."""
    while seats.take(status, timezone.now()):
        pass
    return status


def test_a_turn_goes_on_while_nobody_waits_but_not_for_ever():
    assert not turn_of(turns.SECONDS_WHILE_OTHERS_WAIT + 1).expired
    assert turn_of(turns.LONG_SECONDS).expired


def test_a_turn_ends_after_some_seconds_when_another_nudge_waits():
    SkipLockedBroker().enqueue("another")

    assert not turn_of(turns.SECONDS_WHILE_OTHERS_WAIT - 1).expired
    assert turn_of(turns.SECONDS_WHILE_OTHERS_WAIT).expired


def test_a_nudge_that_is_for_later_or_taken_does_not_wait():
    SkipLockedBroker(delay=timedelta(seconds=9)).enqueue("for later")

    assert not turn_of(turns.SECONDS_WHILE_OTHERS_WAIT).expired


def test_a_turn_that_was_over_stays_over():
    SkipLockedBroker().enqueue("another")
    turn = turn_of(turns.SECONDS_WHILE_OTHERS_WAIT)
    assert turn.expired

    OrmQ.objects.all().delete()

    assert turn.expired


def test_a_turn_ends_at_once_when_the_process_shall_end_and_what_is_left_is_nudged(monkeypatch, status, settings):
    settings.PORTAL_JOBS = (("apply", "platforms.inbox.apply", 1),)
    monkeypatch.setattr(stopping, "_told", True)

    tasks.work("apply", status.channel.code)

    assert OrmQ.objects.count() == 1


def test_a_job_has_two_seats_where_the_database_lets_two_write_at_once(status):
    number = 2 if connection.features.has_select_for_update_skip_locked else 1
    taken = [seats.take(status, timezone.now()) for _ in range(number + 1)]

    assert [seat is not None for seat in taken] == [True] * number + [False]


def test_a_seat_is_given_back_also_after_a_failure(status):
    with pytest.raises(RuntimeError), seats.take(status, timezone.now()).kept():
        raise RuntimeError

    status.refresh_from_db()
    assert status.seat_until is None


def test_the_seat_of_a_dead_process_is_free_when_its_lease_ends(full):
    with time_machine.travel(timezone.now() + seats.LEASE + timedelta(seconds=1)):
        assert seats.take(full, timezone.now())


def test_a_seat_taken_before_the_clock_was_set_back_is_free(full):
    with time_machine.travel(timezone.now() - timedelta(hours=1)):
        assert seats.take(full, timezone.now())


def test_a_seat_that_another_has_by_now_is_left_to_him(status):
    late = seats.take(status, NOON)
    now = seats.take(status, NOON + timedelta(minutes=1))

    with late.kept():
        pass

    status.refresh_from_db()
    assert status.seat_until == now.until


def test_a_seat_is_kept_while_the_work_lasts(status, monkeypatch):
    monkeypatch.setattr(seats, "LEASE", timedelta(seconds=0.3))
    with seats.take(status, timezone.now()).kept():
        time.sleep(0.5)
        status.refresh_from_db()
        assert status.seat_until > timezone.now()


def test_a_nudge_that_finds_no_seat_comes_again_soon(full):
    jobs.nudge("apply", full.channel)
    OrmQ.objects.all().delete()

    with time_machine.travel(NOON, tick=False):
        JobStatus.objects.update(queued_at=NOON, seat_until=NOON + seats.LEASE, second_seat_until=NOON + seats.LEASE)
        tasks.work("apply", full.channel.code)

    assert OrmQ.objects.get().lock == NOON + turns.NEXT_TRY


def test_nudges_that_are_double_and_find_no_seat_become_one(full):
    for _ in range(3):
        tasks.work("apply", full.channel.code)

    assert OrmQ.objects.count() == 1


def test_a_nudge_that_finds_a_seat_runs_the_job(status):
    tasks.work("apply", status.channel.code)

    status.refresh_from_db()
    assert status.finished_at
    assert status.seat_until is None
    assert not OrmQ.objects.exists()
