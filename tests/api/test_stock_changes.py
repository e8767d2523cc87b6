"""The feed of changes: once for each change, with the channels it holds for."""

from django.db import transaction

from platforms import jobs
from stock import fanout, intake
from stock.models import StockLevel
from tests.stock.pool import group, market, offer, platform, told

HOLDS = ("channel", "offer_id", "quantity")


def feed(api, **query):
    """(who was told, quantity, [(channel, offer, quantity) it holds for]) for each change."""
    rows = api.get("stock-changes/", **query).json()["results"]
    return [
        (row["channel"], row["quantity"], [tuple(map(each.get, HOLDS)) for each in row["channels"]]) for row in rows
    ]


def test_one_update_is_one_change_for_all_channels_of_the_group(api):
    platform({"de": "EU", "fr": "EU", "us": ""})
    for number, code in enumerate(("de", "fr", "us")):
        offer(code, number + 1)

    told("fr", 2, quantity=5, seconds=1)
    told("us", 3, quantity=9, seconds=1)

    assert feed(api) == [("fr", "5", [("de", 1, "5"), ("fr", 2, "5")]), ("us", "9", [("us", 3, "9")])]


def test_a_later_update_replaces_the_earlier_change(api):
    platform({"de": "EU", "fr": "EU"})
    offer("de", 1), offer("fr", 2)
    told("fr", 2, quantity=5, seconds=1)
    before = api.get("stock-changes/").json()["results"][-1]["cursor"]

    told("de", 1, quantity=4, seconds=2)

    assert feed(api) == feed(api, after=before) == [("de", "4", [("de", 1, "4"), ("fr", 2, "4")])]


def test_a_reader_of_one_channel_is_told_of_that_one(api):
    platform({"de": "EU", "fr": "EU"})
    offer("de", 1), offer("fr", 2)
    told("fr", 2, quantity=5, seconds=1)

    assert feed(api, channel="de") == [("de", "5", [("de", 1, "5")])]


def test_an_offer_that_comes_later_is_a_change_of_its_own(api):
    platform({"de": "EU", "fr": "EU"})
    offer("de", 1)
    told("de", 1, quantity=5, seconds=1)
    offer("fr", 2)
    offer("fr", 3)
    with transaction.atomic():
        intake.record_content(market("fr"), [], [("S1", 2), ("S1", 3)])

    assert feed(api) == [("de", "5", [("de", 1, "5")]), ("fr", "5", [("fr", 2, "5"), ("fr", 3, "5")])]


def test_what_a_channel_that_joins_brings_about_is_one_change_for_each_article(api):
    platform({"de": "EU", "fr": "EU", "us": ""})
    for number, sku in enumerate("XY"):
        for at, code in enumerate(("de", "fr", "us")):
            offer(code, 10 * number + at, sku=sku)
        told("de", 10 * number, quantity=5, seconds=1)
        told("us", 10 * number + 2, quantity=3, seconds=2)
    before = StockLevel.objects.latest("number").number
    us = market("us")
    us.stock_sync_group = group(us.platform, "EU")
    us.save()

    for code in ("de", "fr", "us"):
        fanout.relevel(market(code), jobs.Run())

    assert [[channel for channel, *_ in channels] for *_, channels in feed(api, after=before)] == [["de", "fr"]] * 2


def test_pages_cut_no_change(api):
    platform({"de": "EU", "fr": "EU"})
    for number in range(3):
        offer("de", number * 2 + 1, sku=f"S{number}"), offer("fr", number * 2 + 2, sku=f"S{number}")
        told("fr", number * 2 + 2, quantity=number, seconds=1)

    seen, url = [], "stock-changes/?limit=1"
    while url:
        page = api.get(url).json()
        seen += [(row["quantity"], len(row["channels"])) for row in page["results"]]
        url = page["next"]

    assert seen == [("0", 2), ("1", 2), ("2", 2)]
