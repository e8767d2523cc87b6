"""The price types that channels have named, and the prices of merchants that need them (contract 6.1, 10)."""

from collections import defaultdict
from collections.abc import Sequence
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


def problems(lists: Sequence[Priced]) -> list[Problem]:
    """VAL100 for each price of a type that its channel does not have.

    A channel that has never named a price type takes any, or with `priceTypeNeeded` none.
    """
    known: dict[int, set[str]] = defaultdict(set)
    rows = PriceType.objects.filter(channel__in={each.channel.pk for each in lists})
    for channel_id, price_type_id in rows.values_list("channel_id", "price_type_id"):
        known[channel_id].add(price_type_id)
    return [problem for each in lists for problem in _of_list(each, known.get(each.channel.pk))]


def _of_list(priced: Priced, allowed: set[str] | None) -> list[Problem]:
    if allowed is None:
        message = _("the channel has to create a price type first (POST /v1/channel/price)")
        return [Problem("VAL100", f"{priced.path}: {message}")] if switches().price_type_needed else []
    message = _("is not a price type of the channel")
    return [
        Problem("VAL100", f"{priced.path}[{index}].id: {message}")
        for index, container in enumerate(priced.containers)
        if container["id"] not in allowed
    ]
