"""Channels in the order people expect of names, the same on every database: each collates text in its own way."""

import re
import unicodedata
from collections.abc import Iterable

from platforms.models import Channel

_DIGITS = re.compile(r"\d+")


def by_name(channels: Iterable[Channel]) -> list[Channel]:
    """The channels by display name; those of the same name by code."""
    return sorted(channels, key=lambda channel: (sortable(channel.display_name), channel.code))


def sortable(text: str) -> str:
    """What a text is sorted by: case and accents do not count, and numbers go by their size."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return _DIGITS.sub(lambda digits: digits[0].zfill(12), plain)
