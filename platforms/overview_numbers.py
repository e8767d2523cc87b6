"""The numbers on the overview of platforms, from every app: the functions that `settings.PORTAL_OVERVIEW` names."""

import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import partial

from django.conf import settings
from django.utils.module_loading import import_string

from platforms.dear import Kept
from platforms.models import Channel

logger = logging.getLogger(__name__)


class Column(StrEnum):
    """Where on the page a number stands."""

    SELLERS = "sellers"
    OFFERS = "offers"
    BACKLOG = "backlog"
    HEALTH = "health"


@dataclass(frozen=True)
class Number:
    """One number of a channel.

    `text`: the number in words, translated, such as "12 offers listed". `url`: the admin list of just these rows.
    `kind`: "danger" for what a person must see to, else ""; beside the health also the other kinds of `theme.label`.
    `since`: the time of the oldest of what waits.
    """

    column: Column
    text: str
    url: str = ""
    kind: str = ""
    since: datetime | None = None


Numbers = Mapping[int, Sequence[Number]]
"""By the channel's primary key, in the order they are shown."""

Source = Callable[[Sequence[Channel]], Numbers]
"""Counts for all these channels at once: as many queries for forty as for one. Zeros are left out."""


@dataclass
class Counted:
    """`is_whole`: no source failed."""

    numbers: dict[tuple[int, Column], list[Number]] = field(default_factory=lambda: defaultdict(list))
    is_whole: bool = True

    def of(self, channel: Channel) -> dict[Column, list[Number]]:
        return {column: self.numbers.get((channel.pk, column), []) for column in Column}


def counted(channels: Sequence[Channel], kept: Kept) -> Counted:
    """What every source counts, or what is kept of it. One that fails is logged and costs the others nothing."""
    result = Counted()
    for name in settings.PORTAL_OVERVIEW:
        try:
            numbers = kept.get(name, partial(_count, name, channels))
        except Exception:
            logger.exception("%s could not count", name)
            result.is_whole = False
            continue
        for pk, those in numbers.items():
            for number in those:
                result.numbers[pk, number.column].append(number)
    return result


def _count(name: str, channels: Sequence[Channel]) -> dict[int, list[Number]]:
    source: Source = import_string(name)
    return {pk: list(those) for pk, those in source(channels).items()}
