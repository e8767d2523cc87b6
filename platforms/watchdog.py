"""Keeps a task cluster running: starts it, listens to its heart, and starts it again when that stops.

django-q2's cluster can hang alive: a killed worker may take the lock of a queue along. Nothing inside sees that.
"""

import logging
import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from django.db import Error, connection

from platforms import clock, heartbeat, jobs, pulse
from platforms.broker import CLUSTER_VARIABLE

logger = logging.getLogger(__name__)

TICK_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 30.0
# A task that began within a third of a silence cannot be what keeps a process from ending another in it.
MOSTLY = 2 / 3
# The C library gives a large block back when it is freed: a picture's is megabytes.
LARGE_BLOCKS = {"MALLOC_MMAP_THRESHOLD_": str(1024 * 1024)}


@dataclass(frozen=True)
class Patience:
    """Seconds: between two beats asked for, without a beat until the cluster counts as hung, for a hung cluster to
    end by itself, for a healthy one to finish its tasks."""

    beat: float = 5.0
    heart: float = 30.0
    hung: float = 3.0
    stop: float = 8.0


class Watchdog:
    """`command` starts a cluster of so many task processes as the leader of a process group, with its leash as standard
    input; the number of the pipe for its pulses is added."""

    def __init__(self, command: Sequence[str], patience: Patience, *, processes: int) -> None:
        self.command = command
        self.processes = processes
        self.patience = patience
        self.stopping = False
        self.failures = 0
        self.steps = clock.Steps()
        self.database_was_away = False

    def stop(self, *args: object) -> None:
        """Let `run` end; fit to be a signal handler."""
        self.stopping = True

    def run(self) -> None:
        """Keep the cluster running until `stop`; leaves no process behind."""
        self._with_database(clock.follow)
        self._with_database(heartbeat.forget_stale)
        self._start()
        # What those who worked here before took with them when they died, be it by a power cut.
        self._with_database(jobs.nudge_all)
        while not self.stopping:
            time.sleep(TICK_SECONDS)
            if self._clock_was_set_back():
                self._follow_clock()
            trouble = self._trouble()
            if trouble and not self.stopping:
                logger.error("Task cluster %s %s; starting it again.", self.cluster, trouble)
                self._end(self.patience.hung)
                self._pause()
                self._start()
                self._with_database(jobs.nudge_all)
        self._end(self.patience.stop)

    def _clock_was_set_back(self) -> bool:
        step = self.steps.look()
        if step > 0:
            logger.warning("The clock was set ahead by %.0f s, or this machine slept.", step)
        return step < 0 and not self.stopping

    def _follow_clock(self) -> None:
        """What lies ahead follows; the cluster starts anew, for waits inside it would end when the old time comes."""
        logger.warning("The clock was set back. Task cluster %s is started again.", self.cluster)
        self._with_database(self._pull_back)
        self._end(self.patience.stop)
        # What it wrote at last may still have been read off the clock before.
        self._with_database(self._pull_back)
        self._start()
        self._with_database(jobs.nudge_all)

    def _pull_back(self) -> None:
        clock.follow(seen=True)

    def _start(self) -> None:
        self.cluster = f"{socket.gethostname()[:60]}-{os.getpid()}-{secrets.token_hex(4)}"
        self.pulses = pulse.Listener()
        self.process = subprocess.Popen(  # noqa: S603  our own command
            [*self.command, f"--pulse={self.pulses.writer}"],
            stdin=subprocess.PIPE,
            pass_fds=[self.pulses.writer],
            env={**LARGE_BLOCKS, **os.environ, CLUSTER_VARIABLE: self.cluster},
            start_new_session=True,
        )
        self.pulses.started()
        self.beat_at: datetime | None = None
        self.away_at = float("-inf")
        self.heard_at = time.monotonic()
        self.asked_at = float("-inf")

    def _trouble(self) -> str:
        """What is wrong with the cluster, in words; empty when nothing is."""
        code = self.process.poll()
        if code is not None:
            return f"has ended by itself with code {code}"
        self.pulses.listen()
        if time.monotonic() - self.asked_at >= self.patience.beat:
            self.asked_at = time.monotonic()
            if not self._with_database(self._listen):
                # Without a database no heart can beat, and a new cluster would not help.
                self.away_at = self.heard_at = time.monotonic()
                self.database_was_away = True
            elif self.database_was_away:
                # It took along what was queued and running.
                self.database_was_away = not self._with_database(jobs.nudge_all)
        return self._hang()

    def _hang(self) -> str:
        now, heart = time.monotonic(), self.patience.heart
        silence = now - self.heard_at
        # Only a cluster whose every process has been at one task all the time has a reason not to beat.
        if silence >= heart and self.pulses.busy(silence * MOSTLY) < self.processes:
            return f"has not beaten for {silence:.0f} s"
        if stopped := self.pulses.stopped(heart):
            return f"has a process that was stopped ({stopped[0]})"
        if now - self.away_at >= heart and self.pulses.still(heart):
            return "is not guarded any more"
        return ""

    def _listen(self) -> None:
        heartbeat.ask(self.cluster)
        beat_at = heartbeat.last(self.cluster)
        # Any change counts, so that a clock that is set does no harm.
        if beat_at != self.beat_at:
            self.beat_at, self.heard_at, self.failures = beat_at, time.monotonic(), 0

    def _end(self, within: float) -> None:
        """SIGTERM to the group: the master drains the cluster, and its tasks make short work of it; then SIGKILL to
        whatever is left."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(within)
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        if self.process.stdin:
            self.process.stdin.close()
        self.pulses.close()
        self._with_database(lambda: heartbeat.forget_queue(self.cluster))

    def _pause(self) -> None:
        """A cluster that ends again and again, before it beats once, is started less and less often."""
        self.failures += 1
        until = time.monotonic() + min(2.0 ** (self.failures - 1) - 1, LONGEST_PAUSE_SECONDS)
        while time.monotonic() < until and not self.stopping:
            time.sleep(TICK_SECONDS)

    def _with_database(self, action: Callable[[], object]) -> bool:
        """Whether the database let the action happen."""
        try:
            action()
        except Error as error:
            logger.warning("The watchdog cannot reach the database: %s", error)
            connection.close()
            return False
        return True
