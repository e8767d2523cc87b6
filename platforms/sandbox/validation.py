"""Checks that read what clients send: strict on shape, tolerant of what real clients do with types.

A check takes (value, JSON path, problems) and gives the cleaned value; what is wrong it appends to the problems as
VAL100 with the path in front (contract 2.1), so that a client learns of every fault in one answer. A guide's spelling
that passes is a `Deviation` among them: it refuses nothing and goes into the books.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from platforms.sandbox import clock
from platforms.sandbox.configuration import switches
from platforms.sandbox.problems import Problem, Refusal

Check = Callable[[Any, str, list[Problem]], Any]

SELLER_ID = r"\w{1,50}"
CHANNEL = r"\w{5,15}"
GUIDE_NAME = r"[\w-]{1,50}"
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
TRUE = (True, 1, "1", "true")
FALSE = (False, 0, "0", "", "false")
DECIMAL = r"-?\d{1,15}(\.\d{1,20})?"
WEB_ADDRESS = r"(?i:https?)://[^\s/?#]\S*"
INT64 = 2**63 - 1


@dataclass(frozen=True)
class Deviation(Problem):
    """Passes, but only the guides spell it so; `message` is the note for the books."""


def validated(check: Check, value: Any, path: str = "", notes: list[str] | None = None) -> Any:
    """The cleaned value, or a Refusal (400) with every problem found; what deviates is added to the notes."""
    problems: list[Problem] = []
    cleaned = check(value, path, problems)
    faults = [problem for problem in problems if not isinstance(problem, Deviation)]
    if faults:
        raise Refusal(400, *faults)
    if notes is not None:
        notes += [problem.message for problem in problems]
    return cleaned


def complain(problems: list[Problem], path: str, message: str) -> None:
    problems.append(Problem("VAL100", f"{path}: {message}" if path else message))


def text(minimum: int = 0, maximum: int | None = None, pattern: str | None = None) -> Check:
    """A string of so many characters."""

    def check(value: Any, path: str, problems: list[Problem]) -> str:
        if not isinstance(value, str):
            complain(problems, path, _("must be a string"))
        elif UNSTORABLE.search(value):
            complain(problems, path, _("holds a character that is not allowed"))
        elif len(value) < minimum:
            complain(problems, path, _("must have at least %(count)s characters") % {"count": minimum})
        elif maximum is not None and len(value) > maximum:
            complain(problems, path, _("must have at most %(count)s characters") % {"count": maximum})
        elif pattern and not re.fullmatch(pattern, value, re.ASCII):
            complain(problems, path, _("does not match the pattern %(pattern)s") % {"pattern": f"^{pattern}$"})
        return str(value)

    return check


def identifier(minimum: int = 0, maximum: int | None = None, pattern: str | None = None) -> Check:
    """A string that names something; a number passes as its digits, because clients send ids as both."""
    as_text = text(minimum, maximum, pattern)

    def check(value: Any, path: str, problems: list[Problem]) -> str:
        is_number = isinstance(value, int) and not isinstance(value, bool)
        return str(as_text(str(value) if is_number else value, path, problems))

    return check


def formed(pattern: str, message: Promise, maximum: int) -> Check:
    """A string of this form and at most this length; the message says which form in words."""
    fits = re.compile(pattern, re.ASCII).fullmatch
    as_text = text(0, maximum)

    def check(value: Any, path: str, problems: list[Problem]) -> str:
        if isinstance(value, str) and not fits(value):
            complain(problems, path, str(message))
            return value
        return str(as_text(value, path, problems))

    return check


def web_address() -> Check:
    return formed(WEB_ADDRESS, gettext_lazy("must be a whole web address such as https://shop.example"), 2000)


def session_address() -> Check:
    """A web address with the place for a session (contract 8.2)."""
    message = gettext_lazy("must be a web address with {SESSION}, such as https://shop.example/?session={SESSION}")
    return formed(rf"(?=.*\{{SESSION\}}){WEB_ADDRESS}", message, 2000)


def mail_address() -> Check:
    return formed(r"[^@\s]+@[^@\s]+", gettext_lazy("must be an e-mail address"), 254)


def or_empty(check: Check) -> Check:
    """The same, where the empty string says that there is none."""
    return lambda value, path, problems: "" if value == "" else check(value, path, problems)


def name(pattern: str, what: str) -> Check:
    """A seller id or channel name: by the pattern, or unless strict with the hyphens and lengths of guides."""
    fits = re.compile(pattern, re.ASCII).fullmatch
    exact, lenient = identifier(1, 50, pattern), identifier(1, 50, GUIDE_NAME)
    note = Deviation("", f"{what} outside the pattern ^{pattern}$")

    def check(value: Any, path: str, problems: list[Problem]) -> str:
        if isinstance(value, str) and fits(value):
            return value
        if switches().strict:
            return str(exact(value, path, problems))
        cleaned = str(lenient(value, path, problems))
        if not fits(cleaned) and note not in problems:
            problems.append(note)
        return cleaned

    return check


def by_switch(name: str, checks: Mapping[Any, Check]) -> Check:
    """The check that belongs to the value which the switch has when the check runs."""
    return lambda value, path, problems: checks[getattr(switches(), name)](value, path, problems)


def choice(*options: str) -> Check:
    def check(value: Any, path: str, problems: list[Problem]) -> Any:
        if value not in options:
            complain(problems, path, _("must be one of %(options)s") % {"options": ", ".join(options)})
        return value

    return check


def integer(minimum: int = 1, maximum: int = INT64) -> Check:
    """A whole number; its digits in a string pass too."""

    def check(value: Any, path: str, problems: list[Problem]) -> int:
        digits = isinstance(value, str) and re.fullmatch(r"-?\d{1,19}", value, re.ASCII)
        if digits or (isinstance(value, int) and not isinstance(value, bool)):
            number = int(value)
            if minimum <= number <= maximum:
                return number
        complain(problems, path, _("must be a whole number of at least %(minimum)s") % {"minimum": minimum})
        return minimum

    return check


def decimal() -> Check:
    """A decimal string on the wire; a JSON number passes. Gives the string."""

    def check(value: Any, path: str, problems: list[Problem]) -> str:
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = f"{Decimal(str(value)):f}"
        if isinstance(value, str) and re.fullmatch(DECIMAL, value, re.ASCII):
            return value
        complain(problems, path, _("must be a decimal number in a string"))
        return "0"

    return check


def boolean() -> Check:
    """PHP clients send "1" and "" for true and false."""

    def check(value: Any, path: str, problems: list[Problem]) -> bool:
        if isinstance(value, bool | int | str):
            if value in TRUE:
                return True
            if value in FALSE:
                return False
        complain(problems, path, _("must be true or false"))
        return False

    return check


def moment() -> Check:
    """A date-time; gives it aware in UTC."""

    def check(value: Any, path: str, problems: list[Problem]) -> Any:
        try:
            return clock.parse(value if isinstance(value, str) else "")
        except ValueError:
            complain(problems, path, _("must be a date and time such as 2024-02-13T06:00:00+00:00"))
            return clock.now()

    return check


def anything() -> Check:
    return lambda value, path, problems: value


def listing(item: Check, minimum: int = 0, maximum: int | Callable[[], int] | None = None) -> Check:
    """An array of so many items; a maximum that a switch decides is asked for at each call."""

    def check(value: Any, path: str, problems: list[Problem]) -> list[Any]:
        most = maximum() if callable(maximum) else maximum
        if not isinstance(value, list):
            complain(problems, path, _("must be an array"))
            return []
        if len(value) < minimum:
            complain(problems, path, _("must have at least %(count)s items") % {"count": minimum})
            return []
        if most is not None and len(value) > most:
            complain(problems, path, _("must have at most %(count)s items") % {"count": most})
            return []
        return [item(each, f"{path}[{index}]", problems) for index, each in enumerate(value)]

    return check


def record(
    required: Mapping[str, Check], optional: Mapping[str, Check] | None = None, *, closed: bool = False
) -> Check:
    """An object. Null counts as absent; absent optional keys stay absent.

    Unknown keys are passed over, or refused when the object is closed.
    """
    checks = {**required, **(optional or {})}
    known = ", ".join(sorted(checks))

    def check(value: Any, path: str, problems: list[Problem]) -> dict[str, Any]:
        if not isinstance(value, dict):
            complain(problems, path, _("must be an object"))
            return {}
        for name in value if closed else ():
            if name not in checks:
                at = f"{path}.{name}" if path else name
                complain(problems, at, _("is not known; known are %(keys)s") % {"keys": known})
        cleaned = {}
        for name, each in checks.items():
            at = f"{path}.{name}" if path else name
            if value.get(name) is not None:
                cleaned[name] = each(value[name], at, problems)
            elif name in required:
                complain(problems, at, _("is required"))
        return cleaned

    return check
