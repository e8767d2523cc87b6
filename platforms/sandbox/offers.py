"""Offers as the merchant's client sends them, and the events they become (contract 6.1, 12)."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from platforms.sandbox import addresses, bulk, clock, events, files, pricing
from platforms.sandbox.models import Account, Channel, Membership, Offer
from platforms.sandbox.pricing import Priced
from platforms.sandbox.problems import Problem, Refusal, partly_stored

# Below the number of parameters that SQLite takes.
BATCH = 500
TEXTS = ("title", "subTitle", "description")
OF_PRODUCT = ("sku", "gtin", "mpn", "isbn", "brand", "srp", "productAttributeList")

# The keys of channel and seller in the database, and the offer's id.
Key = tuple[int, int, int]


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
    reported = _end(known, memberships)
    drafts = []
    for item in known:
        address = addresses.address(item)
        channel_offer_id = item.get("channelOfferId") or reported.get((*address, item["offerId"]))
        payload = handle(item, channel_offer_id)
        drafts.append(events.Draft(memberships[address].channel, "Seller:Offer.End", payload, client_version))
    events.raise_events(drafts)
    return _warnings(items, memberships)


def change_prices(account: Account, items: list[dict[str, Any]], *, client_version: str | None) -> None:
    """New prices for offers; one bad item refuses the batch."""
    memberships = addresses.required(account, items)
    problems = pricing.problems(
        [
            Priced(memberships[addresses.address(item)].channel, f"offerList[{index}].priceList", item["priceList"])
            for index, item in enumerate(items)
        ]
    )
    if problems:
        raise Refusal(400, *problems)
    found = _found({_key(item, memberships) for item in items})
    drafts = []
    for item in items:
        membership, offer = memberships[addresses.address(item)], found.get(_key(item, memberships))
        if offer:
            offer.content["offer"] = {**offer.content.get("offer", {}), "priceList": item["priceList"]}
        channel_offer_id = item.get("channelOfferId") or (offer.channel_offer_id if offer else None)
        payload = {**handle(item, channel_offer_id), "priceList": item["priceList"]}
        drafts.append(events.Draft(membership.channel, "Seller:Offer.PriceUpdate", payload, client_version))
    bulk.update(list(found.values()), ["content"])
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
    known = [(each, memberships[each.address].channel) for each in listings if each.address in memberships]
    problems += pricing.problems([priced for each, channel in known for priced in _priced(each, channel)])
    if problems:
        raise Refusal(400, *problems)


def _priced(listing: Listing, channel: Channel) -> Iterator[Priced]:
    yield Priced(channel, f"{listing.path}.priceList", listing.offer["priceList"])
    for index, variation in enumerate(listing.offer.get("variationList", [])):
        yield Priced(channel, f"{listing.path}.variationList[{index}].priceList", variation["priceList"])


def _store(listings: list[Listing], memberships: dict[addresses.Address, Membership]) -> None:
    # The last of the same offer in one batch counts.
    rows: dict[tuple[int, int, int], Offer] = {}
    for listing in listings:
        for row in _rows(listing, memberships[listing.address]):
            rows[row.channel_id, row.seller_id, row.offer_id] = row
    bulk.insert(
        list(rows.values()),
        unique=["channel", "seller", "offer_id"],
        update=["parent_offer_id", "sku", "title", "quantity", "content", "state", "errors", "updated_at"],
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


def _key(item: dict[str, Any], memberships: dict[addresses.Address, Membership]) -> Key:
    membership = memberships[addresses.address(item)]
    return membership.channel_id, membership.seller_id, item["offerId"]


def _found(keys: Collection[Key]) -> dict[Key, Offer]:
    """The offers of these keys that SCX was sent."""
    rows = Offer.objects.filter(seller__in={key[1] for key in keys}, offer_id__in={key[2] for key in keys})
    return {key: row for row in rows if (key := (row.channel_id, row.seller_id, row.offer_id)) in keys}


def _end(
    items: list[dict[str, Any]], memberships: dict[addresses.Address, Membership]
) -> dict[tuple[str, str, int], str | None]:
    """Move offers and their variations; gives the channels' own ids of the offers."""
    wanted: dict[addresses.Address, list[int]] = {}
    for item in items:
        wanted.setdefault(addresses.address(item), []).append(item["offerId"])
    reported = {}
    for address, ids in wanted.items():
        own = Offer.objects.filter(channel=memberships[address].channel, seller=memberships[address].seller)
        for start in range(0, len(ids), BATCH):
            some = ids[start : start + BATCH]
            for offer_id, channel_offer_id in own.filter(offer_id__in=some).values_list("offer_id", "channel_offer_id"):
                reported[(*address, offer_id)] = channel_offer_id
            # Two statements: SQLite finds no index for "one of these or a child of one of these".
            for among in ({"offer_id__in": some}, {"parent_offer_id__in": some}):
                own.filter(**among).update(state=Offer.State.ENDED, updated_at=clock.now())
    return reported


def _warnings(items: list[dict[str, Any]], memberships: dict[addresses.Address, Membership]) -> list[Problem]:
    unknown = [
        addresses.unknown(f"offerList[{index}]", item)
        for index, item in enumerate(items)
        if addresses.address(item) not in memberships
    ]
    return partly_stored(unknown) if unknown else []


def _link_pictures(payload: dict[str, Any], files_url: str) -> None:
    if "pictureList" in payload:
        payload["pictureList"] = [_link(name, files_url) for name in payload["pictureList"]]


def _link(name: str, files_url: str) -> str:
    return name if not name or "://" in name else files_url + files.signed(name)
