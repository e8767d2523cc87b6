"""Fills the emulator for load runs: offers and what becomes of them, by the functions that serve the Seller API.

Work is cut into lots, each prepared before its time comes and then written in short transactions, so that a running
emulator waits for none of it longer than for one call of a merchant.
"""

import itertools
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db.models import Exists, Max, OuterRef, QuerySet

from platforms.sandbox import catalogue, configuration, offers, pictures, stock, wawi
from platforms.sandbox.arrangement import Impossible
from platforms.sandbox.catalogue import Target
from platforms.sandbox.models import Account, Membership, Offer, PriceType

LOT = 1000
# With a rate, lots are small enough for ten in a second.
LOTS_A_SECOND = 10
ARTICLES = {"small": "teapot", "full": "headphones"}
PARAGRAPH = "<p>Grüße aus Füssen: <strong>außergewöhnlich</strong> &amp; „geprüft“ – 5 € je m²</p>\n"
WIDE_DESCRIPTION = (PARAGRAPH * (50_000 // len(PARAGRAPH) + 1))[:50_000]
WIDE_PICTURES = 50


@dataclass(frozen=True)
class Wish:
    """How many events of each kind; `files_url` is what picture names are appended to."""

    offers: int = 0
    updates: int = 0
    stock: int = 0
    prices: int = 0
    ends: int = 0
    payload: str = "small"
    files_url: str = ""

    @property
    def total(self) -> int:
        return self.offers + self.updates + self.stock + self.prices + self.ends


@dataclass(frozen=True)
class Lot:
    """Some events of one kind, ready to go; `send` stores what they tell of and queues them."""

    kind: str
    count: int
    send: Callable[[], None]


def lot_size(rate: float | None) -> int:
    return LOT if rate is None else max(1, min(LOT, int(rate / LOTS_A_SECOND)))


def lots(wish: Wish, memberships: list[Membership], size: int) -> Iterator[Lot]:
    """New offers dealt to the memberships in turn; then updates, stock and prices side by side; ends come last.

    Impossible, once the lots reach it, when there are no offers to change.
    """
    known = _known_offers(memberships)
    targets = _targets(memberships)
    yield from _new(wish, memberships, targets, size)
    yield from _in_turn(
        _changes("Update", known, wish.updates, size, partial(_send_updates, wish.files_url)),
        _changes("StockUpdate", known.defer("content"), wish.stock, size, _send_stock),
        _changes("PriceUpdate", known.defer("content"), wish.prices, size, partial(_send_prices, targets)),
    )
    yield from _changes("End", known.defer("content"), wish.ends, size, _send_ends)


def sent(lots: Iterable[Lot], rate: float | None, stop: threading.Event) -> Iterator[Lot]:
    """Send the lots, with a rate each when its first event is due; gives each once it is sent. Ends early on `stop`."""
    begin = time.monotonic()
    count = 0
    for lot in lots:
        if rate is not None:
            stop.wait(max(0.0, begin + count / rate - time.monotonic()))
        if stop.is_set():
            return
        # Settings and clock may have been changed by the emulator that runs on the same file.
        configuration.forget()
        lot.send()
        count += lot.count
        yield lot


def _new(wish: Wish, memberships: list[Membership], targets: dict[int, Target], size: int) -> Iterator[Lot]:
    ids = _free_offer_ids(memberships)
    turn = itertools.cycle(memberships)
    for count in _sizes(wish.offers, size):
        entries: dict[Account, list[dict[str, Any]]] = defaultdict(list)
        for membership in itertools.islice(turn, count):
            offer_id = next(ids[membership.seller_id])
            entry = _entry(wish.payload, targets[membership.channel_id], membership.seller.seller_id, offer_id)
            entries[membership.seller.account].append(entry)
        yield Lot("New", count, partial(_send_offers, "New", wish.files_url, entries))


def _changes(
    kind: str, known: QuerySet[Offer], count: int, size: int, send: Callable[[list[Offer]], None]
) -> Iterator[Lot]:
    for page in _pages(known, count, size):
        yield Lot(kind, len(page), partial(send, page))


def _pages(known: QuerySet[Offer], count: int, size: int) -> Iterator[list[Offer]]:
    """As many offers, oldest first, and again from the oldest when they run out."""
    last = 0
    while count > 0:
        page = list(known.filter(pk__gt=last).order_by("pk")[: min(size, count)])
        if not page and last == 0:
            raise Impossible(f"There are no offers left that could be changed or ended; {count} were still to come.")
        last = page[-1].pk if page else 0
        count -= len(page)
        if page:
            yield page


def _sizes(count: int, size: int) -> Iterator[int]:
    return (min(size, count - start) for start in range(0, count, size))


def _in_turn(*kinds: Iterator[Lot]) -> Iterator[Lot]:
    """One lot of each kind, then the next of each, until all are done."""
    for row in itertools.zip_longest(*kinds):
        yield from filter(None, row)


def _entry(payload: str, target: Target, seller_id: str, offer_id: int) -> dict[str, Any]:
    article = catalogue.BY_KEY[ARTICLES[payload]]
    entry = catalogue.entry(article, [target], seller_id=seller_id, first_offer_id=offer_id)
    if payload == "full":
        names = list(itertools.islice(itertools.cycle(pictures.names()), WIDE_PICTURES))
        for offer in entry["salesChannelOfferList"]:
            offer.update(description=WIDE_DESCRIPTION, pictureList=names)
    return entry


def _known_offers(memberships: list[Membership]) -> QuerySet[Offer]:
    """The offers that stand on these memberships, without variations, which go with their parents."""
    trading = Membership.objects.trading().filter(seller=OuterRef("seller"), channel=OuterRef("channel"))
    return (
        Offer.objects.filter(
            Exists(trading),
            seller__in={each.seller_id for each in memberships},
            channel__in={each.channel_id for each in memberships},
            parent_offer_id=None,
        )
        .exclude(state=Offer.State.ENDED)
        .select_related("seller__account", "channel")
    )


def _targets(memberships: list[Membership]) -> dict[int, Target]:
    """What offers on each channel look like, by the channel's key."""
    channels = {each.channel for each in memberships}
    named: dict[int, list[str]] = defaultdict(list)
    for row in PriceType.objects.filter(channel__in=channels).order_by("pk"):
        named[row.channel_id].append(row.price_type_id)
    return {each.pk: Target(each.code, each.currency, named[each.pk]) for each in channels}


def _free_offer_ids(memberships: list[Membership]) -> dict[int, Iterator[int]]:
    """A count for each seller, by its key, from above the highest id it has."""
    sellers = {each.seller_id for each in memberships}
    rows = Offer.objects.filter(seller__in=sellers).values_list("seller").annotate(Max("offer_id"))
    highest: dict[int, int] = dict(rows)
    return {pk: itertools.count(max(wawi.FIRST_OFFER_ID, highest.get(pk, 0) + 1)) for pk in sellers}


def _send_offers(kind: str, files_url: str, entries: dict[Account, list[dict[str, Any]]]) -> None:
    for account, of_account in entries.items():
        body = {"offerList": of_account}
        offers.send(account, body, kind=kind, files_url=files_url, client_version=wawi.DEFAULT_VERSION)


def _send_updates(files_url: str, page: list[Offer]) -> None:
    entries: dict[Account, list[dict[str, Any]]] = defaultdict(list)
    for offer in page:
        changed = {**offer.content["offer"], "quantity": _next_quantity(offer)}
        entries[offer.seller.account].append({"salesChannelOfferList": [changed], "product": offer.content["product"]})
    _send_offers("Update", files_url, entries)


def _send_stock(page: list[Offer]) -> None:
    for account, of_account in _by_account(page).items():
        items = [{**_address(offer), "quantity": _next_quantity(offer)} for offer in of_account]
        stock.change(account, items, client_version=wawi.DEFAULT_VERSION)


def _send_prices(targets: dict[int, Target], page: list[Offer]) -> None:
    for account, of_account in _by_account(page).items():
        items = [
            {**_address(offer), "priceList": catalogue.prices(f"{10 + offer.pk % 90}.99", targets[offer.channel_id])}
            for offer in of_account
        ]
        offers.change_prices(account, items, client_version=wawi.DEFAULT_VERSION)


def _send_ends(page: list[Offer]) -> None:
    for account, of_account in _by_account(page).items():
        offers.end(account, [_address(offer) for offer in of_account], client_version=wawi.DEFAULT_VERSION)


def _by_account(page: list[Offer]) -> dict[Account, list[Offer]]:
    found: dict[Account, list[Offer]] = defaultdict(list)
    for offer in page:
        found[offer.seller.account].append(offer)
    return found


def _next_quantity(offer: Offer) -> str:
    """Another than before, and never large."""
    return str((int(offer.quantity) + 1) % 1000)


def _address(offer: Offer) -> dict[str, Any]:
    return {"channel": offer.channel.code, "sellerId": offer.seller.seller_id, "offerId": offer.offer_id}
