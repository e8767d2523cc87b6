"""Nudges: at most one queued per job and channel, and none lost for long."""

from datetime import timedelta

import pytest
import time_machine
from django.db import transaction
from django_q.models import OrmQ

from platforms import jobs, turns
from platforms.models import JobStatus
from platforms.scx.errors import ScxQuotaWait
from tests.factories import NOON, ChannelFactory, PlatformFactory

pytestmark = pytest.mark.django_db(transaction=True)


def test_many_nudges_queue_one_task_and_none_before_the_commit():
    channel = ChannelFactory()
    with transaction.atomic():
        jobs.nudge("apply", channel)
        jobs.nudge("apply", channel)
        assert OrmQ.objects.count() == 0
    jobs.nudge("apply", channel)
    assert OrmQ.objects.count() == 1


def test_a_nudge_that_a_worker_has_taken_does_not_count(settings):
    settings.PORTAL_JOBS = (("apply", "platforms.inbox.apply", 1),)
    channel = ChannelFactory()
    jobs.nudge("apply", channel)
    jobs.run("apply", channel, jobs.Run())
    jobs.nudge("apply", channel)
    assert OrmQ.objects.count() == 2


def test_a_nudge_lost_with_its_queue_is_queued_again_after_a_minute():
    channel = ChannelFactory()
    with time_machine.travel(NOON, tick=False):
        jobs.nudge("apply", channel)
    OrmQ.objects.all().delete()
    with time_machine.travel(NOON + timedelta(seconds=61), tick=False):
        jobs.nudge("apply", channel)
    assert OrmQ.objects.count() == 1


def test_a_nudge_that_waits_in_a_long_queue_is_not_queued_again():
    channel = ChannelFactory()
    for seconds in (0, 61, 122):
        with time_machine.travel(NOON + timedelta(seconds=seconds), tick=False):
            jobs.nudge("apply", channel)
    assert OrmQ.objects.count() == 1


def test_a_cluster_that_replaces_a_dead_one_waits_for_no_nudge_that_died_with_it():
    channel = ChannelFactory()
    PlatformFactory()
    jobs.nudge("apply", channel)
    OrmQ.objects.all().delete()

    jobs.nudge_all()

    assert OrmQ.objects.count() == len(jobs.names())
    assert JobStatus.objects.filter(queued_at=None).count() == 0


def test_a_job_that_waits_for_quota_is_nudged_for_when_it_may_go_on(settings):
    settings.PORTAL_JOBS = (("apply", "tests.platforms.test_nudges.waiting", 1),)
    channel = ChannelFactory()
    with time_machine.travel(NOON, tick=False):
        turns.take("apply", channel)
        jobs.nudge("apply", channel)
    assert OrmQ.objects.get().lock == NOON + timedelta(seconds=7)


def test_a_job_that_a_person_ran_leaves_the_rest_to_the_sweeps(settings):
    settings.PORTAL_JOBS = (("apply", "tests.platforms.test_nudges.waiting", 1),)
    jobs.run("apply", ChannelFactory(), jobs.Run())
    assert OrmQ.objects.count() == 0


def waiting(channel, run):
    raise ScxQuotaWait(retry_after=7)
