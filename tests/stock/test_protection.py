"""What a channel holds back of its stock, and how its consumers hear of it."""

from decimal import Decimal

import pytest
from django.db import transaction

from platforms import api_keys, channels
from platforms.jobs import Run
from platforms.models import Channel, JobStatus
from stock import intake, protection
from stock.models import Levelling, StockLevel
from tests.factories import ChannelFactory, OfferFactory
from tests.stock.test_levels import update

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("buffer", "minimum", "stock", "sellable"),
    [
        (0, 0, "5", "5"),
        (2, 0, "5", "3"),
        (2, 0, "2", "0"),
        (2, 0, "1", "0"),
        (2, 0, "2.5", "0.5"),
        (0, 3, "3", "3"),
        (0, 3, "2.9999", "0"),
        (2, 3, "3", "1"),
        (2, 3, "2", "0"),
    ],
)
def test_the_buffer_is_held_back_and_nothing_is_sold_below_the_minimum(buffer, minimum, stock, sellable):
    channel = Channel(stock_buffer=buffer, stock_minimum=minimum)
    assert channel.sellable(Decimal(stock)) == Decimal(sellable)


@pytest.fixture
def shop(monkeypatch):
    """Five levels, the first of them none, told in batches of two."""
    monkeypatch.setattr(protection, "BATCH", 2)
    channel = ChannelFactory()
    with transaction.atomic():
        intake.record(channel, [update(str(number), offer_id=number + 1) for number in range(5)])
    return channel


def hold_back(channel: Channel, buffer: int, minimum: int = 0) -> None:
    channel.stock_buffer, channel.stock_minimum = buffer, minimum
    channels.save(channel)


def feed() -> list[int]:
    return list(StockLevel.objects.order_by("number").values_list("offer_id", flat=True))


def test_what_changed_is_told_again_once(shop):
    last = StockLevel.objects.latest("number").number
    hold_back(shop, 2)
    run = Run()

    protection.tell_again(shop, run)
    protection.tell_again(shop, run)

    assert run.counts["told again"] == 4
    assert list(StockLevel.objects.filter(number__gt=last).values_list("offer_id", flat=True)) == [2, 3, 4, 5]
    assert Levelling.objects.get().told_by == shop.held_back_since


def test_without_a_change_nothing_is_told_and_a_query_is_all_it_takes(shop, django_assert_num_queries):
    hold_back(shop, 2)
    protection.tell_again(shop, Run())
    before = feed()
    shop.display_name = "Another name"
    channels.save(shop)
    with django_assert_num_queries(1):
        protection.tell_again(shop, Run())
    assert feed() == before


def test_a_change_that_was_taken_back_is_told_too_for_somebody_may_have_read_it(shop):
    hold_back(shop, 2)
    hold_back(shop, 0)
    run = Run()

    protection.tell_again(shop, run)

    assert run.counts["told again"] == 4


def test_a_change_asks_for_the_job_at_once(shop, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        hold_back(shop, 2)
    assert JobStatus.objects.get(job="stock", channel=shop).queued_at is not None


@pytest.mark.parametrize("second", [3, 0])
def test_a_change_amid_the_telling_begins_it_anew(shop, second):
    hold_back(shop, 2)
    with transaction.atomic():
        protection._next(shop, shop.held_back_since)
        protection._next(shop, shop.held_back_since)
    hold_back(shop, second)
    first = StockLevel.objects.latest("number").number
    run = Run()

    protection.tell_again(shop, run)

    assert run.counts["told again"] == 4
    assert StockLevel.objects.filter(number__gt=first).count() == 4
    assert Levelling.objects.get().telling_by is None


def test_levels_that_share_a_number_are_told_although_a_batch_ends_among_them(shop):
    StockLevel.objects.update(number=3)
    hold_back(shop, 1)
    run = Run()

    protection.tell_again(shop, run)

    assert run.counts["told again"] == 4


def test_the_api_tells_what_may_be_sold_and_what_there_is(shop, client):
    hold_back(shop, 2, minimum=4)
    OfferFactory(channel=shop)
    key = api_keys.make("test", "read", [])[1]
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {key}"

    rows = client.get("/api/v1/stock-levels/").json()["results"]

    assert [(row["quantity"], row["in_stock"]) for row in rows[-2:]] == [("0", "3"), ("2", "4")]
    (change, *_) = client.get("/api/v1/stock-changes/", {"after": rows[-2]["cursor"]}).json()["results"]
    assert change["channels"][0]["quantity"] == "2"
