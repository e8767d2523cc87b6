"""Claims and confirmed removals, as the marketplace's systems meet them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from listings.models import Claim, Offer
from tests.factories import OfferFactory, SellerFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def seller():
    return SellerFactory(channel__code="SHOP")


@pytest.fixture
def offers(seller):
    now = timezone.now()
    return [
        OfferFactory(
            channel=seller.channel,
            seller=seller,
            revision=1,
            handed_over_revision=1,
            awaited_since=now - timedelta(minutes=10 - n),
            title=f"Offer {n}",
        )
        for n in range(3)
    ]


def ids(answer):
    return [offer["id"] for offer in answer.json()["results"]]


def test_a_worker_takes_answers_and_takes_the_next(api, offers):
    first = api.post("offers/claim/", {"channel": "SHOP", "limit": 2})
    assert first.status_code == 200
    assert ids(first) == [offers[0].pk, offers[1].pk]
    assert first.json()["results"][0]["title"] == "Offer 0"
    results = [{"offer": pk, "state": "listed", "revision": 1} for pk in ids(first)]
    assert api.post("listing-results/", {"results": results}).status_code == 200

    second = api.post("offers/claim/", {})
    assert ids(second) == [offers[2].pk]
    assert api.get(f"claims/{first.json()['id']}/").status_code == 404
    empty = api.post("offers/claim/", {}).json()
    assert empty == {"id": None, "leased_until": None, "results": []}


def test_a_claim_is_looked_at_renewed_and_given_back(api, offers):
    claim = api.post("offers/claim/", {"lease_seconds": 30}).json()
    path = f"claims/{claim['id']}/"
    assert ids(api.get(path)) == [offer.pk for offer in offers]

    renewed = api.patch(path, {"lease_seconds": 3600})
    assert renewed.status_code == 200
    assert renewed.json()["leased_until"] > claim["leased_until"]
    assert api.delete(path).status_code == 204

    assert len(ids(api.post("offers/claim/", {}))) == 3


@pytest.mark.parametrize(
    "body",
    [
        {"limit": 0},
        {"limit": 201},
        {"lease_seconds": 29},
        {"lease_seconds": 86_401},
        {"errand": "buy"},
        {"channel": "NOPE"},
        {"seller": ""},
        {"what": 1},
    ],
)
def test_what_cannot_be_asked_for_is_said(api, offers, body):
    answer = api.post("offers/claim/", body)

    assert answer.status_code == 400
    assert next(iter(body)) in answer.text
    assert not Claim.objects.exists()


def test_the_holder_is_the_keys_name(api, offers):
    api.post("offers/claim/", {"limit": 1})

    assert Claim.objects.get().holder == "test"


def test_ends_are_taken_and_confirmed(api, offers):
    now = timezone.now()
    Offer.objects.filter(pk=offers[0].pk).update(state="ended", take_down_told_at=now, awaited_since=None)

    claim = api.post("offers/claim/", {"errand": "take_down"})
    assert ids(claim) == [offers[0].pk]
    assert claim.json()["results"][0]["take_down_since"]
    answer = api.post("offers/taken-down/", {"offers": [offers[0].pk, offers[1].pk, 2**40]})

    assert [(item["offer"], item["outcome"]) for item in answer.json()["results"]] == [
        (offers[0].pk, "taken_down"),
        (offers[1].pk, "listed_again"),
        (2**40, "unknown"),
    ]
    assert api.get(f"offers/{offers[0].pk}/").json()["take_down_since"] is None
    assert not Claim.objects.exists()


def test_one_removal_is_confirmed_by_the_offer_s_address(api):
    gone = OfferFactory(state="ended", take_down_told_at=timezone.now())

    answer = api.post(f"offers/{gone.pk}/ended/")

    assert answer.json() == {"offer": gone.pk, "outcome": "taken_down"}
    gone.refresh_from_db()
    assert gone.taken_down_at
