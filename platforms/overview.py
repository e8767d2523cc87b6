"""Platforms with their marketplaces as a tree, and how each of them does: what the overview shows."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

from django.urls import reverse
from django.utils.safestring import SafeString

from platforms import names, overview_numbers, token_state
from platforms.dear import Kept
from platforms.findings import Finding
from platforms.models import Channel, StockSyncGroup
from platforms.overview_numbers import Column, Counted, Number

Told = TypeVar("Told", Finding, Number)

# The first sentence of a finding; a name with a full stop of its own ends none.
_SENTENCE = re.compile(r".{25,}?[.!?](?=\s)", re.DOTALL)


@dataclass(frozen=True)
class Health:
    """What is wrong with a channel now, the worst first."""

    findings: list[Finding] = field(default_factory=list)

    @property
    def errors(self) -> int:
        return sum(finding.critical for finding in self.findings)

    @property
    def warnings(self) -> int:
        return len(self.findings) - self.errors

    @property
    def first_sentence(self) -> str:
        text = self.findings[0].text if self.findings else ""
        sentence = _SENTENCE.match(text)
        return sentence[0] if sentence else text


@dataclass(frozen=True)
class Line:
    """One channel with its numbers and its health."""

    channel: Channel
    numbers: dict[Column, list[Number]]
    health: Health

    @property
    def oldest(self) -> datetime | None:
        """Since when the oldest of what is not done has waited."""
        return min((number.since for number in self.numbers[Column.BACKLOG] if number.since), default=None)

    @property
    def token(self) -> SafeString | str:
        """How it stands with the token, where that is not as it should be and no finding says so."""
        channel = self.channel
        is_well = channel.is_platform or (channel.has_token and not channel.token_refused_since)
        return "" if is_well else token_state.shown(channel)

    @property
    def pool_at_scx(self) -> str | None:
        """The stock sync group that SCX shows, where it is another than the one here; "" for none."""
        at_scx = getattr(self.channel, "at_scx", None)
        theirs = at_scx.stock_sync_group if at_scx else None
        ours = self.channel.stock_sync_group.label if self.channel.stock_sync_group else ""
        return None if theirs == ours else theirs

    @property
    def is_troubled(self) -> bool:
        """Whether a person is needed; offers that the marketplace refused are their sellers' business."""
        return bool(self.health.findings) or any(number.kind == "danger" for number in self.numbers[Column.BACKLOG])


@dataclass(frozen=True)
class Pool:
    """Marketplaces that share their stock; without `group`, those that each have their own. `size`: hidden ones too."""

    group: StockSyncGroup | None
    url: str
    size: int
    lines: list[Line]


@dataclass(frozen=True)
class Branch:
    """A platform and its marketplaces. `line` is None where the reader may see some of the marketplaces only."""

    platform: Channel
    line: Line | None
    pools: list[Pool]
    size: int
    switched_off: int
    # Hidden ones too.
    troubled: list[Line]

    @property
    def is_critical(self) -> bool:
        """Whether one of the troubled marketplaces stands still or loses something."""
        return any(line.health.errors for line in self.troubled)

    @property
    def lines(self) -> list[Line]:
        return [line for pool in self.pools for line in pool.lines]


@dataclass(frozen=True)
class Tree:
    branches: list[Branch]
    standalone: list[Line]
    # Whether there is any channel, shown or not.
    is_planted: bool
    counted: Counted
    # What is wrong with the portal as a whole, and so with every channel.
    whole: Health


@dataclass(frozen=True)
class Wish:
    """What of the tree is to be shown: where `text` stands in, and only what needs somebody."""

    text: str = ""
    only_trouble: bool = False

    def wants(self, line: Line) -> bool:
        return self._names(line.channel) and (line.is_troubled or not self.only_trouble)

    def _names(self, channel: Channel) -> bool:
        """A platform that is named brings its marketplaces."""
        wanted = names.sortable(self.text)
        return any(wanted in names.sortable(text) for text in _texts(channel))


def tree(
    findings: Iterable[Finding],
    kept: Kept,
    limit: frozenset[int] | None,
    wish: Wish,
    may_open: Callable[[str], bool],
) -> Tree:
    """The channels of `limit`, None for all, with the findings given; as many queries for forty as for one.

    Addresses that `may_open` refuses are left out.
    """
    related = ("platform", "stock_sync_group", "at_scx")
    every = names.by_name(Channel.objects.select_related(*related).defer("access_token", "connector_settings"))
    counted = overview_numbers.counted(every, kept)
    by_code: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        by_code[finding.channel].append(_opened(finding, may_open))
    theirs = [channel for channel in every if limit is None or channel.pk in limit]
    lines = {
        each.pk: Line(each, _numbers(counted, each, may_open), Health(by_code.get(each.code, []))) for each in theirs
    }
    return Tree(
        list(_branches(every, lines, wish, may_open)),
        [line for line in lines.values() if line.channel.kind == Channel.Kind.STANDALONE and wish.wants(line)],
        bool(lines),
        counted,
        Health(by_code.get("", [])),
    )


def _branches(
    every: list[Channel], lines: Mapping[int, Line], wish: Wish, may_open: Callable[[str], bool]
) -> Iterator[Branch]:
    of_platform: dict[int | None, list[Line]] = defaultdict(list)
    for line in lines.values():
        of_platform[line.channel.platform_id].append(line)
    for platform in every:
        marketplaces = of_platform[platform.pk] if platform.is_platform else []
        own = lines.get(platform.pk)
        shown = [line for line in marketplaces if wish.wants(line)]
        if platform.is_platform and (shown or (own and wish.wants(own))):
            off = sum(not line.channel.is_active for line in marketplaces)
            troubled = [line for line in marketplaces if line.is_troubled]
            yield Branch(platform, own, _pools(marketplaces, shown, may_open), len(marketplaces), off, troubled)


def _pools(marketplaces: list[Line], shown: list[Line], may_open: Callable[[str], bool]) -> list[Pool]:
    """By group, those of no group last."""
    sizes: dict[StockSyncGroup | None, int] = defaultdict(int)
    for line in marketplaces:
        sizes[line.channel.stock_sync_group] += 1
    of_group: dict[StockSyncGroup | None, list[Line]] = defaultdict(list)
    for line in shown:
        of_group[line.channel.stock_sync_group].append(line)
    order = sorted(of_group, key=lambda group: (group is None, names.sortable(group.label) if group else ""))
    return [Pool(group, _url(group, may_open), sizes[group], of_group[group]) for group in order]


def _url(group: StockSyncGroup | None, may_open: Callable[[str], bool]) -> str:
    url = reverse("admin:platforms_stocksyncgroup_change", args=[group.pk]) if group else ""
    return url if may_open(url) else ""


def _numbers(counted: Counted, channel: Channel, may_open: Callable[[str], bool]) -> dict[Column, list[Number]]:
    return {column: [_opened(number, may_open) for number in those] for column, those in counted.of(channel).items()}


def _opened(told: Told, may_open: Callable[[str], bool]) -> Told:
    return told if may_open(told.url) else replace(told, url="")


def _texts(channel: Channel) -> list[str]:
    """What a channel is found by."""
    group, platform = channel.stock_sync_group, channel.platform
    named = [channel.display_name, channel.code, channel.currency, *channel.countries]
    if platform:
        named += [platform.display_name, platform.code]
    return [*named, group.label] if group else named
