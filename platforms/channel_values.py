"""A channel as plain values, by the names that the channel file and the API give them."""

import copy
import json
from collections.abc import Callable, Mapping
from functools import partial
from types import NoneType
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from platforms import channel_parts, channels, kind_rules, price_types, storable
from platforms.models import Channel, StockSyncGroup


def _is(*types: type) -> Callable[[Any], bool]:
    # Not isinstance: true is no number.
    return lambda value: type(value) in types


# Name, and what a value of it must be; in the order in which people read them.
KEYS: dict[str, Callable[[Any], bool]] = {
    "kind": _is(str),
    "platform": _is(str, NoneType),
    "display_name": _is(str),
    "is_active": _is(bool),
    "currency": _is(str),
    "languages": _is(list),
    "countries": _is(list),
    "sign_up_url": _is(str),
    "update_url": _is(str),
    "stock_source": _is(str),
    "stock_sync_group": _is(str, NoneType),
    "stock_buffer": _is(int),
    "stock_minimum": _is(int),
    "new_sellers": _is(str),
    "price_types": price_types.are_written_well,
    **{name: partial(channel_parts.is_written_well, name) for name in channel_parts.NAMES},
    "minimum_client_versions": _is(list),
    "feature_flags": _is(dict),
    "connector": _is(str),
    "connector_settings": _is(dict),
    "branding": _is(dict),
    "retention_days": _is(int),
    "in_progress_report": _is(str),
    "waiting_limit_hours": _is(int),
    "several_sellers_per_account": _is(bool),
    "unlink_rejected_after_days": _is(int, NoneType),
    "refresh_token": _is(str),
}
SECRET = {"refresh_token", "connector_settings"}
# Other channels and groups, by their names, and rows of the channel: what is no field of it.
REFERENCES = {"platform", "stock_sync_group", "price_types", *channel_parts.NAMES}


def values_of(channel: Channel) -> dict[str, Any]:
    """Every value of the channel, secrets too, the references by name; what it refers to nothing by is empty."""
    values = {key: copy.deepcopy(getattr(channel, key)) for key in KEYS if key not in REFERENCES}
    values["platform"] = channel.platform.code if channel.platform else ""
    values["stock_sync_group"] = channel.stock_sync_group.label if channel.stock_sync_group else ""
    values["price_types"] = price_types.values_of(channel)
    values |= {name: channel_parts.of(name).values_of(channel) for name in channel_parts.NAMES}
    return {key: values[key] for key in KEYS}


def save(channel: Channel, values: Mapping[str, Any]) -> Channel:
    """`take` the values, save the channel by its rules, and then what hangs on it. Raises ValidationError by name."""
    with transaction.atomic():
        take(channel, values)
        channels.save(channel)
        if "price_types" in values:
            price_types.replace(channel, values["price_types"])
        for name in channel_parts.NAMES:
            if name in values:
                channel_parts.of(name).replace(channel, values[name])
    return channel


def take(channel: Channel, values: Mapping[str, Any]) -> None:
    """Give the channel these values, but not its rows, in memory; a stock sync group that is missing is made.

    An empty platform or group is none, and 0 days are null. Raises ValidationError by name for values that no channel
    can have and names of nothing; what the rules say of the rest is for `platforms.channels.save`.
    """
    problems = {key: problem for key, value in values.items() if (problem := _problem(key, value))}
    if problems:
        raise ValidationError(problems)
    for key, value in values.items():
        if key not in REFERENCES:
            setattr(channel, key, value)
    channel.unlink_rejected_after_days = channel.unlink_rejected_after_days or None
    if "platform" in values:
        channel.platform = _platform(values["platform"])
    if "stock_sync_group" in values:
        channel.stock_sync_group = _group(channel, values["stock_sync_group"])


def _problem(key: str, value: Any) -> str:
    if not KEYS[key](value):
        return _("has the wrong type.")
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError):
        return _("has the wrong type.")
    if storable.payload({"value": value}).is_changed:
        return _("This holds a character that a database cannot store.")
    return ""


def _platform(code: str | None) -> Channel | None:
    platform = Channel.objects.filter(code=code).first() if code else None
    if code and platform is None:
        raise ValidationError({"platform": _("There is no channel “%(code)s”.") % {"code": code}})
    return platform


def _group(channel: Channel, label: str | None) -> StockSyncGroup | None:
    if not label:
        return None
    if refused := kind_rules.NOT_FOR_KIND.get(channel.kind, {}).get("stock_sync_group"):
        raise ValidationError({"stock_sync_group": refused})
    if channel.platform is None or not channel.platform.is_platform:
        # That it has no platform is said by the rules.
        return None
    try:
        found = StockSyncGroup.objects.filter(platform=channel.platform, label=label).first()
        return found or channels.save_group(StockSyncGroup(platform=channel.platform, label=label))
    except ValidationError as error:
        raise ValidationError({"stock_sync_group": error.messages}) from None
