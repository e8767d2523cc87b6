"""Prices as they are written: those that differ, whose offers get a new place in the feed of prices."""

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

from listings.models import PRICES_FEED, Offer, Price
from listings.payload import PriceStep
from platforms import bulk, feeds

STEP = ("price_type", "quantity", "amount", "currency")

Steps = set[tuple[Any, ...]]


def replace(wanted: Sequence[tuple[Offer, Sequence[PriceStep]]], were_priced: Sequence[int]) -> dict[int, Offer]:
    """Write the prices of locked offers that differ; returns the offers, by their keys, whose prices do.

    `were_priced`: the keys of those that may have had prices before.
    """
    known = _known(were_priced)
    differing = [
        (offer, steps)
        for offer, steps in wanted
        if set(map(attrgetter(*STEP), steps)) != known.get(offer.pk, set())
        # Written by a process of the version before.
        or (steps and offer.prices_number is None)
    ]
    if old := [offer.pk for offer, _steps in differing if offer.pk in known]:
        Price.objects.filter(offer__among=old).delete()
    rows = [(offer.pk, step) for offer, steps in differing for step in steps]
    columns: dict[str, list[Any]] = {"offer_id": [offer for offer, _step in rows]}
    for name in STEP:
        columns[name] = [getattr(step, name) for _offer, step in rows]
    bulk.insert_alike(Price(), columns)
    return {offer.pk: offer for offer, _steps in differing}


def number(offers: Sequence[Offer]) -> None:
    """New places in the feed, in memory; they are written with the offers.

    Before the numbers of the offers' own feed, everywhere: so nobody who has one counter waits for the other.
    """
    if offers:
        first = feeds.draw(PRICES_FEED, len(offers))
        for offset, offer in enumerate(offers):
            offer.prices_number = first + offset


def _known(offers: Sequence[int]) -> dict[int, Steps]:
    """The prices of those offers that have any, as they stand in the database."""
    found: dict[int, Steps] = {}
    if offers:
        for offer, *step in Price.objects.filter(offer__among=offers).order_by().values_list("offer", *STEP):
            found.setdefault(offer, set()).add(tuple(step))
    return found
