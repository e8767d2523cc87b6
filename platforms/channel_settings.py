"""A channel's settings here against those SCX shows (`GET /v1/channel`), and a platform's against the public list."""

from collections.abc import Iterator
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from platforms import channels, gateway
from platforms.jobs import Run
from platforms.models import Channel, Discrepancy, StockSyncGroup
from platforms.reconciliation import Difference, plain
from platforms.scx.channel import ChannelInfo
from platforms.scx.client import ScxClient
from platforms.scx.errors import ScxError
from platforms.scx.values import as_dict, as_list, parse_text

# Wire name to field. What a channel leaves empty here says nothing, and so differs from nothing.
PLAIN = {"displayName": "display_name", "currency": "currency"}
LISTS = {"marketplaceList": "countries", "supportedLanguages": "languages"}
VERSIONS = "minimumClientsVersionRequired"
TAKEN_OVER = {*PLAIN.values(), *LISTS.values(), "minimum_client_versions", "feature_flags", "stock_sync_group"}
PAGE = 100
PAGES_AT_MOST = 10


class ChannelSettings:
    """The comparison `settings`; a kind is the name of a field, or one of those named in `meaning`."""

    proven: frozenset[str] = frozenset()

    def differences(self, channel: Channel, run: Run) -> Iterator[Difference]:
        client = gateway.client(channel, patience=run.patience)
        yield from _of_channel(channel, client.channel.get())
        if _speaks_for_platform(channel):
            yield from _of_platform(channel.home, client)

    def title(self, row: Discrepancy) -> str:
        if row.kind == "marketplaces":
            return _("Marketplaces")
        field = Channel._meta.get_field("is_active" if row.kind == "inactive" else row.kind)
        return str(field.verbose_name)  # type: ignore[union-attr]

    def meaning(self, row: Discrepancy) -> str:
        if row.kind in TAKEN_OVER:
            return _("Take over SCX’s value with the action, or ask JTL to enter the portal’s.")
        texts = {
            "inactive": _("JTL has switched the channel off. Ask JTL why, or switch it off here as well."),
            "platform": _("JTL has the channel under another platform. Ask JTL to correct that."),
            "sign_up_url": _("JTL-Wawi leads new sellers to SCX’s address. Ask JTL to enter the portal’s."),
            "update_url": _("JTL-Wawi leads sellers who change something to SCX’s address. Ask JTL to enter ours."),
            "marketplaces": _(
                "The platform’s marketplaces are not those that JTL shows to sellers. Add or switch off channels "
                "here, or ask JTL to correct its list."
            ),
        }
        return texts.get(row.kind, "")

    def shown(self, value: Any) -> str:
        return plain(value)

    def repair(self, row: Discrepancy) -> None:
        if row.kind not in TAKEN_OVER:
            raise ValidationError(self.meaning(row))
        with transaction.atomic():
            # Not the row's copy: saving writes all of it, and the row before may have changed the channel.
            channel = Channel.objects.select_for_update(of=("self",)).select_related("platform").get(pk=row.channel_id)
            setattr(channel, row.kind, _taken_over(channel, row))
            channels.save(channel)


def _taken_over(channel: Channel, row: Discrepancy) -> Any:
    theirs = cast(Any, row.theirs)
    if row.kind == "stock_sync_group":
        return _group(channel, theirs)
    return {**channel.feature_flags, **theirs} if row.kind == "feature_flags" else theirs


def _of_channel(channel: Channel, info: ChannelInfo) -> Iterator[Difference]:
    theirs = info.settings
    if not info.is_active:
        yield Difference("inactive", ours=True, theirs=False)
    for wire, field in PLAIN.items():
        said = parse_text(theirs.get(wire))
        if said and said != getattr(channel, field):
            yield Difference(field, ours=getattr(channel, field), theirs=said)
    for wire, field in LISTS.items():
        own, others = sorted(getattr(channel, field)), _words(theirs.get(wire))
        if own and others and own != others:
            yield Difference(field, ours=own, theirs=others)
    yield from _addresses(channel, theirs)
    yield from _versions(channel, theirs)
    yield from _features(channel, theirs)
    yield from _place(channel, theirs)


