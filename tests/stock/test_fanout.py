"""Stock sync groups: what one channel is told of a SKU holds for all of them."""

import itertools
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from listings.models import Offer
from platforms import channels, jobs
from platforms.models import Channel, Event
from stock import fanout, handlers, intake, levels, polling
from stock.models import Levelling, StockLevel
from tests.factories import (
    ChannelFactory,
    EventFactory,
    MarketplaceFactory,
    OfferFactory,
    SellerFactory,
    StockLevelFactory,
)
from tests.stock.pool import at, group, market, offer, platform, quantities, seller, show, told

pytestmark = pytest.mark.django_db

EU = {"amazon-de": "EU", "amazon-fr": "EU", "amazon-us": ""}


def came(code: str, offer_id: int, quantity: str, seconds: float, seller_id: str = "S1", **more: object) -> None:
    """An Offer.New of an offer that is here, as the stock's handler gets it."""
    payload = {"sellerId": seller_id, "offerId": offer_id, "quantity": quantity, **more}
    event = EventFactory(channel=market(code), payload=payload, created_at=at(seconds), event_id=f"{seconds:024}")
    event.state = Event.State.DONE
    with transaction.atomic():
        handlers.content(event.channel, [event])


def relevel(code: str, **run: float) -> jobs.Run:
    how = jobs.Run(**run)
    fanout.relevel(market(code), how)
    return how


def move(code: str, label: str) -> None:
    channel = market(code)
    channel.stock_sync_group = group(channel.platform, label)
    channel.save()


def test_what_one_channel_is_told_holds_for_the_group_and_for_nobody_else():
    platform(EU)
    for number, code in enumerate(EU, start=1):
        offer(code, number)

    told("amazon-fr", 2, 5, 1)

    assert quantities() == {("amazon-de", 1): 5, ("amazon-fr", 2): 5}
    copied, own = StockLevel.objects.order_by("offer_id")
    assert (copied.version, copied.updated_at, copied.offer_row.offer_id) == (own.version, own.updated_at, 1)
    assert (copied.source, own.source) == ("group", "event")
    assert copied.number == own.number


def test_the_newest_wins_whichever_channel_was_told():
    platform(EU)
    offer("amazon-de", 1)
    offer("amazon-fr", 2)

    told("amazon-fr", 2, 5, 2)
    told("amazon-de", 1, 9, 1)
    assert quantities() == {("amazon-de", 1): 5, ("amazon-fr", 2): 5}

    told("amazon-de", 1, 7, 3)
    assert quantities() == {("amazon-de", 1): 7, ("amazon-fr", 2): 7}


def test_an_update_older_than_the_groups_is_superseded():
    platform(EU)
    offer("amazon-de", 1)
    offer("amazon-fr", 2)
    told("amazon-fr", 2, 5, 2)
    payload = {"sellerId": "S1", "offerId": 1, "quantity": "9"}
    event = EventFactory(
        channel=market("amazon-de"), type="Seller:Offer.StockUpdate", payload=payload, created_at=at(1)
    )

    with transaction.atomic():
        handlers.stock(event.channel, [event])

    assert event.state == Event.State.SUPERSEDED


def test_two_sellers_never_share_and_an_article_is_its_sku():
    platform(EU)
    offer("amazon-de", 1)
    offer("amazon-fr", 2, seller_id="S2")
    offer("amazon-fr", 3, sku="Y")
    offer("amazon-fr", 4, sku="x")
    offer("amazon-fr", 5, sku="")
    offer("amazon-de", 6, sku="")

    told("amazon-de", 1, 5, 1)
    told("amazon-de", 6, 8, 1)

    assert quantities() == {("amazon-de", 1): 5, ("amazon-de", 6): 8}


def test_platforms_with_the_same_label_are_strangers():
    platform(EU)
    offer("amazon-de", 1)
    other = MarketplaceFactory()
    other.stock_sync_group = group(other.platform, "EU")
    other.save()
    OfferFactory(channel=other, seller=SellerFactory(channel=other.platform, seller_id="S1"), sku="X")

    told("amazon-de", 1, 5, 1)

    assert quantities() == {("amazon-de", 1): 5}


def test_two_offers_of_one_article_on_a_channel_both_follow():
    platform(EU)
    offer("amazon-de", 1)
    offer("amazon-fr", 2)
    offer("amazon-fr", 3)

    told("amazon-de", 1, 5, 1)
    assert quantities() == {("amazon-de", 1): 5, ("amazon-fr", 2): 5, ("amazon-fr", 3): 5}

    told("amazon-fr", 3, 4, 2)
    assert set(quantities().values()) == {4}


def test_a_variation_shares_by_its_own_sku_while_its_listing_has_it():
    platform(EU)
    offer("amazon-de", 1, sku="X-42")
    father = offer("amazon-fr", 2, sku="X")
    same = {"content_at": father.content_at, "content_event": father.content_event}
    offer("amazon-fr", 3, sku="X-42", parent=father, **same)
    offer("amazon-fr", 4, sku="X-42", parent=father, content_at=at(-9))

    told("amazon-de", 1, 5, 1)

    assert quantities() == {("amazon-de", 1): 5, ("amazon-fr", 3): 5}


