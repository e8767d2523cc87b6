from decimal import Decimal

from django.db import transaction

from platforms import feeds
from stock.models import FEED
from tests.factories import MarketplaceFactory, OfferFactory, StockLevelFactory, StockSyncGroupFactory


def test_a_level_is_told_with_its_offer_and_group(api):
    group = StockSyncGroupFactory(label="POOL")
    market = MarketplaceFactory(code="amazon-de", platform=group.platform, stock_sync_group=group)
    offer = OfferFactory(channel=market, sku="A-1", offer_id=42)
    level = StockLevelFactory(
        channel=market,
        seller_id="S1",
        offer_id=42,
        offer_row=offer,
        channel_offer_id="B01",
        quantity=Decimal("5.5000"),
    )

    assert api.get("stock-levels/").json()["results"] == [
        {
            "channel": "amazon-de",
            "seller": "S1",
            "offer_id": 42,
            "channel_offer_id": "B01",
            "sku": "A-1",
            "quantity": "5.5",
            "in_stock": "5.5",
            "updated_at": "2026-01-01T12:00:00Z",
            "source": "event",
            "group": "POOL",
            "cursor": level.number,
        }
    ]


def test_the_id_the_offer_is_listed_under_stands_before_the_one_stock_came_with(api):
    listed, unlisted = OfferFactory(channel_offer_id="DEMO-1"), OfferFactory(channel_offer_id="")
    for offer in (listed, unlisted):
        StockLevelFactory(channel=offer.channel, offer_row=offer, channel_offer_id="B01")

    assert [level["channel_offer_id"] for level in api.get("stock-levels/").json()["results"]] == ["DEMO-1", "B01"]


def test_the_level_of_an_unknown_offer_has_no_sku(api):
    StockLevelFactory(quantity=Decimal(0))

    (row,) = api.get("stock-levels/").json()["results"]

    assert (row["sku"], row["group"], row["quantity"]) == (None, None, "0")


def test_levels_are_filtered(api):
    one = StockLevelFactory(offer_row=OfferFactory(sku="A"))
    two = StockLevelFactory()

    def found(**query):
        return [row["cursor"] for row in api.get("stock-levels/", **query).json()["results"]]

    assert found() == [one.number, two.number]
    assert found(channel=two.channel.code) == [two.number]
    assert found(seller=one.seller_id) == [one.number]
    assert found(sku="A") == [one.number]


def test_changes_come_in_the_order_they_happened_and_resume_after_a_cursor(api):
    one, two, three = StockLevelFactory.create_batch(3)
    with transaction.atomic():
        feeds.draw(FEED, three.number)
        one.number = feeds.draw(FEED, 1)
        one.save()

    told = [row["cursor"] for row in api.get("stock-changes/").json()["results"]]

    assert told == [two.number, three.number, one.number]
    assert [row["cursor"] for row in api.get("stock-changes/", after=two.number).json()["results"]] == told[1:]
    assert api.get("stock-changes/", after=one.number).json()["results"] == []
    assert [row["cursor"] for row in api.get("stock-changes/", channel=two.channel.code).json()["results"]] == [
        two.number
    ]
