"""Errors as problem details (RFC 9457), one shape for all of them."""

import math
import sys
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.core.exceptions import RequestDataTooBig
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import InterfaceError, OperationalError
from django.db.models import ProtectedError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions
from rest_framework.response import Response

from platforms import logs
from platforms.rest import throttling

MEDIA_TYPE = "application/problem+json"
API = "/api/"
RETRY_SECONDS = 30

TITLES = {
    400: gettext_lazy("The request is wrong"),
    401: gettext_lazy("No valid key"),
    403: gettext_lazy("Not allowed"),
    404: gettext_lazy("Not found"),
    405: gettext_lazy("Method not allowed"),
    409: gettext_lazy("Not possible as things stand"),
    413: gettext_lazy("Too large"),
    415: gettext_lazy("Unsupported media type"),
    422: gettext_lazy("Not what was sent before"),
    429: gettext_lazy("Too many requests"),
    500: gettext_lazy("Something went wrong here"),
    503: gettext_lazy("Not available at the moment"),
}


class TooLarge(exceptions.APIException):
    status_code = 413
    default_code = "too_large"
    default_detail = gettext_lazy("The body is too large. Send it in parts.")


class Conflict(exceptions.APIException):
    """What was asked for is understood, and not possible as things stand."""

    status_code = 409
    default_code = "conflict"
    default_detail = gettext_lazy("This is not possible as things stand.")

    @classmethod
    def of(cls, error: DjangoValidationError) -> "Conflict":
        """The conflict a broken business rule makes."""
        return cls(" ".join(error.messages))


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler. None for an error nobody foresaw: Django logs it, and `server_error` answers."""
    known = _known(error)
    if known is None:
        return None
    headers = {}
    if challenge := getattr(known, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(known, "wait", None):
        headers["Retry-After"] = str(math.ceil(wait))
    return Response(_body(known), status=known.status_code, headers=headers, content_type=MEDIA_TYPE)


def _known(error: Exception) -> exceptions.APIException | None:
    match error:
        case exceptions.APIException():
            return error
        case Http404():
            return exceptions.NotFound(_("There is nothing here, or nothing that this key may see."))
        case RequestDataTooBig():
            return TooLarge()
        case DjangoPermissionDenied():
            return exceptions.PermissionDenied()
        case DjangoValidationError():
            return invalid(error)
        case ProtectedError():
            return Conflict(
                _("It cannot be deleted while other things refer to it. Switch it off instead."), code="in_use"
            )
    return None


def invalid(error: DjangoValidationError) -> exceptions.ValidationError:
    """Django's ValidationError as DRF's, with its codes."""
    by_field = error.error_dict if hasattr(error, "error_dict") else {"": error.error_list}
    details = {
        "" if field == "__all__" else field: [
            exceptions.ErrorDetail(message, code=problem.code or "invalid")
            for problem in problems
            for message in problem.messages
        ]
        for field, problems in by_field.items()
    }
    return exceptions.ValidationError(details)


def _body(error: exceptions.APIException) -> dict[str, Any]:
    if isinstance(error, exceptions.ValidationError):
        detail, code = _("Something in the request is wrong; `errors` names it field by field."), "invalid"
        return body(error.status_code, detail, code, errors_of(error))
    detail = str(error.detail) if isinstance(error.detail, str) else _("This did not work.")
    codes = error.get_codes()
    return body(error.status_code, detail, codes if isinstance(codes, str) else "error")


def body(status: int, detail: str, code: str, errors: list[dict[str, str]] | None = None) -> dict[str, Any]:
    """The members of a problem. `reference` is in the portal's log lines of the request."""
    return {
        "type": "about:blank",
        "title": str(TITLES.get(status) or HTTPStatus(status).phrase),
        "status": status,
        "detail": detail,
        "code": code,
        "errors": errors or [],
        "reference": logs.current(),
    }


def errors_of(error: exceptions.ValidationError) -> list[dict[str, str]]:
    """Every message with the path of its field, such as "results.3.at"; the path of the whole body is empty."""
    return [
        {"field": path, "code": detail.code or "invalid", "message": str(detail)}
        for path, detail in _leaves(error.detail, "")
    ]


def _leaves(detail: Any, path: str) -> Iterator[tuple[str, exceptions.ErrorDetail]]:
    if isinstance(detail, dict):
        for name, part in detail.items():
            yield from _leaves(part, path if name == "non_field_errors" else f"{path}.{name}".strip("."))
    elif isinstance(detail, list):
        for index, part in enumerate(detail):
            # A list holds the messages of one field, or what is wrong with each element of a list.
            yield from _leaves(part, path if isinstance(part, str) else f"{path}.{index}".strip("."))
    else:
        yield path, detail


def answer(status: int, detail: str, code: str) -> JsonResponse:
    """A problem outside of DRF's views."""
    return JsonResponse(body(status, detail, code), status=status, content_type=MEDIA_TYPE)


@csrf_exempt
def unknown_address(request: HttpRequest) -> HttpResponse:
    """What an address below /api/ that names nothing gets."""
    detail = _("There is no such address. All addresses are described at /api/docs/, and each ends with a slash.")
    return answer(404, detail, "unknown_address")


def server_error(request: HttpRequest) -> HttpResponseBase:
    """`handler500`: a problem below /api/, a page elsewhere; 503 where the database is to blame."""
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        return _without_database(request)
    if not request.path.startswith(API):
        return render(request, "500.html", {"reference": logs.current()}, status=500)
    detail = _("It is not your fault. Try again later; if it stays, tell support the reference.")
    response = answer(500, detail, "server_error")
    throttling.tell_counted(request, response)
    return response


def _without_database(request: HttpRequest) -> HttpResponse:
    response: HttpResponse
    if request.path.startswith(API):
        detail = _("The database cannot be reached or takes no data. Send the request again in a minute.")
        response = answer(503, detail, "unavailable")
        throttling.tell_counted(request, response)
    else:
        response = render(request, "503.html", {"reference": logs.current()}, status=503)
    response["Retry-After"] = str(RETRY_SECONDS)
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """`handler400`: a problem below /api/, Django's page elsewhere."""
    if not request.path.startswith(API):
        return defaults.bad_request(request, exception)
    return answer(400, _("The request cannot be read."), "bad_request")
