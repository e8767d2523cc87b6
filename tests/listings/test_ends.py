"""An ended offer leaves the marketplace, and comes back with the next New or Update."""

import pytest
from django.db import connection

from listings import results
from listings.handover.base import OfferRef, Result
from listings.handover.job import hand_over
from listings.models import Offer
from platforms.jobs import Run
from sellers.models import Seller
from tests.factories import NOON, ChannelFactory, OfferFactory, SellerFactory
from tests.listings.build import happen, listing, offer, variation

pytestmark = pytest.mark.django_db


@pytest.fixture
def channel(db):
    return ChannelFactory(connector="own")


def ran(channel, **how):
    run = Run(**how)
    hand_over(channel, run)
    return dict(run.counts)


def end(channel, seller, offer_id: int, seconds: int) -> None:
    happen(channel, {"sellerId": seller.seller_id, "offerId": offer_id}, seconds, "End")


def test_it_is_taken_down_once_and_comes_back_with_its_next_content(channel, seller, marketplace):
    happen(channel, listing(seller, 1, variationList=[variation(2)]))
    ran(channel)
    results.record(offer(seller, 1), Result("listed", channel_offer_id="M-1", listing_url="https://m/1"))
    end(channel, seller, 1, 10)

    assert ran(channel) == {"withdrawn": 1}
    assert ran(channel) == {}
    assert marketplace.shelf == {}
    (told,) = [given for given in marketplace.given if isinstance(given, OfferRef)]
    assert (told.offer_id, told.channel_offer_id, told.listing_url, told.is_over) == (1, "M-1", "https://m/1", True)

    happen(channel, listing(seller, 1), 20, "Update")
    ran(channel)
    assert marketplace.shelf == {1: 2}
    end(channel, seller, 1, 30)
    ran(channel)
    assert marketplace.shelf == {}


def test_one_that_ends_before_it_was_handed_over_is_told_all_the_same(channel, seller, marketplace):
    """A process that was killed may have given it away."""
    happen(channel, listing(seller, 1))
    end(channel, seller, 1, 10)
    assert ran(channel) == {"withdrawn": 1}
    assert [what for what, _keys in marketplace.calls] == ["withdraw"]


def test_one_that_ends_while_it_is_handed_over_leaves_again(channel, seller, marketplace):
    happen(channel, listing(seller, 1))
    marketplace.on_call = lambda: (setattr(marketplace, "on_call", lambda: None), end(channel, seller, 1, 10))
    ran(channel)
    ran(channel)
    assert marketplace.shelf == {}
    assert [what for what, _keys in marketplace.calls] == ["hand over", "withdraw"]


def test_one_that_comes_back_while_it_is_taken_down_is_handed_over_again(channel, seller, marketplace):
    happen(channel, listing(seller, 1))
    ran(channel)
    end(channel, seller, 1, 10)

    def back():
        marketplace.on_call = lambda: None
        happen(channel, listing(seller, 1), 20, "Update")

    marketplace.on_call = back
    ran(channel)
    ran(channel)
    assert marketplace.shelf == {1: 2}


def test_a_marketplace_that_lists_it_after_its_end_is_told_again(channel, seller, marketplace):
    happen(channel, listing(seller, 1))
    ran(channel)
    end(channel, seller, 1, 10)
    ran(channel)
    results.record(offer(seller, 1), Result("listed"))
    assert offer(seller, 1).state == Offer.State.ENDED
    assert ran(channel) == {"withdrawn": 1}


def test_a_connector_that_fails_is_asked_again(channel, seller, marketplace):
    happen(channel, listing(seller, 1))
    ran(channel)
    end(channel, seller, 1, 10)

    def away():
        raise ConnectionError("away")

    marketplace.on_call = away
    with pytest.raises(ConnectionError):
        ran(channel)
    marketplace.on_call = lambda: None
    assert ran(channel) == {"withdrawn": 1}


def test_the_ended_offers_of_a_seller_who_left_are_taken_down_as_well(channel, seller, marketplace):
    happen(channel, listing(seller, 1))
    ran(channel)
    end(channel, seller, 1, 10)
    Seller.objects.filter(pk=seller.pk).update(state="unlinked")
    assert ran(channel) == {"withdrawn": 1}


def test_looking_for_ends_costs_by_their_number(channel):
    seller = SellerFactory(channel=channel)
    Offer.objects.bulk_create(
        Offer(
            channel=channel,
            seller=seller,
            offer_id=number,
            content_at=NOON,
            revision=1,
            state="ended",
            taken_down_at=NOON if number % 50 else None,
        )
        for number in range(1, 1001)
    )
    OfferFactory(channel=channel, seller=seller, offer_id=5000)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE listings_offer")
    due = Offer.objects.over(channel)
    assert due.count() == 20
    assert "listings_offer_over" in due.order_by("pk").values("pk")[:200].explain()
