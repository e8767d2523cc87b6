"""How addresses and codes in a channel are written, each with what people are told of one that is not."""

import re
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from platforms.models.row_rules import SESSION_PLACEHOLDER, URL_WITHOUT_SESSION

_NO_ADDRESS = _("Write a whole address, such as https://shop.example/sign-up?session={SESSION}.")
_NO_LIST = _("Write a list of codes, such as de, en.")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_COUNTRY = re.compile(r"[A-Z]{2}")


def url_problem(url: str) -> Any:
    """What is wrong with a sign-up or update URL template, or None; an empty one is computed."""
    if not url:
        return None
    if SESSION_PLACEHOLDER not in url:
        return URL_WITHOUT_SESSION
    if not url.startswith("https://") and not (settings.DEBUG and url.startswith("http://")):
        return _("The URL must start with https://.")
    return None if _is_address(url) else _NO_ADDRESS


def languages_problem(value: Any) -> Any:
    """What is wrong with a list of languages, or None."""
    return _words_problem(value, _LANGUAGE, _("“%(word)s” is no code of a language, such as de or en."))


def countries_problem(value: Any) -> Any:
    """What is wrong with a list of countries, or None; SCX takes ISO's codes of two capital letters only."""
    return _words_problem(value, _COUNTRY, _("“%(word)s” is no code of a country, such as DE or AT."))


def _is_address(url: str) -> bool:
    """Whether it names a host, before the session, in characters that an address can have."""
    try:
        parts = urlsplit(url)
        _port = parts.port
    except ValueError:
        return False
    return bool(parts.hostname) and SESSION_PLACEHOLDER not in parts.netloc and url.isprintable() and " " not in url


def _words_problem(value: Any, pattern: re.Pattern[str], text: Any) -> Any:
    if not isinstance(value, list) or not all(isinstance(word, str) and word for word in value):
        return _NO_LIST
    wrong = next((word for word in value if not pattern.fullmatch(word)), None)
    return None if wrong is None else text % {"word": wrong}
