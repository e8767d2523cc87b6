"""An SCX request and what goes with it while it is worked on."""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParserError

from platforms.sandbox.models import Fault
from platforms.sandbox.tokens import Caller

AUTH = "/v1/auth"


@dataclass
class Call:
    """A request's companion: its caller, the fault that struck it, and the guide spellings it used (for the books).

    `farewell` is how a fault ends the connection, once the request is in the books.
    """

    caller: Caller
    deviations: list[str] = field(default_factory=list)
    fault: Fault | None = None
    farewell: Callable[[], None] | None = None


class ScxRequest(HttpRequest):
    """A request that passed the middleware of SCX."""

    call: Call


def refresh_token_of(request: HttpRequest) -> str:
    """The refresh token in the form of a request; empty without one, and when the form cannot be read."""
    try:
        return request.POST.get("refreshToken", "")
    except (BadRequest, SuspiciousOperation, MultiPartParserError):
        return ""
