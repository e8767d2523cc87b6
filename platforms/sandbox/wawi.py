"""What a merchant does in JTL-Wawi, for the Wawi page: the same functions that the Seller API calls."""

import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from platforms.sandbox import addresses, catalogue, offers, pricing, shapes, stock
from platforms.sandbox.articles import Article
from platforms.sandbox.catalogue import Target
from platforms.sandbox.models import Channel, Membership, Offer, Seller
from platforms.sandbox.problems import Problem, Refusal
from platforms.sandbox.validation import record, validated

DEFAULT_VERSION = "1.11.0.6"
VERSIONS = ("1.9.7.0", "1.10.11.0", DEFAULT_VERSION, "2.0.0.0")
VERSION = re.compile(r"\d{1,6}(\.\d{1,6}){0,5}", re.ASCII)
FIRST_OFFER_ID = 1001
MOST = 10_000
BATCH = 500
TEXTS = record({}, shapes.texts)

# From the choice of offer ids until they are stored; one process serves everything.
_creating = threading.Lock()


def user_agent(version: str) -> str:
    return f"Wawi/{version}"


def create_offers(
    seller: Seller,
    *,
    codes: Sequence[str],
    keys: Sequence[str],
    files_url: str,
    client_version: str,
    count: int | None = None,
) -> dict[str, int]:
    """Offer articles of the catalogue on channels where the seller trades; one product, one SKU, for all channels.

    With a `count` the articles are repeated, numbered, until each channel has that many offers; without one each is
    offered once. Gives how many offers went to each channel. Each batch is stored by itself, so that no other call
    waits long.
    """
    targets = _targets(seller, codes)
    articles = [catalogue.BY_KEY[key] for key in keys if key in catalogue.BY_KEY]
    if not targets or not articles:
        raise Refusal(400, Problem("VAL100", _("Choose at least one article and one channel.")))
    closed = pricing.closed(Channel.objects.filter(code__in=[target.code for target in targets]))
    if closed:
        raise Refusal(400, *(pricing.none_yet(channel.code) for channel in closed))
    total = len(articles) if count is None else count
    for start in range(0, total, BATCH):
        with _creating:
            entries = _entries(seller, articles, targets, range(start, min(start + BATCH, total)), total)
            _send(seller, {"offerList": list(entries)}, files_url=files_url, client_version=client_version)
    return {target.code: total for target in targets}


@transaction.atomic
def change_stock(offer: Offer, quantity: Decimal, client_version: str) -> Channel:
    """In a stock sync group the quantity holds for every offer of the SKU, and one channel is told: the one given."""
    told = stock.receiver_of(offer)
    pool = Offer.objects.filter(pk__in={offer.pk, told.pk})
    if offer.channel.stock_sync_group:
        pool = Offer.objects.filter(
            seller=offer.seller, sku=offer.sku, channel__stock_sync_group=offer.channel.stock_sync_group
        )
    item = {**_address(told), "quantity": f"{quantity:f}"}
    stock.change(offer.seller.account, [item], client_version=client_version)
    pool.update(quantity=quantity)
    return told.channel


@transaction.atomic
def change_prices(offer: Offer, amounts: Mapping[str, Decimal], client_version: str) -> None:
    """New amounts by price type; a price type that is not named keeps its prices."""
    changed = {
        kind: catalogue.price(kind, f"{amount:f}", offer.channel.currency)
        for kind, amount in amounts.items()
        if kind in price_types(offer)
    }
    kept = {each["id"]: each for each in price_list(offer) if each["id"] in price_types(offer)}
    item = {**_address(offer), "priceList": list({**kept, **changed}.values())}
    offers.change_prices(offer.seller.account, [item], client_version=client_version)


@transaction.atomic
def change_texts(offer: Offer, texts: Mapping[str, str], *, files_url: str, client_version: str) -> None:
    """Title, subtitle and description of the offer on this channel; SCX is sent the whole listing (contract 6.1)."""
    body = _as_they_stand([offer])
    listing = body["offerList"][0]["salesChannelOfferList"][0]
    listing.update(validated(TEXTS, texts))
    if offer.channel_offer_id:
        listing["channelOfferId"] = offer.channel_offer_id
    offers.send(offer.seller.account, body, kind="Update", files_url=files_url, client_version=client_version)


