"""Order, batching and repetition of events do not matter."""

from collections import defaultdict
from itertools import pairwise
from typing import Any

from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from listings import handlers
from listings.models import Offer
from platforms.models import Channel, Event
from tests.factories import ChannelFactory, EventFactory, SellerFactory
from tests.listings.build import HANDLERS, at, price_list

OFFER_IDS = st.integers(1, 4)
AMOUNTS = st.lists(st.sampled_from(["1", "2.50", "3.9999"]), max_size=1)
TITLES = st.sampled_from(["", "A", "B"])
LINKS = st.lists(st.sampled_from(["https://x/1", "https://x/2", ""]), max_size=3)


def priced(amounts):
    return [container for amount in amounts for container in price_list(amount)]


VARIATIONS = st.lists(
    st.builds(
        lambda offer_id, title, amounts, links: {
            "offerId": offer_id,
            "title": title,
            "priceList": priced(amounts),
            "pictureList": links,
        },
        OFFER_IDS,
        TITLES,
        AMOUNTS,
        LINKS,
    ),
    max_size=3,
)
CONTENT = st.builds(
    lambda kind, offer_id, title, amounts, links, variations, named: (
        f"Seller:Offer.{kind}",
        {
            "offerId": offer_id,
            "title": title,
            "priceList": priced(amounts),
            "pictureList": links,
            "variationList": variations,
            "channelOfferId": named,
        },
    ),
    st.sampled_from(["New", "Update"]),
    OFFER_IDS,
    TITLES,
    AMOUNTS,
    LINKS,
    VARIATIONS,
    st.sampled_from([None, "M1", "M2"]),
)
PRICES = st.builds(
    lambda offer_id, amount: ("Seller:Offer.PriceUpdate", {"offerId": offer_id, "priceList": price_list(amount)}),
    OFFER_IDS,
    st.sampled_from(["7", "8"]),
)
ENDS = st.builds(lambda offer_id: ("Seller:Offer.End", {"offerId": offer_id}), OFFER_IDS)
# Few moments: events of one second are told apart by their ids alone.
HISTORY = st.lists(st.tuples(st.one_of(CONTENT, CONTENT, PRICES, ENDS), st.integers(0, 3)), min_size=1, max_size=8)


@st.composite
def histories(draw) -> tuple[list[Any], list[list[int]]]:
    """Events, and an order of application: lists of places in the history, each of them a batch, repeats allowed."""
    history = draw(HISTORY)
    everything = draw(st.permutations(range(len(history))))
    repeats = draw(st.lists(st.integers(0, len(history) - 1), max_size=4))
    order = [*everything, *repeats]
    cuts = sorted(draw(st.sets(st.integers(1, len(order)), max_size=4)) | {0, len(order)})
    return history, [order[start:end] for start, end in pairwise(cuts)]


class Ordering(TestCase):
    @settings(max_examples=60, deadline=None)
    @given(histories())
    def test_any_order_any_batches_any_repetition_give_the_same_offers(self, drawn):
        history, batches = drawn
        in_order = apply(history, [[place] for place in chronological(history)])
        assert apply(history, batches) == in_order
        assert set(in_order) == expected_visible(history)


def chronological(history):
    return sorted(range(len(history)), key=lambda place: (history[place][1], place))


def apply(history, batches) -> dict[int, Any]:
    """The visible offers after the batches, on a channel of their own that is forgotten afterwards."""
    with transaction.atomic():
        channel = ChannelFactory(code="SHOP")
        SellerFactory(channel=channel, seller_id="S1")
        events = [
            EventFactory.build(
                channel=channel,
                type=kind,
                payload={"sellerId": "S1", **payload},
                event_id=f"{place:04}",
                created_at=at(moment),
            )
            for place, ((kind, payload), moment) in enumerate(history)
        ]
        for batch in batches:
            by_handler: dict[Any, list[Event]] = defaultdict(list)
            for place in dict.fromkeys(batch):
                by_handler[HANDLERS[events[place].type]].append(events[place])
            for handler, of_one_type in by_handler.items():
                handler(channel, of_one_type)
        found = snapshot(channel)
        transaction.set_rollback(True)
    return found


def snapshot(channel: Channel) -> dict[int, Any]:
    rows = Offer.objects.visible().filter(channel=channel).select_related("parent")
    return {
        row.offer_id: (
            row.title,
            row.state,
            row.channel_offer_id,
            row.parent.offer_id if row.parent else None,
            row.parent_offer_id,
            (row.content_version, row.price_version, row.end_version),
            sorted(row.prices.values_list("price_type", "quantity", "amount", "currency")),
            list(row.pictures.order_by("position").values_list("source", "deadline")),
        )
        for row in rows
    }


def expected_visible(history) -> set[int]:
    """By the rule alone: each offer belongs to the newest New or Update naming it, shown if its listing does."""
    newest: dict[int, int] = {}
    for place in chronological(history):
        (_kind, payload), _moment = history[place]
        if "title" in payload:
            for offer_id in [payload["offerId"], *(entry["offerId"] for entry in payload["variationList"])]:
                newest[offer_id] = place
    return {offer_id for offer_id, place in newest.items() if newest[history[place][0][1]["offerId"]] == place}


def test_every_offer_event_is_covered():
    assert set(HANDLERS.values()) == {handlers.content, handlers.prices, handlers.end}
