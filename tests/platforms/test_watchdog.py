"""What the watchdog does about the database; the rest is tested with real processes."""

import sys

import pytest
from django.db import OperationalError, connection
from django_q.models import OrmQ

from platforms import jobs
from platforms.watchdog import Patience, Watchdog
from tests.factories import ChannelFactory

pytestmark = pytest.mark.django_db(transaction=True)


def away(*args):
    raise OperationalError("the connection is lost")


@pytest.fixture
def watchdog():
    made = Watchdog([sys.executable, "-c", "input()"], Patience(beat=0, hung=0), processes=4)
    made._start()
    yield made
    made._end(0)


def test_once_the_database_is_back_every_job_is_asked_for_again(watchdog):
    channel = ChannelFactory()
    watchdog._trouble()
    assert not OrmQ.objects.filter(key="portal").exists()

    with connection.execute_wrapper(away):
        assert watchdog._trouble() == ""
    watchdog._trouble()

    asked = {task.task["args"] for task in OrmQ.objects.filter(key="portal")}
    assert asked == {(job, channel.code) for job in jobs.names()}
    OrmQ.objects.all().delete()
    watchdog._trouble()
    assert not OrmQ.objects.filter(key="portal").exists()
