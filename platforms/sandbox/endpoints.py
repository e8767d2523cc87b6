"""Turns plain functions into SCX routes: token, JSON in, errors out, one transaction for all that a call changes."""

import json
import re
from collections.abc import Callable
from typing import Any, cast

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from platforms.sandbox import tokens
from platforms.sandbox.configuration import switches
from platforms.sandbox.middleware import ScxRequest
from platforms.sandbox.models import Account, Channel
from platforms.sandbox.problems import Problem, Refusal, error_answer, invalid
from platforms.sandbox.switchboard import camel
from platforms.sandbox.validation import Check, moment, validated

Handler = Callable[..., HttpResponse]
View = Callable[..., HttpResponse]

JSON = "application/json"
PLACEHOLDER = re.compile(r"<\w+:(\w+)>")


def endpoint(scope: str | None, **handlers: Handler) -> View:
    """A view that calls the handler of the request's method. `scope` is that of its token; None needs no token."""

    def view(request: HttpRequest, **captured: Any) -> HttpResponse:
        scx_request = cast(ScxRequest, request)
        try:
            if scope:
                tokens.require(scx_request.call.caller, scope)
            handler = handlers.get(request.method or "")
            if handler is None:
                message = _("This route does not know the method.")
                raise Refusal(405, Problem("GEN405", message), headers={"Allow": ", ".join(handlers)})
            if request.method == "GET":
                return _as_switched(scx_request, handler(scx_request, **captured))
            with transaction.atomic():
                return _as_switched(scx_request, handler(scx_request, **captured))
        except Refusal as refusal:
            status = switches().error_statuses.get(refusal.problems[0].code, refusal.status)
            return error_answer(status, *refusal.problems, headers=refusal.headers)

    return view


def operation_of(request: HttpRequest) -> str:
    """The route with its method, such as `DELETE /v1/channel/seller/{sellerId}`."""
    route = request.resolver_match.route if request.resolver_match else ""
    return f"{request.method} /" + PLACEHOLDER.sub(lambda found: f"{{{camel(found[1])}}}", route)


def as_guides_write(note: str, handler: Handler) -> Handler:
    """The handler for a route or method that only the guides name."""

    def handle(request: ScxRequest, **captured: Any) -> HttpResponse:
        deviate(request, note)
        return handler(request, **captured)

    return handle


def channel_of(request: ScxRequest) -> Channel:
    """The channel behind the token; the endpoint's scope guarantees it."""
    return cast(Channel, request.call.caller.channel)


def account_of(request: ScxRequest) -> Account:
    return cast(Account, request.call.caller.account)


def body_of(request: ScxRequest) -> Any:
    """The JSON body as it came; that it was not said to be JSON is a deviation."""
    if request.content_type != JSON:
        deviate(request, f"Content-Type {request.content_type or 'missing'} in place of {JSON}")
    try:
        return json.loads(request.body)
    except (ValueError, RecursionError):
        raise Refusal(400, Problem("VAL100", _("The body is not JSON."))) from None


def checked_body(request: ScxRequest, check: Check, body: Any = None) -> Any:
    return checked(request, check, body_of(request) if body is None else body)


def checked(request: ScxRequest, check: Check, value: Any, path: str = "") -> Any:
    """The cleaned value; spellings of the guides are noted in the books."""
    return validated(check, value, path, request.call.deviations)


def deviate(request: ScxRequest, note: str) -> None:
    """The call uses a guide's spelling: noted in the books, refused when the emulator is strict."""
    request.call.deviations.append(note)
    if switches().strict:
        raise Refusal(400, Problem("VAL100", _("Strict mode: %(note)s") % {"note": note}))


def with_session(request: ScxRequest, given: dict[str, Any]) -> dict[str, Any]:
    """The guides call the key `sessionId` where the reference says `session` (contract 14 #1 to #3)."""
    if given.get("session") is None and given.get("sessionId") is not None:
        deviate(request, "sessionId in place of session")
        return {**given, "session": given["sessionId"]}
    return given


def time_of(request: HttpRequest, name: str, *, required: bool = False) -> Any:
    """A date-time from the query; None when it is absent and may be."""
    value = request.GET.get(name)
    if value is None and required:
        raise invalid(name, _("is required"))
    return validated(moment(), value, name) if value is not None else None


def types_of(request: HttpRequest) -> list[str]:
    """`eventTypeFilter`: comma-separated, repeated, or PHP's `eventTypeFilter[]`."""
    values = request.GET.getlist("eventTypeFilter") + request.GET.getlist("eventTypeFilter[]")
    return [kind.strip() for value in values for kind in value.split(",") if kind.strip()]


def answer(status: int, body: dict[str, Any]) -> HttpResponse:
    return JsonResponse(body, status=status)


def empty(status: int) -> HttpResponse:
    response = HttpResponse(status=status)
    response["Content-Type"] = "application/json"
    return response


def event_page(envelopes: list[str]) -> HttpResponse:
    """The envelopes are JSON already; a page of a hundred is put together without reading them again."""
    if not envelopes and switches().empty_events != "list":
        return empty(204) if switches().empty_events == "no-content" else answer(200, {})
    return HttpResponse('{"eventList":[' + ",".join(envelopes) + "]}", content_type="application/json")


def _as_switched(request: ScxRequest, response: HttpResponse) -> HttpResponse:
    """The answer with the 2xx status that `successStatuses` wants for the operation."""
    wanted = switches().success_statuses
    if wanted and response.status_code < 300:
        response.status_code = wanted.get(operation_of(request), response.status_code)
        if response.status_code == 204:
            response.content = b""
    return response
