"""Requests that wait because a fault delays them: how many may at once, and how they are woken early.

Each holds a thread of the server. The rest of the threads stay free, so that the emulator can be steered meanwhile.
"""

import threading

from platforms.sandbox.models import Fault

THREADS = 64
MOST = THREADS * 3 // 4

_lock = threading.Lock()
_waiting: dict[threading.Event, int] = {}


def wait(fault: Fault) -> bool:
    """Let as much time pass as the fault says, less once it is cleared. False at once when MOST wait already."""
    alarm = threading.Event()
    with _lock:
        if len(_waiting) >= MOST:
            return False
        _waiting[alarm] = fault.pk
    try:
        # It may have been cleared after it struck; whoever clears it from here on wakes this request.
        if Fault.objects.filter(pk=fault.pk).exists():
            alarm.wait(fault.seconds)
    finally:
        with _lock:
            del _waiting[alarm]
    return True


def wake(fault_id: int | None = None) -> None:
    """Wake the requests that this fault delays, or all."""
    with _lock:
        for alarm, delayed_by in _waiting.items():
            if fault_id in (None, delayed_by):
                alarm.set()
