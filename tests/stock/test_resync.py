"""Fetching stock anew: what was missing or is otherwise here is found, against the embedded SCX."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from platforms import jobs
from platforms.models import Channel
from stock import polling, resync
from stock.models import StockCursor, StockDifference, StockLevel
from tests.factories import ChannelFactory, SellerFactory
from tests.stock.test_polling import offer, stock

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(sandbox):
    """A function that makes a channel with this source whose one seller has three offers with stock, all known here."""

    def make(source: str):
        channel = sandbox.adopt(ChannelFactory(stock_source=source))
        merchant = sandbox.merchant()
        sandbox.link(channel, "S1", jtlAccountId=merchant.jtl_account_id)
        seller = SellerFactory(channel=channel, seller_id="S1", jtl_account_id=merchant.jtl_account_id)
        for number in (1, 2, 3):
            offer(merchant, channel, number, "3")
            stock(merchant, channel, number, str(number))
        # As it was polled before the channel got another source.
        cursor = StockCursor.objects.create(channel=channel, seller=seller)
        resync.begin(StockCursor.objects.filter(pk=cursor.pk), StockCursor.START)
        polling.poll(channel, jobs.Run())
        StockCursor.objects.update(compare_until="", compared_since=None)
        assert StockLevel.objects.count() == 3
        if source != Channel.StockSource.PER_SELLER:
            StockCursor.objects.filter(seller__isnull=False).delete()
        sandbox.advance(600)
        return channel

    return make


SOURCES = pytest.mark.parametrize("source", Channel.StockSource.values)


def compare(channel) -> StockCursor:
    assert resync.begin_all(channel) == 1
    StockCursor.objects.update(compare_until=(timezone.now() + timedelta(hours=1)).isoformat())
    polling.poll(channel, jobs.Run())
    return StockCursor.objects.get()


@SOURCES
def test_where_all_is_known_nothing_differs(shop, source):
    cursor = compare(shop(source))

    assert (cursor.compared_rows, cursor.missed, cursor.disputed, cursor.compare_until) == (3, 0, 0, "")
    assert cursor.compared_at is not None


@SOURCES
def test_what_is_missing_or_too_old_is_taken_over_and_listed(shop, source):
    channel = shop(source)
    StockLevel.objects.filter(offer_id=1).delete()
    StockLevel.objects.filter(offer_id=2).update(quantity=7, version="2020", updated_at=timezone.now())

    cursor = compare(channel)

    assert (cursor.missed, cursor.disputed) == (2, 0)
    found = StockDifference.objects.order_by("offer_id").values_list("offer_id", "kind", "here", "theirs")
    assert list(found) == [(1, "missed", None, 1), (2, "missed", Decimal(7), 2)]
    assert dict(StockLevel.objects.values_list("offer_id", "quantity")) == {1: 1, 2: 2, 3: 3}


def test_what_is_newer_here_stays_until_somebody_takes_scx_at_its_word(shop, admin_client: Client):
    channel = shop(Channel.StockSource.PER_SELLER)
    newer = timezone.now() + timedelta(minutes=1)
    StockLevel.objects.filter(offer_id=1).update(quantity=7, version=newer.isoformat(), updated_at=newer)

    cursor = compare(channel)

    difference = StockDifference.objects.get()
    assert (cursor.missed, cursor.disputed) == (0, 1)
    assert (difference.kind, difference.here, difference.theirs) == ("disputed", 7, 1)
    assert StockLevel.objects.get(offer_id=1).quantity == 7
    StockLevel.objects.filter(offer_id=1).update(version="2020")
    url = reverse("admin:stock_stockdifference_changelist")
    data = {"action": "take_theirs", "_selected_action": [difference.pk], "confirmed": "1"}
    assert "1 level is now as SCX says." in admin_client.post(url, data, follow=True).content.decode()
    assert StockLevel.objects.get(offer_id=1).quantity == 1
    cursor.refresh_from_db()
    assert (cursor.disputed, StockDifference.objects.get().kind) == (0, "taken")


def test_what_scx_says_of_a_later_time_than_was_known_is_no_difference(shop):
    channel = shop(Channel.StockSource.PER_SELLER)
    StockLevel.objects.all().delete()
    StockCursor.objects.update(last_updated_at="2020-01-01T00:00:00Z")
    resync.begin_all(channel)

    polling.poll(channel, jobs.Run())

    cursor = StockCursor.objects.get()
    assert (cursor.compared_rows, cursor.missed, StockLevel.objects.count()) == (0, 0, 3)
    assert cursor.compare_until == ""


def test_a_comparison_that_was_broken_off_goes_on_and_a_second_one_begins_anew(shop):
    channel = shop(Channel.StockSource.PER_SELLER)
    before = StockCursor.objects.get().last_updated_at
    resync.begin_all(channel)
    resync.begin_all(channel)
    assert StockCursor.objects.get().compare_until == before

    polling.poll(channel, jobs.Run(deadline=0.0))
    assert StockCursor.objects.get().compare_until == before
    polling.poll(channel, jobs.Run())

    cursor = StockCursor.objects.get()
    assert (cursor.compare_until, cursor.compared_rows) == ("", 3)


def test_staff_begin_it_for_a_channel(shop, admin_client: Client):
    channel = shop(Channel.StockSource.EVENTS)

    page = admin_client.get(reverse("admin:stock_stockcursor_changelist")).content.decode()
    assert f'<option value="{channel.code}">' in page
    told = admin_client.post(reverse("admin:stock_stockcursor_fetch"), {"channel": channel.code}, follow=True)

    assert "is being fetched and compared, by 1 cursor." in told.content.decode()
    assert StockCursor.objects.get().compare_until


def test_where_nobody_sells_there_is_nothing_to_fetch(admin_client: Client):
    channel = ChannelFactory()

    told = admin_client.post(reverse("admin:stock_stockcursor_fetch"), {"channel": channel.code}, follow=True)

    assert "there is no stock to fetch" in told.content.decode()


@pytest.mark.parametrize("code", ["", "unknown"])
def test_a_channel_is_to_be_named(admin_client: Client, code):
    told = admin_client.post(reverse("admin:stock_stockcursor_fetch"), {"channel": code}, follow=True)

    assert "Choose the channel" in told.content.decode()
