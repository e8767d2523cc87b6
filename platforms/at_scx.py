"""What SCX shows of channels, read and kept: their settings (`GET /v1/channel`) and the public list (contract 8)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from platforms import client_versions, gateway, jobs, logs, public_list, storable
from platforms.models import Channel, ChannelAtScx
from platforms.public_list import Listing
from platforms.scx.channel import ChannelInfo
from platforms.scx.errors import ScxError
from platforms.scx.values import parse_text

GROUP = "stockSyncGroup"
LONGEST_GROUP = 100
# Both are read each day: a list that is older than the settings by more has gone quiet.
LIST_COUNTS_FOR = timedelta(days=2)


def of(channel: Channel) -> ChannelAtScx:
    """The channel as SCX last showed it; an empty row, not saved, where it was never asked."""
    return ChannelAtScx.objects.filter(channel=channel).first() or ChannelAtScx(channel=channel)


def read(channel: Channel, *, patience: float = 0.0, urgent: bool = False) -> ChannelAtScx:
    """Ask SCX for the settings of a marketplace or standalone channel, and keep them. Raises ScxError."""
    return note(channel, gateway.client(channel, patience=patience, urgent=urgent).channel.get())


def note(channel: Channel, info: ChannelInfo) -> ChannelAtScx:
    """Keep the settings that SCX showed of the channel."""
    # Who never demanded a client version is not told that SCX demands one.
    if channel.minimum_client_versions or channel.client_versions_confirmed is not None:
        note_versions(channel, info.settings)
    shown = storable.payload(info.settings).value
    return _keep(channel, is_active=info.is_active, settings=shown, settings_at=timezone.now())


def note_versions(channel: Channel, shown: Mapping[str, Any]) -> list[dict[str, str]]:
    """Note what clients SCX demands, by the settings it shows of the channel."""
    told = client_versions.at_scx(shown)
    Channel.objects.filter(pk=channel.pk).update(
        client_versions_confirmed=told, client_versions_confirmed_at=timezone.now()
    )
    return told


def read_list(home: Channel, *, patience: float = 0.0, urgent: bool = False) -> bool:
    """Look a platform, with its marketplaces, or a standalone channel up in the public list, and keep what it shows.

    False where the list could not be read: then what was known stays, with the reason beside it.
    """
    try:
        listing = public_list.read(home, patience=patience, urgent=urgent)
    except ScxError as error:
        _keep(home, list_error=storable.text(logs.mask(str(error)), 2000))
        return False
    _note_list(home, listing)
    return True


def _note_list(home: Channel, listing: Listing) -> None:
    now = timezone.now()
    _keep(home, entry=_storable(listing.entry), listed_at=now, list_error="")
    shown = listing.marketplaces or {}
    for marketplace in home.marketplaces.all():
        _keep(marketplace, entry=_storable(shown.get(marketplace.code)), listed_at=now)


def _storable(entry: dict[str, Any] | None) -> dict[str, Any] | None:
    return None if entry is None else storable.payload(entry).value


def _keep(channel: Channel, **values: Any) -> ChannelAtScx:
    """Keep it, in a transaction of its own; stock follows where SCX has moved the marketplace to another group."""
    with transaction.atomic():
        row, _created = ChannelAtScx.objects.select_for_update().get_or_create(channel=channel)
        before = row.stock_sync_group
        for name, value in values.items():
            setattr(row, name, value)
        if channel.kind == Channel.Kind.MARKETPLACE:
            row.stock_sync_group = _group(row)
        row.save()
        if row.stock_sync_group != before:
            jobs.nudge("stock", channel)
    return row


def _group(row: ChannelAtScx) -> str | None:
    """The label: what the public list shows, for sellers go by that; else what the settings show, else None."""
    read_at, listed_at = row.settings_at, row.listed_at
    has_gone_quiet = bool(read_at and listed_at and listed_at < read_at - LIST_COUNTS_FOR)
    shown = [row.settings] if has_gone_quiet else [row.entry, row.settings]
    labels = [parse_text(each[GROUP]) for each in shown if each and GROUP in each]
    return labels[0][:LONGEST_GROUP] if labels else None
