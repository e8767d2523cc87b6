from datetime import timedelta
from decimal import Decimal

import pytest

from listings import handlers
from listings.models import Offer, Price
from platforms.models import Event, JobStatus
from tests.factories import MarketplaceFactory, PlatformFactory, SellerFactory
from tests.listings.build import at, happen, listing, offer, price_list, variation, visible
from tests.payloads import offer_new

pytestmark = pytest.mark.django_db
State = Offer.State


def prices(row):
    return list(row.prices.values_list("price_type", "quantity", "amount", "currency"))


def test_a_listing_at_full_width_is_stored_whole(channel, seller):
    payload = offer_new(seller.seller_id, 4711, variations=3, parentOfferId=99, channelOfferId="CH-1")
    happen(channel, payload)

    row = offer(seller, 4711)
    assert row.description == payload["description"]
    assert (row.title, row.sub_title, row.sku) == (payload["title"], payload["subTitle"], payload["sku"])
    assert (row.gtin, row.mpn, row.isbn, row.brand) == tuple(payload[key] for key in ("gtin", "mpn", "isbn", "brand"))
    assert (row.category, row.tax_percent) == (payload["channelCategoryId"], Decimal(19))
    assert row.recommended_price == {"amount": "129.95", "currency": "EUR"}
    assert [entry["id"] for entry in row.attributes] == [
        entry["attributeId"] for entry in payload["channelAttributeList"]
    ]
    assert row.product_attributes == payload["productAttributeList"]
    assert (row.parent_id, row.parent_offer_id, row.channel_offer_id) == (None, 99, "CH-1")
    assert (row.revision, row.state, row.content_version) == (1, State.PENDING, (at(0), row.content_event))
    assert [picture.source for picture in row.pictures.all()] == payload["pictureList"]
    assert {picture.deadline for picture in row.pictures.all()} == {at(0) + timedelta(days=7)}
    assert len(prices(row)) == 6
    assert [part.parent_offer_id for part in row.variations.order_by("pk")] == [4711] * 3
    assert visible(channel) == {4711, *(entry["offerId"] for entry in payload["variationList"])}
    assert {part.pictures.count() for part in row.variations.all()} == {2}


def test_the_same_event_twice_changes_nothing(channel, seller):
    payload = listing(seller, 1, variationList=[variation(2)], mainPicture="https://x/1")
    event = happen(channel, payload)
    before = list(Offer.objects.order_by("pk").values())

    event.state = Event.State.DONE
    handlers.content(channel, [event])

    assert list(Offer.objects.order_by("pk").values()) == before
    assert event.state == Event.State.DONE


def test_newer_content_replaces_the_listing_whole(channel, seller):
    happen(channel, listing(seller, 1, title="Old", brand="B", mainPicture="https://x/1", variationList=[variation(2)]))
    happen(channel, listing(seller, 1, title="New", priceList=[]), 1, "Update")

    row = offer(seller, 1)
    assert (row.title, row.brand, row.revision) == ("New", "", 2)
    assert (prices(row), list(row.pictures.all())) == ([], [])
    assert visible(channel) == {1}


def test_older_content_is_superseded(channel, seller):
    happen(channel, listing(seller, 1, title="New"), 1, "Update")
    event = happen(channel, listing(seller, 1, title="Old", variationList=[variation(2)]), 0)

    assert event.state == Event.State.SUPERSEDED
    assert (offer(seller, 1).title, offer(seller, 1).revision) == ("New", 1)
    assert visible(channel) == {1}


def test_of_two_events_of_one_moment_the_greater_id_wins(channel, seller):
    happen(channel, listing(seller, 1, title="B"), event_id="b")
    event = happen(channel, listing(seller, 1, title="A"), event_id="a")

    assert (offer(seller, 1).title, event.state) == ("B", Event.State.SUPERSEDED)


def test_a_variation_that_is_listed_alone_leaves_its_listing(channel, seller):
    happen(channel, listing(seller, 1, variationList=[variation(2), variation(3)]))
    happen(channel, listing(seller, 2), 1)

    assert offer(seller, 2).parent_id is None
    assert set(offer(seller, 1).variations.values_list("offer_id", flat=True)) == {3}
    assert set(Offer.objects.listings().values_list("offer_id", flat=True)) == {1, 2}


def test_a_variation_with_the_id_of_its_listing_is_ignored(channel, seller):
    happen(channel, listing(seller, 1, title="Own", variationList=[variation(1, title="Echo")]))

    assert (offer(seller, 1).title, offer(seller, 1).parent_id) == ("Own", None)


def test_two_listings_that_name_each_other_make_no_cycle(channel, seller):
    happen(channel, listing(seller, 1, variationList=[variation(2)]))
    happen(channel, listing(seller, 2, variationList=[variation(1)]), 1)

    assert offer(seller, 2).parent_id is None
    assert offer(seller, 1).parent == offer(seller, 2)
    assert visible(channel) == {1, 2}


