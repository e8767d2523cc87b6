"""Offers are pushed to the marketplace's own system in signed calls."""

import base64
import ipaddress
import json
import logging

import pytest
from django.core.exceptions import ValidationError
from standardwebhooks.webhooks import Webhook

from listings.handover.base import NotAvailable
from listings.handover.job import hand_over
from listings.models import ListingReport, Offer
from platforms import api_keys, channels
from platforms.jobs import Run
from platforms.models import ApiKey
from sellers.models import Seller
from tests.api.conftest import Caller
from tests.factories import ChannelFactory, SellerFactory, StockLevelFactory
from tests.listings.build import happen, listing, offer, variation
from tests.outside_server import Reply, running_system
from tests.payloads import offer_new

pytestmark = pytest.mark.django_db
SECRET = "whsec_" + base64.b64encode(b"a signing key of 32 bytes, fixed").decode()
State = Offer.State


@pytest.fixture
def system(settings):
    settings.WEBHOOK_ALLOWED_NETWORKS = [ipaddress.ip_network("127.0.0.0/8")]
    with running_system() as system:
        system.respond = lambda question: Reply(status=204)
        yield system


@pytest.fixture
def shop(system):
    return ChannelFactory(
        code="SHOP",
        connector="push",
        connector_settings={"handover": {"url": f"{system.url}/offers", "secret": SECRET}},
    )


@pytest.fixture
def seller(shop):
    return SellerFactory(channel=shop, credentials={"key": "a seller's key"})


def bodies(system, kind="offers.hand_over"):
    return [question.json for question in system.asked if question.json["type"] == kind]


def result(number, state="listed", **fields):
    return {"offer": Offer.objects.get(offer_id=number).pk, "state": state, **fields}


def test_offers_arrive_signed_and_as_the_api_tells_them(system, shop, seller, django_user_model):
    happen(shop, offer_new(seller.seller_id, 1))
    StockLevelFactory(offer_row=offer(seller, 1), quantity="5.5000")

    hand_over(shop, Run())

    (question,) = system.asked
    assert Webhook(SECRET).verify(question.body, question.headers) == question.json
    assert (question.json["type"], question.json["channel"]) == ("offers.hand_over", "SHOP")
    assert question.json["credentials"] == {seller.seller_id: {"key": "a seller's key"}}
    (pushed,) = question.json["offers"]
    api = Caller(api_keys.make("test", ApiKey.Scope.READ, [shop])[1])
    told = api.get(f"offers/{pushed['id']}/").json()
    for picture in [*pushed["pictures"], *told["pictures"]]:
        picture["deadline"] = picture["deadline"][:19]
    for one, other in zip([pushed, *pushed["variations"]], [told, *told["variations"]], strict=True):
        common = (set(one) & set(other)) - {"variations", "pictures"}
        assert {name: one[name] for name in common} == {name: other[name] for name in common}
        assert set(one) <= set(other) | {"variations"}
    assert pushed["pictures"] == told["pictures"]
    assert pushed["quantity"] == "5.5"
    assert "a seller's key" not in json.dumps(pushed)


def test_results_come_at_once_or_later(system, shop, seller):
    for number in (1, 2, 3):
        happen(shop, listing(seller, number))
    error = {"code": "GTIN_MISSING", "message": "No GTIN."}
    said = {"results": [result(1, channel_offer_id="M-1"), result(2, "failed", errors=[error])], "note": "more"}
    system.respond = lambda question: Reply(said)

    hand_over(shop, Run())
    hand_over(shop, Run())

    assert [offer(seller, number).state for number in (1, 2, 3)] == [State.LISTED, State.FAILED, State.PENDING]
    assert offer(seller, 1).channel_offer_id == "M-1"
    assert len(system.asked) == 1


@pytest.mark.parametrize(
    "reply",
    [
        Reply(b"OK"),
        Reply({"results": "all"}),
        Reply({"results": [{"offer": 1}, 7, {"offer": 2**70, "state": "listed"}, {"offer": 1, "state": "sold"}]}),
        Reply({"results": [{"offer": 2**62, "state": "listed"}]}),
        Reply([1]),
    ],
)
def test_what_it_says_wrongly_is_logged_and_awaited(system, shop, seller, reply, caplog):
    happen(shop, listing(seller, 1))
    system.respond = lambda question: reply

    with caplog.at_level(logging.ERROR):
        hand_over(shop, Run())

    assert offer(seller, 1).handed_over_revision == 1
    assert offer(seller, 1).state == State.PENDING
    assert caplog.records
    assert not ListingReport.objects.exists()


