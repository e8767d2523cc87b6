import os
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.utils import timezone
from django_q.models import OrmQ

from platforms import heartbeat
from platforms.broker import CLUSTER_VARIABLE, SkipLockedBroker, private_key
from platforms.models import Heartbeat

pytestmark = pytest.mark.django_db

CLUSTER = "host-1-abc"


@pytest.fixture
def cluster(monkeypatch):
    """This process is one of a cluster that has not beaten yet."""
    monkeypatch.setitem(os.environ, CLUSTER_VARIABLE, CLUSTER)
    monkeypatch.setattr(heartbeat, "_written_at", float("-inf"))
    return CLUSTER


def test_a_finished_task_writes_the_row_of_its_cluster(cluster):
    heartbeat.record(sender="django_q", task={})

    assert heartbeat.last(cluster) == heartbeat.youngest() is not None


def test_a_process_that_is_in_no_cluster_writes_nothing(monkeypatch):
    monkeypatch.delitem(os.environ, CLUSTER_VARIABLE, raising=False)

    heartbeat.record(sender="django_q", task={})

    assert not Heartbeat.objects.exists()


def test_many_tasks_in_one_second_write_once(cluster, django_assert_num_queries):
    heartbeat.record(sender="django_q", task={})

    with django_assert_num_queries(0):
        heartbeat.record(sender="django_q", task={})


def test_a_database_that_fails_does_not_end_the_process_that_beats(cluster, caplog):
    def fail(*args):
        raise OperationalError("gone")

    with connection.execute_wrapper(fail):
        heartbeat.record(sender="django_q", task={})

    assert "could not be written" in caplog.text


def test_a_beat_is_asked_for_once_until_the_cluster_takes_it():
    heartbeat.ask(CLUSTER)
    heartbeat.ask(CLUSTER)
    assert OrmQ.objects.filter(key=private_key(CLUSTER)).count() == 1

    OrmQ.objects.update(lock=timezone.now() + timedelta(minutes=4))
    heartbeat.ask(CLUSTER)

    assert OrmQ.objects.filter(key=private_key(CLUSTER)).count() == 2


def test_a_cluster_takes_its_own_queue_before_the_backlog_and_never_anothers(cluster):
    shared = SkipLockedBroker()
    waiting = [shared.enqueue(f"task {number}") for number in range(3)]
    another = SkipLockedBroker(private_key("host-2-def")).enqueue("beat")
    own = SkipLockedBroker(private_key(cluster)).enqueue("beat")

    taken = []
    while batch := shared.dequeue():
        taken += [row for row, _payload in batch]

    assert taken == [own, *waiting]
    assert OrmQ.objects.get(pk=another).lock <= timezone.now()


def test_rows_and_queues_of_clusters_that_ended_long_ago_are_removed_and_the_rest_stays(cluster):
    now = timezone.now()
    Heartbeat.objects.create(cluster="long-gone", beat_at=now - timedelta(days=2))
    Heartbeat.objects.create(cluster="quiet", beat_at=now - timedelta(hours=2))
    for name, age in (("long-gone", timedelta(days=2)), ("quiet", timedelta(hours=2))):
        row = SkipLockedBroker(private_key(name)).enqueue("beat")
        OrmQ.objects.filter(pk=row).update(lock=now - age)
    shared = SkipLockedBroker().enqueue("old work is still work")
    OrmQ.objects.filter(pk=shared).update(lock=now - timedelta(days=9))

    heartbeat.forget_stale()

    assert [row.cluster for row in Heartbeat.objects.all()] == ["quiet"]
    assert set(OrmQ.objects.values_list("key", flat=True)) == {private_key("quiet"), SkipLockedBroker().list_key}
