"""Revisions of listings: what each was, kept as the way back from the next one.

A new listing costs nothing here, and a replaced one a row of what changed. Variations belong to their listing's
revision. A listing's document is {field: value, "pictures": [name], "variations": {offer id: the same}}, without what
is empty: pictures by their names, which name their content (contract 1.2).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import F

from listings import merge_patch
from listings.merge_patch import Document
from listings.models import Offer, Picture, Price, Revision
from listings.payload import OfferContent
from listings.pictures.links import name_of
from platforms import bulk
from platforms.rest.serializers import plain

# Older ones are forgotten.
KEPT = 50
FIELDS = (
    *("parent_offer_id", "sku", "gtin", "mpn", "isbn", "brand", "title", "sub_title", "description", "category"),
    *("tax_percent", "recommended_price", "attributes", "product_attributes", "dimensions"),
)

Prices = dict[str, dict[str, dict[str, str]]]


@dataclass(frozen=True)
class Whole:
    """A revision of a listing: its number, the time of its content, its document, and its prices."""

    number: int
    at: datetime
    document: Document
    prices: Prices = field(default_factory=dict)


def current(listings: Iterable[int]) -> dict[int, Whole]:
    """The listings with these keys as they stand in the database, in four queries."""
    keys = list(listings)
    read = Offer.objects.only("offer_id", "parent", "revision", "content_at", "content_event", *FIELDS)
    # Apart, so that each keeps to its index.
    listings_found = {offer.pk: offer for offer in read.filter(pk__among=keys, parent=None).order_by()}
    family: dict[int, list[Offer]] = {}
    for offer in read.filter(parent__among=keys).order_by():
        family.setdefault(offer.parent_id or 0, []).append(offer)
    visible = {
        pk: [each for each in family.get(pk, []) if each.content_version == listing.content_version]
        for pk, listing in listings_found.items()
    }
    shown = [*listings_found.values(), *(each for some in visible.values() for each in some)]
    pictures, prices = _pictures(shown), _prices(shown)
    return {
        pk: Whole(
            listing.revision,
            listing.content_at,
            {
                **_document(listing, pictures.get(pk, [])),
                **_with_variations({str(each.offer_id): _document(each, pictures.get(each.pk, [])) for each in some}),
            },
            {str(each.offer_id): prices[each.pk] for each in (listing, *some) if each.pk in prices},
        )
        for pk, listing in listings_found.items()
        if listing.content_at
        for some in [visible[pk]]
    }


def arrived(content: OfferContent, variations: Iterable[OfferContent] = ()) -> Document:
    """The document of what an event says of a listing and its variations."""
    documents = {str(each.offer_id): _document(each, [name_of(link) for link in each.pictures]) for each in variations}
    return {
        **_document(content, [name_of(link) for link in content.pictures]),
        **_with_variations(documents),
    }


def keep(olds: Mapping[int, Whole], events: Mapping[int, str], news: Mapping[int, Document], now: datetime) -> None:
    """Keep what these listings, by primary key, were before they became the new documents.

    `events`: which event each old content came from. Inside the transaction that replaces them.
    """
    bulk.insert(
        [
            Revision(
                offer_id=pk,
                number=old.number,
                content_at=old.at,
                content_event=events[pk],
                replaced_at=now,
                changes=merge_patch.between(news[pk], old.document),
                prices=old.prices,
            )
            for pk, old in olds.items()
        ],
        skip_known=True,
    )
    if long := [pk for pk, old in olds.items() if old.number > KEPT]:
        Revision.objects.filter(offer__among=long, number__lte=F("offer__revision") - KEPT).delete()


def numbers(offer: Offer) -> list[int]:
    """The revisions that are known of a listing, the newest first."""
    return [offer.revision, *offer.revisions.order_by("-number").values_list("number", flat=True)]


def of(offer: Offer, wanted: Sequence[int]) -> dict[int, Whole]:
    """These revisions of a listing; those that are not known are missing."""
    now = current([offer.pk]).get(offer.pk)
    if now is None:
        return {}
    found = {now.number: now}
    document = now.document
    newest = now.number
    for row in offer.revisions.filter(number__gte=min(wanted)).order_by("-number"):
        if row.number != newest - 1:
            # The way back is broken: what lies before cannot be told.
            break
        document, newest = merge_patch.applied(document, row.changes), row.number
        found[row.number] = Whole(row.number, row.content_at, document, row.prices)
    return {number: whole for number, whole in found.items() if number in wanted}


def _with_variations(documents: Document) -> Document:
    return {"variations": documents} if documents else {}


def _document(of: Offer | OfferContent, pictures: Sequence[str]) -> Document:
    values = {name: _value(getattr(of, name)) for name in FIELDS}
    return {
        name: value for name, value in {**values, "pictures": list(pictures)}.items() if value not in (None, "", [])
    }


def _value(value: Any) -> Any:
    return plain(value) if isinstance(value, Decimal) else value


def _pictures(offers: Sequence[Offer]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    rows_ = Picture.objects.filter(offer__among=[offer.pk for offer in offers]).order_by("offer", "position")
    for offer, name in rows_.values_list("offer", "name"):
        found.setdefault(offer, []).append(name)
    return found


def _prices(offers: Sequence[Offer]) -> dict[int, dict[str, dict[str, str]]]:
    found: dict[int, dict[str, dict[str, str]]] = {}
    rows_ = Price.objects.filter(offer__among=[offer.pk for offer in offers]).order_by(
        "offer", "price_type", "quantity"
    )
    for offer, kind, quantity, amount, currency in rows_.values_list(
        "offer", "price_type", "quantity", "amount", "currency"
    ):
        found.setdefault(offer, {}).setdefault(kind, {})[plain(quantity)] = f"{plain(amount)} {currency}"
    return found
