"""Stock sync groups: what one channel is told of a SKU holds for all offers of the same seller and SKU in the group.

JTL-Wawi tells the stock of a SKU to one channel of a group only. The level of a pool (seller, SKU, group) is the newest
among its offers, whatever brought it. All is read and written under the stock feed's counter: who draws next sees what
was written before, and no other lock is needed.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F, Q, QuerySet, Value, Window
from django.db.models.functions import Coalesce, FirstValue

from listings.models import Offer
from listings.rows import pieces
from platforms import feeds, pools
from platforms.jobs import Run
from platforms.models import Channel
from stock import levels
from stock.levels import Key
from stock.models import FEED, Levelling, StockLevel

# Offers looked at together; with 40 marketplaces each may have as many siblings.
BATCH = 500

Article = tuple[int, str]
"""The seller's primary key and the SKU: what offers of one platform share stock by."""


@dataclass(frozen=True)
class Pool:
    """The active marketplaces of a platform that share stock under a label now, by primary key."""

    label: str
    members: frozenset[int]


def attach(channel: Channel) -> int:
    """Give levels that came before their offer the offer, and level these offers over the channel's group.

    Returns how many levels got their offer.
    """
    if channel.kind != Channel.Kind.MARKETPLACE:
        return levels.attach(channel)
    if not levels.orphans(channel):
        return 0
    with transaction.atomic():
        # Before any level is locked, as everywhere.
        since = feeds.hold(FEED)
        found = levels.orphans(channel)
        attached = levels.attach(channel, {offer_id for _seller, offer_id in found})
        spread(channel, found, since)
    return attached


def spread(channel: Channel, keys: Collection[Key], since: int) -> None:
    """Level the articles of these offers over the marketplace's group; the counter is held from `since` on."""
    pool = pool_of(channel) if keys else None
    if pool:
        for some in pieces(sorted(keys), BATCH):
            _level(pool, _articles(channel, some), since)


def pool_of(channel: Channel) -> Pool | None:
    """The pool of a marketplace, None where it shares with nobody or is switched off.

    Call it under the counter, before levels are written: channels whose levels stand by the same label and that the
    pool does not reach now, and those it reaches whose levels stand by another, are marked, so that they are levelled
    once they come back.
    """
    stands = ("levelling__label", "levelling__joining")
    found = list(pools.labelled(channel.platform_id).order_by().values_list("pk", "is_active", "label", *stands))
    label = next((label for pk, is_active, label, *_ in found if pk == channel.pk and is_active), "")
    if not label:
        if any(pk == channel.pk and stands for pk, _is_active, _label, stands, _joining in found):
            Levelling.objects.filter(channel=channel).update(label="", joining="", after=0)
        return None
    members = frozenset(pk for pk, is_active, other, *_ in found if is_active and other == label)
    moved = [
        pk for pk, _is_active, _label, stands, _joining in found if pk in members and stands not in (label, "", None)
    ]
    if moved:
        Levelling.objects.filter(channel__in=moved).update(label="")
    left = [pk for pk, _is_active, _label, *by in found if pk not in members and label in by]
    if left:
        Levelling.objects.filter(channel__in=left).update(label="", joining="", after=0)
    return Pool(label, members)


def relevel(channel: Channel, run: Run) -> None:
    """Bring a channel that joined a group to the group's levels and the group to its own: the newest holds.

    Batch by batch; what is left when time is up, or at a kill, is done by the next run. One that leaves keeps its
    levels. Without a change it costs one query, and none for a channel that cannot be in a group.
    """
    if channel.kind != Channel.Kind.MARKETPLACE:
        return
    labels = pools.labelled(channel.platform_id).values_list("label", Coalesce("levelling__label", Value("")))
    wanted, stands = labels.get(pk=channel.pk)
    if wanted == stands:
        return
    while not run.expired:
        with transaction.atomic():
            more, changed = _relevel_batch(channel)
        run.count("levelled", changed)
        if not more:
            return


