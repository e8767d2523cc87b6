"""What the feeds hold is noted once for each endpoint that wants it, from the moment it began to listen."""

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from platforms import api_keys, feeds
from platforms.jobs import Run
from platforms.models import Event, WebhookDelivery, WebhookPosition
from platforms.webhooks import endpoints, following, messages
from tests.factories import ChannelFactory, EventFactory, MarketplaceFactory, PlatformFactory, StockLevelFactory
from tests.webhooks.conftest import deliver, told

pytestmark = pytest.mark.django_db


def come(shop, number=1):
    """So many events, numbered as the inbox numbers them."""
    with transaction.atomic():
        first = feeds.draw("events", number)
        return [EventFactory(channel=shop, number=first + offset) for offset in range(number)]


def change_stock(shop, **values):
    with transaction.atomic():
        return StockLevelFactory(channel=shop, number=feeds.draw("stock", 1), **values)


def test_an_endpoint_is_told_what_comes_after_it_was_made(shop, system, listen):
    come(shop, 3)
    listen("event.received")
    later = come(shop, 2)

    deliver(shop)
    deliver(shop)

    assert sorted(body["data"]["id"] for body in told(system)) == [event.pk for event in later]


def test_it_is_told_what_it_wants_only(shop, system, listen):
    listen("stock.*")
    come(shop)
    change_stock(shop, seller_id="S1", offer_id=7)

    deliver(shop)

    ((kind, data),) = [(body["type"], body["data"]) for body in told(system)]
    assert (kind, data["seller"], data["offer_id"], data["quantity"]) == ("stock.changed", "S1", 7, "5")


def test_a_stock_that_changed_twice_meanwhile_is_told_at_its_last(shop, system, listen):
    listen("stock.changed")
    level = change_stock(shop, quantity=1)
    with transaction.atomic():
        level.quantity, level.number = 9, feeds.draw("stock", 1)
        level.save()

    deliver(shop)

    assert [body["data"]["quantity"] for body in told(system)] == ["9"]


def test_a_topic_that_comes_later_begins_then(shop, system, listen):
    endpoint = listen("stock.changed")
    come(shop)
    deliver(shop)
    endpoints.change(endpoint, topics=["stock.changed", "event.received"])
    later = come(shop)

    deliver(shop)

    assert sorted(body["data"]["id"] for body in told(system)) == [event.pk for event in later]


def test_each_endpoint_hears_of_its_channels_only(system, listen):
    platform = PlatformFactory()
    mine, another = MarketplaceFactory(platform=platform), ChannelFactory()
    of_platform, _text = api_keys.make("the platform's", channels=[platform])
    listen("*", owner=of_platform)
    listen("*", channels=[another])
    come(mine)
    come(another)

    deliver(mine)
    deliver(another)

    assert sorted(body["data"]["channel"] for body in told(system)) == sorted([mine.code, another.code])
    future = MarketplaceFactory(platform=platform)
    come(future)
    deliver(future)
    assert told(system)[-1]["data"]["channel"] == future.code


def test_one_whose_channels_are_gone_hears_nothing(shop, system, listen):
    another = ChannelFactory()
    listen("*", channels=[another])
    another.delete()
    come(shop)

    deliver(shop)

    assert told(system) == []


def test_one_that_takes_nothing_is_noted_no_more_than_there_is_room_for(shop, system, listen, monkeypatch):
    monkeypatch.setattr(following, "MOST_PENDING", 5)
    monkeypatch.setattr(following, "AT_ONCE", 2)
    endpoint = listen("event.received")
    come(shop, 20)
    following.follow(endpoint, Run())
    assert WebhookDelivery.objects.count() == 6
    deliver(shop)
    deliver(shop)
    deliver(shop)
    deliver(shop)
    assert len(told(system)) == 20


def test_switched_off_it_goes_on_where_it_stood(shop, system, listen):
    endpoint = listen("event.received")
    endpoints.change(endpoint, is_active=False)
    come(shop, 2)
    deliver(shop)
    assert WebhookDelivery.objects.count() == 0

    endpoint.refresh_from_db()
    endpoints.change(endpoint, is_active=True)
    deliver(shop)

    assert len(told(system)) == 2


def test_a_large_payload_does_not_keep_others_from_coming(shop, system, listen):
    listen("event.received")
    events = come(shop, 3)
    Event.objects.filter(pk__in=[event.pk for event in events]).update(size=3_000_000)

    deliver(shop)

    assert sorted(body["data"]["id"] for body in told(system)) == [event.pk for event in events]


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(st.sampled_from(["one", "three", "follow", "crash"]), max_size=12), at_once=st.integers(1, 3))
def test_whatever_comes_and_breaks_off_each_event_is_noted_once(steps, at_once):
    shop = ChannelFactory()
    endpoint, _secret = endpoints.make(api_keys.make("x")[0], "https://shop.example/", ["event.received"])
    came = []
    following_at_once, following.AT_ONCE = following.AT_ONCE, at_once
    try:
        for step in [*steps, "follow"]:
            if step in {"one", "three"}:
                came += come(shop, {"one": 1, "three": 3}[step])
            elif step == "follow":
                following.follow(endpoint, Run())
            else:
                with transaction.atomic():
                    following.follow(endpoint, Run())
                    transaction.set_rollback(True)
    finally:
        following.AT_ONCE = following_at_once
    noted = WebhookDelivery.objects.filter(endpoint=endpoint).order_by("pk").values_list("subject", flat=True)
    assert list(noted) == [f"event {event.pk}" for event in came]


def test_topics_that_nothing_fits_are_named():
    messages.check(["*", "offer.*", "event.received"])
    with pytest.raises(ValidationError, match=r"offer\.nonsense"):
        messages.check(["offer.*", "offer.nonsense"])


def test_positions_of_every_feed_are_there_from_the_start(shop, listen):
    endpoint = listen("offer.pending")
    names = set(WebhookPosition.objects.filter(endpoint=endpoint).values_list("feed", flat=True))
    assert names == {feed.name for feed in messages.feeds()}