def relist(seller: Seller, ended: Sequence[Offer], *, files_url: str, client_version: str) -> None:
    """Offer ended offers again under their own ids; where SCX would refuse one, none is sent. Batches as above."""
    addresses.required(seller.account, [_address(offer) for offer in ended])
    for start in range(0, len(ended), BATCH):
        some = [offer.pk for offer in ended[start : start + BATCH]]
        whole = Offer.objects.filter(pk__in=some).select_related("channel", "seller")
        body = _as_they_stand(list(whole.order_by("-pk")))
        _send(seller, body, files_url=files_url, client_version=client_version)


def end(seller: Seller, listed: Sequence[Offer], client_version: str) -> None:
    """End offers; where SCX would refuse one, none is ended. Batches as above."""
    items = [_address(offer) for offer in listed]
    addresses.required(seller.account, items)
    for start in range(0, len(items), BATCH):
        with transaction.atomic():
            offers.end(seller.account, items[start : start + BATCH], client_version=client_version)


def listing_of(variation: Offer) -> Offer:
    """The listing a variation belongs to; itself when SCX does not know that."""
    siblings = Offer.objects.filter(channel=variation.channel, seller=variation.seller)
    related = siblings.select_related("seller__account", "seller__channel", "channel__platform")
    return related.filter(offer_id=variation.parent_offer_id or 0).first() or variation


def price_list(offer: Offer) -> list[dict[str, Any]]:
    """The price containers of the offer's own content; a variation has none until its price changes."""
    containers: list[dict[str, Any]] = offer.content.get("offer", {}).get("priceList", [])
    return containers


def price_types(offer: Offer) -> list[str]:
    """Those its channel has named; on a channel that has named none, those of the offer's own prices."""
    return pricing.named(offer.channel) or [each["id"] for each in price_list(offer)]


@transaction.atomic
def _send(seller: Seller, body: dict[str, Any], *, files_url: str, client_version: str) -> None:
    offers.send(seller.account, body, kind="New", files_url=files_url, client_version=client_version)


def _entries(
    seller: Seller, articles: Sequence[Article], targets: Sequence[Target], indexes: range, total: int
) -> Iterator[dict[str, Any]]:
    offer_id = _next_offer_id(seller)
    for index in indexes:
        article = articles[index % len(articles)]
        number = index // len(articles) + 1 if total > len(articles) else None
        yield catalogue.entry(article, targets, seller_id=seller.seller_id, first_offer_id=offer_id, number=number)
        offer_id += len(targets) * catalogue.size(article)


def _as_they_stand(listings: Sequence[Offer]) -> dict[str, Any]:
    """A body for `/v1/seller/offer` with listings as last sent and the stock and prices changed since."""
    sellers, ids = {offer.seller_id for offer in listings}, [offer.offer_id for offer in listings]
    variations = Offer.objects.filter(seller__in=sellers, parent_offer_id__in=ids)
    rows = {(row.channel_id, row.offer_id): row for row in variations}
    entries = []
    for offer in listings:
        listing = _with_changes(offer.content["offer"], offer)
        listing["variationList"] = [
            _with_changes(sent, rows.get((offer.channel_id, sent["offerId"])))
            for sent in listing.get("variationList", [])
        ]
        entries.append({"salesChannelOfferList": [listing], "product": offer.content["product"]})
    return {"offerList": entries}


def _with_changes(sent: dict[str, Any], row: Offer | None) -> dict[str, Any]:
    if row is None:
        return sent
    return {**sent, "quantity": f"{row.quantity.normalize():f}", "priceList": price_list(row) or sent["priceList"]}


def _targets(seller: Seller, codes: Sequence[str]) -> list[Target]:
    trading = Membership.objects.trading().filter(seller=seller, channel__code__in=codes).select_related("channel")
    return [
        Target(each.channel.code, each.channel.currency, pricing.named(each.channel))
        for each in trading.order_by("channel")
    ]


def _next_offer_id(seller: Seller) -> int:
    highest = Offer.objects.filter(seller=seller).aggregate(highest=Max("offer_id"))["highest"]
    return max(FIRST_OFFER_ID, (highest or 0) + 1)


def _address(offer: Offer) -> dict[str, Any]:
    return {"channel": offer.channel.code, "sellerId": offer.seller.seller_id, "offerId": offer.offer_id}
