"""Reading JSON that may be hostile."""

import json
from collections.abc import Mapping
from typing import IO, Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import JSONParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from platforms import storable


class StrictJsonParser(JSONParser):
    """JSON in UTF-8, nested no deeper than the reader can follow, with text a database can hold."""

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        try:
            value = json.loads(stream.read().decode("utf-8"), parse_constant=_no_constant, object_pairs_hook=_object)
            _refuse_unstorable(value)
        except RecursionError:
            raise ParseError(_("The JSON is nested too deeply.")) from None
        except ValueError as error:
            raise ParseError(_("The body is not JSON in UTF-8: %(problem)s") % {"problem": error}) from None
        return value


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Two values of one name: which of them is meant nobody can say."""
    value = dict(pairs)
    if len(value) < len(pairs):
        names = [name for name, _value in pairs]
        raise ValueError(f"“{next(name for name in names if names.count(name) > 1)}” stands twice in one object")
    return value


def _refuse_unstorable(value: Any) -> None:
    if isinstance(value, str):
        if found := storable.UNSTORABLE.search(value):
            raise ValueError(f"the character U+{ord(found[0]):04X} cannot be stored")
    elif isinstance(value, dict):
        for name, item in value.items():
            _refuse_unstorable(name)
            _refuse_unstorable(item)
    elif isinstance(value, list):
        for item in value:
            _refuse_unstorable(item)


class AlwaysJson(DefaultContentNegotiation):
    """Answers JSON whatever `Accept` says: there is nothing else to choose, and a refusal would help nobody."""

    def select_renderer(  # type: ignore[override]
        self, request: Request, renderers: list[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        return renderers[0], renderers[0].media_type
