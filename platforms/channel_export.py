"""`export_channels`: writes the file of `apply_channels`, without secrets."""

import re
from collections.abc import Iterable
from typing import Any

import tomlkit
from django.utils.translation import gettext as _
from tomlkit.items import Table

from platforms.channel_file_reading import IN_ORDER
from platforms.channel_values import KEYS, SECRET, values_of
from platforms.fields import is_unreadable
from platforms.models import Channel

# Written even where they are what a new channel has.
ALWAYS = {"kind", "display_name", "currency", "languages"}


def written(channels: Iterable[Channel]) -> str:
    """The file of these channels: to apply it where they come from changes nothing.

    Values at their defaults are left out. So are refresh tokens and connector settings, which a comment names.
    """
    document = tomlkit.document()
    tables = tomlkit.aot()
    for channel in sorted(channels, key=lambda channel: (IN_ORDER.index(channel.kind), channel.code)):
        tables.append(_table(channel))
    document.append("channel", tables)
    return tomlkit.dumps(document)


def variable_of(code: str) -> str:
    """The environment variable that the file proposes for the channel's token, such as SCX_TOKEN_AMAZON_DE."""
    return "SCX_TOKEN_" + re.sub(r"\W", "_", code, flags=re.ASCII).upper()


def _table(channel: Channel) -> Table:
    table = tomlkit.table()
    table.add("code", channel.code)
    values, defaults = values_of(channel), values_of(Channel(kind=channel.kind))
    for key in KEYS:
        if key not in SECRET and (values[key] != defaults[key] or (key in ALWAYS and values[key])):
            _add(table, key, values[key])
    if channel.refresh_token or is_unreadable(channel.refresh_token):
        table.add(tomlkit.comment(f'refresh_token_env = "{variable_of(channel.code)}"'))
    if channel.connector_settings or is_unreadable(channel.connector_settings):
        table.add(tomlkit.comment("connector_settings: " + _("secret, and not in this file.")))
    return table


def _add(table: Table, key: str, value: Any) -> None:
    try:
        table.add(key, _item(value))
    except (TypeError, ValueError):
        # JSON has null, which TOML has no word for.
        table.add(tomlkit.comment(f"{key}: " + _("cannot be written in this file.")))


def _item(value: Any) -> Any:
    """In one line: a table of its own would end that of the channel."""
    if isinstance(value, dict):
        inline = tomlkit.inline_table()
        for name, part in value.items():
            inline.append(name, _item(part))
        return inline
    if isinstance(value, list):
        array = tomlkit.array()
        for part in value:
            array.append(_item(part))
        return array
    if value is None:
        raise TypeError("TOML has no null.")
    return tomlkit.item(value)
