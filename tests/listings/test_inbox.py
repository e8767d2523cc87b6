"""Offer events through the inbox, as the worker applies them."""

import pytest

from listings import handlers
from listings.models import Offer
from platforms import bulk, inbox
from platforms.jobs import Run
from platforms.models import Event
from tests.factories import EventFactory, SellerFactory
from tests.listings.build import at, listing, variation
from tests.payloads import offer_small

pytestmark = pytest.mark.django_db


def test_a_poison_event_in_a_page_of_100_costs_itself_only(channel, seller):
    for number in range(1, 101):
        payload = offer_small(seller.seller_id, number)
        if number == 42:
            payload["priceList"] = [{"id": "B2C", "quantityPriceList": [{"amount": "a lot", "currency": "EUR"}]}]
        EventFactory(channel=channel, payload=payload)
    run = Run()
    inbox.apply(channel, run)

    assert run.counts == {"done": 99, "failed": 1}
    assert Offer.objects.visible().count() == 99
    poison = Event.objects.get(state=Event.State.FAILED)
    assert poison.payload["offerId"] == 42
    assert poison.error == "ValueError: priceList[0].quantityPriceList[0].amount: 'a lot' is no number."
    assert (poison.attempts, poison.not_before is not None) == (1, True)


def test_events_of_one_offer_in_one_batch_leave_the_newest(channel, seller):
    for moment, title in enumerate(["first", "second", "third"]):
        EventFactory(channel=channel, payload=listing(seller, 1, title=title), created_at=at(moment))
    run = Run()
    inbox.apply(channel, run)

    assert run.counts == {"superseded": 2, "done": 1}
    assert (Offer.objects.get().title, Offer.objects.get().revision) == ("third", 1)


def test_a_replayed_event_is_done_again_and_changes_nothing(channel, seller):
    EventFactory(channel=channel, payload=listing(seller, 1, variationList=[variation(2)]))
    inbox.apply(channel, Run())
    before = list(Offer.objects.values())
    Event.objects.all().replay()
    run = Run()
    inbox.apply(channel, run)

    assert run.counts == {"done": 1}
    assert list(Offer.objects.values()) == before


def test_a_batch_costs_the_same_queries_whatever_its_size(channel, queries_of, monkeypatch):
    monkeypatch.setattr(bulk, "TOGETHER", 1_000_000)
    sellers = [SellerFactory(channel=channel) for _ in range(5)]

    def apply(first: int, last: int) -> int:
        events = [
            EventFactory(
                channel=channel,
                payload=offer_small(sellers[number % 5].seller_id, number, variations=1, pictures=2),
                created_at=at(number),
            )
            for number in range(first, last)
        ]
        return queries_of(lambda: handlers.content(channel, events))

    assert apply(0 + 1, 11) == apply(11, 111)
    assert apply(1, 11) == apply(11, 111)
