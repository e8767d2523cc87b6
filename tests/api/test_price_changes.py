"""The feed of prices: an offer stands in it where its prices really changed, whatever came in whatever order."""

import random
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from listings.models import PRICES_FEED, Offer, Price
from platforms import feeds, numbering, restores
from platforms.models import FeedCounter
from tests.factories import ChannelFactory, OfferFactory, PriceFactory, SellerFactory
from tests.feeds import Reader
from tests.listings.build import happen, listing, offer, price_list, variation

pytestmark = pytest.mark.django_db


@pytest.fixture
def seller():
    return SellerFactory(channel=ChannelFactory(code="shop"), seller_id="S1")


def told(api, **query):
    """(offer id, amounts, cursor) of each entry."""
    rows = api.get("price-changes/", **query).json()["results"]
    return [(row["offer_id"], [price["amount"] for price in row["prices"]], row["cursor"]) for row in rows]


def changed_since(api, cursor):
    return [(offer_id, amounts) for offer_id, amounts, _cursor in told(api, after=cursor)]


def reprice(seller, offer_id, amount, seconds):
    payload = {"sellerId": seller.seller_id, "offerId": offer_id, "priceList": price_list(amount)}
    return happen(seller.channel, payload, seconds, "PriceUpdate")


def test_an_entry_tells_what_an_offer_costs(api, seller):
    srp = {"amount": "20.00", "currency": "EUR"}
    happen(seller.channel, listing(seller, 1, channelOfferId="C-1", srp=srp))

    (entry,) = api.get("price-changes/").json()["results"]

    row = offer(seller, 1)
    assert entry == {
        "cursor": row.prices_number,
        "channel": "shop",
        "seller": "S1",
        "offer": row.pk,
        "offer_id": 1,
        "parent_offer_id": None,
        "sku": "SKU-1",
        "channel_offer_id": "C-1",
        "state": "pending",
        "prices": [{"price_type": "B2C", "quantity": "1", "amount": "10", "currency": "EUR"}],
        "recommended_price": {"amount": "20.00", "currency": "EUR"},
        "updated_at": row.price_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    whole = api.get(f"offers/{row.pk}/").json()
    assert {name: entry[name] for name in ("prices", "recommended_price")}.items() <= whole.items()


def test_other_prices_are_a_change_and_the_same_ones_are_none(api, seller):
    for number in (1, 2):
        happen(seller.channel, listing(seller, number))
    before = told(api)[-1][2]
    drawn = FeedCounter.objects.get(name=PRICES_FEED).value

    reprice(seller, 1, "10.0", 1)
    happen(seller.channel, listing(seller, 2, title="Other words"), 2, "Update")
    assert changed_since(api, before) == []
    assert FeedCounter.objects.get(name=PRICES_FEED).value == drawn

    reprice(seller, 1, "9.99", 3)
    assert changed_since(api, before) == [(1, ["9.99"])]
    assert [(offer_id, amounts) for offer_id, amounts, _cursor in told(api)] == [(2, ["10"]), (1, ["9.99"])]


def test_the_same_prices_are_not_written_again(seller):
    happen(seller.channel, listing(seller, 1))
    kept = list(Price.objects.values_list("pk", flat=True))

    reprice(seller, 1, "10.00", 1)

    assert list(Price.objects.values_list("pk", flat=True)) == kept
    assert offer(seller, 1).price_at.second == 1


def test_content_with_other_prices_an_older_update_and_a_late_one(api, seller):
    happen(seller.channel, listing(seller, 1), 5)
    before = told(api)[-1][2]

    reprice(seller, 1, "1.00", 4)
    assert changed_since(api, before) == []
    happen(seller.channel, listing(seller, 1, priceList=price_list("12.00")), 6, "Update")
    assert changed_since(api, before) == [(1, ["12"])]


def test_prices_that_are_gone_are_a_change(api, seller):
    happen(seller.channel, listing(seller, 1))
    before = told(api)[-1][2]

    happen(seller.channel, listing(seller, 1, priceList=[]), 1, "Update")

    assert changed_since(api, before) == [(1, [])]


def test_an_offer_that_never_had_prices_is_not_there(api, seller):
    happen(seller.channel, listing(seller, 1, priceList=[]))

    assert told(api) == []


def test_another_recommended_price_is_a_change(api, seller):
    happen(seller.channel, listing(seller, 1))
    before = told(api)[-1][2]

    happen(seller.channel, listing(seller, 1, srp={"amount": "15.00", "currency": "EUR"}), 1, "Update")

    assert changed_since(api, before) == [(1, ["10"])]


def test_an_ended_offer_stays_with_its_state_and_comes_back_without_a_change(api, seller):
    happen(seller.channel, listing(seller, 1))
    before = told(api)

    happen(seller.channel, {"sellerId": "S1", "offerId": 1}, 1, "End")
    assert told(api) == before
    assert api.get("price-changes/").json()["results"][0]["state"] == "ended"

    happen(seller.channel, listing(seller, 1), 2, "Update")
    assert told(api) == before


def test_prices_before_the_content_come_with_the_content(api, seller):
    reprice(seller, 1, "7.00", 5)
    assert told(api) == []
    happen(seller.channel, listing(seller, 2), 6)
    before = told(api)[-1][2]

    happen(seller.channel, listing(seller, 1), 3)

    assert changed_since(api, before) == [(1, ["7"])]


def test_a_variation_is_an_entry_of_its_own_and_comes_back_as_a_change(api, seller):
    whole = listing(seller, 1, variationList=[variation(2), variation(3)])
    happen(seller.channel, whole)
    assert [(offer_id, amounts) for offer_id, amounts, _ in told(api)] == [(1, ["10"]), (2, ["5"]), (3, ["5"])]

    happen(seller.channel, listing(seller, 1, variationList=[variation(2)]), 1, "Update")
    assert [offer_id for offer_id, *_ in told(api)] == [1, 2]
    before = told(api)[-1][2]

    happen(seller.channel, whole, 2, "Update")
    assert changed_since(api, before) == [(3, ["5"])]


@pytest.mark.parametrize("seed", range(6))
def test_a_reader_always_knows_what_one_who_begins_now_is_told(seller, seed):
    chance = random.Random(seed)
    reader, gone = Reader("price-changes", "reader"), set()
    for step in range(40):
        seconds, number = chance.randrange(100), chance.choice((1, 10))
        match chance.choice(("content", "content", "price", "price", "end")):
            case "content":
                some = [
                    variation(number + each, priceList=price_list(chance.choice(("5.00", "6.00"))))
                    for each in (1, 2, 3)
                    if chance.random() < 0.6
                ]
                prices = chance.choice(([], price_list("10.00"), price_list("11.00")))
                payload = listing(seller, number, priceList=prices, variationList=some)
                happen(seller.channel, payload, seconds, "Update")
            case "price":
                reprice(seller, number + chance.randrange(4), chance.choice(("5.00", "6.00")), seconds)
            case "end":
                happen(seller.channel, {"sellerId": "S1", "offerId": number}, seconds, "End")
        fresh = Reader("price-changes", f"late {step}").read_all()
        known = reader.read_all()
        gone |= known.keys() - fresh.keys()
        assert fresh.keys() <= known.keys()
        for key, entry in fresh.items():
            assert known[key]["prices"] == entry["prices"]
            assert known[key]["cursor"] == entry["cursor"]
    # What is not told any more are variations that their listing dropped.
    assert not Offer.objects.filter(pk__in=[pk for _channel, pk in gone], parent=None).exists()


def test_channel_and_seller_are_chosen_and_a_key_sees_its_own(caller, api, seller):
    other = OfferFactory()
    PriceFactory(offer=other)
    happen(seller.channel, listing(seller, 1))

    assert [row[0] for row in told(api, channel="shop")] == [row[0] for row in told(api, seller="S1")] == [1]
    assert [row[0] for row in told(caller("read", other.channel))] == [other.offer_id]
    assert len(told(api)) == 2


def test_pages_go_on_after_the_last_and_hold_so_many_prices(api, seller):
    for number in range(1, 6):
        happen(seller.channel, listing(seller, number))
    reader = Reader("price-changes", "reader", limit=2)
    assert len(reader.read_all()) == reader.told == 5

    one, *_ = Offer.objects.order_by("prices_number")
    Price.objects.bulk_create(
        Price(offer=one, price_type="B2B", quantity=number + 1, amount=1, currency="EUR") for number in range(5001)
    )
    page = api.get("price-changes/").json()
    assert len(page["results"]) == 1
    assert page["next"]


def test_both_counters_are_drawn_in_one_order_and_late(seller):
    with CaptureQueriesContext(connection) as queries:
        happen(seller.channel, listing(seller, 1, variationList=[variation(2)]))

    statements = [query["sql"] for query in queries]
    drawn = [number for number, sql in enumerate(statements) if "platforms_feedcounter" in sql]
    assert [PRICES_FEED in statements[each] for each in drawn] == [True, *[False] * (len(drawn) - 1)]
    written = [number for number, sql in enumerate(statements) if 'INTO "listings_price"' in sql]
    assert max(written) < drawn[0]


def test_no_number_comes_again_after_a_restore(api, seller):
    happen(seller.channel, listing(seller, 1))
    now = timezone.now()

    restores.begin(now)
    reprice(seller, 1, "3.00", 1)

    assert told(api)[0][2] > numbering.floor(now)
    with transaction.atomic():
        assert feeds.draw(PRICES_FEED, 1) == told(api)[0][2] + 1


def test_prices_of_before_the_feed_stand_in_it_from_the_upgrade_on(api, seller):
    for number in (1, 2, 3):
        happen(seller.channel, listing(seller, number, priceList=price_list("10.00") if number < 3 else []))
    FeedCounter.objects.filter(name=PRICES_FEED).delete()
    Offer.objects.update(prices_number=None)

    import_module("listings.migrations.0013_numbers_of_the_price_feed").number_prices(apps, None)

    assert [(offer_id, amounts) for offer_id, amounts, _cursor in told(api)] == [(1, ["10"]), (2, ["10"])]
    last = told(api)[-1][2]
    reprice(seller, 1, "8.00", 1)
    assert changed_since(api, last) == [(1, ["8"])]


def test_prices_that_the_version_before_wrote_are_told_with_the_next_word_on_them(api, seller):
    happen(seller.channel, listing(seller, 1))
    Offer.objects.update(prices_number=None)

    reprice(seller, 1, "10.00", 1)

    assert [(offer_id, amounts) for offer_id, amounts, _cursor in told(api)] == [(1, ["10"])]
    assert Price.objects.count() == 1
