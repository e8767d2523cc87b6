import os
import subprocess
import sys

import pytest

from platforms import pulse
from tests.runtime.installation import eventually


@pytest.fixture
def listener():
    made = pulse.Listener()
    yield made
    made.started()
    made.close()


def tell(listener: pulse.Listener, pid: int, busy: float = 0, still: float = 0) -> None:
    os.write(listener.writer, b"%d %.1f %.1f\n" % (pid, busy, still))
    listener.listen()


def fall_silent(listener: pulse.Listener, pid: int, seconds: float) -> None:
    old = listener.pulses[pid]
    listener.pulses[pid] = pulse.Pulse(old.heard_at - seconds, old.busy, old.still)


def test_a_process_that_exists_and_is_silent_was_stopped(listener):
    tell(listener, os.getpid())
    assert listener.stopped(30) == []

    fall_silent(listener, os.getpid(), 31)

    assert listener.stopped(30) == [os.getpid()]


def test_a_process_that_has_ended_is_forgotten(listener):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    tell(listener, ended.pid)

    fall_silent(listener, ended.pid, 31)

    assert listener.stopped(30) == []
    assert ended.pid not in listener.pulses


def test_a_process_counts_as_busy_only_as_long_as_it_is_heard(listener):
    tell(listener, os.getpid(), busy=21)
    assert listener.busy(20) == 1
    assert listener.busy(22) == 0

    fall_silent(listener, os.getpid(), 30)

    assert listener.busy(20) == 0


def test_an_idle_process_is_never_busy(listener):
    tell(listener, os.getpid(), busy=0)

    assert listener.busy(0) == 0


def test_a_guarding_loop_that_stands_still_is_seen(listener):
    tell(listener, os.getpid(), still=29)
    assert listener.still(30) == []

    tell(listener, os.getpid(), still=31)

    assert listener.still(30) == [os.getpid()]


def test_what_comes_in_pieces_is_put_together(listener):
    os.write(listener.writer, b"12 0.")
    listener.listen()
    os.write(listener.writer, b"5 0.0\n13 ")
    listener.listen()

    assert {pid: each.busy for pid, each in listener.pulses.items()} == {12: 0.5}


def test_a_process_tells_of_itself_what_keeps_it_and_a_task_that_outlasts_its_timeout_ends_it():
    """In a process of its own, which must be a cluster's to have a timeout of 90 s."""
    code = (
        "import django, os, sys, time; django.setup();"
        "from platforms import pulse; pulse.SECONDS_BETWEEN = 0.1;"
        "pulse.begin_task(); pulse.start(int(sys.argv[1])); pulse.begin_task();"
        "pulse._busy_since -= float(sys.argv[2]); time.sleep(30)"
    )
    listener = pulse.Listener()
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.test_settings"}
    command = [sys.executable, "-c", code, str(listener.writer)]
    told = subprocess.Popen([*command, "9"], pass_fds=[listener.writer], env=environment)
    ended = subprocess.Popen([*command, "96"], pass_fds=[listener.writer], env=environment)
    listener.started()
    try:
        assert ended.wait(60) == -9

        def heard_busy() -> bool:
            listener.listen()
            return told.pid in listener.pulses and 9 <= listener.pulses[told.pid].busy < 80

        eventually(heard_busy, "the pulse of the busy process")
    finally:
        told.kill()
        told.wait()
        listener.close()
