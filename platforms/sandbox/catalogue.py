"""The built-in catalogue: what a merchant of the Wawi page can offer, at the full width of contract 6.1."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from platforms.sandbox import pictures


@dataclass(frozen=True)
class Article:
    """`sizes` makes variations; a demo marketplace refuses what has no picture or no GTIN."""

    key: str
    sku: str
    title: str
    sub_title: str
    description: str
    brand: str
    price: str
    gtin: str | None = None
    pictures: int = 0
    quantity: str = "25"
    sizes: tuple[str, ...] = ()


ARTICLES = (
    Article(
        key="headphones",
        sku="KOPF-100",
        title="Kopfhörer Nordlicht – kabellos, 40 Stunden Laufzeit",
        sub_title="Große Ohrmuscheln, weiche Polster ♫",
        description="<h2>Kopfhörer Nordlicht</h2><p>Hören Sie <strong>40 Stunden</strong> ohne Pause. Geräusche "
        "bleiben draußen &amp; Musik drinnen. 🎧</p><ul><li>Bluetooth 5.3</li><li>faltbar</li><li>USB-C</li></ul>",
        brand="Nordlicht",
        price="89.90",
        gtin="4006381333931",
        pictures=6,
    ),
    Article(
        key="teapot",
        sku="KANNE-7",
        title="Teekanne Äsche, 1,2 Liter",
        sub_title="Steinzeug, von Hand glasiert",
        description="<p>Eine Kanne für <em>sechs</em> Tassen, spülmaschinenfest. Noch ohne Foto.</p>",
        brand="Töpferei Süß",
        price="34.50",
        gtin="4012345678901",
    ),
    Article(
        key="lamp",
        sku="LEUCHTE-3",
        title="Schreibtischleuchte Bögle",
        sub_title="Dimmbar, warmweiß bis tageslicht",
        description="<p>Drei Gelenke, ein Schalter. Vom Hersteller ohne Strichcode geliefert.</p>",
        brand="Bögle",
        price="59.00",
        pictures=3,
    ),
    Article(
        key="shirt",
        sku="HEMD-20",
        title="Leinenhemd Küste",
        sub_title="Aus europäischem Leinen",
        description="<p>Luftig, bügelleicht und in vier Größen. <br>Fällt normal aus.</p>",
        brand="Küste & Meer",
        price="49.95",
        gtin="4013245678908",
        pictures=4,
        quantity="0",
        sizes=("S", "M", "L", "XL"),
    ),
)
BY_KEY = {article.key: article for article in ARTICLES}


@dataclass(frozen=True)
class Target:
    """A channel to offer on; `price_types` are those it has named."""

    code: str
    currency: str
    price_types: Sequence[str]


def entry(article: Article, targets: Sequence[Target], *, seller_id: str, first_offer_id: int) -> dict[str, Any]:
    """One item of the `offerList` of `POST /v1/seller/offer`: a product and its offer on each channel.

    Offer ids count up from the first; the SKU carries the first, so that it is new each time and one for all channels.
    """
    step = 1 + len(article.sizes)
    sku = f"{article.sku}-{first_offer_id}"
    offers = [
        _offer(article, target, seller_id=seller_id, offer_id=first_offer_id + index * step, sku=sku)
        for index, target in enumerate(targets)
    ]
    return {"salesChannelOfferList": offers, "product": _product(article, sku)}


def prices(amount: str, target: Target) -> list[dict[str, Any]]:
    """A price container for each price type, with a lower step from ten pieces."""
    steps = [
        {"amount": amount, "currency": target.currency, "quantity": "1"},
        {"amount": f"{float(amount) * 0.9:.2f}", "currency": target.currency, "quantity": "10"},
    ]
    return [{"id": kind, "quantityPriceList": steps} for kind in (target.price_types or ["B2C"])]


def _offer(article: Article, target: Target, *, seller_id: str, offer_id: int, sku: str) -> dict[str, Any]:
    files = _pictures(article)
    offer: dict[str, Any] = {
        "channel": target.code,
        "sellerId": seller_id,
        "offerId": offer_id,
        "channelCategoryId": "4355111",
        "quantity": article.quantity,
        "taxPercent": "19.00",
        "priceList": prices(article.price, target),
        "title": article.title,
        "subTitle": article.sub_title,
        "description": article.description,
        "mainPicture": files[0] if files else "",
        "pictureList": files,
        "channelAttributeList": _attributes(article),
    }
    if article.sizes:
        offer["variationList"] = [
            _variation(article, target, size, offer_id + 1 + index, f"{sku}-{size}")
            for index, size in enumerate(article.sizes)
        ]
    return offer


def _variation(article: Article, target: Target, size: str, offer_id: int, sku: str) -> dict[str, Any]:
    return {
        "offerId": offer_id,
        "sku": sku,
        "gtin": article.gtin,
        "variationDimensionList": [{"attributeId": "size", "value": size}],
        "quantity": "8",
        "priceList": prices(article.price, target),
        "taxPercent": "19.00",
        "pictureList": _pictures(article)[:1],
        "title": f"{article.title}, {size}",
        "channelAttributeList": [{"attributeId": "global:size", "value": size}],
    }


def _product(article: Article, sku: str) -> dict[str, Any]:
    product: dict[str, Any] = {
        "sku": sku,
        "title": article.title,
        "subTitle": article.sub_title,
        "description": article.description,
        "mpn": f"MPN-{article.sku}",
        "brand": article.brand,
        "productAttributeList": [
            {"name": "Hersteller", "value": article.brand},
            {"name": "Gewicht", "value": "0,4 kg"},
        ],
    }
    return {**product, "gtin": article.gtin} if article.gtin else product


def _attributes(article: Article) -> list[dict[str, str]]:
    return [
        {"attributeId": "global:brand", "value": article.brand},
        {"attributeId": "global:feature", "value": "nachhaltig", "group": "0"},
        {"attributeId": "global:feature", "value": "geprüft", "group": "1"},
    ]


def _pictures(article: Article) -> list[str]:
    start = ARTICLES.index(article) * 3
    names = pictures.names()
    return [names[(start + index) % len(names)] for index in range(article.pictures)]
