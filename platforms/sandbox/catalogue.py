"""The built-in catalogue on its way to SCX: its articles as the Seller API takes them (contract 6.1, 12)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from typing import Any

from platforms.sandbox import pictures
from platforms.sandbox.articles import ARTICLES, Article

BY_KEY = {article.key: article for article in ARTICLES}
TITLE_LENGTH = 512
EVERY_MOTIF = "*"
DISCOUNT = Decimal("0.9")


@dataclass(frozen=True)
class Target:
    """A channel to offer on; `price_types` are those it has named."""

    code: str
    currency: str
    price_types: Sequence[str]


def size(article: Article) -> int:
    """How many offer ids the article takes on one channel: its own and those of its variations."""
    return 1 + len(variations(article))


def variations(article: Article) -> list[tuple[str, ...]]:
    """The values of each variation, one for each dimension."""
    return list(product(*(values for _name, values in article.dimensions))) if article.dimensions else []


def entry(
    article: Article, targets: Sequence[Target], *, seller_id: str, first_offer_id: int, number: int | None = None
) -> dict[str, Any]:
    """One item of the `offerList` of `POST /v1/seller/offer`: a product and its offer on each channel.

    Offer ids count up from the first; the SKU carries the first, so that it is new each time and one for all channels.
    A `number` is added to the title.
    """
    sku = f"{article.sku}-{first_offer_id}"
    title = _numbered(article.title, number)
    offers = [
        _offer(article, target, seller_id=seller_id, offer_id=first_offer_id + index * size(article), sku=sku)
        for index, target in enumerate(targets)
    ]
    return {
        "salesChannelOfferList": [{**offer, "title": title} for offer in offers],
        "product": {**_product(article, sku), "title": title},
    }


def prices(amount: str, target: Target) -> list[dict[str, Any]]:
    """A price container for each price type, with a lower step from ten pieces."""
    return [price(kind, amount, target.currency) for kind in (target.price_types or ["B2C"])]


def price(kind: str, amount: str, currency: str) -> dict[str, Any]:
    """The container of one price type."""
    lower = (Decimal(amount) * DISCOUNT).quantize(Decimal("0.01"))
    steps = [
        {"amount": amount, "currency": currency, "quantity": "1"},
        {"amount": f"{lower:f}", "currency": currency, "quantity": "10"},
    ]
    return {"id": kind, "quantityPriceList": steps}


def picture_names(article: Article) -> list[str]:
    if article.motif == EVERY_MOTIF:
        return pictures.names()[: article.pictures]
    return pictures.of(article.motif, article.pictures) if article.pictures else []


def _numbered(title: str, number: int | None) -> str:
    if number is None:
        return title
    mark = f" ({number})"
    return title[: TITLE_LENGTH - len(mark)] + mark


def _offer(article: Article, target: Target, *, seller_id: str, offer_id: int, sku: str) -> dict[str, Any]:
    files = picture_names(article)
    offer: dict[str, Any] = {
        "channel": target.code,
        "sellerId": seller_id,
        "offerId": offer_id,
        "channelCategoryId": "4355111",
        "quantity": article.quantity,
        "taxPercent": "19.00",
        "priceList": prices(article.price, target),
        **_texts(article),
        "mainPicture": files[0] if files else "",
        "pictureList": files,
        "channelAttributeList": _attributes(article),
    }
    if article.dimensions:
        offer["variationList"] = [
            _variation(article, target, values, offer_id + 1 + index, sku)
            for index, values in enumerate(variations(article))
        ]
    return offer


def _variation(article: Article, target: Target, values: tuple[str, ...], offer_id: int, sku: str) -> dict[str, Any]:
    dimensions = [
        {"attributeId": name, "value": value} for (name, _all), value in zip(article.dimensions, values, strict=True)
    ]
    return {
        "offerId": offer_id,
        "sku": "-".join((sku, *values)),
        "gtin": article.gtin,
        "variationDimensionList": dimensions,
        "quantity": "8",
        "priceList": prices(article.price, target),
        "taxPercent": "19.00",
        "pictureList": picture_names(article)[:1],
        "title": ", ".join((article.title, *values)),
        "channelAttributeList": [{**each, "attributeId": f"global:{each['attributeId']}"} for each in dimensions],
    }


def _product(article: Article, sku: str) -> dict[str, Any]:
    described = {
        "sku": sku,
        **_texts(article),
        "gtin": article.gtin,
        "isbn": article.isbn,
        "mpn": f"MPN-{article.sku}",
        "brand": article.brand,
        "productAttributeList": [
            {"name": "Hersteller", "value": article.brand or "unbekannt"},
            {"name": "Gewicht", "value": "0,4 kg"},
        ],
    }
    return {name: value for name, value in described.items() if value}


def _texts(article: Article) -> dict[str, str]:
    texts = {"title": article.title, "subTitle": article.sub_title, "description": article.description}
    return {name: text for name, text in texts.items() if text}


def _attributes(article: Article) -> list[dict[str, str]]:
    first = [
        {"attributeId": "global:brand", "value": article.brand},
        {"attributeId": "global:feature", "value": "nachhaltig", "group": "0"},
        {"attributeId": "global:feature", "value": "geprüft", "group": "1"},
    ]
    more = [
        {"attributeId": f"merkmal-{number}", "value": f"Wert {number}: größer als {number - 1} €"}
        for number in range(len(first) + 1, article.attributes + 1)
    ]
    return (first + more)[: article.attributes]
