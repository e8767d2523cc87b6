"""What each process of a task cluster tells its watchdog through a pipe: that it runs, and what keeps it busy.

A beat (`platforms.heartbeat`) proves the whole way from queue to answer. Where it fails to come, the pulses tell a
cluster that is busy from one that hangs; and they tell of a process that was stopped where no beat passes.
"""

import os
import signal
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django_q.conf import Conf

SECONDS_BETWEEN = 2.0
# django-q2 ends a task at its timeout and its process 3 s later, by a signal that a busy process may not hear.
SECONDS_TO_HEAR_THE_TIMEOUT = 5.0

_busy_since: float | None = None
_turned_at: float | None = None


def begin_task(**kwargs: Any) -> None:
    """This process has a task from now on; called by django-q2."""
    global _busy_since
    _busy_since = time.monotonic()


def end_task(**kwargs: Any) -> None:
    global _busy_since
    _busy_since = None


def turn() -> None:
    """The loop that guards the cluster has come round once more."""
    global _turned_at
    _turned_at = time.monotonic()


def start(descriptor: int) -> None:
    """Let this process and every one forked from it tell of themselves through the pipe."""
    os.set_blocking(descriptor, False)

    def begin() -> None:
        global _busy_since, _turned_at
        _busy_since = _turned_at = None
        threading.Thread(target=_tell, args=(descriptor,), name="pulse", daemon=True).start()

    begin()
    os.register_at_fork(after_in_child=begin)


def _tell(descriptor: int) -> None:
    # Signals belong to the main thread: its system calls must be the ones they interrupt.
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    while True:
        busy, still = _seconds_since(_busy_since), _seconds_since(_turned_at)
        # A full pipe has no reader, and what holds the leash ends processes without a watchdog.
        with suppress(OSError):
            os.write(descriptor, b"%d %.1f %.1f\n" % (os.getpid(), busy, still))
        if Conf.TIMEOUT and busy > Conf.TIMEOUT + SECONDS_TO_HEAR_THE_TIMEOUT:
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(SECONDS_BETWEEN)


def _seconds_since(moment: float | None) -> float:
    return 0.0 if moment is None else time.monotonic() - moment


@dataclass(frozen=True)
class Pulse:
    """Of one process: when it was heard, and then for how long one task had kept it and its guarding loop stood still;
    0 for one that has no task or no such loop."""

    heard_at: float
    busy: float
    still: float


class Listener:
    """The watchdog's end of the pipe."""

    def __init__(self) -> None:
        self.reader, self.writer = os.pipe()
        os.set_blocking(self.reader, False)
        self.rest = b""
        self.pulses: dict[int, Pulse] = {}

    def started(self) -> None:
        """The cluster has its end of the pipe."""
        os.close(self.writer)

    def close(self) -> None:
        os.close(self.reader)

    def listen(self) -> None:
        with suppress(BlockingIOError):
            while piece := os.read(self.reader, 65536):
                *lines, self.rest = (self.rest + piece).split(b"\n")
                for line in lines:
                    pid, busy, still = line.split()
                    self.pulses[int(pid)] = Pulse(time.monotonic(), float(busy), float(still))

    def stopped(self, seconds: float) -> list[int]:
        """The processes that exist and were not heard for so long."""
        before = time.monotonic() - seconds
        for pid in [pid for pid, pulse in self.pulses.items() if pulse.heard_at <= before and not _exists(pid)]:
            del self.pulses[pid]
        return [pid for pid, pulse in self.pulses.items() if pulse.heard_at <= before]

    def still(self, seconds: float) -> list[int]:
        """The processes whose guarding loop has stood still for so long."""
        return [pid for pid, pulse in self.pulses.items() if pulse.still >= seconds]

    def busy(self, seconds: float) -> int:
        """How many processes live and have been kept by one task for so long."""
        since = time.monotonic() - 5 * SECONDS_BETWEEN
        return sum(pulse.heard_at >= since and 0 < seconds <= pulse.busy for pulse in self.pulses.values())


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True