@pytest.mark.parametrize("status", [301, 401, 404, 410, 429, 500, 503])
def test_a_system_that_takes_nothing_gets_the_offers_later(system, shop, seller, status):
    for number in range(1, 31):
        happen(shop, listing(seller, number))
    system.respond = lambda question: Reply(status=status)

    with pytest.raises(NotAvailable, match=str(status)):
        hand_over(shop, Run())
    assert len(system.asked) == 1
    assert not Offer.objects.filter(handed_over_revision=1).exists()

    system.respond = lambda question: Reply(status=202)
    hand_over(shop, Run())
    assert Offer.objects.filter(handed_over_revision=1).count() == 30


def test_one_that_cannot_be_reached_is_told_without_its_secrets(shop, seller, settings):
    settings.WEBHOOK_ALLOWED_NETWORKS = []
    happen(shop, listing(seller, 1))

    with pytest.raises(NotAvailable) as refusal:
        hand_over(shop, Run())

    assert "whsec" not in str(refusal.value)
    assert "127.0.0.1" in str(refusal.value)


def test_one_offer_that_it_cannot_take_costs_no_other(system, shop, seller):
    for number in range(1, 9):
        happen(shop, listing(seller, number, title="bad" if number == 5 else "good"))
    system.respond = lambda question: Reply(status=422 if b'"bad"' in question.body else 204)

    with pytest.raises(Exception, match="status 422"):
        hand_over(shop, Run())

    assert set(Offer.objects.filter(handed_over_revision=0).values_list("offer_id", flat=True)) == {5}


def test_it_may_reject_a_sellers_credentials(system, shop, seller):
    happen(shop, listing(seller, 1))
    system.respond = lambda question: Reply(
        {"credentials_rejected": [{"seller": seller.seller_id, "reason": "Key expired."}]}
    )

    hand_over(shop, Run())

    assert Seller.objects.get().credentials_rejected_at
    assert offer(seller, 1).handed_over_revision == 0


@pytest.mark.parametrize(("status", "is_left"), [(204, False), (200, False), (202, True)])
def test_what_is_over_is_taken_down_at_once_or_confirmed_later(system, shop, seller, status, is_left):
    happen(shop, listing(seller, 1, variationList=[variation(2)]))
    said = {"results": [result(1)]}
    system.respond = lambda question: Reply(said)
    hand_over(shop, Run())
    happen(shop, {"sellerId": seller.seller_id, "offerId": 1}, 10, "End")
    system.respond = lambda question: Reply(status=status)

    hand_over(shop, Run())

    (told,) = bodies(system, "offers.take_down")
    assert [(each["offer_id"], each["is_over"], each["was_listed"]) for each in told["offers"]] == [(1, True, True)]
    assert Offer.objects.to_confirm().exists() is is_left
    assert bool(offer(seller, 1).taken_down_at) is not is_left


@pytest.mark.parametrize(
    "handover",
    [
        None,
        {},
        {"url": "https://shop.example", "secret": "short"},
        {"url": "ftp://shop.example", "secret": SECRET},
        {"url": "https://u:p@shop.example", "secret": SECRET},
        {"url": "https://shop.example", "secret": SECRET, "batch": 7},
        "https://shop.example",
    ],
)
def test_wrong_settings_are_told_when_the_channel_is_saved(handover):
    channel = ChannelFactory.build(
        connector="push", connector_settings={} if handover is None else {"handover": handover}
    )

    with pytest.raises(ValidationError) as refusal:
        channels.save(channel)

    assert "connector_settings" in refusal.value.message_dict


def test_without_settings_of_its_own_the_offers_are_fetched(system, seller, shop):
    shop.connector, shop.connector_settings = "openid", {}
    shop.save()
    happen(shop, listing(seller, 1))

    hand_over(shop, Run())

    assert system.asked == []
    assert offer(seller, 1).handed_over_revision == 1
