"""Pages by key, not by number: a page costs the same wherever it stands, and nothing is counted."""

import re
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from platforms import memory

DEFAULT_LIMIT = 100
MAX_LIMIT = 500
FULL = 1000
HEAVY = FULL // 4
LARGEST = 2**63 - 1

CURSOR = re.compile(r"\A([ab])(\d{1,19})\Z", re.ASCII)
NUMBER = re.compile(r"\A\d{1,19}\Z", re.ASCII)


class Cursor(BasePagination):
    """Walks a queryset by one whole-number field, the view's `order_field`, smallest first.

    A cursor says which side of which value: "a42" is what comes after 42, "b42" what comes before it. A view whose rows
    may be large has `weights`: of each value its weight in thousandths of what memory has room for. Without them the
    values are unique; with them a page holds all rows of its values.
    """

    parameters = ("limit", "cursor")

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        field = getattr(view, "order_field", "pk")
        limit = _limit(request)
        backwards, value = _cursor(request)
        rows = queryset.order_by(f"-{field}" if backwards else field)
        if value is not None:
            rows = rows.filter(**{f"{field}__{'lt' if backwards else 'gt'}": value})
        if hasattr(view, "weights"):
            page, passed, more = _weighed(rows, view.weights(rows, limit + 1), limit, field)
        else:
            page = list(rows[: limit + 1])
            more = len(page) > limit
            del page[limit:]
            passed = [getattr(row, field) for row in page]
        if backwards:
            page.reverse()
            passed.reverse()
        is_later = value is not None and bool(passed)
        self.has_next, self.has_previous = (bool(passed), more) if backwards else (more, is_later)
        self.ends = (passed[0], passed[-1]) if passed else (0, 0)
        self.url = request.build_absolute_uri()
        return page

    def get_paginated_response(self, data: Any) -> Response:
        first, last = self.ends
        return Response(
            {
                "results": data,
                "next": replace_query_param(self.url, "cursor", f"a{last}") if self.has_next else None,
                "previous": replace_query_param(self.url, "cursor", f"b{first}") if self.has_previous else None,
            }
        )

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": "string", "format": "uri", "nullable": True}
        return {
            "type": "object",
            "required": ["results", "next", "previous"],
            "properties": {
                "results": schema,
                "next": {**link, "description": "The next page, or null on the last one."},
                "previous": {**link, "description": "The page before, or null on the first one."},
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return [
            {
                "name": "limit",
                "in": "query",
                "description": "How many results a page holds at most; large ones make a page shorter.",
                "schema": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
            },
            {
                "name": "cursor",
                "in": "query",
                "description": "Where the page begins; taken from `next` or `previous`.",
                "schema": {"type": "string", "pattern": r"^[ab][0-9]{1,18}$"},
            },
        ]


def _weighed(
    rows: Any, weights: Sequence[tuple[int, int]], limit: int, field: str
) -> tuple[list[Any], list[int], bool]:
    """As many of the rows as memory has room for, the values that are passed with them, and whether there are more.

    Only those that were weighed are read: others may come meanwhile, of any weight. Some of these may be gone by then.
    """
    fitting = weights[: _fitting((weight for _value, weight in weights), limit)]
    if sum(weight for _value, weight in fitting) > HEAVY:
        memory.collect()
    passed = [value for value, _weight in fitting]
    if not passed:
        return [], [], False
    # With its ends named, a database that walks by the field knows where to stop.
    ends = {f"{field}__gte": min(passed), f"{field}__lte": max(passed)}
    return list(rows.filter(**ends, **{f"{field}__among": passed})), passed, len(weights) > len(passed)


def _fitting(weights: Iterable[int], limit: int) -> int:
    """How many rows of these weights, in thousandths of what memory has room for, a page may hold: at least one."""
    for number, total in enumerate(accumulate(weights)):
        if total > FULL:
            return max(number, 1)
    return limit


def _limit(request: Request) -> int:
    text = request.query_params.get("limit", str(DEFAULT_LIMIT))
    if not NUMBER.match(text) or not 1 <= int(text) <= MAX_LIMIT:
        message = _("A page holds 1 to %(most)s results.") % {"most": MAX_LIMIT}
        raise ValidationError({"limit": [message]}, code="out_of_range")
    return int(text)


def _cursor(request: Request) -> tuple[bool, int | None]:
    """Whether the page is read backwards, and the value it begins at; None for the first page."""
    text = request.query_params.get("cursor")
    if text is None:
        return False, None
    match = CURSOR.match(text)
    if not match or int(match[2]) > LARGEST:
        message = _("This is no cursor of this list. Follow `next` or `previous` of a page, or leave it out.")
        raise ValidationError({"cursor": [message]}, code="invalid_cursor")
    return match[1] == "b", int(match[2])
