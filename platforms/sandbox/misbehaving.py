"""How each fault plays: on requests and answers, on pages of events, on acknowledgements."""

import json
import re
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from typing import Any

from django.http import HttpResponse
from django.utils.http import http_date
from django.utils.translation import gettext as _

from platforms.sandbox import clock, events, faults, tokens, waiting
from platforms.sandbox.calls import ScxRequest
from platforms.sandbox.fault_kinds import Stage
from platforms.sandbox.models import Channel, Fault
from platforms.sandbox.problems import Problem, error_answer, error_body, throttled
from platforms.sandbox.tokens import Caller

HTML = "<html><head><title>{status}</title></head><body><h1>{status}</h1><hr>gateway</body></html>"
QUANTITY = re.compile(r'("quantity":\s*)"(-?(?:0|[1-9]\d*)(?:\.\d+)?)"')

Work = Callable[[], HttpResponse]


def answered(request: ScxRequest, work: Work) -> HttpResponse:
    """The answer to a request as the fault that strikes it lets it through; without one, as the work gives it."""
    with_token = (Stage.CALLER,) if request.call.caller.scope else ()
    fault = faults.strike(request, Stage.REQUEST, *with_token)
    if fault:
        return PLAYERS[fault.kind](fault, request, work)
    answer = work()
    if _takes_errors(answer) and (fault := faults.strike(request, Stage.ANSWER)):
        return _with_errors(answer, ANSWERS[fault.kind]())
    return answer


def slip_in(request: ScxRequest, channel: Channel) -> None:
    """Before a channel's fetch: an event nobody has raised may join the queue."""
    if fault := faults.strike(request, Stage.FETCH):
        events.raise_events([events.Draft(channel, fault.event_type, EXTRAS[fault.kind])])


