"""The language of the public pages: the visible switch, and what a channel speaks to whom no language of ours suits."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import translation
from django.utils.translation.trans_real import get_supported_language_variant, parse_accept_lang_header

from platforms.models import Channel

View = Callable[..., HttpResponse]


def switchable(view: View) -> View:
    """The page in the language a person chose: templates/base.html posts `language` to the page's own address.

    No address to return to travels with it, so there is none to forge, and a query with a session stays where it is.
    """

    @wraps(view)
    def switched(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        language = request.POST.get("language") if request.method == "POST" else None
        if language not in dict(settings.LANGUAGES):
            _speak_as_the_channel(request, kwargs.get("code"))
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


def _speak_as_the_channel(request: HttpRequest, code: str | None) -> None:
    """Who asks for languages the pages lack gets the channel's first one they have, where it does not speak ours."""
    if code is None or not request.headers.get("Accept-Language") or _is_asked_for(request):
        return
    languages = Channel.objects.filter(code=code).values_list("languages", flat=True).first() or []
    known = [language for language in languages if language in dict(settings.LANGUAGES)]
    if known and settings.LANGUAGE_CODE not in known:
        translation.activate(known[0])
        request.LANGUAGE_CODE = known[0]


def _is_asked_for(request: HttpRequest) -> bool:
    accepted = [tag for tag, _quality in parse_accept_lang_header(request.headers.get("Accept-Language", ""))]
    return any(map(_is_known, [request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, ""), *accepted]))


def _is_known(tag: str) -> bool:
    try:
        return bool(get_supported_language_variant(tag))
    except LookupError:
        return False
