"""How a channel's hosted pages look: name, logo, accent colour and support contact, as far as they can be trusted."""

import re
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from platforms.models import Channel

Colour = tuple[int, int, int]

DEFAULT_ACCENT = "#1f5fbf"
# Of the grounds in portal.css, light and dark, those that are harder to read on.
LIGHT: Colour = (244, 245, 247)
DARK: Colour = (27, 31, 39)
# WCAG 2 AA for text.
CONTRAST = 4.5

_COLOUR = re.compile(r"#([0-9a-fA-F]{6})")
# The content security policy lets pictures come from the portal or the page itself, from nowhere else.
_LOGO = re.compile(r"/(?!/)[\w./-]{1,200}|data:image/(?:png|jpeg|gif|webp|svg\+xml);base64,[A-Za-z0-9+/=]{1,30000}")
_WEB = re.compile(r"https://[^\s\"<>]{1,300}")


@dataclass(frozen=True)
class Brand:
    name: str
    code: str
    accent: str
    logo: str = ""
    support: str = ""
    support_link: str = ""


def brand_of(home: Channel) -> Brand:
    """The channel's branding; what is missing, malformed or would need an outside request is left out."""
    given = {name: str(value).strip() for name, value in home.branding.items()}
    accent, logo, support = given.get("accent", ""), given.get("logo", ""), given.get("support", "")[:300]
    return Brand(
        name=home.display_name,
        code=home.code,
        accent=accent if _COLOUR.fullmatch(accent) else DEFAULT_ACCENT,
        logo=logo if _LOGO.fullmatch(logo) else "",
        support=support,
        support_link=_link(support),
    )


def stylesheet(brand: Brand) -> str:
    """The accent colour and what goes with it, readable on light and on dark ground."""
    accent = _parse(brand.accent)
    light, dark = _readable(accent, LIGHT), _readable(accent, DARK)
    return (
        f":root{{--accent:{_format(light)};--on-accent:#fff}}"
        f"@media (prefers-color-scheme:dark){{:root{{--accent:{_format(dark)};--on-accent:{_format(DARK)}}}}}\n"
    )


def _link(support: str) -> str:
    if _WEB.fullmatch(support):
        return support
    try:
        validate_email(support)
    except ValidationError:
        return ""
    return f"mailto:{support}"


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