def _relevel_batch(channel: Channel) -> tuple[bool, int]:
    """Level the next of the channel's offers; whether more are left, and how many levels changed."""
    since = feeds.hold(FEED)
    pool = pool_of(channel)
    if pool is None:
        Levelling.objects.filter(channel=channel).update(label="", joining="", after=0)
        return False, 0
    row, _created = Levelling.objects.get_or_create(channel=channel)
    if row.label == pool.label:
        return False, 0
    if row.joining != pool.label:
        row.joining, row.after = pool.label, 0
    offers = offers_of(channel, row.after)
    changed = _level(pool, {(seller, sku) for _pk, seller, sku in offers if sku}, since)
    if len(offers) < BATCH:
        row.label, row.joining, row.after = pool.label, "", 0
    else:
        row.after = offers[-1][0]
    row.save()
    return len(offers) == BATCH, changed


def offers_of(channel: Channel, after: int) -> list[tuple[int, int, str]]:
    """Key, seller and SKU of the channel's next offers by key."""
    found = Offer.objects.visible().filter(channel=channel, pk__gt=after).order_by("pk")
    return list(found.values_list("pk", "seller_id", "sku")[:BATCH])


def _articles(channel: Channel, keys: Sequence[Key]) -> set[Article]:
    """The articles of the channel's offers with these keys, of those whose content is known."""
    wanted = set(keys)
    found = Offer.objects.visible().filter(
        channel=channel, seller__seller_id__in={key[0] for key in keys}, offer_id__in={key[1] for key in keys}
    )
    named = found.exclude(sku="").order_by().values_list("seller__seller_id", "offer_id", "seller_id", "sku")
    return {(seller, sku) for seller_id, offer_id, seller, sku in named if (seller_id, offer_id) in wanted}


def _level(pool: Pool, articles: Collection[Article], since: int) -> int:
    """Write the newest level of each article to all its offers in the pool; returns how many that changed.

    What one update made true has one number in the feed: the update's own where that was recorded since then.
    """
    return sum(
        levels.copy(
            behind(pool.members, some),
            *("channel_id", "seller__seller_id", "offer_id", "pk", Value("")),
            *("newest_quantity", "newest_version", "newest_at"),
            source=StockLevel.Source.GROUP.value,
            number="newest_number",
            since=since,
            together=("seller", "sku"),
        )
        for some in pieces(sorted(articles), BATCH)
    )


def behind(channels: Collection[int], articles: Sequence[Article]) -> QuerySet[Offer]:
    """The visible offers of the articles on these channels whose level is not the newest of their article.

    Each has the newest as `newest_quantity`, `newest_version`, `newest_at` and `newest_number`. At most `BATCH`
    articles.
    """
    version, quantity = F("stock_level__version"), F("stock_level__quantity")
    number = F("stock_level__number")
    # As `levels.rank` has it.
    order = [levels.bytewise(version).desc(nulls_last=True), quantity.asc(), number.desc()]

    def newest(of: F) -> Window:
        return Window(FirstValue(of), partition_by=[F("seller"), F("sku")], order_by=order)

    offers = Offer.objects.visible().filter(_of(articles), channel__in=channels).order_by()
    return offers.annotate(
        newest_version=newest(version),
        newest_quantity=newest(quantity),
        newest_at=newest(F("stock_level__updated_at")),
        newest_number=newest(number),
    ).filter(
        ~Q(newest_version=None),
        Q(stock_level=None) | ~Q(newest_version=version) | ~Q(newest_quantity=quantity),
    )


def _of(articles: Sequence[Article]) -> Q:
    """The offers of exactly these articles: SKUs such as 1001 are common, and no concern where others have them."""
    by_seller: dict[int, list[str]] = defaultdict(list)
    for seller, sku in articles:
        by_seller[seller].append(sku)
    condition = Q(pk__in=[])
    for seller, skus in by_seller.items():
        condition |= Q(seller=seller, sku__in=skus)
    return condition
