"""Levels: newest wins, whatever brought it, in any order, in any batches, any number of times."""

from datetime import timedelta
from decimal import Decimal
from itertools import permutations

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stock import levels
from stock.models import StockLevel
from tests.factories import NOON, ChannelFactory, OfferFactory, SellerFactory

pytestmark = pytest.mark.django_db


def update(
    quantity="1", *, offer_id=1, seller_id="S1", seconds=0.0, event_id="", polled=False, **values
) -> levels.Update:
    at = NOON + timedelta(seconds=seconds)
    source = StockLevel.Source.ALL_SELLERS if polled else StockLevel.Source.EVENT
    return levels.Update(
        seller_id=seller_id,
        offer_id=offer_id,
        quantity=Decimal(quantity),
        updated_at=at,
        version=levels.version(at, event_id=event_id, polled=polled),
        source=source,
        **values,
    )


def record(channel, *updates) -> set[levels.Update]:
    with transaction.atomic():
        return levels.record(channel, updates).counted


def quantities() -> dict[tuple[str, int], str]:
    return {(level.seller_id, level.offer_id): f"{level.quantity.normalize():f}" for level in StockLevel.objects.all()}


def test_the_newest_wins_and_the_older_one_does_not_count():
    channel = ChannelFactory()
    newer, older = update("5", seconds=1), update("9")
    assert record(channel, newer) == {newer}
    assert record(channel, older) == set()
    assert quantities() == {("S1", 1): "5"}


def test_the_event_id_decides_between_events_of_one_moment():
    channel = ChannelFactory()
    record(channel, update("5", event_id="b"))
    record(channel, update("9", event_id="a"))
    assert quantities() == {("S1", 1): "5"}


def test_a_polled_row_counts_after_an_event_of_the_same_second():
    channel = ChannelFactory()
    record(channel, update("5", polled=True))
    record(channel, update("9", seconds=0.9, event_id="f"))
    assert quantities() == {("S1", 1): "5"}
    record(channel, update("7", seconds=1.0, event_id="0"))
    assert quantities() == {("S1", 1): "7"}


def test_sellers_offers_and_channels_do_not_mix():
    one, other = ChannelFactory(), ChannelFactory()
    record(one, update("1"), update("2", offer_id=2), update("3", seller_id="S2"))
    record(other, update("4"))
    assert StockLevel.objects.filter(channel=other).get().quantity == 4
    assert sorted(quantity for quantity in StockLevel.objects.values_list("quantity", flat=True)) == [1, 2, 3, 4]


@pytest.mark.parametrize("in_one_batch", [True, False])
def test_the_newest_names_the_marketplaces_own_id_in_whatever_order_it_comes(in_one_batch):
    updates = [
        update("5", channel_offer_id="old"),
        update("9", seconds=1),
        update("7", seconds=0.5, channel_offer_id="x"),
    ]
    seen = set()
    for order in permutations(updates):
        StockLevel.objects.all().delete()
        channel = ChannelFactory()
        for batch in [order] if in_one_batch else [[each] for each in order]:
            record(channel, *batch)
        seen.add(StockLevel.objects.get().channel_offer_id)
    assert seen == {""}


def test_a_level_that_comes_before_its_offer_is_attached_when_the_offer_comes():
    channel = ChannelFactory()
    record(channel, update("5"))
    assert StockLevel.objects.get().offer_row is None
    offer = OfferFactory(channel=channel, seller=SellerFactory(channel=channel, seller_id="S1"), offer_id=1)
    assert levels.attach(channel) == 1
    assert offer.stock_level.quantity == 5


def test_a_level_that_comes_after_its_offer_is_attached_at_once():
    channel = ChannelFactory()
    offer = OfferFactory(channel=channel, seller=SellerFactory(channel=channel, seller_id="S1"), offer_id=1)
    record(channel, update("5"))
    assert offer.stock_level.quantity == 5


@pytest.mark.parametrize(("sent", "held"), [("-3", "0"), ("1e30", "99999999999999"), ("1.23456", "1.2345")])
def test_a_quantity_no_level_can_have_is_held_as_the_nearest(sent, held):
    record(ChannelFactory(), update(sent))
    assert quantities() == {("S1", 1): held}


def test_the_feed_numbers_rise_with_each_change_and_only_then():
    channel = ChannelFactory()
    record(channel, update("1"), update("2", offer_id=2))
    first = dict(StockLevel.objects.values_list("offer_id", "number"))
    record(channel, update("9", seconds=-1), update("3", offer_id=2, seconds=1))
    second = dict(StockLevel.objects.values_list("offer_id", "number"))
    assert second[1] == first[1]
    assert second[2] > max(first.values())


def test_a_batch_costs_the_same_number_of_queries_whatever_its_size(django_assert_num_queries):
    channel = ChannelFactory()
    for size in (1, 99):
        with django_assert_num_queries(6):
            record(channel, *(update(offer_id=number + 1, seconds=size) for number in range(size)))


updates = st.builds(
    update,
    st.integers(0, 50).map(str),
    offer_id=st.integers(1, 3),
    seller_id=st.sampled_from(["S1", "S2"]),
    seconds=st.floats(0, 3).map(lambda seconds: round(seconds, 1)),
    event_id=st.text("0123456789abcdef", min_size=2, max_size=2),
    polled=st.booleans(),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=st.lists(updates, max_size=12, unique_by=lambda sent: (sent.key, sent.version)), data=st.data())
def test_order_batches_and_duplicates_do_not_matter(sent, data, db):
    StockLevel.objects.all().delete()
    channel = ChannelFactory()
    expected = {}
    for one in sorted(sent, key=lambda one: one.version):
        expected[one.key] = f"{one.quantity.normalize():f}"
    shuffled = data.draw(st.permutations(sent + sent))
    while shuffled:
        size = data.draw(st.integers(1, len(shuffled)))
        record(channel, *shuffled[:size])
        shuffled = shuffled[size:]
    assert quantities() == expected
