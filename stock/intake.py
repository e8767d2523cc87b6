"""Where all that SCX says of stock comes in: events, contents of offers, and answers to polling.

Of an offer the newest counts, and holds for the channel's stock sync group; all of it is noted. Call these last in a
transaction: the stock feed's counter stays locked until the commit.
"""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from platforms import feeds
from platforms.models import Channel
from stock import fanout, history, levels, minutes, news
from stock.levels import Key, Outcome, Update
from stock.models import FEED, Levelling


def record(channel: Channel, updates: Iterable[Update]) -> Outcome:
    """Take in what SCX says of the stock of offers."""
    updates = list(updates)
    if not updates:
        return Outcome(set(), set())
    is_shared = channel.kind == Channel.Kind.MARKETPLACE
    since = feeds.hold(FEED) if is_shared else 0
    outcome = _record(channel, updates)
    if is_shared:
        _note_told(channel, max(update.updated_at for update in updates))
        fanout.spread(channel, {update.key for update in outcome.counted}, since)
    _note(channel, outcome)
    return outcome


def overrule(channel: Channel, update: Update) -> bool:
    """Let what staff decided count as what SCX says does; whether it did. It is no news of SCX or of the seller."""
    since = feeds.hold(FEED)
    outcome = levels.record(channel, [update])
    if channel.kind == Channel.Kind.MARKETPLACE:
        fanout.spread(channel, {each.key for each in outcome.counted}, since)
    history.keep(channel, outcome, timezone.now())
    return bool(outcome.counted)


def record_content(channel: Channel, updates: Iterable[Update], keys: Collection[Key]) -> Outcome:
    """Take in the quantities that came with the contents of these offers; some may have come without one.

    Levels that came before their offer get it, and an offer that is known elsewhere in the group gets its level.
    """
    is_shared = channel.kind == Channel.Kind.MARKETPLACE
    since = feeds.hold(FEED) if is_shared else 0
    outcome = _record(channel, updates)
    levels.attach(channel, {offer_id for _seller, offer_id in keys})
    if is_shared:
        fanout.spread(channel, keys, since)
    _note(channel, outcome)
    return outcome


def _record(channel: Channel, updates: Iterable[Update]) -> Outcome:
    """Polling asks for the last minute again and again: what came too late is told of once."""
    outcome = levels.record(channel, updates)
    return Outcome(outcome.counted, history.not_kept_yet(channel, outcome.superseded))


def _note(channel: Channel, outcome: Outcome) -> None:
    now = timezone.now()
    history.keep(channel, outcome, now)
    minutes.count(channel, outcome, now)
    news.note(channel, outcome.counted, now)


def _note_told(channel: Channel, at: datetime) -> None:
    """Keep the newest time at which JTL-Wawi told the channel stock."""
    of_channel = Levelling.objects.filter(channel=channel)
    if not of_channel.filter(Q(told_at=None) | Q(told_at__lte=at)).update(told_at=at):
        Levelling.objects.get_or_create(channel=channel, defaults={"told_at": at})
