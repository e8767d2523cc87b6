"""What goes wrong outside the routes: SCX errors for the API, plain words for people."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from platforms.sandbox.middleware import PREFIXES
from platforms.sandbox.problems import Problem, error_answer


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, 404, "GEN404", _("There is no such route."))


def server_error(request: HttpRequest) -> HttpResponse:
    return _answer(request, 500, "GEN500", _("An internal error occurred."))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, 400, "VAL100", _("The request could not be read."))


def _answer(request: HttpRequest, status: int, code: str, message: str) -> HttpResponse:
    if request.path.startswith(PREFIXES):
        return error_answer(status, Problem(code, message))
    if request.path.startswith("/control/"):
        return JsonResponse({"error": message}, status=status)
    return HttpResponse(message, status=status, content_type="text/plain; charset=utf-8")
