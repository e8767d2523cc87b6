"""Query parameters: each resource names its own, and everything else is refused by name."""

from typing import Any

from django.http import QueryDict
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from platforms.models import Channel
from platforms.rest.pagination import LARGEST, NUMBER
from platforms.rest.serializers import MomentField


class Query(serializers.Serializer[Any]):
    """The query parameters of one action. Without fields, it takes none."""


class Text(serializers.CharField):
    """A text to look for, as it is."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, trim_whitespace=False, **{"max_length": 200, **kwargs})


class Choice(serializers.ChoiceField):
    def __init__(self, choices: Any, **kwargs: Any) -> None:
        super().__init__(choices, required=False, **kwargs)


class Position(serializers.IntegerField):
    """A place in a feed: the `cursor` of its last row that was seen."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, min_value=0, max_value=LARGEST, **kwargs)


@extend_schema_field({"type": "string", "pattern": r"^\d{1,18}$|^\d{4}-\d\d-\d\dT"})
class PositionOrMoment(serializers.Field[Any, Any, Any, Any]):
    """A place in a feed, or a time."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)

    def to_internal_value(self, data: str) -> Any:
        if NUMBER.match(data) and int(data) <= LARGEST:
            return int(data)
        try:
            if parse_datetime(data):
                return MomentField().run_validation(data)
        except ValueError:
            pass
        raise serializers.ValidationError(
            gettext_lazy("This is neither a `cursor` nor a time such as 2026-01-31T08:00:00Z."), code="invalid"
        )


def read(query: type[Query], given: QueryDict, also: tuple[str, ...] = ()) -> dict[str, Any]:
    """The validated parameters; raises ValidationError naming those that are unknown, repeated or malformed.

    `also` names parameters that somebody else reads.
    """
    serializer = query(data=given.dict())
    errors: dict[str, list[Any]] = {}
    for name in given:
        if name not in serializer.fields and name not in also:
            known = ", ".join(sorted([*serializer.fields, *also])) or "–"
            message = _("There is no such query parameter here. Known: %(known)s.") % {"known": known}
            errors[name] = [serializers.ErrorDetail(message, code="unknown")]
        elif len(given.getlist(name)) > 1:
            errors[name] = [serializers.ErrorDetail(_("It stands there more than once."), code="repeated")]
    if errors:
        raise serializers.ValidationError(errors)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def channel_named(code: str, visible: "list[Channel]") -> list[Channel]:
    """The visible channels the code stands for: the channel, and for a platform its marketplaces too."""
    found = [channel for channel in visible if channel.code == code]
    if not found:
        raise serializers.ValidationError(
            {"channel": [_("There is no channel “%(code)s”, or none that this key may see.") % {"code": code}]},
            code="unknown_channel",
        )
    return found + [channel for channel in visible if channel.platform_id == found[0].pk]
