"""What is noted of all that SCX says of stock: the updates, how many a minute, and when each seller spoke."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.utils import timezone

from stock import history, intake, levels, minutes, news
from stock.models import SellerNews, StockLevel, StockMinute, StockUpdate
from tests.factories import ChannelFactory, SellerFactory
from tests.stock.pool import offer, platform, told
from tests.stock.test_levels import update

pytestmark = pytest.mark.django_db


def take(channel, *updates) -> levels.Outcome:
    with transaction.atomic():
        return intake.record(channel, updates)


def kept() -> list[tuple[str, bool]]:
    return [(f"{row.quantity.normalize():f}", row.superseded) for row in StockUpdate.objects.order_by("pk")]


class TestHistory:
    def test_what_counted_and_what_came_too_late_are_kept(self):
        channel = ChannelFactory()
        take(channel, update("5", seconds=1))
        outcome = take(channel, update("9", seconds=0), update("7", offer_id=2))
        assert kept() == [("5", False), ("9", True), ("7", False)]
        assert len(outcome.superseded) == 1

    def test_of_two_in_one_answer_the_older_is_superseded(self):
        take(ChannelFactory(), update("5", seconds=1), update("9", seconds=0))
        assert kept() == [("9", True), ("5", False)]

    def test_what_is_said_again_is_neither_kept_nor_superseded(self):
        channel = ChannelFactory()
        take(channel, update("5"), update("5"))
        outcome = take(channel, update("5"))
        assert kept() == [("5", False)]
        assert (outcome.counted, outcome.superseded) == (set(), set())

    def test_what_polling_brings_too_late_again_and_again_is_kept_and_counted_once(self):
        channel = ChannelFactory()
        take(channel, update("5", seconds=2))
        late = [take(channel, update("5", seconds=0, polled=True)) for _poll in range(4)]
        assert [len(outcome.superseded) for outcome in late] == [1, 0, 0, 0]
        assert kept() == [("5", False), ("5", True)]
        assert sum(row.superseded for row in StockMinute.objects.all()) == 1

    def test_a_level_tells_what_was_said_of_all_offers_it_shares_stock_with(self):
        platform({"de": "EU", "fr": "EU"})
        offer("de", 1), offer("fr", 2), offer("fr", 3, sku="Y")
        told("de", 1, quantity=5, seconds=1)
        told("fr", 2, quantity=4, seconds=2)
        told("fr", 3, quantity=8, seconds=3)
        said = history.of(StockLevel.objects.select_related("channel", "offer_row").get(offer_id=1))
        assert [(row.channel.code, row.offer_id, int(row.quantity)) for row in said] == [("fr", 2, 4), ("de", 1, 5)]

    def test_two_sellers_with_one_offer_id_have_a_history_each(self):
        channel = ChannelFactory()
        take(channel, update("5"), update("6", seller_id="S2"))
        level = StockLevel.objects.select_related("channel", "offer_row").get(seller_id="S2")
        assert [int(row.quantity) for row in history.of(level)] == [6]

    @pytest.mark.parametrize(("days", "left"), [(7, ["young"]), (0, ["young"]), (30, ["old", "young"])])
    def test_it_is_forgotten_after_so_many_days(self, settings, days, left):
        channel = ChannelFactory()
        settings.STOCK_HISTORY_DAYS = 7
        take(channel, update("1"))
        take(channel, update("2", offer_id=2))
        StockUpdate.objects.filter(offer_id=1).update(received_at=timezone.now() - timedelta(days=8))
        settings.STOCK_HISTORY_DAYS = days
        history.forget()
        assert StockUpdate.objects.count() == len(left)

    def test_without_days_only_what_no_stock_can_be_is_kept(self, settings, caplog):
        settings.STOCK_HISTORY_DAYS = 0
        take(ChannelFactory(), update("-3"), update("5", offer_id=2), update("1e30", offer_id=3))
        rows = StockUpdate.objects.order_by("offer_id").values_list("said", "quantity")
        assert list(rows) == [("-3", Decimal(0)), ("1E+30", levels.LARGEST)]
        assert "counts as" in caplog.text

    def test_more_decimals_than_a_level_holds_are_nothing_to_tell_of(self):
        take(ChannelFactory(), update("1.23456"))
        assert StockUpdate.objects.get().said is None

    def test_what_is_rolled_back_leaves_nothing(self):
        channel = ChannelFactory()
        with transaction.atomic():
            intake.record(channel, [update("5")])
            transaction.set_rollback(True)
        assert not StockUpdate.objects.exists()
        assert not StockMinute.objects.exists()


class TestMinutes:
    def test_updates_and_their_delays_are_counted(self):
        channel = ChannelFactory()
        now = timezone.now()
        fresh = levels.Update("S1", 1, Decimal(5), now, levels.version(now), "event")
        take(channel, fresh, update("5", offer_id=2))
        take(channel, update("9", offer_id=1))
        rows = StockMinute.objects.all()
        assert (sum(row.counted for row in rows), sum(row.superseded for row in rows)) == (2, 1)
        delays = [sum(row.delays[place] for row in rows) for place in range(len(minutes.DELAYS) + 1)]
        assert (sum(delays), delays[-1], sum(delays[:3])) == (2, 1, 1)

    def test_what_says_nothing_new_is_not_counted(self):
        channel = ChannelFactory()
        take(channel, update("5"))
        take(channel, update("5"))
        assert sum(row.counted + row.superseded for row in StockMinute.objects.all()) == 1

    def test_old_ones_are_forgotten(self):
        channel = ChannelFactory()
        old = StockMinute.objects.create(channel=channel, at=timezone.now() - timedelta(days=3))
        young = StockMinute.objects.create(channel=channel, at=timezone.now() - timedelta(hours=3))
        minutes.forget()
        assert list(StockMinute.objects.all()) == [young]
        assert old != young


class TestNews:
    @pytest.fixture
    def seller(self):
        return SellerFactory(seller_id="S1")

    def speak(self, seller, *, hours: float) -> SellerNews:
        """The seller told stock so many hours after now."""
        news.note(seller.channel, [update("1")], timezone.now() + timedelta(hours=hours))
        return SellerNews.objects.get(seller=seller)

    def test_after_the_first_news_nothing_is_usual_yet(self, seller):
        said = self.speak(seller, hours=0)
        assert (said.longest_silence, said.expected_by) == (None, None)

    def test_twice_the_longest_silence_is_waited_for(self, seller):
        self.speak(seller, hours=0)
        said = self.speak(seller, hours=60)
        assert said.longest_silence == pytest.approx(timedelta(hours=60), abs=timedelta(seconds=5))
        assert said.expected_by - said.last_at == 2 * said.longest_silence

    def test_a_day_at_least_is_waited_for(self, seller):
        self.speak(seller, hours=0)
        said = self.speak(seller, hours=1)
        assert said.expected_by - said.last_at == timedelta(days=1)

    def test_a_long_silence_is_forgotten_in_time(self, seller):
        self.speak(seller, hours=0)
        self.speak(seller, hours=100)
        for day in range(1, 15):
            said = self.speak(seller, hours=100 + 24 * day)
        assert said.longest_silence == pytest.approx(timedelta(hours=50), abs=timedelta(hours=1))

    def test_a_pause_says_nothing_of_what_is_usual(self, seller):
        self.speak(seller, hours=0)
        said = self.speak(seller, hours=24 * 90)
        assert said.expected_by - said.last_at == 2 * news.LONGEST

    def test_news_of_one_minute_are_one(self, seller):
        first = self.speak(seller, hours=0)
        assert self.speak(seller, hours=0.01).last_at == first.last_at

    def test_a_seller_of_a_platform_speaks_on_whichever_marketplace(self):
        platform({"de": "EU", "fr": ""})
        offer("de", 1)
        told("de", 1, quantity=1, seconds=0)
        told("fr", 9, quantity=1, seconds=0)
        assert SellerNews.objects.get().seller.seller_id == "S1"

    def test_whom_nobody_knows_yet_is_passed_over(self):
        take(ChannelFactory(), update("5", seller_id="unknown"))
        assert not SellerNews.objects.exists()
