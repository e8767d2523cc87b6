"""How SCX says no: `{"errorList": [{code, message, severity, hint}]}` (contract 2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.http import JsonResponse
from django.utils.translation import gettext as _


@dataclass(frozen=True)
class Problem:
    code: str
    message: str
    severity: str = "error"
    hint: str | None = None

    def on_the_wire(self) -> dict[str, Any]:
        return {"code": self.code, "message": self.message, "severity": self.severity, "hint": self.hint}


class Refusal(Exception):
    """Ends a call with an SCX error. Raised inside a transaction it also undoes the call's work."""

    def __init__(self, status: int, *problems: Problem, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status)
        self.status = status
        self.problems = problems
        self.headers = headers or {}


def error_body(problems: Sequence[Problem]) -> dict[str, Any]:
    return {"errorList": [problem.on_the_wire() for problem in problems]}


def error_answer(status: int, *problems: Problem, headers: Mapping[str, str] | None = None) -> JsonResponse:
    return JsonResponse(error_body(problems), status=status, headers=headers)


def invalid(path: str, message: str) -> Refusal:
    """VAL100: what is wrong with one parameter or field, under its JSON path."""
    return Refusal(400, Problem("VAL100", f"{path}: {message}"))


def not_found(message: str) -> Refusal:
    return Refusal(404, Problem("GEN404", message))


def partly_stored(problems: Sequence[Problem]) -> list[Problem]:
    """The warnings of a batch of which these items were left out (contract 2.2)."""
    head = Problem("CHN401", _("Only a part of the batch was stored."), "warning")
    return [head, *(replace(problem, severity="warning") for problem in problems)]


def throttled(status: int) -> JsonResponse:
    return error_answer(status, Problem("GEN429", _("Too many requests. Wait until the window is over.")))
