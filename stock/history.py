"""What SCX said of stock, kept for a while: why a level is what it is, and which quantities no stock can have."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from listings.models import Offer
from platforms import bulk
from platforms.jobs import Run
from platforms.models import Channel
from stock.levels import LARGEST, Outcome, Update, held
from stock.models import StockLevel, StockUpdate

logger = logging.getLogger(__name__)

# What no stock can be is kept so long at least, and told of.
SHORTEST = timedelta(days=1)
FORGOTTEN_AT_ONCE = 5000
LONGEST_NUMBER = 60
# Updates shown of one level, and offers of one SKU looked at for it.
SHOWN = 50
SIBLINGS = 200


def keep(channel: Channel, outcome: Outcome, now: datetime) -> None:
    """Note what SCX said; without `STOCK_HISTORY_DAYS` only what no stock can be."""
    given = [*outcome.superseded, *outcome.counted]
    quantities = [held(update.quantity) for update in given]
    said = [_said(update, quantity) for update, quantity in zip(given, quantities, strict=True)]
    is_superseded = [True] * len(outcome.superseded) + [False] * len(outcome.counted)
    kept = [number for number, text in enumerate(said) if text or settings.STOCK_HISTORY_DAYS]
    if not kept:
        return
    columns: dict[str, Sequence[Any]] = {"quantity": quantities, "said": said, "superseded": is_superseded}
    for name in ("seller_id", "offer_id", "version", "updated_at", "source"):
        columns[name] = [getattr(update, name) for update in given]
    if len(kept) < len(given):
        columns = {name: [values[number] for number in kept] for name, values in columns.items()}
    bulk.insert_alike(StockUpdate(channel=channel, received_at=now), columns)


def _said(update: Update, quantity: Decimal) -> str | None:
    """The quantity as SCX gave it, where no stock can be so."""
    if 0 <= update.quantity <= LARGEST:
        return None
    text = str(update.quantity)[:LONGEST_NUMBER]
    logger.warning(
        "Quantity %s of offer %s of seller %s counts as %s", text, update.offer_id, update.seller_id, quantity
    )
    return text


def forget(run: Run) -> None:
    """Remove what was kept long enough, of all channels."""
    days = timedelta(days=settings.STOCK_HISTORY_DAYS)
    before = timezone.now() - max(days, SHORTEST)
    while not run.expired:
        # Keys rise with time: where the oldest is young enough, all are.
        oldest = StockUpdate.objects.order_by("pk").values_list("pk", "received_at")[:FORGOTTEN_AT_ONCE]
        old = [pk for pk, received_at in oldest if received_at < before]
        if not old:
            return
        StockUpdate.objects.filter(pk__among=old).delete()


def of(level: StockLevel) -> QuerySet[StockUpdate]:
    """What made the level, and what did not, the newest first: said of its offer, or of one that it shares stock with.

    Those are the seller's offers of the same SKU on the marketplaces of the platform, whether or not they share now.
    """
    offer = level.offer_row
    about = Q(channel=level.channel_id, offer_id=level.offer_id)
    if offer and offer.sku and level.channel.platform_id:
        alike = Offer.objects.filter(seller=offer.seller_id, sku=offer.sku).values_list("channel", "offer_id")
        for channel, offer_id in alike[:SIBLINGS]:
            about |= Q(channel=channel, offer_id=offer_id)
    found = StockUpdate.objects.filter(about, seller_id=level.seller_id)
    return found.select_related("channel").order_by("-pk")