def page_length(request: ScxRequest, most: int, found: int) -> int:
    """How many of the events found go out, of at most `most`; the fault that shapes the page is drawn here."""
    if not found:
        return 0
    fault = faults.strike(request, Stage.PAGE, *((Stage.SEQUENCE,) if found > 1 else ()))
    return min(found, max(1, most // 2)) if fault and fault.kind == "duplicate" else found


def shaped(request: ScxRequest, envelopes: list[str]) -> list[str]:
    fault = request.call.fault
    shape = SHAPES.get(fault.kind) if fault else None
    return shape(envelopes) if shape else envelopes


def acknowledge(request: ScxRequest, channel: Channel, ids: Sequence[str]) -> None:
    """Acknowledge, unless that is to be forgotten."""
    if faults.strike(request, Stage.ACKNOWLEDGEMENT):
        events.release(channel, ids)
    else:
        events.acknowledge(channel, ids)


def _status(fault: Fault, request: ScxRequest, work: Work) -> HttpResponse:
    status = fault.status or 500
    return error_answer(status, Problem(f"GEN{status}", _("An internal error occurred.")))


def _html(fault: Fault, request: ScxRequest, work: Work) -> HttpResponse:
    status = fault.status or 502
    phrase = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Error"
    return HttpResponse(HTML.format(status=f"{status} {phrase}"), status=status)


def _throttle(fault: Fault, request: ScxRequest, work: Work) -> HttpResponse:
    answer = throttled(fault.status or 429)
    if fault.seconds:
        answer["Retry-After"] = str(round(fault.seconds))
    answer["X-RateLimit-Remaining"] = "0"
    return answer


def _delay(fault: Fault, request: ScxRequest, work: Work) -> HttpResponse:
    if not waiting.wait(fault):
        return error_answer(
            503, Problem("GEN503", _("SCX is overloaded: too many requests are waiting. Try again later."))
        )
    # Meanwhile the token may have been revoked, or its owner deleted.
    request.call.caller = tokens.caller_of(request.headers.get("Authorization", ""))
    return work()


def _drop_before(fault: Fault, request: ScxRequest, work: Work) -> HttpResponse:
    request.call.farewell = partial(_hang_up, request)
    return HttpResponse(status=599)


def _drop_after(fault: Fault, request: ScxRequest, work: Work) -> HttpResponse:
    answer = work()
    request.call.farewell = partial(_hang_up, request)
    return answer


def _truncate(fault: Fault, request: ScxRequest, work: Work) -> HttpResponse:
    answer = work()
    # Clients take a head without its last lines for whole, so an answer without a body breaks in the first.
    begun = _head(answer) + answer.content[: len(answer.content) // 2] if answer.content else b"HTTP/1.1 "
    request.call.farewell = partial(_send, request, begun)
    return answer


def _clock_skew(fault: Fault, request: ScxRequest, work: Work) -> HttpResponse:
    with clock.skewed(fault.seconds or 0):
        answer = work()
        # The server writes a Date of its own beside one of ours, so the answer goes past it.
        answer["Date"] = http_date(clock.now().timestamp())
    request.call.farewell = partial(_send, request, _head(answer) + answer.content)
    return answer


def _revoke_token(fault: Fault, request: ScxRequest, work: Work) -> HttpResponse:
    caller = request.call.caller
    owner = caller.channel or caller.account
    if owner:
        tokens.revoke(owner)
    request.call.caller = Caller()
    answer = work()
    # The books still know who it was.
    request.call.caller = caller
    return answer


def _takes_errors(answer: HttpResponse) -> bool:
    """A success whose body, if it has one, is an object; a bare list has no place for an `errorList`."""
    return answer.status_code < 300 and not answer.content.startswith(b"[")


def _with_errors(answer: HttpResponse, errors: dict[str, Any]) -> HttpResponse:
    """A success that also carries an `errorList`; one that must have no body becomes a 200."""
    answer.content = json.dumps({**json.loads(answer.content or b"{}"), **errors})
    answer["Content-Type"] = "application/json"
    if answer.status_code == HTTPStatus.NO_CONTENT:
        answer.status_code = 200
    return answer


def _warning() -> dict[str, Any]:
    return error_body([Problem("CHN401", _("Only a part of the batch was stored."), "warning")])


def _head(answer: HttpResponse) -> bytes:
    head = [f"HTTP/1.1 {answer.status_code} {answer.reason_phrase}"]
    head += [f"{name}: {value}" for name, value in answer.items() if name.lower() != "content-length"]
    if answer.status_code != HTTPStatus.NO_CONTENT:
        head.append(f"Content-Length: {len(answer.content)}")
    return "\r\n".join([*head, "Connection: close", "", ""]).encode()


def _send(request: ScxRequest, sent: bytes) -> None:
    """Write an answer, perhaps cut short, straight to the connection and close that."""
    with suppress(OSError):
        _socket(request).sendall(sent)
    _hang_up(request)


def _hang_up(request: ScxRequest) -> None:
    # What the server writes after this goes nowhere; it treats that as a client that left. It may have left already.
    with suppress(OSError):
        _socket(request).shutdown(socket.SHUT_RDWR)


def _socket(request: ScxRequest) -> socket.socket:
    connection: socket.socket = request.META["gunicorn.socket"]
    return connection


def _twice(envelopes: list[str]) -> list[str]:
    return envelopes + envelopes


def _reversed(envelopes: list[str]) -> list[str]:
    return envelopes[::-1]


def _with_number_quantities(envelopes: list[str]) -> list[str]:
    # In the JSON text itself, so that no digit is lost; inside a string the quotes would be escaped.
    return [QUANTITY.sub(r"\1\2", envelope) for envelope in envelopes]


def _without_client_version(envelopes: list[str]) -> list[str]:
    return _edited(envelopes, lambda each: {key: each[key] for key in each if key != "clientVersion"})


def _with_offset_times(envelopes: list[str]) -> list[str]:
    return _edited(envelopes, lambda each: {**each, "createdAt": _offset_time(each["createdAt"])})


def _edited(envelopes: list[str], edit: Callable[[dict[str, Any]], dict[str, Any]]) -> list[str]:
    """The envelopes with the edit made; one with a raw payload that nobody can read stays as it is."""
    edited = []
    for envelope in envelopes:
        try:
            edited.append(json.dumps(edit(json.loads(envelope))))
        except (ValueError, RecursionError):
            edited.append(envelope)
    return edited


def _offset_time(text: str) -> str:
    return clock.parse(text).strftime("%Y-%m-%dT%H:%M:%S%z")


PLAYERS: dict[str, Callable[[Fault, ScxRequest, Work], HttpResponse]] = {
    "status": _status,
    "throttle": _throttle,
    "html": _html,
    "delay": _delay,
    "drop_before": _drop_before,
    "drop_after": _drop_after,
    "truncate": _truncate,
    "clock_skew": _clock_skew,
    "revoke_token": _revoke_token,
}
ANSWERS: dict[str, Callable[[], dict[str, Any]]] = {
    "warnings": _warning,
    "null_errors": lambda: {"errorList": None},
}
EXTRAS: dict[str, Any] = {
    "unknown_type": {"thing": "of a later SCX", "quantity": "1.00", "parts": [{"id": 1}]},
    "empty_payload": [],
}
SHAPES: dict[str, Callable[[list[str]], list[str]]] = {
    "duplicate": _twice,
    "out_of_order": _reversed,
    "number_quantity": _with_number_quantities,
    "no_client_version": _without_client_version,
    "offset_time": _with_offset_times,
}
