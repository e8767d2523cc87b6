"""The frame of the control API: JSON in and out, for this machine only."""

import json
import re
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import translation
from django.utils.translation import gettext as _

from platforms.sandbox.arrangement import Impossible
from platforms.sandbox.locality import is_foreign_page, is_local
from platforms.sandbox.problems import Refusal

MOST = 10_000

Handler = Callable[..., HttpResponse]


def control(**handlers: Handler) -> Callable[..., HttpResponse]:
    """A view that calls the handler of the request's method. Refused wishes answer `{"error": …}`."""

    def view(request: HttpRequest, **captured: Any) -> HttpResponse:
        if not is_local(request):
            return _error(403, "The control API answers only calls from the machine it runs on.")
        if is_foreign_page(request):
            return _error(403, "The control API does not answer pages of other sites.")
        handler = handlers.get(request.method or "")
        if handler is None:
            return _error(405, f"This route knows {', '.join(handlers)}.")
        # A browser that names no origin could still send a form for a page elsewhere, but not JSON.
        if request.body and request.content_type != "application/json":
            return _error(415, "Send the body as Content-Type: application/json.")
        try:
            with translation.override("en"), transaction.atomic():
                return handler(request, **captured)
        except (Impossible, ValueError) as error:
            return _error(400, str(error))
        except Refusal as refusal:
            return _error(refusal.status, " ".join(problem.message for problem in refusal.problems))

    return view


def body_of(request: HttpRequest) -> Any:
    """The JSON body; nothing sent means an empty object."""
    return json_of(request.body or b"{}")


def json_of(text: str | bytes) -> Any:
    """What the text says, numbers that JSON does not know (NaN, Infinity) excluded."""
    try:
        return json.loads(text, parse_constant=_not_json)
    except (ValueError, RecursionError):
        raise Impossible(_("This is not JSON.")) from None


def page_of(request: HttpRequest, rows: QuerySet[Any], default: int) -> QuerySet[Any]:
    """The rows after `since`, at most `limit`, oldest first."""
    since, limit = _number(request, "since", 0), _number(request, "limit", default)
    return rows.filter(pk__gt=since).order_by("pk")[: min(limit, MOST)]


def filtered(request: HttpRequest, rows: QuerySet[Any], lookups: dict[str, str]) -> QuerySet[Any]:
    """The rows that fit the query; `lookups` names the column lookup of each query key."""
    given = {lookup: request.GET[key] for key, lookup in lookups.items() if request.GET.get(key)}
    return rows.filter(**given)


def _number(request: HttpRequest, name: str, default: int) -> int:
    text = request.GET.get(name, str(default))
    if not re.fullmatch(r"\d{1,18}", text, re.ASCII):
        raise Impossible(f"{name} is a whole number, at least 0.")
    return int(text)


def _not_json(constant: str) -> None:
    raise ValueError(constant)


def _error(status: int, message: str) -> HttpResponse:
    return JsonResponse({"error": message}, status=status)
