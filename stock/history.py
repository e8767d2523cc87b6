"""What SCX said of stock, kept for a while: why a level is what it is, and which quantities no stock can have."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from listings.models import Offer
from platforms import bulk
from platforms.models import Channel
from stock.levels import Outcome, Update, held, is_possible
from stock.models import StockLevel, StockUpdate

logger = logging.getLogger(__name__)

# What no stock can be is kept so long at least, and told of.
SHORTEST = timedelta(days=1)
# More than a channel is told in the minute between two runs.
FORGOTTEN_AT_ONCE = 20_000
LONGEST_NUMBER = 60
# Updates shown of one level, and offers of one SKU looked at for it.
SHOWN = 50
SIBLINGS = 200


def keep(channel: Channel, outcome: Outcome, now: datetime) -> None:
    """Note what SCX said; without `STOCK_HISTORY_DAYS` only what no stock can be."""
    given = [
        update
        for update in (*outcome.superseded, *outcome.counted)
        if settings.STOCK_HISTORY_DAYS or not is_possible(update.quantity)
    ]
    columns: dict[str, Sequence[Any]] = {
        "quantity": [held(update.quantity) for update in given],
        "said": [_said(update) for update in given],
        "superseded": [update in outcome.superseded for update in given],
    }
    for name in ("seller_id", "offer_id", "version", "updated_at", "source"):
        columns[name] = [getattr(update, name) for update in given]
    bulk.insert_alike(StockUpdate(channel=channel, received_at=now), columns)


def not_kept_yet(channel: Channel, updates: set[Update]) -> set[Update]:
    """Of updates that came too late those that are not kept as such already."""
    if not updates:
        return updates
    rows = StockUpdate.objects.filter(
        channel=channel,
        seller_id__in={update.seller_id for update in updates},
        offer_id__among={update.offer_id for update in updates},
        version__in={update.version for update in updates},
    ).order_by()
    kept = set(rows.values_list("seller_id", "offer_id", "version", "quantity"))
    return {update for update in updates if (*update.key, update.version, held(update.quantity)) not in kept}


def _said(update: Update) -> str | None:
    """The quantity as SCX gave it, where no stock can be so."""
    if is_possible(update.quantity):
        return None
    text, counts = str(update.quantity)[:LONGEST_NUMBER], held(update.quantity)
    logger.warning("Quantity %s of offer %s of seller %s counts as %s", text, update.offer_id, update.seller_id, counts)
    return text


def forget() -> None:
    """Remove what was kept long enough, of all channels: so much of it at a time that nobody waits for that."""
    before = timezone.now() - max(timedelta(days=settings.STOCK_HISTORY_DAYS), SHORTEST)
    by_key = StockUpdate.objects.order_by("pk")
    # Keys rise with time: where the oldest is young enough, all are.
    oldest = by_key.values_list("received_at", flat=True).first()
    if oldest and oldest < before:
        keys = list(by_key.values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE])
        StockUpdate.objects.filter(pk__among=keys, received_at__lt=before).delete()


def of(level: StockLevel) -> QuerySet[StockUpdate]:
    """What made the level, and what did not, the newest first: said of its offer, or of one that it shares stock with.

    Those are the seller's offers of the same SKU on the marketplaces of the platform, whether or not they share now.
    """
    offer = level.offer_row
    about = Q(channel=level.channel_id, offer_id=level.offer_id)
    if offer and offer.sku and level.channel.platform_id:
        alike = Offer.objects.filter(seller=offer.seller_id, sku=offer.sku).values_list("channel", "offer_id")
        for channel, offer_id in alike.order_by("-pk")[:SIBLINGS]:
            about |= Q(channel=channel, offer_id=offer_id)
    found = StockUpdate.objects.filter(about, seller_id=level.seller_id)
    return found.select_related("channel").order_by("-pk")
