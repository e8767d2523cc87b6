"""Levels against a plain model: whatever tells them, in whatever order and batches, however often, after any crash."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import count, groupby, repeat

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from platforms import inbox, jobs
from platforms.models import Event
from platforms.scx.stock import StockPage, StockRow
from stock import fanout, levels, pages
from stock.models import Levelling, StockCursor, StockLevel
from tests.factories import EventFactory
from tests.stock.pool import at, group, market, platform, seller

CHANNELS = ("de", "fr", "us")
LABELS = ("EU", "US", "")
# Offer id -> channel, seller and SKU: two of a SKU on one channel, one article of two sellers, one without a SKU.
OFFERS = {
    1: ("de", "S1", "X"),
    2: ("fr", "S1", "X"),
    3: ("fr", "S1", "X"),
    4: ("us", "S1", "X"),
    5: ("fr", "S2", "X"),
    6: ("us", "S2", "X"),
    7: ("us", "S1", ""),
    8: ("de", "S1", ""),
}


serial = count(1)


@dataclass(frozen=True)
class Said:
    """A stock event, a row of a polled page, or the content of an offer with a quantity or without one."""

    offer: int
    seconds: int
    event_id: str
    quantity: int | None
    how: str

    @property
    def rank(self) -> tuple[str, int]:
        by_event = {} if self.how == "polled" else {"event_id": self.event_id}
        return levels.version(at(self.seconds), polled=self.how == "polled", **by_event), -(self.quantity or 0)


@dataclass
class Model:
    """What the levels shall be: the largest of a pool, again and again."""

    labels: dict[str, str]
    known: set[int] = field(default_factory=set)
    ranks: dict[int, tuple[str, int]] = field(default_factory=dict)
    told: dict[str, datetime] = field(default_factory=dict)

    def hear(self, said: Said) -> None:
        if said.how == "content":
            self.known.add(said.offer)
        else:
            code = OFFERS[said.offer][0]
            self.told[code] = max(at(said.seconds), self.told.get(code, at(0)))
        if said.quantity is not None:
            self.ranks[said.offer] = max(said.rank, self.ranks.get(said.offer, said.rank))

    def settle(self) -> None:
        pools: dict[tuple[str, str, str], list[int]] = {}
        for offer in self.known:
            channel, owner, sku = OFFERS[offer]
            if self.labels[channel] and sku:
                pools.setdefault((self.labels[channel], owner, sku), []).append(offer)
        for offers in pools.values():
            if found := [self.ranks[offer] for offer in offers if offer in self.ranks]:
                self.ranks.update(dict.fromkeys(offers, max(found)))


def deliver(said: list[Said], crashes: Iterator[bool]) -> None:
    """Batches of one channel and kind, as the inbox and polling have them; after a crash one comes again."""
    for (code, how), batch in groupby(said, key=lambda one: (OFFERS[one.offer][0], one.how)):
        channel, some = market(code), list(batch)
        for crashed in (True, False) if next(crashes) else (False,):
            with transaction.atomic():
                take(channel, how, some)
                transaction.set_rollback(crashed)


def take(channel, how: str, said: list[Said]) -> None:
    if how != "polled":
        inbox.handle(channel, [event_of(one, channel) for one in said])
        return
    cursor, _created = StockCursor.objects.get_or_create(channel=channel, seller=None)
    rows = [
        StockRow(None, OFFERS[one.offer][1], one.offer, None, Decimal(one.quantity), at(one.seconds)) for one in said
    ]
    page = StockPage(rows, at(3).isoformat(), [])
    pages.commit(channel, cursor, page, "all-sellers", asked=cursor.last_updated_at)


def event_of(said: Said, channel) -> Event:
    _code, owner, sku = OFFERS[said.offer]
    payload = {"sellerId": owner, "offerId": said.offer}
    if said.quantity is not None:
        payload["quantity"] = str(said.quantity)
    if said.how == "content":
        payload |= {"sku": sku, "title": "Wanderschuh", "priceList": []}
    return EventFactory.build(
        pk=next(serial),
        channel=channel,
        event_id=said.event_id,
        type="Seller:Offer.New" if said.how == "content" else "Seller:Offer.StockUpdate",
        payload=payload,
        created_at=at(said.seconds),
    )


def move(code: str, label: str) -> None:
    channel = market(code)
    channel.stock_sync_group = group(channel.platform, label)
    channel.save()


@st.composite
def said(draw) -> Said:
    how = draw(st.sampled_from(["event", "polled", "content"]))
    return Said(
        offer=draw(st.sampled_from(list(OFFERS))),
        seconds=draw(st.integers(0, 3)),
        event_id=draw(st.sampled_from("abc")),
        quantity=draw(st.integers(0, 9) | st.none() if how == "content" else st.integers(0, 9)),
        how=how,
    )


moves = st.tuples(st.sampled_from(CHANNELS), st.sampled_from(LABELS))
# What comes after a move comes before the job that levels by it; two moves without it are told apart below.
segments = st.tuples(st.lists(said(), max_size=7), moves)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(story=st.lists(segments, min_size=1, max_size=4), data=st.data())
def test_order_batches_duplicates_and_changes_of_groups_end_as_in_the_model(story, data, db):
    with transaction.atomic():
        platform({"de": "EU", "fr": "EU", "us": ""})
        seller("S1"), seller("S2")
        model = Model({"de": "EU", "fr": "EU", "us": ""})
        before: list[Said] = []
        for sent, (code, label) in story:
            again = data.draw(st.lists(st.sampled_from(before), max_size=3)) if before else []
            before += sent
            crashes = data.draw(st.lists(st.booleans(), min_size=30, max_size=30))
            deliver(data.draw(st.permutations([*sent, *sent, *again])), iter(crashes))
            for one in sent:
                model.hear(one)
            model.settle()
            for each in CHANNELS:
                fanout.relevel(market(each), jobs.Run())
            assert held() == model.ranks
            move(code, label)
            model.labels[code] = label
        for each in CHANNELS:
            fanout.relevel(market(each), jobs.Run())
        model.settle()
        assert held() == model.ranks
        told = Levelling.objects.exclude(told_at=None).values_list("channel__code", "told_at")
        assert dict(told) == model.told
        assert all(len(together) == 1 for together in changes().values())
        transaction.set_rollback(True)


def held() -> dict[int, tuple[str, int]]:
    rows = StockLevel.objects.values_list("offer_id", "version", "quantity")
    return {offer_id: (version, -int(quantity)) for offer_id, version, quantity in rows}


def changes() -> dict[int, set[tuple[int, str, object]]]:
    """By feed number what was told under it: of one article one version."""
    found: dict[int, set[tuple[int, str, object]]] = {}
    for level in StockLevel.objects.select_related("offer_row"):
        article = level.offer_row.sku if level.offer_row and level.offer_row.sku else level.offer_id
        found.setdefault(level.number, set()).add((level.seller_id, article, level.version, level.quantity))
    return found


def test_one_that_left_was_told_and_came_back_before_anybody_looked_is_levelled(db):
    platform({"de": "EU", "fr": "EU", "us": ""})
    seller("S1")
    for code in CHANNELS:
        fanout.relevel(market(code), jobs.Run())
    move("fr", "")
    deliver([Said(2, 0, "a", 5, "content"), Said(3, 0, "a", 0, "content")], repeat(False))
    move("fr", "EU")

    for code in CHANNELS:
        fanout.relevel(market(code), jobs.Run())

    assert {quantity for _version, quantity in held().values()} == {0}
