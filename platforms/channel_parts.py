"""Rows of other apps that belong to a channel and are written with it: what `PORTAL_CHANNEL_PARTS` names."""

from collections.abc import Sequence
from functools import cache
from typing import Any, Protocol

from django.conf import settings
from django.utils.module_loading import import_string
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from platforms.models import Channel

NAMES: tuple[str, ...] = tuple(settings.PORTAL_CHANNEL_PARTS)


class Part(Protocol):
    """The rows of one kind as plain values: a table each, with the names that the channel file and the API have."""

    def are_written_well(self, value: Any) -> bool:
        """Whether this is a list of tables that `replace` can take."""
        ...

    def values_of(self, channel: Channel) -> list[dict[str, Any]]:
        """The channel's rows, in an order that stays; none of a channel that is not stored."""
        ...

    def replace(self, channel: Channel, wanted: Sequence[dict[str, Any]]) -> None:
        """Make the channel's rows these. Raises ValidationError at the part's name."""
        ...

    def shown(self, value: Sequence[dict[str, Any]]) -> str:
        """The rows in words, for those who compare two states."""
        ...


@cache
def of(name: str) -> Part:
    part: Part = import_string(settings.PORTAL_CHANNEL_PARTS[name])()
    return part


def is_written_well(name: str, value: Any) -> bool:
    return of(name).are_written_well(value)


@extend_schema_field({"type": "array", "items": {"type": "object", "additionalProperties": True}})
class PartField(serializers.Field[Any, Any, Any, Any]):
    """A channel's rows of one part."""

    def __init__(self, name: str) -> None:
        super().__init__(source="*", read_only=True)
        self.name = name

    def to_representation(self, value: Channel) -> list[dict[str, Any]]:
        return of(self.name).values_of(value)


def written_fields() -> dict[str, serializers.Field[Any, Any, Any, Any]]:
    """The fields of a body, by name: what is left out stays, a list replaces all."""
    table = serializers.DictField
    return {
        name: serializers.ListField(child=table(), required=False, max_length=1000, help_text="All of them.")
        for name in NAMES
    }
