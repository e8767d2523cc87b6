"""What a merchant does in JTL-Wawi, for the Wawi page: the same functions that the Seller API calls."""

from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from platforms.sandbox import addresses, catalogue, offers, stock
from platforms.sandbox.catalogue import Target
from platforms.sandbox.models import Channel, Membership, Offer, PriceType, Seller
from platforms.sandbox.problems import Problem, Refusal

DEFAULT_VERSION = "1.11.0.6"
VERSIONS = ("1.9.7.0", "1.10.11.0", DEFAULT_VERSION, "2.0.0.0")
FIRST_OFFER_ID = 1001


def user_agent(version: str) -> str:
    return f"Wawi/{version}"


@transaction.atomic
def create_offers(seller: Seller, *, codes: list[str], keys: list[str], files_url: str, client_version: str) -> None:
    """Offer articles of the catalogue on channels where the seller trades; one product, one SKU, for all channels."""
    targets = _targets(seller, codes)
    articles = [catalogue.BY_KEY[key] for key in keys if key in catalogue.BY_KEY]
    if not targets or not articles:
        raise Refusal(400, Problem("VAL100", _("Choose at least one article and one channel.")))
    entries = []
    offer_id = _next_offer_id(seller)
    for article in articles:
        entries.append(catalogue.entry(article, targets, seller_id=seller.seller_id, first_offer_id=offer_id))
        offer_id += len(targets) * (1 + len(article.sizes))
    body = {"offerList": entries}
    offers.send(seller.account, body, kind="New", files_url=files_url, client_version=client_version)


@transaction.atomic
def change_stock(offer: Offer, quantity: Decimal, client_version: str) -> None:
    """In a stock sync group the quantity holds for every offer of the SKU, and one channel is told."""
    told = stock.receiver_of(offer)
    pool = Offer.objects.filter(pk__in={offer.pk, told.pk})
    if offer.channel.stock_sync_group:
        pool = Offer.objects.filter(
            seller=offer.seller, sku=offer.sku, channel__stock_sync_group=offer.channel.stock_sync_group
        )
    item = {**_address(told), "quantity": f"{quantity:f}"}
    stock.change(offer.seller.account, [item], client_version=client_version)
    pool.update(quantity=quantity)


@transaction.atomic
def change_price(offer: Offer, amount: Decimal, client_version: str) -> None:
    target = _targets(offer.seller, [offer.channel.code])
    if not target:
        raise Refusal(400, addresses.unknown("offer", _address(offer)))
    item = {**_address(offer), "priceList": catalogue.prices(f"{amount:f}", target[0])}
    offers.change_prices(offer.seller.account, [item], client_version=client_version)


@transaction.atomic
def end_offer(offer: Offer, client_version: str) -> None:
    warnings = offers.end(offer.seller.account, [_address(offer)], client_version=client_version)
    if warnings:
        raise Refusal(400, *warnings)


def price_of(offer: Offer) -> str:
    """The first price of the offer's own content; a variation shows none."""
    containers = offer.content.get("offer", {}).get("priceList") or [{}]
    steps = containers[0].get("quantityPriceList") or [{}]
    return str(steps[0].get("amount", ""))


def _targets(seller: Seller, codes: list[str]) -> list[Target]:
    trading = Membership.objects.trading().filter(seller=seller, channel__code__in=codes).select_related("channel")
    return [
        Target(each.channel.code, each.channel.currency, _price_types(each.channel))
        for each in trading.order_by("channel")
    ]


def _price_types(channel: Channel) -> list[str]:
    return list(PriceType.objects.filter(channel=channel).order_by("pk").values_list("price_type_id", flat=True))


def _next_offer_id(seller: Seller) -> int:
    highest = Offer.objects.filter(seller=seller).aggregate(highest=Max("offer_id"))["highest"]
    return max(FIRST_OFFER_ID, (highest or 0) + 1)


def _address(offer: Offer) -> dict[str, Any]:
    return {"channel": offer.channel.code, "sellerId": offer.seller.seller_id, "offerId": offer.offer_id}
