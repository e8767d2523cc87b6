"""The feed of prices for endpoints: what an offer or variation costs by now."""

from collections.abc import Collection

from django.db.models import Q
from django.utils import timezone

from listings.api_prices import PriceChangeSerializer, with_prices
from listings.models import Offer
from platforms.webhooks.messages import Message

TOPIC = "price.changed"
IDS = ("channel", "seller", "offer", "offer_id", "parent_offer_id", "sku", "channel_offer_id", "cursor")


def read(after: int, channels: Collection[int] | None, limit: int) -> tuple[list[Message], int]:
    """As `platforms.webhooks.messages.Reader`."""
    priced = Q(prices_number__gt=after)
    if channels is not None:
        priced &= Q(channel__in=channels)
    numbers = Offer.objects.filter(priced).order_by("prices_number").values_list("prices_number", flat=True)[:limit]
    last = max((number for number in numbers if number is not None), default=after)
    # What its listing dropped meanwhile is told no more.
    shown = with_prices(Offer.objects.visible().filter(priced, prices_number__lte=last))
    return [_message(offer) for offer in shown.order_by("prices_number")], last


def _message(offer: Offer) -> Message:
    data = PriceChangeSerializer(offer).data
    subject, version = f"prices {offer.pk}", str(offer.prices_number)
    at = offer.price_at or timezone.now()
    return Message(TOPIC, offer.channel_id, subject, version, at, data, IDS, offer.seller.seller_id)
