"""Fetching stock anew: what was missing or is otherwise here is found, against the embedded SCX."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from platforms import jobs
from platforms.models import Channel
from platforms.scx.stock import StockPage, StockRow
from stock import finders, intake, levels, line, pages, polling, resync
from stock.models import (
    Levelling,
    SellerNews,
    StockCursor,
    StockDifference,
    StockLevel,
    StockMinute,
    StockUpdate,
)
from tests.factories import ChannelFactory, SellerFactory, StockLevelFactory
from tests.stock.pool import market, platform
from tests.stock.pool import offer as offer_of_pool
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
    StockLevel.objects.filter(offer_id=1).update(quantity=7, version=levels.version(newer), updated_at=newer)

    cursor = compare(channel)

    difference = StockDifference.objects.get()
    assert (cursor.missed, cursor.disputed) == (0, 1)
    assert (difference.kind, difference.here, difference.theirs) == ("disputed", 7, 1)
    assert StockLevel.objects.get(offer_id=1).quantity == 7
    url = reverse("admin:stock_stockdifference_changelist")
    data = {"action": "take_theirs", "_selected_action": [difference.pk], "confirmed": "1"}
    assert "1 level is now as SCX said." in admin_client.post(url, data, follow=True).content.decode()
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


class TestTakeTheirs:
    """A difference of a level that said 7 a day ago, where SCX said 9 before that."""

    NOW = timezone.now()

    @pytest.fixture
    def difference(self):
        platform({"de": "EU"})
        offer_of_pool("de", 1)
        self.say(7, self.NOW - timedelta(days=1))
        cursor = StockCursor.objects.create(channel=market("de"), disputed=1)
        at = {"here_at": self.NOW - timedelta(days=1), "theirs_at": self.NOW - timedelta(days=2)}
        return StockDifference.objects.create(
            cursor=cursor, kind="disputed", seller_id="S1", offer_id=1, here=7, theirs=9, **at
        )

    def say(self, quantity: int, at) -> None:
        update = levels.Update("S1", 1, Decimal(quantity), at, levels.version(at, event_id="e"), "event")
        with transaction.atomic():
            intake.record(market("de"), [update])

    def test_what_was_told_since_then_stays(self, difference, admin_client: Client):
        self.say(2, self.NOW - timedelta(minutes=1))

        data = {"action": "take_theirs", "_selected_action": [difference.pk], "confirmed": "1"}
        page = admin_client.post(reverse("admin:stock_stockdifference_changelist"), data, follow=True)

        assert StockLevel.objects.get().quantity == 2
        assert "1 was left alone" in page.content.decode()
        difference.refresh_from_db()
        assert difference.kind == "disputed"

    def test_it_counts_once_and_says_who_decided(self, difference):
        both = [resync.take_theirs(StockDifference.objects.all()) for _click in range(2)]

        assert [(taken.done, taken.left) for taken in both] == [(1, 0), (0, 0)]
        level = StockLevel.objects.get()
        assert (level.quantity, level.source, StockCursor.objects.get().disputed) == (9, "staff", 0)
        assert StockUpdate.objects.latest("pk").source == "staff"

    def test_it_is_no_news_of_the_seller_nor_of_scx(self, difference):
        seller, told = SellerNews.objects.get().last_at, Levelling.objects.get().told_at
        counted = sum(StockMinute.objects.values_list("counted", flat=True))

        resync.take_theirs(StockDifference.objects.all())

        assert (SellerNews.objects.get().last_at, Levelling.objects.get().told_at) == (seller, told)
        assert sum(StockMinute.objects.values_list("counted", flat=True)) == counted


class TestPages:
    """What differs is written down once, whatever comes in between."""

    @pytest.fixture
    def shop(self):
        channel = ChannelFactory(stock_source="per-seller")
        seller = SellerFactory(channel=channel, seller_id="S1")
        known = {"last_updated_at": self.ago(minutes=60).isoformat(), "polled_at": self.ago(minutes=60)}
        StockCursor.objects.create(channel=channel, seller=seller, **known)
        with transaction.atomic():
            at = self.ago(days=1)
            intake.record(
                channel,
                [levels.Update("S1", n, Decimal(7), at, levels.version(at, event_id="e"), "event") for n in (1, 2)],
            )
        resync.begin_all(channel)
        return channel

    def ago(self, **time: float):
        return timezone.now().replace(microsecond=0) - timedelta(**time)

    def page(self, offer_id: int, at) -> StockPage:
        return StockPage([StockRow(None, "S1", offer_id, None, Decimal(9), at)], at.isoformat(), [])

    def commit(self, cursor, page, asked) -> pages.Taken:
        return pages.commit(cursor.channel, cursor, page, "per-seller", asked=asked)

    def test_a_comparison_begun_amid_another_ends_that(self, shop):
        running = StockCursor.objects.get()
        one, two = self.page(1, self.ago(days=3)), self.page(2, self.ago(days=2))
        self.commit(running, one, StockCursor.START)
        resync.begin_all(shop)

        outdated = self.commit(running, two, one.last_updated_at)

        assert (outdated.following, outdated.is_outdated) == ("", True)
        fresh = StockCursor.objects.get()
        self.commit(fresh, one, StockCursor.START)
        self.commit(fresh, two, one.last_updated_at)
        assert (StockCursor.objects.get().disputed, StockDifference.objects.count()) == (2, 2)

    def test_what_is_asked_for_once_more_is_not_judged_twice(self, shop):
        StockCursor.objects.update(compare_until=timezone.now().isoformat())
        page = self.page(1, self.ago(seconds=30))
        for asked in (StockCursor.START, self.ago(seconds=90).isoformat()):
            StockLevel.objects.filter(offer_id=1).update(updated_at=timezone.now(), version="9999")
            self.commit(StockCursor.objects.get(), page, asked)
            StockCursor.objects.update(compare_until=timezone.now().isoformat())
        cursor = StockCursor.objects.get()
        assert (cursor.compared_rows, cursor.disputed, StockDifference.objects.count()) == (1, 1, 1)


@pytest.mark.parametrize("source", ["all-sellers", "per-seller"])
def test_a_cursor_that_was_never_moved_knew_nothing(source):
    channel = ChannelFactory(stock_source=source)
    SellerFactory(channel=channel, seller_id="S1")

    resync.begin_all(channel)

    assert StockCursor.objects.get().compare_until > "2026"


def test_catching_up_with_a_seller_leaves_a_comparison_where_it_is():
    channel = ChannelFactory(stock_source="events")
    SellerFactory(channel=channel, seller_id="S1", linked_at=timezone.now())
    StockLevelFactory(channel=channel, seller_id="S1", received_at=timezone.now() - timedelta(days=10))
    resync.begin_all(channel)

    (cursor,) = line.behind(channel)

    assert cursor.last_updated_at == StockCursor.objects.get().last_updated_at == StockCursor.START


def test_a_comparison_is_no_reason_to_call_stock_late():
    channel = ChannelFactory(stock_source="events")
    seller = SellerFactory(channel=channel, seller_id="S1")
    StockCursor.objects.create(channel=channel, seller=seller, polled_at=timezone.now() - timedelta(days=100))

    resync.begin_all(channel)

    assert list(finders.late_stock()) == []


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
