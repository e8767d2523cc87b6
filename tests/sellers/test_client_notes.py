"""Which JTL-Wawi each seller uses, as his events say."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from platforms import inbox
from platforms.jobs import Run
from sellers.handlers import hold_events_of_unknown_sellers
from sellers.models import Seller
from tests.factories import NOON, ChannelFactory, EventFactory, MarketplaceFactory, SellerFactory

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def channel():
    return ChannelFactory()


@pytest.fixture
def seller(channel):
    return SellerFactory(channel=channel, seller_id="S1")


def event(channel, version, at=NOON, seller_id="S1", **fields):
    return EventFactory(
        channel=channel,
        type="Seller:Offer.End",
        payload={"sellerId": seller_id, "offerId": 1},
        client_version=version,
        created_at=at,
        **fields,
    )


def known():
    return Seller.objects.values_list("client_version", "client_seen_on").get(seller_id="S1")


def test_the_newest_event_of_a_batch_says_it(channel, seller):
    event(channel, "1.10.0.1", NOON + DAY)
    event(channel, "1.9.0.9", NOON)
    event(channel, "", NOON + 2 * DAY)
    inbox.apply(channel, Run())
    assert known() == ("1.10.0.1", date(2026, 1, 2))


def test_an_older_event_changes_nothing(channel, seller):
    Seller.objects.update(client_version="1.11", client_seen_on=date(2026, 1, 1))
    event(channel, "1.10", NOON - DAY)
    inbox.apply(channel, Run())
    assert known() == ("1.11", date(2026, 1, 1))


def test_of_one_day_the_later_event_counts_in_whatever_order_they_are_applied(channel, seller):
    for version, at in (("1.11", NOON), ("1.12", NOON + timedelta(hours=1)), ("1.10", NOON - timedelta(hours=1))):
        event(channel, version, at)
        inbox.apply(channel, Run())
    assert known() == ("1.12", date(2026, 1, 1))


def test_events_of_every_marketplace_tell_of_the_platforms_seller():
    market = MarketplaceFactory()
    other = MarketplaceFactory(platform=market.platform)
    SellerFactory(channel=market.platform, seller_id="S1")
    event(market, "1.12", NOON + timedelta(hours=1))
    inbox.apply(market, Run())
    event(other, "1.10", NOON)
    inbox.apply(other, Run())
    assert known() == ("1.12", date(2026, 1, 1))


def test_an_event_from_the_future_counts_as_of_today(channel, seller, time_machine):
    time_machine.move_to(NOON, tick=False)
    event(channel, "1.11", NOON + 900 * DAY)
    inbox.apply(channel, Run())
    assert known() == ("1.11", date(2026, 1, 1))


@pytest.mark.parametrize("state", ["linking", "removed"])
def test_nothing_is_noted_of_who_is_not_connected(channel, seller, state):
    Seller.objects.update(state=state)
    event(channel, "1.11")
    inbox.apply(channel, Run())
    assert known() == ("", None)


def test_a_batch_that_says_nothing_new_costs_nothing_and_one_that_does_two_statements(channel, seller):
    others = [SellerFactory(channel=channel) for _number in range(3)]
    events = [event(channel, "1.11", seller_id=each.seller_id) for each in (seller, *others)]
    counts = []
    for _time in range(2):
        with CaptureQueriesContext(connection) as queries:
            hold_events_of_unknown_sellers(channel, events)
        counts.append(sum("SAVEPOINT" not in query["sql"] for query in queries))
    assert counts == [3, 1]
    assert set(Seller.objects.values_list("client_version", flat=True)) == {"1.11"}
