"""Offer events as plain data: read leniently, cut to what the columns hold."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import models

from listings.models import Offer, Picture, Price
from platforms.scx.values import as_dict, as_list, parse_decimal, parse_id_number

MOST_PICTURES = 51
AMOUNT_DIGITS = 14
TAX_DIGITS = 5
_SMALLEST = Decimal("0.0001")
_CURRENCY_LENGTH = 3


def _longest(model: type[models.Model]) -> dict[str, int]:
    return {field.name: field.max_length for field in model._meta.fields if field.max_length}


_OFFER = _longest(Offer)
_PRICE = _longest(Price)
_PICTURE = _longest(Picture)


@dataclass(frozen=True)
class OfferKey:
    """Which offer an event is about."""

    seller_id: str
    offer_id: int


@dataclass(frozen=True)
class PriceStep:
    """One unit costs `amount` from `quantity` on; four decimals at most."""

    price_type: str
    quantity: Decimal
    amount: Decimal
    currency: str


@dataclass(frozen=True)
class OfferContent:
    """What a New or Update says of one offer, or of one variation; the names are those of `Offer`."""

    offer_id: int
    parent_offer_id: int | None
    channel_offer_id: str
    sku: str
    gtin: str
    mpn: str
    isbn: str
    brand: str
    title: str
    sub_title: str
    description: str
    category: str
    tax_percent: Decimal | None
    recommended_price: dict[str, str] | None
    attributes: list[dict[str, str | None]]
    product_attributes: list[dict[str, str]]
    dimensions: list[dict[str, str | None]]
    pictures: tuple[str, ...]
    prices: tuple[PriceStep, ...]


@dataclass(frozen=True)
class Listing:
    """A whole New or Update: the offer and the variations listed with it."""

    key: OfferKey
    content: OfferContent
    variations: tuple[OfferContent, ...]


def read_key(payload: dict[str, Any]) -> OfferKey:
    """Whose offer it is; ValueError where sellerId or offerId is of no use."""
    seller_id = _text(payload.get("sellerId"))
    if not seller_id:
        raise ValueError("sellerId: the event names no seller.")
    return OfferKey(seller_id, _offer_id(payload, ""))


def read_listing(payload: dict[str, Any]) -> Listing:
    """`Seller:Offer.New` and `.Update` (contract 6.1). ValueError names the field that cannot be used.

    A variation that claims the id of its own listing, or an id a second time, is left out.
    """
    key = read_key(payload)
    variations: dict[int, OfferContent] = {}
    for index, entry in enumerate(as_list(payload.get("variationList"))):
        path = f"variationList[{index}]."
        variation = _content(as_dict(entry), path, parent_offer_id=key.offer_id)
        if variation.offer_id != key.offer_id:
            variations.setdefault(variation.offer_id, variation)
    parent_offer_id = parse_id_number(payload.get("parentOfferId"))
    return Listing(key, _content(payload, "", parent_offer_id=parent_offer_id), tuple(variations.values()))


def read_prices(payload: dict[str, Any]) -> tuple[PriceStep, ...]:
    """The prices of a `Seller:Offer.PriceUpdate` (contract 6.2); ValueError where it has none."""
    prices = _prices(payload, "")
    if not prices:
        raise ValueError("priceList: the price update carries no price.")
    return prices


def _content(payload: dict[str, Any], path: str, *, parent_offer_id: int | None) -> OfferContent:
    return OfferContent(
        offer_id=_offer_id(payload, path),
        parent_offer_id=parent_offer_id,
        channel_offer_id=_cut(payload.get("channelOfferId"), "channel_offer_id"),
        sku=_cut(payload.get("sku"), "sku"),
        gtin=_cut(payload.get("gtin"), "gtin"),
        mpn=_cut(payload.get("mpn"), "mpn"),
        isbn=_cut(payload.get("isbn"), "isbn"),
        brand=_cut(payload.get("brand"), "brand"),
        title=_cut(payload.get("title"), "title"),
        sub_title=_cut(payload.get("subTitle"), "sub_title"),
        description=_text(payload.get("description")),
        category=_cut(payload.get("channelCategoryId"), "category"),
        tax_percent=_decimal(payload.get("taxPercent"), f"{path}taxPercent", TAX_DIGITS),
        recommended_price=_recommended_price(payload.get("srp"), f"{path}srp"),
        attributes=_attributes(payload.get("channelAttributeList")),
        product_attributes=[
            {"name": _text(entry.get("name")), "value": _text(entry.get("value"))}
            for entry in map(as_dict, as_list(payload.get("productAttributeList")))
            if entry
        ],
        dimensions=_attributes(payload.get("variationDimensionList")),
        pictures=_pictures(payload),
        prices=_prices(payload, path),
    )


def _offer_id(payload: dict[str, Any], path: str) -> int:
    offer_id = parse_id_number(payload.get("offerId"))
    if offer_id is None:
        raise ValueError(f"{path}offerId: a whole number from 1 to 2^63-1 is needed.")
    return offer_id


def _text(value: object) -> str:
    """A string as it is, a number or flag as its JSON text, "" for anything else."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else ""


