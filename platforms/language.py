"""The visible language switch of the public pages."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import translation

View = Callable[..., HttpResponse]


def switchable(view: View) -> View:
    """The page in the language a person chose: templates/base.html posts `language` to the page's own address.

    No address to return to travels with it, so there is none to forge, and a query with a session stays where it is.
    """

    @wraps(view)
    def switched(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        language = request.POST.get("language") if request.method == "POST" else None
        if language not in dict(settings.LANGUAGES):
            return view(request, *args, **kwargs)
        translation.activate(language)
        request.LANGUAGE_CODE = language
        request.method = "GET"
        response = view(request, *args, **kwargs) if request.GET else HttpResponseRedirect(request.path)
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=365 * 24 * 3600,
            secure=settings.HTTPS,
            httponly=True,
            samesite="Lax",
        )
        return response

    return switched
