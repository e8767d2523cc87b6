"""What is told of stock that is not up to date."""

from datetime import timedelta

import pytest
from django.utils import timezone, translation

from platforms.models import Channel, QuotaBucket
from stock import finders
from stock.models import SellerNews, StockCursor, StockUpdate
from tests.factories import ChannelFactory, MembershipFactory, SellerFactory, StockUpdateFactory

pytestmark = pytest.mark.django_db


def ago(minutes):
    return timezone.now() - timedelta(minutes=minutes)


def test_stock_that_was_not_asked_for_is_told_until_it_is():
    shop = ChannelFactory(code="SHOP", stock_source="all-sellers")
    cursor = StockCursor.objects.create(channel=shop, polled_at=ago(40))

    (finding,) = finders.late_stock()

    assert (finding.code, finding.channel, finding.since) == ("stock-late", "SHOP", cursor.polled_at)
    StockCursor.objects.update(polled_at=ago(1))
    assert list(finders.late_stock()) == []


def test_the_seller_asked_for_longest_ago_counts_and_one_who_left_does_not():
    seller = SellerFactory(channel__stock_source="per-seller")
    left = SellerFactory(channel=seller.channel, state="unlinked")
    StockCursor.objects.create(channel=seller.channel, seller=left, polled_at=ago(600), error="403")
    StockCursor.objects.create(channel=seller.channel, seller=seller, polled_at=ago(5))
    assert [*finders.late_stock(), *finders.refused_stock()] == []

    StockCursor.objects.filter(seller=seller).update(polled_at=ago(50))

    assert [finding.code for finding in finders.late_stock()] == ["stock-late"]


def test_a_channel_that_gets_events_does_not_poll():
    shop = ChannelFactory(stock_source="events")
    StockCursor.objects.create(channel=shop, polled_at=ago(600), error="403")

    assert [*finders.late_stock(), *finders.refused_stock()] == []


def test_sellers_whose_stock_scx_does_not_give_are_told():
    seller = SellerFactory(channel__code="SHOP", channel__stock_source="per-seller")
    StockCursor.objects.create(channel=seller.channel, seller=seller, polled_at=ago(1), error="403: no")

    (finding,) = finders.refused_stock()

    assert (finding.code, finding.channel) == ("stock-refused", "SHOP")
    StockCursor.objects.update(error="")
    assert list(finders.refused_stock()) == []


def test_a_cursor_that_stands_still_beside_news_is_told():
    shop = ChannelFactory(code="SHOP", stock_source="all-sellers")
    cursor = StockCursor.objects.create(channel=shop, polled_at=ago(1), stuck_since=ago(11))

    (finding,) = finders.stuck_stock()

    assert (finding.code, finding.channel, finding.since) == ("stock-stuck", "SHOP", cursor.stuck_since)
    StockCursor.objects.update(stuck_since=ago(9))
    assert list(finders.stuck_stock()) == []


def test_what_was_odd_about_an_answer_is_told_for_a_day():
    shop = ChannelFactory(code="SHOP", stock_source="all-sellers")
    StockCursor.objects.create(
        channel=shop, polled_at=ago(1), remarks=[["row", {"reason": "no offerId"}]], remarked_at=ago(60)
    )

    (finding,) = finders.odd_stock()

    assert (finding.code, finding.channel) == ("stock-odd", "SHOP")
    assert "no offerId" in finding.text
    with translation.override("de"):
        (finding,) = finders.odd_stock()
        assert "unbrauchbare Zeile" in finding.text
    StockCursor.objects.update(remarked_at=ago(25 * 60))
    assert list(finders.odd_stock()) == []


def test_a_round_as_long_as_the_quota_makes_it_is_not_late():
    seller = SellerFactory(channel__stock_source="per-seller")
    QuotaBucket.objects.create(channel=seller.channel, group="offer", limit=1, interval=900)
    StockCursor.objects.create(channel=seller.channel, seller=seller, polled_at=ago(50))
    assert list(finders.late_stock()) == []

    StockCursor.objects.update(polled_at=ago(70))
    assert [finding.code for finding in finders.late_stock()] == ["stock-late"]


def test_quantities_no_stock_can_have_are_told_for_a_day():
    shop = ChannelFactory(code="SHOP")
    update = StockUpdateFactory(channel=shop, said="-3", quantity=0)
    StockUpdateFactory(channel=shop)

    (finding,) = finders.impossible_quantities()

    assert (finding.code, finding.channel, finding.since) == ("stock-impossible", "SHOP", update.received_at)
    StockUpdate.objects.update(received_at=ago(60 * 25))
    assert list(finders.impossible_quantities()) == []


def test_a_seller_who_is_silent_for_longer_than_usual_is_told_until_he_speaks_or_sells_no_more():
    seller = SellerFactory(channel__code="SHOP")
    silent = SellerNews.objects.create(seller=seller, last_at=ago(5000), expected_by=ago(60))
    SellerNews.objects.create(seller=SellerFactory(channel=seller.channel), last_at=ago(5000), expected_by=ago(-60))
    SellerNews.objects.create(seller=SellerFactory(channel=seller.channel), last_at=ago(5000))

    (finding,) = finders.silent_sellers()

    assert (finding.code, finding.channel, finding.since) == ("stock-silent", "SHOP", silent.last_at)
    seller.state = "inactive"
    seller.save()
    assert list(finders.silent_sellers()) == []


@pytest.mark.parametrize(("confirmed", "codes"), [(True, ["stock-silent"]), (False, [])])
def test_a_seller_of_a_platform_is_to_speak_while_he_sells_on_a_marketplace(confirmed, codes):
    membership = MembershipFactory(wanted=True, confirmed=confirmed)
    SellerNews.objects.create(seller=membership.seller, last_at=ago(5000), expected_by=ago(60))

    assert [finding.code for finding in finders.silent_sellers()] == codes
    Channel.objects.filter(pk=membership.marketplace_id).update(is_active=False)
    assert list(finders.silent_sellers()) == []