def _addresses(channel: Channel, theirs: dict[str, Any]) -> Iterator[Difference]:
    for wire, field in (("signUpUrl", "sign_up_url"), ("updateUrl", "update_url")):
        own, said = getattr(channel, f"effective_{field}"), parse_text(theirs.get(wire))
        if said and said != own:
            yield Difference(field, ours=own, theirs=said)


def _versions(channel: Channel, theirs: dict[str, Any]) -> Iterator[Difference]:
    own, said = _required(channel.minimum_client_versions), _required(theirs.get(VERSIONS))
    if own and own != said:
        yield Difference("minimum_client_versions", ours=own, theirs=said)


def _required(versions: Any) -> list[dict[str, str]]:
    """In one order and one form, so that equal demands are equal values."""
    read = [as_dict(version) for version in as_list(versions)]
    named = [{"type": parse_text(each.get("type")), "version": parse_text(each.get("version"))} for each in read]
    return sorted(named, key=lambda each: (each["type"], each["version"]))


def _features(channel: Channel, theirs: dict[str, Any]) -> Iterator[Difference]:
    said = as_dict(theirs.get("featureList"))
    other = {name: said[name] for name, own in channel.feature_flags.items() if name in said and said[name] != own}
    if other:
        own = {name: channel.feature_flags[name] for name in other}
        yield Difference("feature_flags", ours=own, theirs=other)


def _place(channel: Channel, theirs: dict[str, Any]) -> Iterator[Difference]:
    if channel.platform is None:
        return
    platform = parse_text(theirs.get("platform"))
    if platform and platform != channel.platform.code:
        yield Difference("platform", ours=channel.platform.code, theirs=platform)
    own = channel.stock_sync_group.label if channel.stock_sync_group else ""
    said = parse_text(theirs.get("stockSyncGroup"))
    if "stockSyncGroup" in theirs and own != said:
        yield Difference("stock_sync_group", ours=own, theirs=said)


def _words(value: Any) -> list[str]:
    return sorted(parse_text(item) for item in as_list(value) if parse_text(item))


def _speaks_for_platform(channel: Channel) -> bool:
    """One marketplace of a platform asks for the public list: it is the same for all of them."""
    if channel.platform is None:
        return False
    first = channel.platform.marketplaces.filter(is_active=True).exclude(refresh_token="").order_by("code").first()
    return first == channel


def _of_platform(platform: Channel, client: ScxClient) -> Iterator[Difference]:
    listed = _listed_marketplaces(platform, client)
    own = sorted(platform.marketplaces.filter(is_active=True).values_list("code", flat=True))
    if listed is not None and listed != own:
        yield Difference("marketplaces", platform.code, own, listed)


def _listed_marketplaces(platform: Channel, client: ScxClient) -> list[str] | None:
    """The platform's marketplaces in the public list; None where it does not stand there."""
    for page in range(PAGES_AT_MOST):
        try:
            entries = client.channel.public_list(offset=page * PAGE, limit=PAGE)
        except ScxError:
            # What is shown to sellers is no reason to stop: the list is tight in quota, and its form published nowhere.
            return None
        for entry in entries:
            if entry.get("channel") == platform.code:
                named = as_list(entry.get("marketplaceChannelList"))
                return sorted(parse_text(as_dict(each).get("channel") or each) for each in named)
        if len(entries) < PAGE:
            return None
    return None


def _group(channel: Channel, label: str) -> StockSyncGroup | None:
    if not label or channel.platform is None:
        return None
    return StockSyncGroup.objects.get_or_create(platform=channel.platform, label=label[:100])[0]
