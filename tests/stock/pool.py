"""A platform with marketplaces that share stock, and short ways to an offer and to a level there."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction

from listings.models import Offer
from platforms.models import Channel, ChannelAtScx, StockSyncGroup
from sellers.models import Seller
from stock import intake, levels
from stock.models import StockLevel
from tests.factories import NOON, MarketplaceFactory, OfferFactory, PlatformFactory, SellerFactory


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def platform(groups: dict[str, str]) -> Channel:
    """A platform with these marketplaces, by code, each in the group of this label; an empty one is none."""
    made = PlatformFactory(code="amazon", display_name="Amazon")
    for code, label in groups.items():
        MarketplaceFactory(code=code, display_name=code.title(), platform=made, stock_sync_group=group(made, label))
    return made


def group(home: Channel, label: str) -> StockSyncGroup | None:
    return StockSyncGroup.objects.get_or_create(platform=home, label=label)[0] if label else None


def market(code: str) -> Channel:
    """Read anew, as a job does."""
    return Channel.objects.select_related("platform").get(code=code)


def show(code: str, label: str | None) -> None:
    """Let SCX show this label of the channel."""
    ChannelAtScx.objects.update_or_create(channel=market(code), defaults={"stock_sync_group": label})


def seller(seller_id: str = "S1") -> Seller:
    home = Channel.objects.get(code="amazon")
    return Seller.objects.filter(seller_id=seller_id).first() or SellerFactory(channel=home, seller_id=seller_id)


def offer(code: str, offer_id: int, sku: str = "X", seller_id: str = "S1", **values) -> Offer:
    return OfferFactory(channel=market(code), seller=seller(seller_id), offer_id=offer_id, sku=sku, **values)


def told(code: str, offer_id: int, quantity: int, seconds: float, seller_id: str = "S1") -> levels.Update:
    """What SCX said of an offer, recorded."""
    update = levels.Update(
        seller_id=seller_id,
        offer_id=offer_id,
        quantity=Decimal(quantity),
        updated_at=at(seconds),
        version=levels.version(at(seconds), event_id="e"),
        source=StockLevel.Source.EVENT,
    )
    with transaction.atomic():
        intake.record(market(code), [update])
    return update


def quantities() -> dict[tuple[str, int], int]:
    """Every level by channel code and offer id."""
    rows = StockLevel.objects.values_list("channel__code", "offer_id", "quantity")
    return {(code, offer_id): int(quantity) for code, offer_id, quantity in rows}
