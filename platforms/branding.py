"""How a channel's hosted pages may look: the keys of `Channel.branding`, and what may stand at each of them.

    accent      "#1f5fbf"
    logo        a path on this portal, or the picture itself as a data: URI
    support     whom sellers may ask: an address on the web, an e-mail address, or words
    legal       {"imprint", "privacy", "terms"}: addresses on the web
    lost_code   what a seller finds who lost the access code: "mail", an address on the web, an e-mail address, or words
    no_account  the same for who has no account yet, without "mail"

A text may differ by language: {"de": "…", "en": "…"}.
"""

import base64
import re
from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from platforms.storable import UNSTORABLE

TEXTS = ("support", "lost_code", "no_account")
LEGAL = ("imprint", "privacy", "terms")
KEYS = ("accent", "logo", "legal", *TEXTS)

# With it a page stays below 60 kB: a base64 character carries six bits.
LOGO_BYTES = 22_500
TEXT_CHARACTERS = 300

COLOUR = re.compile(r"#([0-9a-fA-F]{6})")
WEB = re.compile(r"https://[^\s\"'<>\\]{1,300}")
# The content security policy lets pictures come from the portal or the page itself, from nowhere else. No SVG in the
# page: it is a document that can hold scripts.
LOGO = re.compile(
    rf"/(?!/)[\w./-]{{1,200}}|data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]{{1,{LOGO_BYTES * 4 // 3}}}"
)
# By their first bytes, whatever the file's name says.
PICTURES = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "png"),
    (re.compile(rb"\xff\xd8\xff"), "jpeg"),
    (re.compile(rb"GIF8[79]a"), "gif"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "webp"),
)


def check(given: Any) -> None:
    """Raises ValidationError whose messages stand at the keys, such as "accent" or "legal.imprint"."""
    wrong = dict(_problems(given)) if isinstance(given, dict) else {"": _("has the wrong type.")}
    if wrong:
        raise ValidationError(wrong)


def logo_of(data: bytes) -> str:
    """A picture as the `logo`; raises ValidationError for what is none, or is too large."""
    kind = next((kind for start, kind in PICTURES if start.match(data)), None)
    if kind is None:
        raise ValidationError(_("Choose a picture of the kind PNG, JPEG, GIF or WebP."), code="kind")
    if len(data) > LOGO_BYTES:
        raise ValidationError(
            _("The picture has more than %(most)s kB, which would make the pages slow. Save it 64 pixels high."),
            code="size",
            params={"most": LOGO_BYTES // 1000},
        )
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def _problems(given: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in given.items():
        if key not in KEYS:
            yield str(key), _("is not a key of the branding.")
        elif key == "legal":
            yield from _legal_problems(value)
        elif key in TEXTS:
            yield from _by_language(key, value, _text_problem)
        else:
            problem = _accent_problem(value) if key == "accent" else _logo_problem(value)
            if problem:
                yield key, problem


def _legal_problems(given: Any) -> Iterator[tuple[str, Any]]:
    if not isinstance(given, dict):
        yield "legal", _("has the wrong type.")
        return
    for key, value in given.items():
        if key in LEGAL:
            yield from _by_language(f"legal.{key}", value, _web_problem)
        else:
            yield f"legal.{key}", _("is not a key of the branding.")


def _by_language(key: str, value: Any, problem_of: Callable[[Any], Any]) -> Iterator[tuple[str, Any]]:
    """The first problem of a value for all languages, or of one a language."""
    languages = dict(settings.LANGUAGES)
    values = value if isinstance(value, dict) else dict.fromkeys(languages, value)
    for language, text in values.items():
        problem = problem_of(text) if language in languages else _("is written in languages the pages do not speak.")
        if problem:
            yield key, problem
            return


def _accent_problem(value: Any) -> Any:
    if value == "" or (isinstance(value, str) and COLOUR.fullmatch(value)):
        return None
    return _("A colour is # and six of the digits 0-9 and a-f, such as #1f5fbf.")


def _logo_problem(value: Any) -> Any:
    if value == "" or (isinstance(value, str) and LOGO.fullmatch(value)):
        return None
    return _(
        "A logo is a path on this portal, such as /static/logo.png, or a picture as data:image/png;base64,… "
        "of at most 30,000 characters. Kinds: png, jpeg, gif, webp."
    )


def _web_problem(value: Any) -> Any:
    if value == "" or (isinstance(value, str) and WEB.fullmatch(value)):
        return None
    return _("Enter an address on the web that begins with https://.")


def _text_problem(value: Any) -> Any:
    if not isinstance(value, str):
        return _("has the wrong type.")
    if len(value) > TEXT_CHARACTERS:
        return _("This has more than 300 characters.")
    if UNSTORABLE.search(value) or any(character < " " for character in value):
        return _("Write it in one line.")
    if value.startswith("http://"):
        return _("Enter an address on the web that begins with https://.")
    return None
