"""Failed listings by the codes of their errors, over thousands of them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Min, Q

from listings.models import FAILED, Offer, OfferQuerySet
from platforms.models import Channel

LONGEST_KEY = 500
# Combinations of codes that are told apart, the most frequent first; a connector that invents a code for each offer
# makes more.
MOST_KEYS = 1000
SAMPLE = 3


@dataclass(frozen=True)
class Group:
    """The failed listings that have an error of this code; one with several errors is in several groups.

    `since` and `until`: when the first and the last of them failed. `message`: that of one of them.
    """

    code: str
    number: int
    since: datetime
    until: datetime
    sellers: int
    sample: tuple[Offer, ...]
    message: str


def key_of(errors: Iterable[Mapping[str, Any]]) -> str:
    """The codes of the errors, a line each, sorted and each once; as many as fit."""
    key = ""
    for code in sorted({_one_line(error) for error in errors} - {""}):
        longer = f"{key}\n{code}" if key else code
        if len(longer) > LONGEST_KEY:
            break
        key = longer
    return key


def of(channels: Sequence[Channel], code: str) -> OfferQuerySet:
    """The channels' failed listings that have an error of this code."""
    wanted = Q(pk__in=[])
    for channel in channels:
        keys = [key for key, _number, _since, _until in _counted(channel) if code in key.split("\n")]
        wanted |= Q(channel=channel, failed_codes__in=keys)
    return Offer.objects.filter(wanted, FAILED)


def groups(channel: Channel, most: int) -> list[Group]:
    """The largest groups, the largest first."""
    found: dict[str, list[tuple[str, int, datetime, datetime]]] = {}
    for row in _counted(channel):
        for code in row[0].split("\n"):
            found.setdefault(code, []).append(row)
    largest = sorted(found, key=lambda code: (-sum(row[1] for row in found[code]), code))[:most]
    return [_group(channel, code, found[code]) for code in largest]


def _one_line(error: Mapping[str, Any]) -> str:
    return " ".join(str(error.get("code", "")).split())[:255]


def _counted(channel: Channel) -> list[tuple[str, int, datetime, datetime]]:
    rows = Offer.objects.filter(FAILED, channel=channel).exclude(failed_codes="").order_by()
    counted = rows.values_list("failed_codes").annotate(
        number=Count("pk"), since=Min("state_changed_at"), until=Max("state_changed_at")
    )
    return list(counted.order_by("-number", "failed_codes")[:MOST_KEYS])


def _group(channel: Channel, code: str, rows: list[tuple[str, int, datetime, datetime]]) -> Group:
    offers = Offer.objects.filter(FAILED, channel=channel, failed_codes__in=[row[0] for row in rows])
    sample = tuple(offers.only("title", "sku", "offer_id", "errors").order_by("-state_changed_at")[:SAMPLE])
    return Group(
        code=code,
        number=sum(row[1] for row in rows),
        since=min(row[2] for row in rows),
        until=max(row[3] for row in rows),
        sellers=offers.aggregate(number=Count("seller", distinct=True))["number"],
        sample=sample,
        message=next(_messages(sample, code), ""),
    )


def _messages(offers: Iterable[Offer], code: str) -> Iterator[str]:
    return (str(error.get("message", "")) for offer in offers for error in offer.errors if _one_line(error) == code)
