"""Faults on demand for the next requests that match. Kept in memory: a restart is a repair."""

import itertools
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from platforms.sandbox.problems import Problem, error_answer, throttled

HTML = "<html><head><title>{status}</title></head><body><h1>{status}</h1><hr>gateway</body></html>"

_lock = threading.Lock()
_numbers = itertools.count(1)
_faults: list["Fault"] = []


@dataclass
class Fault:
    fault: str
    match: dict[str, str] = field(default_factory=dict)
    status: int | None = None
    seconds: float | None = None
    left: int = 1
    id: int = field(default_factory=lambda: next(_numbers))

    def fits(self, method: str, path: str, channel: str | None) -> bool:
        wanted = self.match
        return (
            wanted.get("method", method).upper() == method
            and path.startswith(wanted.get("path", ""))
            and wanted.get("channel", channel) == channel
        )


def add(fault: Fault) -> Fault:
    with _lock:
        _faults.append(fault)
    return fault


def listed() -> list[dict[str, Any]]:
    with _lock:
        return [asdict(fault) for fault in _faults]


def clear() -> None:
    with _lock:
        _faults.clear()


def take(method: str, path: str, channel: str | None) -> Fault | None:
    """The oldest fault that fits the request; it is used up by one."""
    with _lock:
        for fault in _faults:
            if fault.fits(method, path, channel):
                fault.left -= 1
                if fault.left == 0:
                    _faults.remove(fault)
                return fault
    return None


def played(fault: Fault | None, request: HttpRequest, work: Callable[[], HttpResponse]) -> HttpResponse:
    """The answer as the fault lets it through. Status 0 stands for work that was never done."""
    if fault is None:
        return work()
    return PLAYERS[fault.fault](fault, request, work)


def _status(fault: Fault, request: HttpRequest, work: Callable[[], HttpResponse]) -> HttpResponse:
    return error_answer(fault.status or 500, Problem("GEN500", _("An internal error occurred.")))


def _html(fault: Fault, request: HttpRequest, work: Callable[[], HttpResponse]) -> HttpResponse:
    status = HTTPStatus(fault.status or 502)
    return HttpResponse(HTML.format(status=f"{status.value} {status.phrase}"), status=status.value)


def _throttle(fault: Fault, request: HttpRequest, work: Callable[[], HttpResponse]) -> HttpResponse:
    answer = throttled(fault.status or 429)
    if fault.seconds:
        answer["Retry-After"] = str(round(fault.seconds))
    answer["X-RateLimit-Remaining"] = "0"
    return answer


def _delay(fault: Fault, request: HttpRequest, work: Callable[[], HttpResponse]) -> HttpResponse:
    time.sleep(fault.seconds or 1)
    return work()


def _drop_before(fault: Fault, request: HttpRequest, work: Callable[[], HttpResponse]) -> HttpResponse:
    _hang_up(request)
    return HttpResponse(status=599)


def _drop_after(fault: Fault, request: HttpRequest, work: Callable[[], HttpResponse]) -> HttpResponse:
    answer = work()
    _hang_up(request)
    return answer


def _truncate(fault: Fault, request: HttpRequest, work: Callable[[], HttpResponse]) -> HttpResponse:
    answer = work()
    head = [f"HTTP/1.1 {answer.status_code} {answer.reason_phrase}", f"Content-Length: {len(answer.content)}"]
    head += [f"{name}: {value}" for name, value in answer.items() if name.lower() != "content-length"]
    half = answer.content[: len(answer.content) // 2]
    _socket(request).sendall("\r\n".join([*head, "Connection: close", "", ""]).encode() + half)
    _hang_up(request)
    return answer


def _hang_up(request: HttpRequest) -> None:
    # What the server writes after this goes nowhere; it treats that as a client that left.
    _socket(request).shutdown(socket.SHUT_RDWR)


def _socket(request: HttpRequest) -> socket.socket:
    connection: socket.socket = request.META["gunicorn.socket"]
    return connection


PLAYERS: dict[str, Callable[[Fault, HttpRequest, Callable[[], HttpResponse]], HttpResponse]] = {
    "status": _status,
    "html": _html,
    "throttle": _throttle,
    "delay": _delay,
    "drop_before": _drop_before,
    "drop_after": _drop_after,
    "truncate": _truncate,
}
