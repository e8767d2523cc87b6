"""SIGTERM to every process of a task cluster at once, as systemd and `kill` of a process group send it, ends it well.

The master stops the cluster, which must live to drain: the processes below it do not hear the signal, except the task
processes, which finish the piece of work they are at and start no other.
"""

import os
import signal
from typing import Any

_told = False


def told() -> bool:
    """Whether this process shall end."""
    return _told


def prepare() -> None:
    """In the master, before it forks: nothing below it shall die of SIGTERM."""
    os.register_at_fork(after_in_child=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM}))


def heed(**kwargs: Any) -> None:
    """In a task process, which django-q2 has just made: hear SIGTERM from now on, also one that came before."""
    signal.signal(signal.SIGTERM, _tell)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})


def _tell(*args: object) -> None:
    global _told
    _told = True