def test_an_offer_that_comes_later_takes_the_groups_level_and_a_newer_one_sets_it():
    platform(EU)
    offer("amazon-de", 1)
    told("amazon-de", 1, 5, 2)

    offer("amazon-fr", 2)
    came("amazon-fr", 2, "9", 1)
    assert quantities() == {("amazon-de", 1): 5, ("amazon-fr", 2): 5}

    offer("amazon-fr", 3)
    came("amazon-fr", 3, "8", 3)
    assert set(quantities().values()) == {8}


def test_an_offer_that_brings_no_quantity_takes_the_groups_level():
    platform(EU)
    offer("amazon-de", 1)
    told("amazon-de", 1, 5, 2)

    offer("amazon-fr", 2)
    came("amazon-fr", 2, "", 3)

    assert quantities() == {("amazon-de", 1): 5, ("amazon-fr", 2): 5}


def test_stock_that_came_before_its_offer_reaches_the_group_with_it():
    platform(EU)
    offer("amazon-de", 1)
    told("amazon-fr", 2, 5, 2)
    assert quantities() == {("amazon-fr", 2): 5}

    offer("amazon-fr", 2)
    came("amazon-fr", 2, "9", 1)

    assert quantities() == {("amazon-de", 1): 5, ("amazon-fr", 2): 5}


def test_the_job_attaches_what_waited_and_levels_it():
    platform(EU)
    offer("amazon-de", 1)
    told("amazon-fr", 2, 5, 2)
    offer("amazon-fr", 2)

    run = jobs.Run()
    polling.poll(market("amazon-fr"), run)

    assert run.counts["attached"] == 1
    assert quantities() == {("amazon-de", 1): 5, ("amazon-fr", 2): 5}


def test_of_one_moment_the_smaller_quantity_counts():
    platform(EU)
    offer("amazon-de", 1)
    offer("amazon-fr", 2)

    told("amazon-de", 1, 5, 1)
    told("amazon-fr", 2, 4, 1)
    told("amazon-de", 1, 6, 1)

    assert set(quantities().values()) == {4}


def test_what_scx_shows_decides_and_not_what_is_configured():
    platform(EU)
    for number, code in enumerate(EU, start=1):
        offer(code, number)
    show("amazon-fr", "")
    show("amazon-us", "EU")

    told("amazon-de", 1, 5, 1)
    assert quantities() == {("amazon-de", 1): 5, ("amazon-us", 3): 5}

    show("amazon-fr", None)
    told("amazon-de", 1, 6, 2)
    assert quantities() == {("amazon-de", 1): 6, ("amazon-fr", 2): 6, ("amazon-us", 3): 6}


def test_a_channel_that_joins_is_levelled_and_one_that_leaves_keeps_its_levels():
    platform(EU)
    offer("amazon-de", 1)
    offer("amazon-us", 3)
    offer("amazon-us", 4, sku="Y")
    offer("amazon-de", 5, sku="Y")
    told("amazon-de", 1, 5, 2)
    told("amazon-us", 3, 9, 1)
    told("amazon-us", 4, 8, 3)
    told("amazon-de", 5, 7, 1)
    relevel("amazon-de")

    move("amazon-us", "EU")
    run = relevel("amazon-us")

    assert quantities() == {("amazon-de", 1): 5, ("amazon-us", 3): 5, ("amazon-us", 4): 8, ("amazon-de", 5): 8}
    assert run.counts["levelled"] == 2
    assert Levelling.objects.get(channel__code="amazon-us").label == "EU"
    assert not relevel("amazon-us").counts

    move("amazon-us", "")
    relevel("amazon-us")
    told("amazon-de", 1, 4, 5)
    assert quantities()["amazon-us", 3] == 5
    assert Levelling.objects.get(channel__code="amazon-us").label == ""


def test_levelling_goes_on_where_it_was_stopped(monkeypatch):
    monkeypatch.setattr(fanout, "BATCH", 2)
    platform(EU)
    for number in range(1, 6):
        offer("amazon-de", number, sku=f"X{number}")
        offer("amazon-us", 10 + number, sku=f"X{number}")
        told("amazon-de", number, 5, 1)
    move("amazon-us", "EU")

    with transaction.atomic():
        assert fanout._relevel_batch(market("amazon-us")) == (True, 2)
    assert Levelling.objects.get(channel=market("amazon-us")).label == ""
    assert relevel("amazon-us", deadline=0.0).counts == {}

    assert relevel("amazon-us").counts["levelled"] == 3
    assert set(quantities().values()) == {5}
    assert len(quantities()) == 10


