"""What happens to every SCX request around its work: who calls, faults, quota, the books."""

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.request import RawPostDataException
from django.utils import translation

from platforms.sandbox import books, clock, misbehaving, quota, tokens
from platforms.sandbox.calls import AUTH, Call, ScxRequest, refresh_token_of
from platforms.sandbox.configuration import switches
from platforms.sandbox.problems import throttled

PREFIXES = ("/v1/", "/v2/")
KNOWN_LANGUAGE = re.compile(r"(^|[,\s])(de|en)\b", re.IGNORECASE)


def scx(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware for `/v1` and `/v2`; the control API and the Wawi page pass untouched."""

    def middleware(request: ScxRequest) -> HttpResponse:
        if not request.path.startswith(PREFIXES):
            return get_response(request)
        _speak(request)
        at = clock.now()
        body = _body(request)
        request.call = Call(tokens.caller_of(request.headers.get("Authorization", "")))

        def work() -> HttpResponse:
            return _within_quota(request, get_response)

        answer = misbehaving.answered(request, work)
        fault = request.call.fault
        if fault and fault.kind in ("status", "throttle"):
            _add_headers(answer, quota.left(_payer(request), request.path))
        books.write(
            request,
            body,
            answer,
            caller=request.call.caller,
            at=at,
            deviations=request.call.deviations,
            fault=fault.kind if fault else None,
        )
        if request.call.farewell:
            request.call.farewell()
        return answer

    return middleware  # type: ignore[return-value]


def _speak(request: ScxRequest) -> None:
    """English for clients that ask for a language SCX does not have, where the switch wants that.

    Those that ask for none get German, whatever the switch says.
    """
    asked = request.headers.get("Accept-Language")
    if asked and switches().fallback_language == "en" and not KNOWN_LANGUAGE.search(asked):
        translation.activate("en")


def _within_quota(request: ScxRequest, get_response: Callable[[HttpRequest], HttpResponse]) -> HttpResponse:
    allowance = quota.take(_payer(request), request.path)
    if allowance.wait:
        answer: HttpResponse = throttled(switches().auth_throttle_status if request.path == AUTH else 429)
        if switches().retry_after:
            answer["Retry-After"] = str(int(allowance.wait) + 1)
        if not switches().quota_headers_on_429:
            return answer
    else:
        answer = get_response(request)
    _add_headers(answer, allowance)
    return answer


def _add_headers(answer: HttpResponse, allowance: quota.Allowance) -> None:
    for name, value in allowance.headers.items():
        answer.headers.setdefault(name, value)


def _payer(request: ScxRequest) -> str:
    """Whose quota a request uses: the channel's or account's, else the token's it wants to swap, else the machine's."""
    caller = request.call.caller
    if caller.scope and switches().quota_per == "token":
        return request.headers.get("Authorization", "")
    if caller.channel:
        return f"channel {caller.channel.pk}"
    if caller.account:
        return f"account {caller.account.pk}"
    if request.path == AUTH:
        return f"token {refresh_token_of(request)}"
    return f"address {request.META.get('REMOTE_ADDR', '')}"


def _body(request: HttpRequest) -> bytes:
    try:
        return request.body
    except RawPostDataException:
        return b""
