"""The stock feed for endpoints: one message for each change, with the offers it holds for."""

from collections.abc import Iterable

from platforms.webhooks.messages import Message
from stock.api import StockChangeSerializer, changes, feed_rows
from stock.models import StockLevel

TOPIC = "stock.changed"
IDS = ("channel", "seller", "offer_id", "channel_offer_id", "sku", "cursor")


def read(after: int, channels: Iterable[int] | None, limit: int) -> tuple[list[Message], int]:
    """As `platforms.webhooks.messages.Reader`."""
    levels = StockLevel.objects.filter(number__gt=after)
    if channels is not None:
        levels = levels.filter(channel__in=channels)
    numbers = list(levels.order_by("number").values_list("number", flat=True)[:limit])
    if not numbers:
        return [], after
    # What shares a number is read whole.
    rows = feed_rows(levels.filter(number__lte=numbers[-1])).order_by("number")
    return [_message(change) for change in changes(rows)], numbers[-1]


def _message(change: StockLevel) -> Message:
    data = StockChangeSerializer(change).data
    # In a stock sync group the one that tells of all may be another next time; the seller and SKU stay.
    sku = data["sku"] or f"offer {change.channel_id}/{change.offer_id}"
    subject = f"stock {change.seller_id} {sku}"[:100]
    version = f"{change.channel_id}/{change.offer_id}/{change.number}"
    return Message(TOPIC, change.channel_id, subject, version, change.updated_at, data, IDS, change.seller_id)
