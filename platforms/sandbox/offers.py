"""Offers as the merchant's client sends them, and the events they become (contract 6.1, 12)."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from platforms.sandbox import addresses, clock, events, files
from platforms.sandbox.models import Account, Membership, Offer, PriceType
from platforms.sandbox.problems import Problem, Refusal

BATCH = 500
TEXTS = ("title", "subTitle", "description")
OF_PRODUCT = ("sku", "gtin", "mpn", "isbn", "brand", "srp", "productAttributeList")


@dataclass(frozen=True)
class Listing:
    """One offer on one channel with the product it sells; `path` is where it stood in the body."""

    offer: dict[str, Any]
    product: dict[str, Any]
    path: str

    @property
    def address(self) -> addresses.Address:
        return addresses.address(self.offer)


def send(account: Account, body: dict[str, Any], *, kind: str, files_url: str, client_version: str | None) -> None:
    """Store offers and tell their channels; `kind` is New or Update. One bad offer refuses the batch."""
    listings = list(_listings(body))
    memberships = addresses.trading(account, (each.offer for each in listings))
    _require_good(listings, memberships)
    drafts = []
    for listing in listings:
        membership = memberships[listing.address]
        payload = merged(listing.offer, listing.product, files_url)
        drafts.append(events.Draft(membership.channel, f"Seller:Offer.{kind}", payload, client_version))
    _store(listings, memberships)
    events.raise_events(drafts)


def merged(offer: dict[str, Any], product: dict[str, Any], files_url: str) -> dict[str, Any]:
    """The event payload: the channel's own text where there is one, else the product's; file names become links."""
    payload = {key: value for key, value in offer.items() if key != "channel"}
    payload.update({key: product[key] for key in OF_PRODUCT if key in product})
    payload.update({key: offer.get(key) or product[key] for key in TEXTS if offer.get(key) or product.get(key)})
    if "mainPicture" in payload:
        payload["mainPicture"] = _link(payload["mainPicture"], files_url)
    _link_pictures(payload, files_url)
    payload["variationList"] = [dict(variation) for variation in payload.get("variationList", [])]
    for variation in payload["variationList"]:
        _link_pictures(variation, files_url)
    return payload


def end(account: Account, items: list[dict[str, Any]], *, client_version: str | None) -> list[Problem]:
    """End offers; items nobody knows cost themselves only and come back as warnings (CHN401, GEN700)."""
    memberships = addresses.trading(account, items)
    known = [item for item in items if addresses.address(item) in memberships]
    drafts = []
    for item in known:
        membership = memberships[addresses.address(item)]
        ended = _one_and_variations(membership, item["offerId"])
        channel_offer_id = item.get("channelOfferId") or next(
            (offer.channel_offer_id for offer in ended if offer.offer_id == item["offerId"]), None
        )
        Offer.objects.filter(pk__in=[offer.pk for offer in ended]).update(
            state=Offer.State.ENDED, updated_at=clock.now()
        )
        drafts.append(
            events.Draft(membership.channel, "Seller:Offer.End", handle(item, channel_offer_id), client_version)
        )
    events.raise_events(drafts)
    return _warnings(items, memberships)


def change_prices(account: Account, items: list[dict[str, Any]], *, client_version: str | None) -> None:
    """New prices for offers; one bad item refuses the batch."""
    memberships = addresses.required(account, items)
    drafts = []
    for item in items:
        membership = memberships[addresses.address(item)]
        offer = Offer.objects.filter(
            channel=membership.channel, seller=membership.seller, offer_id=item["offerId"]
        ).first()
        if offer:
            offer.content["offer"] = {**offer.content.get("offer", {}), "priceList": item["priceList"]}
            offer.save(update_fields=["content"])
        channel_offer_id = item.get("channelOfferId") or (offer.channel_offer_id if offer else None)
        payload = {**handle(item, channel_offer_id), "priceList": item["priceList"]}
        drafts.append(events.Draft(membership.channel, "Seller:Offer.PriceUpdate", payload, client_version))
    events.raise_events(drafts)


def handle(item: dict[str, Any], channel_offer_id: str | None) -> dict[str, Any]:
    """What names an offer in the short events; channelOfferId only once the channel has reported it."""
    payload = {"sellerId": item["sellerId"], "offerId": item["offerId"]}
    return {**payload, "channelOfferId": channel_offer_id} if channel_offer_id else payload


def _listings(body: dict[str, Any]) -> Iterator[Listing]:
    for outer, entry in enumerate(body["offerList"]):
        for inner, offer in enumerate(entry["salesChannelOfferList"]):
            yield Listing(offer, entry["product"], f"offerList[{outer}].salesChannelOfferList[{inner}]")


def _require_good(listings: list[Listing], memberships: dict[addresses.Address, Membership]) -> None:
    problems = [addresses.unknown(each.path, each.offer) for each in listings if each.address not in memberships]
    codes = {membership.channel.code for membership in memberships.values()}
    price_types: dict[str, set[str]] = {}
    for row in PriceType.objects.filter(channel__code__in=codes).select_related("channel"):
        price_types.setdefault(row.channel.code, set()).add(row.price_type_id)
    for each in listings:
        allowed = price_types.get(each.offer["channel"])
        for index, price in enumerate(each.offer["priceList"]):
            # A channel that has never named its price types takes any.
            if allowed and price["id"] not in allowed:
                message = _("is not a price type of the channel")
                problems.append(Problem("VAL100", f"{each.path}.priceList[{index}].id: {message}"))
    if problems:
        raise Refusal(400, *problems)


def _store(listings: list[Listing], memberships: dict[addresses.Address, Membership]) -> None:
    # The last of the same offer in one batch counts.
    rows: dict[tuple[int, int, int], Offer] = {}
    for listing in listings:
        for row in _rows(listing, memberships[listing.address]):
            rows[row.channel_id, row.seller_id, row.offer_id] = row
    Offer.objects.bulk_create(
        rows.values(),
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["channel", "seller", "offer_id"],
        update_fields=["parent_offer_id", "sku", "title", "quantity", "content", "state", "errors", "updated_at"],
    )


def _rows(listing: Listing, membership: Membership) -> Iterator[Offer]:
    offer, product = listing.offer, listing.product
    title = offer.get("title") or product.get("title") or ""
    yield _row(
        membership,
        offer["offerId"],
        product["sku"],
        title,
        offer.get("quantity", "0"),
        offer.get("parentOfferId"),
        {"offer": offer, "product": product},
    )
    for variation in offer.get("variationList", []):
        named = variation.get("title") or ", ".join(each["value"] for each in variation["variationDimensionList"])
        yield _row(
            membership, variation["offerId"], variation["sku"], named, variation["quantity"], offer["offerId"], {}
        )


def _row(
    membership: Membership,
    offer_id: int,
    sku: str,
    title: str,
    quantity: str,
    parent: int | None,
    content: dict[str, Any],
) -> Offer:
    return Offer(
        seller=membership.seller,
        channel=membership.channel,
        offer_id=offer_id,
        parent_offer_id=parent,
        sku=sku,
        title=title[:512],
        quantity=Decimal(quantity),
        content=content,
        updated_at=clock.now(),
    )


def _one_and_variations(membership: Membership, offer_id: int) -> list[Offer]:
    offers = Offer.objects.filter(channel=membership.channel, seller=membership.seller)
    return list(offers.filter(Q(offer_id=offer_id) | Q(parent_offer_id=offer_id)))


def _warnings(items: list[dict[str, Any]], memberships: dict[addresses.Address, Membership]) -> list[Problem]:
    unknown = [
        addresses.unknown(f"offerList[{index}]", item, "warning")
        for index, item in enumerate(items)
        if addresses.address(item) not in memberships
    ]
    return [Problem("CHN401", _("Only a part of the batch was stored."), "warning"), *unknown] if unknown else []


def _link_pictures(payload: dict[str, Any], files_url: str) -> None:
    if "pictureList" in payload:
        payload["pictureList"] = [_link(name, files_url) for name in payload["pictureList"]]


def _link(name: str, files_url: str) -> str:
    return name if not name or "://" in name else files_url + files.signed(name)
