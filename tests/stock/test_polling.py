"""Polling against the embedded SCX: pages and cursors, per seller and for all."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone

from platforms import gateway, inbox, jobs
from platforms.models import Channel, QuotaBucket
from platforms.scx.stock import StockPage, parse_page
from platforms.scx.transport import Answer
from platforms.scx.values import format_time
from sellers.models import Seller
from stock import levels, line, pages, polling, remarks
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
    assert pages.is_later(candidate, than) is later


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
def test_a_seller_scx_cannot_answer_for_goes_to_the_end_of_the_line(sandbox, shop, status, monkeypatch):
    monkeypatch.setattr(polling, "SIDE_BY_SIDE", 1)
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
    assert pages.is_later(page.last_updated_at, "2026-01-01T12:00:00Z")


class Answers(list):
    """Pages that SCX gives for all sellers one after the other, and for which times it was asked."""

    def __init__(self) -> None:
        self.asked = []

    def fetch(self, updated_after: str) -> StockPage:
        self.asked.append(updated_after)
        return self.pop(0) if self else page_of(last=updated_after)


@pytest.fixture
def channel_that_stands(monkeypatch):
    """A channel polled for all sellers, and the answers it gets."""
    answers = Answers()
    client = SimpleNamespace(offers=SimpleNamespace(stock_updates_all=answers.fetch))
    monkeypatch.setattr(gateway, "client", lambda *args, **kwargs: client)
    return ChannelFactory(stock_source="all-sellers"), answers


def page_of(*rows: tuple[int, str, str], last: str) -> StockPage:
    """A page of seller S1: offer id, quantity and time of each row, and the time to go on from."""
    entries = [
        {"sellerId": "S1", "offerId": offer_id, "quantity": quantity, "updatedAt": at}
        for offer_id, quantity, at in rows
    ]
    return parse_page(Answer(200, {"stockUpdateList": entries, "lastUpdatedAt": last}, {}), updated_after="")


class TestPages:
    """What one answer does to levels and cursor."""

    @pytest.fixture
    def cursor(self):
        return StockCursor.objects.create(channel=ChannelFactory(), last_updated_at="2026-01-01T12:00:00+00:00")

    def commit(self, cursor, page, asked="2026-01-01T11:59:00+00:00"):
        taken = pages.commit(cursor.channel, cursor, page, StockLevel.Source.ALL_SELLERS, asked=asked)
        cursor.refresh_from_db()
        return taken

    def test_the_time_is_kept_as_received(self, cursor):
        self.commit(cursor, page_of((1, "3", "2026-01-01T12:00:05Z"), last="2026-01-01T13:00:05.120000+0100"))
        assert cursor.last_updated_at == "2026-01-01T13:00:05.120000+0100"
        assert (cursor.changed_at, cursor.stuck_since, cursor.remarks) == (cursor.polled_at, None, None)

    def test_rows_of_the_overlap_count_once_and_move_nothing_backwards(self, cursor):
        late = page_of((1, "3", "2026-01-01T11:59:30Z"), last="2026-01-01T11:59:30Z")
        assert self.commit(cursor, late).counted == 1
        assert self.commit(cursor, late).counted == 0
        assert cursor.last_updated_at == "2026-01-01T12:00:00+00:00"
        assert cursor.stuck_since is None

    def test_a_time_to_come_moves_the_cursor_no_further_than_the_rows(self, cursor):
        page = page_of((1, "3", "2026-01-01T12:00:05Z"), last="2999-01-01T00:00:00Z")
        assert self.commit(cursor, page).following == "2026-01-01T12:00:05+00:00"
        assert cursor.last_updated_at == "2026-01-01T12:00:05+00:00"
        assert cursor.remarks == [["time-to-come", {"time": "2999-01-01T00:00:00Z"}]]

    def test_a_level_of_a_time_to_come_counts_as_of_now(self, cursor):
        self.commit(cursor, page_of((1, "3", "2999-01-01T00:00:00Z"), last="2999-01-01T00:00:00Z"))
        assert StockLevel.objects.get().updated_at <= timezone.now()
        assert cursor.last_updated_at == "2026-01-01T12:00:00+00:00"

        later = (timezone.now() + timedelta(seconds=1)).isoformat()
        self.commit(cursor, page_of((1, "1", later), last=later))
        assert StockLevel.objects.get().quantity == 1

    def test_a_cursor_that_was_led_into_the_future_finds_back(self, cursor):
        cursor.last_updated_at = "2999-01-01T00:00:00Z"
        cursor.save()
        assert pages.beginning(cursor) == StockCursor.START
        self.commit(cursor, page_of((1, "3", "2026-01-01T12:00:05Z"), last="2026-01-01T12:00:05Z"), StockCursor.START)
        assert cursor.last_updated_at == "2026-01-01T12:00:05Z"

    def test_one_that_comes_again_and_again_counts_once(self, cursor):
        page = page_of((1, "3", "2999-01-01T00:00:00Z"), last="2026-01-01T12:00:01Z")
        assert [self.commit(cursor, page).counted for _time in range(3)] == [1, 0, 0]
        assert self.commit(cursor, page_of((1, "2", "2999-01-01T00:00:00Z"), last="")).counted == 1

    def test_a_quantity_no_stock_can_have_counts_as_the_nearest(self, cursor):
        page = page_of((1, "-3", "2026-01-01T12:00:05Z"), (2, "1e20", "2026-01-01T12:00:05Z"), last="")
        self.commit(cursor, page)
        assert [level.quantity for level in StockLevel.objects.order_by("offer_id")] == [0, levels.LARGEST]

    def test_a_cursor_is_never_further_ahead_than_what_is_asked_for_again(self, cursor):
        ahead = timezone.now() + timedelta(minutes=2)
        self.commit(cursor, page_of((1, "3", ahead.isoformat()), last=ahead.isoformat()))
        assert cursor.last_updated_at == "2026-01-01T12:00:00+00:00"
        assert StockLevel.objects.get().updated_at == ahead

    def test_news_without_a_later_time_are_stuck_until_there_is_one(self, cursor):
        asked = cursor.last_updated_at
        self.commit(cursor, page_of((1, "3", asked), last=asked), asked)
        since = cursor.stuck_since
        assert since is not None
        self.commit(cursor, page_of((2, "3", asked), last=asked), asked)
        assert cursor.stuck_since == since
        self.commit(cursor, page_of(last=asked), asked)
        assert cursor.stuck_since is None

    def test_a_row_that_cannot_be_used_is_told_and_costs_no_other(self, cursor):
        page = page_of((0, "3", "2026-01-01T12:00:05Z"), (1, "x", "2026-01-01T12:00:05Z"), last="2026-01-01T12:00:06Z")
        page.rows.extend(page_of((2, "4", "2026-01-01T12:00:05Z"), last="").rows)
        self.commit(cursor, page)
        assert StockLevel.objects.get().offer_id == 2
        assert "offerId" in remarks.text(cursor.remarks)
        assert "quantity" in remarks.text(cursor.remarks)
        assert cursor.last_updated_at == "2026-01-01T12:00:06Z"


def test_a_cursor_that_is_led_nowhere_is_found_out_run_after_run(channel_that_stands, monkeypatch):
    channel, answers = channel_that_stands
    hour = timezone.now().replace(microsecond=0) - timedelta(hours=1)
    stands = hour.isoformat()
    for number in range(1, 4):
        later = (hour + timedelta(minutes=number)).isoformat()
        answers.append(page_of((1, str(number), later), last=stands))
        polling.poll(channel, jobs.Run())
        cursor = StockCursor.objects.get()
        assert cursor.last_updated_at == stands
        assert (cursor.stuck_since is None) == (number == 1)


def test_a_quiet_cursor_costs_one_call_and_a_young_one_looks_back(channel_that_stands, monkeypatch):
    channel, answers = channel_that_stands
    now = timezone.now().replace(microsecond=0)
    StockCursor.objects.create(channel=channel, last_updated_at=(now - timedelta(hours=1)).isoformat())
    answers.append(page_of(last=(now - timedelta(hours=1)).isoformat()))
    polling.poll(channel, jobs.Run())
    assert answers.asked == [(now - timedelta(hours=1)).isoformat()]

    StockCursor.objects.update(last_updated_at=(now - timedelta(minutes=1)).isoformat())
    # The newest row, known already, as SCX sends it for any time before.
    known = (now - timedelta(minutes=1)).isoformat()
    answers.extend([page_of((1, "3", known), last=known), page_of(last=known), page_of((1, "3", known), last=known)])
    polling.poll(channel, jobs.Run())
    answers.asked.clear()
    polling.poll(channel, jobs.Run())
    assert answers.asked == [format_time(now - timedelta(minutes=2))]


def test_a_page_cut_short_leaves_the_cursor_for_the_next_run(sandbox, shop):
    channel, merchant = shop(Channel.StockSource.ALL_SELLERS)
    offer(merchant, channel, 1, "3")
    stock(merchant, channel, 1, "8")
    sandbox.fault("truncate", match={"path": "/v1/channel/offer/stock-updates"}, count=1)

    assert jobs.run("stock", channel, jobs.Run()).error
    assert StockCursor.objects.get().last_updated_at == StockCursor.START
    assert not jobs.run("stock", channel, jobs.Run()).error
    assert StockLevel.objects.get().quantity == 8


@pytest.mark.parametrize("most", [1, 2, 0])
def test_pages_of_any_length_are_gone_through_seller_by_seller(sandbox, shop, most):
    channel, merchant = shop(Channel.StockSource.PER_SELLER)
    sandbox.settings(stockRowsMost=most)
    for number in range(1, 6):
        offer(merchant, channel, number, "3")
        stock(merchant, channel, number, str(number))
        sandbox.advance(1)

    run = jobs.Run()
    polling.poll(channel, run)

    assert {level.offer_id: level.quantity for level in StockLevel.objects.all()} == {n: n for n in range(1, 6)}
    assert run.counts["stored"] == 5


class TestLine:
    """Whom SCX is asked for first."""

    def cursor(self, channel, name: str, *, polled: int | None, changed: int | None = None) -> StockCursor:
        now = timezone.now()
        return StockCursor.objects.create(
            channel=channel,
            seller=SellerFactory(channel=channel, seller_id=name),
            polled_at=None if polled is None else now - timedelta(minutes=polled),
            changed_at=None if changed is None else now - timedelta(minutes=changed),
        )

    def test_sellers_with_recent_news_have_every_other_turn(self):
        channel = ChannelFactory(stock_source="per-seller")
        for name, polled, changed in [("A", 1, 10), ("B", 2, 300), ("C", 3, 20), ("D", 9, None), ("E", 8, 61)]:
            self.cursor(channel, name, polled=polled, changed=changed)
        SellerFactory(channel=channel, seller_id="never asked")

        asked = [cursor.seller.seller_id for cursor in line.of(channel)]

        assert asked == ["C", "never asked", "A", "D", "E", "B"]

    def test_the_bound_follows_the_quota(self, settings):
        settings.STOCK_QUOTA_SHARE = 0.5
        channel = ChannelFactory(stock_source="per-seller")
        assert line.bound(channel) is None
        QuotaBucket.objects.create(channel=channel, group="offer", limit=60, interval=60)
        for _number in range(15):
            SellerFactory(channel=channel)
        assert line.bound(channel) == timedelta(minutes=2)


class TestCatchingUp:
    """A seller who sells again is caught up whatever the source, and the cursor of all stays."""

    @pytest.fixture(params=["events", "all-sellers"])
    def source(self, request):
        return request.param

    def asked(self, sandbox) -> list[dict[str, str]]:
        return [
            book["query"] for book in sandbox.books(path="/v1/channel/offer/stock-updates") if "S1" in book["query"]
        ]

    def test_one_who_began_is_not_one_who_begins_again(self, sandbox, shop, source):
        channel, merchant = shop(source)
        offer(merchant, channel, 1, "3")
        inbox.fetch(channel, jobs.Run())
        inbox.apply(channel, jobs.Run())
        polling.poll(channel, jobs.Run())
        assert self.asked(sandbox) == []

    def test_what_changed_meanwhile_is_fetched_once(self, sandbox, shop, source):
        channel, merchant = shop(source)
        offer(merchant, channel, 1, "3")
        offer(merchant, channel, 2, "3")
        inbox.fetch(channel, jobs.Run())
        inbox.apply(channel, jobs.Run())
        polling.poll(channel, jobs.Run())
        of_all = StockCursor.objects.filter(seller=None).values_list("last_updated_at", flat=True)
        before = list(of_all)
        sandbox.advance(120)
        stock(merchant, channel, 1, "8")
        # Its event is lost, as those of a time without a connection are.
        for event in sandbox.events(channel):
            gateway.client(channel).events.acknowledge([event["id"]])
        Seller.objects.update(linked_at=timezone.now() + timedelta(minutes=3))
        channel.stock_source = "events"
        # News that come between his return and the look at his stock hide nothing.
        StockLevel.objects.filter(offer_id=2).update(
            received_at=timezone.now() + timedelta(minutes=4), updated_at=timezone.now() + timedelta(minutes=4)
        )

        polling.poll(channel, jobs.Run())
        polling.poll(channel, jobs.Run())

        levels = {level.offer_id: level.quantity for level in StockLevel.objects.all()}
        assert levels == {1: 8, 2: 3}
        assert len(self.asked(sandbox)) == 2
        assert list(of_all) == before


def test_polling_leaves_the_rest_of_the_quota_to_reports(sandbox, shop, settings):
    settings.STOCK_QUOTA_SHARE = 0.5
    channel, _merchant = shop(Channel.StockSource.PER_SELLER)
    now = timezone.now()
    bucket = {"limit": 10, "interval": 3600, "is_answered": True}
    QuotaBucket.objects.create(channel=channel, group="offer", taken=[[now.timestamp(), 5]], **bucket)

    run = jobs.run("stock", channel, jobs.Run())

    assert run.waits_for
    assert sandbox.books(path="/v1/channel/offer") == []
    gateway.client(channel).offers.stock_updates("S1", StockCursor.START)
