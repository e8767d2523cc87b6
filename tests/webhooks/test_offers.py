"""Offers that wait, that go, and that nobody answers, as endpoints are told of them."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from listings import resubmission, results
from listings.handover.base import ListingError, Result
from listings.handover.job import hand_over
from listings.models import Offer
from platforms.jobs import Run
from platforms.models import WebhookDelivery
from platforms.webhooks import following
from tests.factories import ListingRuleFactory, SellerFactory
from tests.listings.build import happen, listing, offer
from tests.payloads import offer_new
from tests.webhooks.conftest import deliver, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def seller(shop):
    return SellerFactory(channel=shop, credentials={"key": "a seller's key"})


def work(shop):
    hand_over(shop, Run())
    deliver(shop)


def test_an_offer_that_waits_is_told_as_the_api_tells_it(shop, seller, system, listen):
    listen("offer.pending")
    happen(shop, offer_new(seller.seller_id, 7))

    work(shop)

    (body,) = told(system)
    data = body["data"]
    assert (data["id"], data["offer_id"], data["revision"]) == (offer(seller, 7).pk, 7, 1)
    assert (data["channel"], data["seller"]) == ("SHOP", seller.seller_id)
    assert data["prices"]
    assert "a seller's key" not in system.asked[0].body.decode()


def test_each_revision_is_told_once(shop, seller, system, listen):
    listen("offer.pending")
    happen(shop, listing(seller, 1))
    work(shop)
    work(shop)
    happen(shop, listing(seller, 1, title="Another"), seconds=1, kind="Update")
    work(shop)

    assert [body["data"]["revision"] for body in told(system)] == [1, 2]


def test_what_breaks_a_rule_is_not_told(shop, seller, system, listen):
    listen("offer.pending")
    ListingRuleFactory(channel=shop, kind="required", field="gtin")
    happen(shop, listing(seller, 1, gtin=""))

    work(shop)

    assert offer(seller, 1).state == Offer.State.FAILED
    assert told(system) == []


def test_what_is_submitted_again_is_told_again(shop, seller, system, listen):
    listen("offer.pending")
    happen(shop, listing(seller, 1))
    work(shop)
    results.record_all([(offer(seller, 1).pk, Result("failed", errors=(ListingError("X", "Wrong."),)))])
    resubmission.resubmit(Offer.objects.filter(pk=offer(seller, 1).pk))
    work(shop)

    assert len(told(system)) == 2


def test_an_ended_offer_and_one_whose_seller_left_are_told(shop, seller, system, listen):
    listen("offer.ended")
    for number in (1, 2):
        happen(shop, listing(seller, number))
    work(shop)
    happen(shop, {"sellerId": seller.seller_id, "offerId": 1}, seconds=5, kind="End")
    work(shop)
    assert [body["data"]["offer_id"] for body in told(system)] == [1]

    seller.state = seller.State.UNLINKED
    seller.save()
    work(shop)
    work(shop)

    assert [(body["data"]["offer_id"], body["data"]["is_over"]) for body in told(system)] == [(1, True), (2, False)]


def test_a_batch_that_breaks_off_tells_nothing_that_is_not_so(shop, seller, listen, monkeypatch):
    listen("offer.pending")
    happen(shop, listing(seller, 1))
    with monkeypatch.context() as patch:

        def broken(*args, **kwargs):
            raise ZeroDivisionError

        patch.setattr("platforms.webhooks.noting.put", broken)
        with pytest.raises(ZeroDivisionError):
            hand_over(shop, Run())
    assert offer(seller, 1).handed_over_revision == 0

    hand_over(shop, Run())

    assert WebhookDelivery.objects.count() == 1


def test_an_answer_that_is_overdue_is_told_once(shop, seller, system, listen):
    listen("offer.overdue")
    for number in range(3):
        happen(shop, listing(seller, number + 1))
    work(shop)
    results.record_all([(offer(seller, 2).pk, Result("listed"))])
    assert told(system) == []

    with time_machine.travel(timezone.now() + timedelta(hours=shop.waiting_limit_hours, minutes=5)):
        deliver(shop)
        deliver(shop)

    assert sorted(body["data"]["offer_id"] for body in told(system)) == [1, 3]


def test_all_that_are_overdue_at_the_same_time_are_told(shop, seller, system, listen, monkeypatch):
    monkeypatch.setattr(following, "AT_ONCE", 2)
    listen("offer.overdue")
    for number in range(5):
        happen(shop, listing(seller, number + 1))
    work(shop)
    Offer.objects.update(awaited_since=timezone.now())

    with time_machine.travel(timezone.now() + timedelta(hours=shop.waiting_limit_hours, minutes=5)):
        deliver(shop)

    assert sorted(body["data"]["offer_id"] for body in told(system)) == [1, 2, 3, 4, 5]
