"""Offers that somebody takes off the marketplace, and confirms."""

from datetime import timedelta

import pytest

from listings import claims, results, takedowns
from listings.handover.base import Result
from listings.handover.job import hand_over
from listings.models import Claim, Offer
from platforms.jobs import Run
from tests.factories import ChannelFactory, ClaimFactory, SellerFactory
from tests.listings.build import happen, listing, offer

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return ChannelFactory(code="SHOP")


@pytest.fixture
def seller(shop):
    return SellerFactory(channel=shop)


def end(shop, seller, offer_id, seconds=50):
    happen(shop, {"sellerId": seller.seller_id, "offerId": offer_id}, seconds, "End")
    hand_over(shop, Run())


def list_it(shop, seller, offer_id):
    happen(shop, listing(seller, offer_id))
    hand_over(shop, Run())
    results.record(offer(seller, offer_id), Result("listed", channel_offer_id=f"M-{offer_id}"))


def to_confirm():
    return list(Offer.objects.to_confirm().values_list("offer_id", flat=True))


def test_what_was_listed_waits_for_the_word_that_it_is_gone(shop, seller):
    list_it(shop, seller, 1)

    end(shop, seller, 1)

    row = offer(seller, 1)
    assert to_confirm() == [1]
    assert row.taken_down_at is None
    assert takedowns.confirm([row.pk], Offer.objects.all()) == {row.pk: "taken_down"}
    assert to_confirm() == []
    assert offer(seller, 1).taken_down_at


def test_what_never_came_to_the_marketplace_needs_no_word(shop, seller):
    happen(shop, listing(seller, 1))
    hand_over(shop, Run())

    end(shop, seller, 1)

    assert to_confirm() == []
    assert offer(seller, 1).taken_down_at


def test_what_somebody_has_in_hand_waits_too(shop, seller):
    happen(shop, listing(seller, 1))
    hand_over(shop, Run())
    ClaimFactory(offer=offer(seller, 1))

    end(shop, seller, 1)

    assert to_confirm() == [1]


def test_staff_are_told_once_and_not_every_minute(shop, seller):
    list_it(shop, seller, 1)
    end(shop, seller, 1)
    told = offer(seller, 1).take_down_told_at

    run = Run()
    hand_over(shop, run)

    assert run.counts["withdrawn"] == 0
    assert offer(seller, 1).take_down_told_at == told


def test_offers_of_a_seller_who_is_off_are_to_be_taken_down_and_come_back(shop, seller):
    list_it(shop, seller, 1)
    seller.state = "inactive"
    seller.save()
    hand_over(shop, Run())
    assert to_confirm() == [1]
    seller.state = "active"
    seller.save()

    hand_over(shop, Run())

    row = offer(seller, 1)
    assert to_confirm() == []
    assert (row.state, row.handed_over_revision, row.take_down_told_at) == (Offer.State.PENDING, 1, None)


def test_the_word_for_one_that_came_back_hands_it_over_again(shop, seller):
    list_it(shop, seller, 1)
    end(shop, seller, 1)
    happen(shop, listing(seller, 1), 100)
    hand_over(shop, Run())
    row = offer(seller, 1)
    results.record(row, Result("listed"))

    assert takedowns.confirm([row.pk], Offer.objects.all()) == {row.pk: "listed_again"}

    assert offer(seller, 1).state == Offer.State.PENDING
    run = Run()
    hand_over(shop, run)
    assert run.counts["handed over"] == 1


def test_an_ended_offer_that_is_said_to_be_listed_is_to_be_taken_down_again(shop, seller):
    list_it(shop, seller, 1)
    end(shop, seller, 1)
    takedowns.confirm([offer(seller, 1).pk], Offer.objects.all())

    results.record(offer(seller, 1), Result("listed", listing_url="https://shop.example/1"))
    hand_over(shop, Run())

    assert to_confirm() == [1]


def test_only_what_one_may_answer_for_is_confirmed(shop, seller):
    list_it(shop, seller, 1)
    end(shop, seller, 1)

    assert takedowns.confirm([offer(seller, 1).pk, 2**40], Offer.objects.none()) == {}

    assert to_confirm() == [1]


def test_a_removal_in_hand_ends_with_the_word(shop, seller):
    list_it(shop, seller, 1)
    end(shop, seller, 1)
    taken = claims.take([shop], Claim.Errand.TAKE_DOWN, "shop", most=10, lease=timedelta(minutes=1))

    takedowns.confirm(taken.keys, Offer.objects.all())

    assert list(taken.keys) == [offer(seller, 1).pk]
    assert not Claim.objects.exists()