def _cut(value: object, field: str) -> str:
    return _text(value)[: _OFFER[field]]


def _attributes(value: object) -> list[dict[str, str | None]]:
    return [
        {
            "id": _text(entry.get("attributeId")),
            "value": _text(entry.get("value")),
            "group": None if entry.get("group") is None else _text(entry["group"]),
        }
        for entry in map(as_dict, as_list(value))
        if entry
    ]


def _pictures(payload: dict[str, Any]) -> tuple[str, ...]:
    """The main picture first, then the others; blanks and repeats left out."""
    links = (_text(link).strip()[: _PICTURE["source"]] for link in _picture_values(payload))
    return tuple(dict.fromkeys(link for link in links if link))[:MOST_PICTURES]


def _picture_values(payload: dict[str, Any]) -> list[Any]:
    return [payload.get("mainPicture"), *as_list(payload.get("pictureList"))]


def _prices(payload: dict[str, Any], path: str) -> tuple[PriceStep, ...]:
    """Every step of every price type; of two for the same quantity the later counts."""
    steps: dict[tuple[str, Decimal], PriceStep] = {}
    for index, container in enumerate(map(as_dict, as_list(payload.get("priceList")))):
        here = f"{path}priceList[{index}]"
        price_type = _text(container.get("id"))[: _PRICE["price_type"]]
        if not price_type:
            raise ValueError(f"{here}.id: the price names no price type.")
        for number, entry in enumerate(map(as_dict, as_list(container.get("quantityPriceList")))):
            step = _price_step(price_type, entry, f"{here}.quantityPriceList[{number}]")
            steps[price_type, step.quantity] = step
    return tuple(steps.values())


def _price_step(price_type: str, entry: dict[str, Any], path: str) -> PriceStep:
    quantity = _decimal(entry.get("quantity"), f"{path}.quantity", AMOUNT_DIGITS)
    amount, currency = _money(entry, path)
    return PriceStep(price_type, Decimal(1) if quantity is None else quantity, amount, currency)


def _recommended_price(value: object, path: str) -> dict[str, str] | None:
    entry = as_dict(value)
    if not _text(entry.get("amount")).strip():
        return None
    amount, currency = _money(entry, path)
    return {"amount": f"{amount:f}", "currency": currency}


def _money(entry: dict[str, Any], path: str) -> tuple[Decimal, str]:
    amount = _decimal(entry.get("amount"), f"{path}.amount", AMOUNT_DIGITS)
    if amount is None:
        raise ValueError(f"{path}.amount: the price has no amount.")
    currency = _text(entry.get("currency")).strip().upper()
    if len(currency) != _CURRENCY_LENGTH:
        raise ValueError(f"{path}.currency: {currency[:20]!r} is no ISO 4217 code.")
    return amount, currency


def _decimal(value: object, path: str, whole_digits: int) -> Decimal | None:
    """Rounded half up to four decimals; None where nothing is given, ValueError for what no column holds."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    number = parse_decimal(value)
    if number is None:
        raise ValueError(f"{path}: {str(value)[:40]!r} is no number.")
    if number and number.adjusted() < whole_digits:
        exponent = int(number.as_tuple().exponent)
        if not -4 <= exponent <= 0:
            number = number.quantize(_SMALLEST if exponent < 0 else Decimal(1), rounding=ROUND_HALF_UP)
    if abs(number) >= Decimal(10) ** whole_digits:
        raise ValueError(f"{path}: more than {whole_digits} digits before the point.")
    return number if number else Decimal(0)
