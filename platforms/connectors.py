"""A channel's connector: whether there is one of that name, and whether it can work with the channel's settings."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.module_loading import import_string

from platforms.fields import is_unreadable
from platforms.models import Channel


def check_settings(channel: Channel) -> None:
    """Raises ValidationError where a part of the connector that the channel uses finds its settings wrong.

    A part says so by a `check_settings` of its own; one without takes any settings.
    """
    if is_unreadable(channel.connector_settings):
        return
    problems: list[Any] = []
    for part in _parts(channel):
        check = getattr(part, "check_settings", None)
        if check:
            try:
                check(channel.connector_settings)
            except ValidationError as error:
                problems += error.error_list
    if problems:
        raise ValidationError({"connector_settings": problems})


def _parts(channel: Channel) -> Iterator[Any]:
    """Sellers are identified on platforms and standalone channels, offers handed over on all but platforms."""
    identification, handover = settings.CONNECTORS.get(channel.connector, ("", ""))
    if identification and channel.kind != Channel.Kind.MARKETPLACE:
        yield import_string(identification)
    if handover and channel.kind != Channel.Kind.PLATFORM:
        yield import_string(handover)