@pytest.mark.parametrize("how", ["left", "switched off"])
@pytest.mark.parametrize("batches_done", [1, 9])
def test_what_a_channel_missed_while_it_was_away_is_made_up_for(how, batches_done, monkeypatch):
    """Even if it was away, and half levelled, between two runs of the job."""
    monkeypatch.setattr(fanout, "BATCH", 1)
    platform(EU)
    for number in (1, 2):
        offer("amazon-de", number, sku=f"X{number}")
        offer("amazon-fr", 10 + number, sku=f"X{number}")
    for _batch in range(batches_done):
        with transaction.atomic():
            fanout._relevel_batch(market("amazon-fr"))

    def away(is_away: bool) -> None:
        if how == "left":
            move("amazon-fr", "" if is_away else "EU")
        else:
            Channel.objects.filter(code="amazon-fr").update(is_active=not is_away)

    away(True)
    told("amazon-de", 1, 5, 1)
    assert quantities() == {("amazon-de", 1): 5}
    away(False)
    relevel("amazon-fr")

    assert quantities() == {("amazon-de", 1): 5, ("amazon-fr", 11): 5}


def test_the_job_levels_and_a_move_or_a_switch_asks_for_it(django_capture_on_commit_callbacks, monkeypatch):
    platform(EU)
    offer("amazon-de", 1)
    offer("amazon-us", 3)
    told("amazon-de", 1, 5, 1)
    nudged: list[tuple[str, str]] = []
    monkeypatch.setattr(jobs, "_enqueue", lambda job, channel: nudged.append((job, channel.code)))

    channel = market("amazon-us")
    channel.stock_sync_group = group(channel.platform, "EU")
    for change in ({}, {"is_active": False}, {"is_active": False, "display_name": "US"}):
        for name, value in change.items():
            setattr(channel, name, value)
        with django_capture_on_commit_callbacks(execute=True):
            channels.save(channel)
    assert nudged == [("stock", "amazon-us")] * 2

    channel.is_active = True
    channels.save(channel)
    run = jobs.run("stock", market("amazon-us"), jobs.Run())
    assert (run.error, run.counts["levelled"]) == ("", 1)
    assert quantities()["amazon-us", 3] == 5


def queries(work) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        work()
    # The first updates of a minute take a query more.
    statements = [query["sql"] for query in captured.captured_queries]
    return [sql for sql in statements if "SAVEPOINT" not in sql and "stock_stockminute" not in sql]


def test_without_a_group_it_costs_next_to_nothing(django_assert_num_queries):
    serial = itertools.count(1)
    shop, lone = ChannelFactory(), MarketplaceFactory()

    def record(channel, recorder) -> int:
        update = levels.Update("S1", 1, Decimal(1), at(1), f"v{next(serial)}", "event")
        with transaction.atomic():
            return len(queries(lambda: recorder(channel, [update])))

    record(shop, intake.record)
    record(lone, intake.record)
    assert record(lone, intake.record) == record(shop, intake.record) + 3
    with django_assert_num_queries(0):
        fanout.relevel(shop, jobs.Run())
    with django_assert_num_queries(1):
        fanout.relevel(lone, jobs.Run())


def test_a_batch_costs_the_same_number_of_queries_however_many_articles_and_channels():
    platform({f"amazon-{number}": "EU" for number in range(10)})

    def batch(size: int, members: int, seconds: int) -> int:
        updates = [
            levels.Update("S1", number, Decimal(1), at(seconds), levels.version(at(seconds)), "event")
            for number in range(size)
        ]
        with transaction.atomic():
            return len(queries(lambda: intake.record(market("amazon-0"), updates)))

    for number in range(50):
        offer("amazon-0", number, sku=f"X{number}")
    offer("amazon-1", 100, sku="X0")
    batch(1, 2, 0)
    few = batch(1, 2, 1)
    for place in range(2, 10):
        for number in range(50):
            offer(f"amazon-{place}", 1000 * place + number, sku=f"X{number}")
    assert batch(50, 10, 2) == few
    assert StockLevel.objects.count() == 50 + 1 + 8 * 50


def test_the_feed_numbers_of_copies_rise_and_an_unchanged_level_keeps_its_own():
    platform(EU)
    offer("amazon-de", 1)
    offer("amazon-fr", 2)
    told("amazon-de", 1, 5, 2)
    before = dict(StockLevel.objects.values_list("offer_id", "number"))

    told("amazon-fr", 2, 9, 1)
    assert dict(StockLevel.objects.values_list("offer_id", "number")) == before

    told("amazon-fr", 2, 9, 3)
    assert StockLevel.objects.filter(number__gt=max(before.values())).count() == 2


def test_the_articles_of_other_sellers_are_not_even_read():
    platform(EU)
    for number in range(1, 4):
        offer("amazon-de", number, seller_id=f"S{number}")
        offer("amazon-fr", 10 + number, seller_id=f"S{number}")
        StockLevelFactory(channel=market("amazon-de"), offer_row=Offer.objects.get(offer_id=number))

    found = fanout.behind([market("amazon-de").pk, market("amazon-fr").pk], [(seller("S2").pk, "X")])

    assert [row.offer_id for row in found] == [12]