def test_prices_go_to_the_newest_event_that_names_them(channel, seller):
    happen(channel, listing(seller, 1, priceList=price_list("10")))
    newer = happen(channel, listing(seller, 1, priceList=price_list("12")), 5, "PriceUpdate")
    older = happen(channel, listing(seller, 1, priceList=price_list("11")), 4, "PriceUpdate")
    happen(channel, listing(seller, 1, priceList=price_list("9")), 3, "Update")

    row = offer(seller, 1)
    assert prices(row) == [("B2C", Decimal(1), Decimal(12), "EUR")]
    assert (newer.state, older.state) == (Event.State.DONE, Event.State.SUPERSEDED)
    assert (row.revision, row.price_version) == (2, newer.version)


def test_a_price_update_is_no_new_revision_but_shows_in_the_feed_with_its_listing(channel, seller):
    happen(channel, listing(seller, 1, variationList=[variation(2)]))
    before = offer(seller, 1)
    happen(channel, {**listing(seller, 2), "priceList": price_list("4.99")}, 1, "PriceUpdate")

    part, row = offer(seller, 2), offer(seller, 1)
    assert (part.revision, row.revision, part.prices.get().amount) == (1, 1, Decimal("4.99"))
    assert min(part.number, row.number) > before.number


def test_prices_and_ends_of_unknown_offers_wait_in_a_hidden_stub(channel, seller):
    happen(channel, listing(seller, 1, priceList=price_list("8")), 2, "PriceUpdate")
    happen(channel, listing(seller, 2), 2, "End")
    assert visible(channel) == set()

    happen(channel, listing(seller, 1))
    happen(channel, listing(seller, 2))

    assert visible(channel) == {1, 2}
    assert offer(seller, 1).prices.get().amount == 8
    assert (offer(seller, 2).state, offer(seller, 2).is_ended) == (State.ENDED, True)


def test_an_end_holds_until_newer_content_revives_the_offer(channel, seller):
    happen(channel, listing(seller, 1))
    ended = happen(channel, listing(seller, 1), 2, "End")
    assert offer(seller, 1).state == State.ENDED

    happen(channel, listing(seller, 1, title="Late"), 1, "Update")
    assert offer(seller, 1).state == State.ENDED

    happen(channel, listing(seller, 1, title="Back"), 3, "Update")
    row = offer(seller, 1)
    assert (row.state, row.title, row.revision, ended.state) == (State.PENDING, "Back", 3, Event.State.DONE)


def test_an_end_older_than_the_content_is_superseded(channel, seller):
    happen(channel, listing(seller, 1), 5)
    event = happen(channel, listing(seller, 1), 4, "End")

    assert (event.state, offer(seller, 1).state) == (Event.State.SUPERSEDED, State.PENDING)


def test_newer_content_forgets_errors_and_keeps_the_url_and_id_of_the_listing(channel, seller):
    happen(channel, listing(seller, 1))
    known = {"listing_url": "https://m/1", "channel_offer_id": "M1", "errors": [{"code": "X"}], "state": State.FAILED}
    Offer.objects.update(**known)
    happen(channel, listing(seller, 1), 1, "Update")

    row = offer(seller, 1)
    assert (row.state, row.errors) == (State.PENDING, [])
    assert (row.listing_url, row.channel_offer_id) == ("https://m/1", "M1")


def test_sellers_with_the_same_offer_ids_stay_apart(channel, seller):
    other = SellerFactory(channel=channel)
    happen(channel, listing(seller, 1, title="Mine"))
    happen(channel, listing(other, 1, title="Theirs"))

    assert (offer(seller, 1).title, offer(other, 1).title) == ("Mine", "Theirs")


def test_offers_of_a_marketplace_belong_to_sellers_of_its_platform():
    platform = PlatformFactory()
    seller = SellerFactory(channel=platform)
    markets = [MarketplaceFactory(platform=platform), MarketplaceFactory(platform=platform)]
    for market in markets:
        happen(market, listing(seller, 1))

    assert set(Offer.objects.values_list("channel", "seller")) == {(market.pk, seller.pk) for market in markets}


def test_an_event_of_a_seller_nobody_knows_is_refused_by_name(channel, seller):
    with pytest.raises(ValueError, match=r"^sellerId: "):
        happen(channel, {"sellerId": "nobody", "offerId": 1})

    assert (Offer.objects.count(), Price.objects.count()) == (0, 0)


def test_a_change_asks_for_the_hand_over_and_a_repetition_does_not(channel, seller, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        happen(channel, listing(seller, 1), 1)
    assert JobStatus.objects.filter(job="handover", channel=channel, queued_at__isnull=False).exists()

    with django_capture_on_commit_callbacks() as callbacks:
        happen(channel, listing(seller, 1), 0)
    assert callbacks == []
