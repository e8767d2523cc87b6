"""How a channel's hosted pages look: logo, accent colour, support and legal links, as far as they can be trusted."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from platforms.branding import COLOUR, LOGO, TEXT_CHARACTERS, WEB
from platforms.models import Channel

Colour = tuple[int, int, int]

DEFAULT_ACCENT = "#1f5fbf"
# Of the grounds in portal.css, light and dark, those that are harder to read on.
LIGHT: Colour = (244, 245, 247)
DARK: Colour = (27, 31, 39)
# WCAG 2 AA for text.
CONTRAST = 4.5


@dataclass(frozen=True)
class Brand:
    """`legal`: (title, address) of each page that must be findable, in the language of the request."""

    name: str
    code: str
    accent: str
    logo: str = ""
    support: str = ""
    support_link: str = ""
    legal: tuple[tuple[str, str], ...] = ()


def brand_of(home: Channel) -> Brand:
    """The channel's branding; what is missing, malformed or would need an outside request is left out."""
    given = home.branding if isinstance(home.branding, dict) else {}
    accent, logo = said(given.get("accent")), said(given.get("logo"))
    support = said(given.get("support"))[:TEXT_CHARACTERS]
    return Brand(
        name=home.display_name,
        code=home.code,
        accent=accent if COLOUR.fullmatch(accent) else DEFAULT_ACCENT,
        logo=logo if LOGO.fullmatch(logo) else "",
        support=support,
        support_link=link_of(support),
        legal=tuple(_legal(given.get("legal"))),
    )


def said(value: Any) -> str:
    """A text of the branding in the language of the request; where it is missing, in another one."""
    if isinstance(value, dict):
        language = get_language() or ""
        value = next((value[code] for code in (language[:2], *value) if value.get(code)), "")
    return value.strip() if isinstance(value, str) else ""


def _legal(given: Any) -> Iterator[tuple[str, str]]:
    titles = {"imprint": _("Imprint"), "privacy": _("Privacy policy"), "terms": _("Terms")}
    for name, title in titles.items():
        address = said(given.get(name)) if isinstance(given, dict) else ""
        if WEB.fullmatch(address):
            yield title, address


def stylesheet(brand: Brand, theme: str = "") -> str:
    """The accent colour and what goes with it, readable on light and on dark ground.

    `theme` is "light" or "dark" where that shall not depend on the browser.
    """
    accent = _parse(brand.accent)
    light = f":root{{--accent:{_format(_readable(accent, LIGHT))};--on-accent:#fff}}"
    dark = f":root{{--accent:{_format(_readable(accent, DARK))};--on-accent:{_format(DARK)}}}"
    if theme == "dark":
        return f"{dark}\n"
    return f"{light}\n" if theme == "light" else f"{light}@media (prefers-color-scheme:dark){{{dark}}}\n"


def link_of(text: str) -> str:
    """Where a text of the branding leads: an address on the web or of a mailbox; "" for words."""
    if WEB.fullmatch(text):
        return text
    try:
        validate_email(text)
    except ValidationError:
        return ""
    return f"mailto:{text}"


def _readable(colour: Colour, ground: Colour) -> Colour:
    """The colour, moved away from the ground step by step until text in it can be read there."""
    away: Colour = (0, 0, 0) if ground == LIGHT else (255, 255, 255)
    for step in range(21):
        share = step / 20
        mixed = (
            round(colour[0] + (away[0] - colour[0]) * share),
            round(colour[1] + (away[1] - colour[1]) * share),
            round(colour[2] + (away[2] - colour[2]) * share),
        )
        if _contrast(mixed, ground) >= CONTRAST:
            return mixed
    return away


def _contrast(one: Colour, other: Colour) -> float:
    brighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def _luminance(colour: Colour) -> float:
    red, green, blue = (_linear(part / 255) for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def _parse(text: str) -> Colour:
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def _format(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)
