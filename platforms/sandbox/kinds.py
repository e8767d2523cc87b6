"""What a switch may be set to. A kind finds what is wrong with a value and says it in the words of an error."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _


@dataclass(frozen=True)
class Kind:
    """`complaint` gives the end of a sentence that begins with the switch's name; None when the value fits.

    `name` tells a page which field to show: flag, choice, whole, seconds or table; a choice has `options`.
    """

    name: str
    complaint: Callable[[Any], str | None]
    options: tuple[str | int, ...] = ()


def one_of(*options: str | int) -> Kind:
    def complaint(value: Any) -> str | None:
        fits = type(value) in {type(option) for option in options} and value in options
        words = {"options": ", ".join(map(str, options)), "value": value}
        return None if fits else _("must be one of %(options)s, not %(value)r") % words

    return Kind("choice", complaint, options)


def whole(least: int, most: int) -> Kind:
    def complaint(value: Any) -> str | None:
        fits = type(value) is int and least <= value <= most
        words = {"least": least, "most": most, "value": value}
        return None if fits else _("must be a whole number from %(least)s to %(most)s, not %(value)r") % words

    return Kind("whole", complaint)


def table(keys: Collection[str], what: str, fits: Callable[[Any], bool]) -> Kind:
    """A JSON object; `what` describes the value under each key."""

    def complaint(value: Any) -> str | None:
        if not isinstance(value, dict):
            return _("must be a JSON object of %(what)s by name, not %(value)r") % {"what": what, "value": value}
        for key, each in value.items():
            if key not in keys:
                return _("has no %(key)r; it has %(keys)s") % {"key": key, "keys": ", ".join(keys)}
            if not fits(each):
                return _("takes %(what)s for %(key)r, not %(value)r") % {"what": what, "key": key, "value": each}
        return None

    return Kind("table", complaint)


def statuses(keys: Collection[str], least: int, most: int) -> Kind:
    return table(keys, f"a status from {least} to {most}", lambda each: type(each) is int and least <= each <= most)


def _flag(value: Any) -> str | None:
    return None if isinstance(value, bool) else _("must be true or false, not %(value)r") % {"value": value}


def _seconds(value: Any) -> str | None:
    fits = type(value) in (int, float) and 0 <= value <= LONGEST
    words = {"most": LONGEST, "value": value}
    return None if fits else _("must be a number of seconds from 0 to %(most)s, not %(value)r") % words


LONGEST = 10**9
FLAG = Kind("flag", _flag)
SECONDS = Kind("seconds", _seconds)
