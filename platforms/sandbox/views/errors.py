"""What goes wrong outside the routes: SCX errors for the API, pages for people."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import requires_csrf_token

from platforms.sandbox.middleware import PREFIXES
from platforms.sandbox.problems import Problem, error_answer


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    hint = _("The address is wrong, what it led to is gone, or it belongs to a merchant you do not act for.")
    return _answer(request, 404, "GEN404", _("There is no such route."), title=_("There is no such page."), hint=hint)


def server_error(request: HttpRequest) -> HttpResponse:
    hint = _("This is a fault of the embedded SCX. The terminal it runs in shows the details.")
    return _answer(request, 500, "GEN500", _("An internal error occurred."), hint=hint)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    hint = _("The browser sent something that SCX cannot take. Go back and try again.")
    return _answer(request, 400, "VAL100", _("The request could not be read."), hint=hint)


def form_refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without the token of this browser (CSRF)."""
    hint = _("It came from another page, or the page was open for too long. Open the page again and repeat it.")
    return _answer(request, 403, "GEN403", _("The form was not accepted."), hint=hint)


@requires_csrf_token
def _page(request: HttpRequest, status: int, title: Promise, hint: Promise) -> HttpResponse:
    return render(request, "sandbox/error.html", {"error_title": title, "hint": hint}, status=status)


def _answer(
    request: HttpRequest, status: int, code: str, message: Promise, *, title: Promise | None = None, hint: Promise
) -> HttpResponse:
    if request.path.startswith(PREFIXES):
        return error_answer(status, Problem(code, str(message)))
    if request.path.startswith("/control/"):
        with translation.override("en"):
            return JsonResponse({"error": str(message)}, status=status)
    return _page(request, status, title or message, hint)
