"""The frame of the control API: JSON in and out, for this machine only."""

import ipaddress
import json
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse

from platforms.sandbox.arrangement import Impossible
from platforms.sandbox.problems import Refusal

MOST = 10_000

Handler = Callable[..., HttpResponse]


def control(**handlers: Handler) -> Callable[..., HttpResponse]:
    """A view that calls the handler of the request's method. Refused wishes answer `{"error": …}`."""

    def view(request: HttpRequest, **captured: Any) -> HttpResponse:
        if not ipaddress.ip_address(request.META.get("REMOTE_ADDR") or "0.0.0.0").is_loopback:  # noqa: S104
            return _error(403, "The control API answers only calls from the machine it runs on.")
        handler = handlers.get(request.method or "")
        if handler is None:
            return _error(405, f"This route knows {', '.join(handlers)}.")
        # A web page elsewhere can make a browser send a form here, but not JSON.
        if request.body and request.content_type != "application/json":
            return _error(415, "Send the body as Content-Type: application/json.")
        try:
            with transaction.atomic():
                return handler(request, **captured)
        except (Impossible, ValueError) as error:
            return _error(400, str(error))
        except Refusal as refusal:
            return _error(refusal.status, " ".join(problem.message for problem in refusal.problems))

    return view


def body_of(request: HttpRequest) -> Any:
    """The JSON body; nothing sent means an empty object."""
    try:
        return json.loads(request.body or b"{}")
    except (ValueError, RecursionError):
        raise Impossible("The body is not JSON.") from None


def page_of(request: HttpRequest, rows: QuerySet[Any], default: int) -> QuerySet[Any]:
    """The rows after `since`, at most `limit`, oldest first."""
    since = int(request.GET.get("since", 0))
    limit = int(request.GET.get("limit", default))
    return rows.filter(pk__gt=since).order_by("pk")[: min(max(limit, 0), MOST)]


def filtered(request: HttpRequest, rows: QuerySet[Any], lookups: dict[str, str]) -> QuerySet[Any]:
    """The rows that fit the query; `lookups` names the column lookup of each query key."""
    given = {lookup: request.GET[key] for key, lookup in lookups.items() if request.GET.get(key)}
    return rows.filter(**given)


def _error(status: int, message: str) -> HttpResponse:
    return JsonResponse({"error": message}, status=status)
