"""Many offers at once: locked in the one order all writers keep, written in one statement, numbered for the feed."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby, islice
from typing import TypeVar

from django.db import connection
from django.db.models import Q

from listings.models import FEED, Offer
from platforms import bulk, feeds
from platforms.models import Channel

Key = tuple[int, int]
"""The seller's primary key and SCX's offer id: what tells offers of one channel apart."""

KEYS = ("id", "channel", "seller", "offer_id")
WRITTEN_AT_ONCE = 1000

T = TypeVar("T")


def pieces(values: Iterable[T], size: int) -> Iterator[list[T]]:
    """The values in lists of up to `size`."""
    remaining = iter(values)
    while piece := list(islice(remaining, size)):
        yield piece


def of_keys(keys: Sequence[Key]) -> Q:
    """The offers with these keys; the keys must be sorted."""
    condition = Q(pk__in=[])
    for seller, of_seller in groupby(keys, key=lambda key: key[0]):
        condition |= Q(seller=seller, offer_id__among=[offer_id for _seller, offer_id in of_seller])
    return condition


def lock(condition: Q, fields: Sequence[str] = ()) -> list[Offer]:
    """The offers, locked until the transaction ends, in the order of seller and offer id that rules out deadlocks.

    With `fields`, only those and the keys are loaded.
    """
    # no_key: rows elsewhere that point at these offers may be written meanwhile.
    offers = Offer.objects.filter(condition).select_for_update(of=("self",), no_key=True)
    if fields:
        offers = offers.only(*KEYS, *fields)
    if connection.features.has_select_for_update:
        return list(offers.order_by("seller_id", "offer_id"))
    # Asked for an order, SQLite walks all offers in it.
    return sorted(offers.order_by(), key=lambda offer: (offer.seller_id, offer.offer_id))


def lock_or_make(channel: Channel, keys: Collection[Key], fields: Sequence[str]) -> dict[Key, Offer]:
    """The offers with these keys, and the listings their variations belong to, all locked; unknown ones are made.

    Only these fields and the keys are loaded.

    Everything missing is inserted in key order before anything is locked in key order, so that two workers with
    overlapping batches wait for each other instead of blocking each other.
    """
    wanted = sorted(keys)
    known: set[Key] = set()
    parents: set[Key] = set()
    rows = Offer.objects.filter(of_keys(wanted), channel=channel)
    for seller, offer_id, parent in rows.order_by().values_list("seller_id", "offer_id", "parent__offer_id"):
        known.add((seller, offer_id))
        if parent is not None:
            parents.add((seller, parent))
    missing = [key for key in wanted if key not in known]
    for piece in pieces(missing, WRITTEN_AT_ONCE):
        sellers, offer_ids = zip(*piece, strict=True)
        bulk.insert_alike(Offer(channel=channel), {"seller_id": sellers, "offer_id": offer_ids}, skip_known=True)
    locked = lock(Q(of_keys(sorted({*wanted, *parents})), channel=channel), fields)
    return {(offer.seller_id, offer.offer_id): offer for offer in locked}


def write(offers: Sequence[Offer], fields: Sequence[str], *, now: datetime) -> None:
    """Write these fields of locked offers, with the feed numbers that tell readers of the change.

    Call it last in the transaction: the feed's counter stays locked from here to the commit.
    """
    if not offers:
        return
    number = feeds.draw(FEED, len(offers))
    for offset, offer in enumerate(offers):
        offer.number, offer.updated_at = number + offset, now
    written = [*fields, "number", "updated_at"]
    for piece in pieces(offers, WRITTEN_AT_ONCE):
        bulk.update(piece, written)
