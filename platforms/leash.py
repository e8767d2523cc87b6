"""Ends a process group when the process that holds its leash is gone, however that one ended."""

import os
import signal
import threading
import time
from contextlib import suppress


def tie(descriptor: int, seconds_to_drain: float) -> None:
    """Tie this process group to the holder of the other end of the pipe `descriptor`.

    Once that is closed the group is told to end, and after the seconds given all that is left is killed. Every process
    forked from this one watches as well, so that one that hangs or was killed takes nobody's leash along.
    """
    # multiprocessing closes the standard input of what it forks.
    pipe = os.dup(descriptor)

    def watch() -> None:
        threading.Thread(target=_end_with_holder, args=(pipe, seconds_to_drain), name="leash", daemon=True).start()

    watch()
    os.register_at_fork(after_in_child=watch)


def _end_with_holder(pipe: int, seconds_to_drain: float) -> None:
    # Signals belong to the main thread: its system calls must be the ones they interrupt.
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    while os.read(pipe, 1):
        pass
    group = os.getpgrp()
    if os.getpid() == group:
        os.killpg(group, signal.SIGTERM)
    time.sleep(seconds_to_drain)
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)
