"""The price types that channels have named, and the prices of merchants that need them (contract 6.1, 10)."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from platforms.sandbox.configuration import switches
from platforms.sandbox.models import Channel, PriceType
from platforms.sandbox.problems import Problem


@dataclass(frozen=True)
class Priced:
    """A price list on its way to a channel; `path` is where it stood in the body."""

    channel: Channel
    path: str
    containers: list[dict[str, Any]]


def named(channel: Channel) -> list[str]:
    """The ids of a channel's price types, oldest first."""
    return list(PriceType.objects.filter(channel=channel).order_by("pk").values_list("price_type_id", flat=True))


def set_types(channel: Channel, ids: Collection[str]) -> None:
    """Give the channel these price types and no others; one that is missing is named like its id."""
    PriceType.objects.filter(channel=channel).exclude(price_type_id__in=ids).delete()
    PriceType.objects.bulk_create(
        [PriceType(channel=channel, price_type_id=each, display_name=each) for each in dict.fromkeys(ids)],
        ignore_conflicts=True,
    )


def closed(channels: Collection[Channel]) -> list[Channel]:
    """Those on which nobody can list yet, for want of a price type (contract 10)."""
    if not switches().price_type_needed:
        return []
    ready = set(PriceType.objects.filter(channel__in=channels).values_list("channel", flat=True))
    return [channel for channel in channels if channel.pk not in ready]


def none_yet(where: str) -> Problem:
    """What a merchant is told whose prices go to such a channel."""
    message = _("the channel has no price type. The channel has to create one: POST /v1/channel/price")
    return Problem("VAL100", f"{where}: {message}")


def problems(lists: Sequence[Priced]) -> list[Problem]:
    """VAL100 for each price of a type that its channel does not have.

    A channel that has never named a price type takes none, or without `priceTypeNeeded` any.
    """
    known: dict[int, set[str]] = defaultdict(set)
    rows = PriceType.objects.filter(channel__in={each.channel.pk for each in lists})
    for channel_id, price_type_id in rows.values_list("channel_id", "price_type_id"):
        known[channel_id].add(price_type_id)
    return [problem for each in lists for problem in _of_list(each, known.get(each.channel.pk))]


def _of_list(priced: Priced, allowed: set[str] | None) -> list[Problem]:
    if allowed is None:
        return [none_yet(priced.path)] if switches().price_type_needed else []
    message = _("is not a price type of the channel")
    return [
        Problem("VAL100", f"{priced.path}[{index}].id: {message}")
        for index, container in enumerate(priced.containers)
        if container["id"] not in allowed
    ]
