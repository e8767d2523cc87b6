"""What each kind of listing rule finds in a listing: plain data in, faults out, and no error whatever it holds.

What is sold needs a price, a GTIN, a SKU and a quantity of its own: the variations of a listing that has any, else the
listing. Texts and pictures are the listing's.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from listings.handover.base import OfferData
from listings.models import ListingRule, Picture
from listings.models.rules import Field

Kind = ListingRule.Kind
GTIN_LENGTHS = (8, 12, 13, 14)
# What every variation has of its own.
SOLD = {Field.GTIN, Field.QUANTITY, Field.PRICE, Field.SKU}
# A recommendation longer than this helps nobody, and SCX takes no more (contract 9.1).
LONGEST_RECOMMENDATION = 1000
MISSING = {
    Field.TITLE: "TITLE_MISSING",
    Field.DESCRIPTION: "DESCRIPTION_MISSING",
    Field.GTIN: "GTIN_MISSING",
    Field.QUANTITY: "QUANTITY_MISSING",
    Field.PRICE: "PRICE_MISSING",
}
USUAL = {
    Kind.LENGTH: "TEXT_TOO_LONG",
    Kind.GTIN: "GTIN_INVALID",
    Kind.PRICE_TYPE: "PRICE_TYPE_UNKNOWN",
    Kind.PICTURES: "PICTURE_MISSING",
    Kind.PICTURE_SIZE: "PICTURE_TOO_SMALL",
    Kind.ATTRIBUTE: "ATTRIBUTE_MISSING",
}


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: the portal's code for it, and the values of its text (`listings.catalogue`)."""

    code: str
    values: Mapping[str, str] = field(default_factory=dict)
    recommended: str = ""


Check = Callable[[ListingRule, OfferData, frozenset[str]], Iterator[Fault]]


def faults(rule: ListingRule, offer: OfferData, price_types: frozenset[str]) -> Iterator[Fault]:
    """What the rule finds in the listing, its category apart. `price_types`: those of the channel."""
    check = CHECKS.get(rule.kind)
    return check(rule, offer, price_types) if check else iter(())


def code_of(rule: ListingRule) -> str:
    """The portal's code for what the rule finds first."""
    if rule.kind == Kind.REQUIRED:
        return MISSING.get(Field(rule.field), "FIELD_MISSING") if rule.field in Field.values else "FIELD_MISSING"
    return USUAL.get(Kind(rule.kind), "") if rule.kind in Kind.values else ""


def is_gtin(text: str) -> bool:
    """Whether this is a GTIN of 8, 12, 13 or 14 digits whose last one checks the others (GS1)."""
    if len(text) not in GTIN_LENGTHS or not (text.isascii() and text.isdecimal()):
        return False
    *digits, last = map(int, text)
    total = sum(digit * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return (total + last) % 10 == 0


def sold(offer: OfferData) -> tuple[OfferData, ...]:
    return offer.variations or (offer,)


def _required(rule: ListingRule, offer: OfferData, price_types: frozenset[str]) -> Iterator[Fault]:
    for part in sold(offer) if rule.field in SOLD else (offer,):
        value = part.prices if rule.field == Field.PRICE else getattr(part, rule.field, None)
        if _is_empty(value):
            yield Fault(code_of(rule), _values(rule, part))


def _length(rule: ListingRule, offer: OfferData, price_types: frozenset[str]) -> Iterator[Fault]:
    """That a text is there at all is for another rule."""
    for part in (offer, *offer.variations):
        text = getattr(part, rule.field, None)
        if not isinstance(text, str) or not text:
            continue
        length = len(text)
        if rule.minimum is not None and length < rule.minimum:
            yield Fault("TEXT_TOO_SHORT", _values(rule, part, length, rule.minimum))
        if rule.maximum is not None and length > rule.maximum:
            shorter = text[: min(rule.maximum, LONGEST_RECOMMENDATION)].rstrip()
            yield Fault("TEXT_TOO_LONG", _values(rule, part, length, rule.maximum), shorter)


def _gtin(rule: ListingRule, offer: OfferData, price_types: frozenset[str]) -> Iterator[Fault]:
    for part in sold(offer):
        if part.gtin and not is_gtin(part.gtin.strip()):
            yield Fault("GTIN_INVALID", _values(rule, part, part.gtin))


def _price_type(rule: ListingRule, offer: OfferData, price_types: frozenset[str]) -> Iterator[Fault]:
    """A channel without price types knows all."""
    for part in sold(offer) if price_types else ():
        if not any(price.price_type in price_types for price in part.prices):
            yield Fault("PRICE_TYPE_UNKNOWN", _values(rule, part, limit=", ".join(sorted(price_types))))


def _pictures(rule: ListingRule, offer: OfferData, price_types: frozenset[str]) -> Iterator[Fault]:
    number = sum(picture.state != Picture.State.FAILED for part in _parts(offer) for picture in part.pictures)
    if rule.minimum is not None and number < rule.minimum:
        yield Fault("PICTURE_MISSING", _values(rule, offer, number, rule.minimum))
    if rule.maximum is not None and len(offer.pictures) > rule.maximum:
        yield Fault("TOO_MANY_PICTURES", _values(rule, offer, len(offer.pictures), rule.maximum))


def _picture_size(rule: ListingRule, offer: OfferData, price_types: frozenset[str]) -> Iterator[Fault]:
    """One is enough; a picture that was not measured yet is taken to be it."""
    width, height = rule.width or 0, rule.height or 0
    pictures = [picture for part in _parts(offer) for picture in part.pictures]
    measured = [(each.width, each.height) for each in pictures if each.state != Picture.State.FAILED]
    if measured and all(w is not None and h is not None and (w < width or h < height) for w, h in measured):
        yield Fault("PICTURE_TOO_SMALL", _values(rule, offer, limit=f"{width} × {height}"))


def _attribute(rule: ListingRule, offer: OfferData, price_types: frozenset[str]) -> Iterator[Fault]:
    """A listing's attribute holds for its variations; else each of them has it, be it as what sets it apart."""
    if _has(rule.attribute, offer.attributes):
        return
    for part in sold(offer):
        if not _has(rule.attribute, (*part.attributes, *part.dimensions)):
            yield Fault("ATTRIBUTE_MISSING", _values(rule, part))


CHECKS: dict[str, Check] = {
    Kind.REQUIRED: _required,
    Kind.LENGTH: _length,
    Kind.GTIN: _gtin,
    Kind.PRICE_TYPE: _price_type,
    Kind.PICTURES: _pictures,
    Kind.PICTURE_SIZE: _picture_size,
    Kind.ATTRIBUTE: _attribute,
}


def _parts(offer: OfferData) -> tuple[OfferData, ...]:
    return (offer, *offer.variations)


def _is_empty(value: Any) -> bool:
    return value is None or not (value.strip() if isinstance(value, str) else value != () and value != {})


def _has(attribute: str, given: tuple[dict[str, Any], ...]) -> bool:
    return any(each.get("id") == attribute and not _is_empty(each.get("value")) for each in given)


def _values(rule: ListingRule, part: OfferData, value: Any = "", limit: Any = "") -> dict[str, str]:
    return {
        "sku": part.sku or str(part.offer_id),
        "field": str(rule.get_field_display()),
        "attribute": rule.attribute,
        "value": str(value),
        "limit": str(limit),
    }
