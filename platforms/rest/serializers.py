"""Fields and serializers all resources share: strict in what they take, plain in what they give."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

UNKNOWN = _("There is no such field here.")
READ_ONLY = _("This field cannot be set.")


class Strict(serializers.Serializer[Any]):
    """A body: a field that is unknown, or not for writing, is an error that names it."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            refused = {}
            for name in data:
                field = self.fields.get(name)
                if field is None or field.read_only:
                    code, message = ("read_only", READ_ONLY) if field else ("unknown", UNKNOWN)
                    refused[str(name)] = [serializers.ErrorDetail(str(message), code=code)]
            if refused:
                raise serializers.ValidationError(refused)
        return super().to_internal_value(data)


class Nothing(Strict):
    """An empty body."""


@extend_schema_field({"type": "string", "pattern": r"^-?\d+(\.\d+)?$", "example": "14.65"})
class PlainDecimalField(serializers.Field[Decimal, Any, str, Any]):
    """A decimal as its shortest plain text, such as "14.65"; read only."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(read_only=True, **kwargs)

    def to_representation(self, value: Decimal) -> str:
        return plain(value)


def plain(value: Decimal) -> str:
    """ "14.65" for Decimal("14.6500"), "100" for Decimal("1E+2")."""
    return f"{value.normalize():f}"


@extend_schema_field(OpenApiTypes.DATETIME)
class MomentField(serializers.DateTimeField):
    """A time that says its offset."""

    default_error_messages = {"offset": _("Give the time with its offset, such as 2026-01-31T08:00:00Z.")}

    def to_internal_value(self, value: Any) -> datetime:
        if isinstance(value, str):
            try:
                parsed = parse_datetime(value)
            except ValueError:
                parsed = None
            if parsed is not None and parsed.tzinfo is None:
                self.fail("offset")
        return super().to_internal_value(value)


class ErrorSerializer(serializers.Serializer[Any]):
    field = serializers.CharField(help_text="The field's path, such as `results.3.at`; empty for the whole request.")
    code = serializers.CharField(help_text="For programs.")
    message = serializers.CharField(help_text="For people, in the language of `Accept-Language`.")


class ProblemSerializer(serializers.Serializer[Any]):
    """Problem details (RFC 9457)."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="What happened and what to do, in the language of `Accept-Language`.")
    code = serializers.CharField(help_text="What happened, for programs.")
    errors = ErrorSerializer(many=True)  # type: ignore[assignment]
    reference = serializers.CharField(help_text="Tell it to support: it finds the request in the portal's log.")
