"""The worker and its watchdog, as real processes on a real database."""

import signal
import subprocess

import psycopg
import pytest

from tests.runtime.installation import Installation, alive, eventually, living, terminate, tree

pytestmark = pytest.mark.slow

BEAT = "SELECT MAX(beat_at) FROM platforms_heartbeat"
CLUSTERS = "SELECT COUNT(*) FROM platforms_heartbeat"
ASK = """
from django_q.tasks import async_task
async_task("platforms.tasks.sweep", "events", task_name="asked by the test")
"""
DONE = "SELECT COUNT(*) FROM django_q_task WHERE name = 'asked by the test' AND success"


def start(installed: Installation, *arguments: str) -> subprocess.Popen[bytes]:
    """A worker that beats."""
    beats = installed.value(CLUSTERS)
    worker = installed.start("worker", "--beat", "0.5", *arguments)
    eventually(lambda: installed.value(CLUSTERS) > beats, "the first beat")
    return worker


def beats_again(installed: Installation) -> None:
    before = installed.value(BEAT)
    eventually(lambda: installed.value(BEAT) != before, "another beat")


def test_the_worker_runs_a_task_and_its_heart_goes_on_beating(installed):
    start(installed)

    installed.manage("shell", "-c", ASK)

    eventually(lambda: installed.value(DONE), "the task done")
    beats_again(installed)


def test_a_cluster_whose_master_was_killed_is_started_again_without_orphans(installed):
    worker = start(installed)
    cluster = tree(worker.pid)[1:]

    cluster[0].kill()

    eventually(lambda: installed.value(CLUSTERS) == 2, "the heart of a second cluster")
    assert alive(cluster) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_worker_and_all_its_processes(installed, number):
    worker = start(installed)
    processes = tree(worker.pid)

    worker.send_signal(number)

    assert worker.wait(60) == 0
    assert alive(processes) == []
    assert "Worker ended." in installed.log


def test_a_signal_ends_a_worker_whose_cluster_hangs(installed):
    worker = start(installed, "--heart", "600", "--stop", "1")
    processes = tree(worker.pid)
    for process in processes[1:]:
        process.suspend()

    assert terminate(worker) == 0
    assert alive(processes) == []


def test_a_cluster_ends_when_its_watchdog_was_killed(installed):
    worker = start(installed)
    cluster = tree(worker.pid)[1:]

    worker.kill()

    eventually(lambda: not living(cluster), "the orphans gone")


def test_a_cluster_ends_when_watchdog_and_master_were_killed(installed):
    worker = start(installed, "--stop", "2")
    cluster = tree(worker.pid)[1:]

    worker.kill()
    cluster[0].kill()

    eventually(lambda: not living(cluster), "the orphans gone")


def test_the_worker_outlives_a_database_that_is_away(installed):
    if not installed.database_url.startswith("postgres"):
        pytest.skip("only a database server can go away")
    worker = start(installed, "--heart", "5")
    name = installed.database_url.rpartition("/")[2]
    server = psycopg.connect(installed.database_url.rpartition("/")[0] + "/postgres", autocommit=True)

    server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    server.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
    eventually(lambda: "cannot reach the database" in installed.log, "the watchdog's line")
    server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    server.close()

    installed.manage("shell", "-c", ASK)
    eventually(lambda: installed.value(DONE), "the task done")
    assert worker.poll() is None
