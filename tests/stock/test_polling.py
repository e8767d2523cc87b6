"""Polling against the embedded SCX: pages and cursors, per seller and for all."""

import pytest
from django.utils import timezone

from platforms import jobs
from platforms.models import Channel
from platforms.scx.stock import parse_page
from platforms.scx.transport import Answer
from stock import polling
from stock.models import StockCursor, StockLevel
from tests.factories import ChannelFactory, SellerFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(sandbox):
    """A function that makes a channel with a stock source and one linked seller who has one offer at SCX."""

    def make(source: str):
        channel = sandbox.adopt(ChannelFactory(stock_source=source))
        merchant = sandbox.merchant()
        sandbox.link(channel, "S1", jtlAccountId=merchant.jtl_account_id)
        SellerFactory(channel=channel, seller_id="S1", jtl_account_id=merchant.jtl_account_id)
        return channel, merchant

    return make


def stock(merchant, channel, offer_id: int, quantity: str) -> None:
    offer = {"channel": channel.code, "sellerId": "S1", "offerId": offer_id, "quantity": quantity}
    merchant.call("PUT", "/v1/seller/offer/stock", json={"offerList": [{**offer, "channelOfferId": f"C-{offer_id}"}]})


def offer(merchant, channel, offer_id: int, quantity: str) -> None:
    listing = {
        "channel": channel.code,
        "sellerId": "S1",
        "offerId": offer_id,
        "quantity": quantity,
        "taxPercent": "19",
        "priceList": [{"id": "B2C", "quantityPriceList": [{"amount": "9.99", "currency": "EUR", "quantity": "1"}]}],
    }
    product = {"sku": f"SKU-{offer_id}", "title": "Brötchen"}
    merchant.call(
        "POST", "/v1/seller/offer", json={"offerList": [{"salesChannelOfferList": [listing], "product": product}]}
    )


@pytest.mark.parametrize("source", [Channel.StockSource.PER_SELLER, Channel.StockSource.ALL_SELLERS])
def test_polled_stock_becomes_levels_and_the_cursor_moves(sandbox, shop, source):
    channel, merchant = shop(source)
    offer(merchant, channel, 1, "3")
    stock(merchant, channel, 1, "8")

    run = jobs.Run()
    polling.poll(channel, run)

    level = StockLevel.objects.get()
    assert (level.seller_id, level.offer_id, level.quantity, level.source) == ("S1", 1, 8, source)
    cursor = StockCursor.objects.get()
    assert cursor.last_updated_at > StockCursor.START
    assert (cursor.seller is None) == (source == Channel.StockSource.ALL_SELLERS)

    sandbox.advance(5)
    stock(merchant, channel, 1, "0")
    polling.poll(channel, jobs.Run())
    level.refresh_from_db()
    assert level.quantity == 0
    moved = StockCursor.objects.get()
    assert moved.last_updated_at > cursor.last_updated_at
    assert sandbox.books(path="/v1/channel/offer/stock-updates", status=400) == []


def test_a_channel_that_lives_on_events_is_not_polled(sandbox, shop):
    channel, _merchant = shop(Channel.StockSource.EVENTS)
    polling.poll(channel, jobs.Run())
    assert sandbox.books(path="/v1/channel/offer/stock-updates") == []
    assert not StockCursor.objects.exists()


def test_a_cursor_never_moves_backwards(shop):
    channel, _merchant = shop(Channel.StockSource.ALL_SELLERS)
    StockCursor.objects.create(channel=channel, last_updated_at="2999-01-01T00:00:00+00:00")
    polling.poll(channel, jobs.Run())
    assert StockCursor.objects.get().last_updated_at == "2999-01-01T00:00:00+00:00"


@pytest.mark.parametrize(
    ("candidate", "than", "later"),
    [
        ("2026-01-01T12:00:01+00:00", "2026-01-01T12:00:00Z", True),
        ("2026-01-01T13:00:00+01:00", "2026-01-01T12:00:00+0000", False),
        ("2026-01-01T12:00:01", "2026-01-01T12:00:00+00", True),
        ("tomorrow", "2026-01-01T12:00:00Z", False),
    ],
)
def test_cursors_compare_as_times(candidate, than, later):
    assert polling.is_later(candidate, than) is later


def test_a_seller_whose_id_scx_would_not_take_costs_the_others_nothing(sandbox, shop):
    """Ids adopted from elsewhere may have characters that SCX's pattern lacks."""
    channel, merchant = shop(Channel.StockSource.PER_SELLER)
    SellerFactory(channel=channel, seller_id="SELLER-123")
    offer(merchant, channel, 1, "3")
    stock(merchant, channel, 1, "8")
    StockCursor.objects.create(channel=channel, seller=channel.sellers.get(seller_id="S1"), polled_at=timezone.now())

    run = jobs.Run()
    polling.poll(channel, run)

    assert StockLevel.objects.get().seller_id == "S1"
    assert "sellerId" in StockCursor.objects.get(seller__seller_id="SELLER-123").error
    assert run.counts["refused"] == 1


@pytest.mark.parametrize("status", [400, 500])
def test_a_seller_scx_cannot_answer_for_goes_to_the_end_of_the_line(sandbox, shop, status):
    channel, merchant = shop(Channel.StockSource.PER_SELLER)
    SellerFactory(channel=channel, seller_id="S2")
    offer(merchant, channel, 1, "3")
    stock(merchant, channel, 1, "8")
    StockCursor.objects.create(channel=channel, seller=channel.sellers.get(seller_id="S1"), polled_at=timezone.now())
    sandbox.fault("status", match={"path": "/v1/channel/offer/stock-updates"}, status=status)

    run = jobs.run("stock", channel, jobs.Run())

    assert StockLevel.objects.get().seller_id == "S1"
    failed = StockCursor.objects.get(seller__seller_id="S2")
    assert f"({status}" in failed.error
    assert failed.polled_at is not None
    assert bool(run.error) == (status == 500)


def test_a_time_longer_than_the_cursor_can_hold_is_kept_in_a_form_that_fits():
    long_time = f"2026-01-01T12:00:00.{'1' * 60}+00:00"
    body = {"stockUpdateList": [], "lastUpdatedAt": long_time}
    page = parse_page(Answer(200, body, {}), updated_after=StockCursor.START)
    assert len(page.last_updated_at) <= 40
    assert polling.is_later(page.last_updated_at, "2026-01-01T12:00:00Z")
