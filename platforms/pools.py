"""Stock sync groups as pools: marketplaces of a platform that share stock, of which JTL-Wawi tells only one.

What counts is the label that SCX shows of a channel; where SCX shows nothing of it, the one that is configured here.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import F, Value
from django.db.models.functions import Coalesce

from platforms.models import Channel, ChannelQuerySet

# What `effective_label` reads.
RELATED = ("stock_sync_group", "at_scx")


def label(channel: str = "") -> Coalesce:
    """The effective label as an expression, for rows that reach their channel by this prefix, such as `channel__`."""
    return Coalesce(F(f"{channel}at_scx__stock_sync_group"), F(f"{channel}stock_sync_group__label"), Value(""))


def shown_label(channel: Channel) -> str | None:
    """The label that SCX shows: empty for none, None where SCX shows nothing of it."""
    at_scx = getattr(channel, "at_scx", None)
    return at_scx.stock_sync_group if at_scx else None


def configured_label(channel: Channel) -> str:
    return channel.stock_sync_group.label if channel.stock_sync_group else ""


def effective_label(channel: Channel) -> str:
    """The label by which stock is shared now; empty for a channel that shares with nobody."""
    shown = shown_label(channel)
    return configured_label(channel) if shown is None else shown


def is_waiting(channel: Channel) -> bool:
    """Whether the group configured here is one that SCX does not show yet: only JTL can enter it there."""
    return shown_label(channel) not in (None, configured_label(channel))


def labelled(platform_id: int | None) -> ChannelQuerySet:
    """The marketplaces of a platform, each with its effective label as `label`."""
    found: ChannelQuerySet = Channel.objects.filter(platform=platform_id, kind=Channel.Kind.MARKETPLACE)
    return found.annotate(label=label())


def members(channel: Channel) -> list[Channel]:
    """The active marketplaces that share stock with the channel, by code, itself among them; none without a label."""
    own = effective_label(channel)
    if not own:
        return []
    found = Channel.objects.active().filter(platform=channel.platform_id).select_related(*RELATED)
    return [each for each in found.order_by("code") if effective_label(each) == own]


@dataclass(frozen=True)
class Sharing:
    """Who shares stock on a platform: channel codes by label, and those that share with nobody."""

    pools: dict[str, list[str]] = field(default_factory=dict)
    loners: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Preview:
    """What JTL-Wawi does `now`, and what it will do once SCX shows what is `wanted`; None where nothing waits."""

    now: Sharing
    wanted: Sharing | None


def sharing(labels: Iterable[tuple[str, str]]) -> Sharing:
    """Pools and loners of (channel code, label); a pool of one is one too, as stock of one SKU is told once."""
    by_label: dict[str, list[str]] = defaultdict(list)
    for code, name in sorted(labels):
        by_label[name].append(code)
    loners = by_label.pop("", [])
    return Sharing(dict(sorted(by_label.items())), loners)


def preview(channels: Iterable[Channel]) -> Preview:
    """How the active ones among the marketplaces of a platform share stock; best read with `RELATED`."""
    active = [channel for channel in channels if channel.is_active]
    now = sharing((channel.code, effective_label(channel)) for channel in active)
    if not any(map(is_waiting, active)):
        return Preview(now, None)
    return Preview(now, sharing((channel.code, configured_label(channel)) for channel in active))
