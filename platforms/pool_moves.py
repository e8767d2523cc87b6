"""Moving marketplaces into a stock sync group and out of it: what is planned, and carrying it out."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction

from platforms import channels, jobs, pools
from platforms.models import Channel, StockSyncGroup


@dataclass(frozen=True)
class Move:
    """A marketplace with the label configured for it so far and the one it gets; empty is none."""

    channel: Channel
    before: str
    after: str
    is_renaming: bool = False

    @property
    def shown(self) -> str:
        """The label by which stock is shared until SCX shows the other one, if it shows any; else the other one."""
        shown = pools.shown_label(self.channel)
        return self.after if shown is None else shown

    @property
    def is_waiting(self) -> bool:
        return self.shown != self.after


def planned(group: StockSyncGroup, label: str, choices: Iterable[Channel], chosen: Collection[Channel]) -> list[Move]:
    """What changes when, of the choices, those chosen are in the group and the group has this label.

    The choices are best read with `pools.RELATED`.
    """
    keys = {channel.pk for channel in chosen}
    moves = []
    for channel in choices:
        before = pools.configured_label(channel)
        is_in = channel.stock_sync_group_id == group.pk
        after = label if channel.pk in keys else "" if is_in else before
        if after != before or (channel.pk in keys) != is_in:
            moves.append(Move(channel, before, after, is_renaming=is_in and channel.pk in keys))
    return moves


def check(group: StockSyncGroup, moves: Iterable[Move]) -> list[str]:
    """What speaks against the moves, each problem with the channel's code; nothing is saved."""
    problems = []
    for move in moves:
        channel = Channel.objects.select_related("platform").get(pk=move.channel.pk)
        channel.stock_sync_group = group if move.after else None
        try:
            channels.clean(channel)
        except ValidationError as error:
            problems.append(f"{channel.code}: {' '.join(error.messages)}")
    return problems


def carry_out(group: StockSyncGroup, moves: Sequence[Move]) -> None:
    """Save each channel that moves, all in one transaction; the group must be saved before. Their levels follow."""
    with transaction.atomic():
        channels.lock()
        for move in moves:
            if move.is_renaming:
                jobs.nudge("stock", move.channel)
                continue
            channel = Channel.objects.select_related("platform").get(pk=move.channel.pk)
            channel.stock_sync_group = group if move.after else None
            channels.save(channel)
