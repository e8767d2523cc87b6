"""The demo marketplace takes most offers and refuses some for a stated reason."""

from datetime import UTC, datetime

import pytest
from django.utils import translation

from listings.handover.base import OfferData, PictureData
from listings.handover.demo import DemoHandover, decide
from listings.handover.job import hand_over
from listings.models import ListingReport, Offer
from platforms.jobs import Run
from tests.factories import ChannelFactory, SellerFactory
from tests.listings.build import happen
from tests.payloads import offer_new

PICTURE = PictureData(0, "https://x/1", datetime(2026, 1, 8, tzinfo=UTC))


def data(**fields):
    given = {"key": 5, "channel": "demo-de", "seller": "S1", "offer_id": 7, "revision": 3, "sku": "A"}
    return OfferData(**{**given, "gtin": "4006381333931", "title": "Schuh", "pictures": (PICTURE,), **fields})


def codes(offer):
    result = decide(offer)
    assert result.state == ("failed" if result.errors else "listed")
    return [error.code for error in result.errors]


def test_an_offer_with_everything_is_listed_at_a_url_of_its_own():
    [(key, result)] = DemoHandover().hand_over({}, [data()])

    assert (key, result.state, result.revision) == (5, "listed", 3)
    assert (result.listing_url, result.channel_offer_id) == ("https://demo-marketplace.example/demo-de/S1/7", "DEMO-5")


def test_an_id_it_gave_before_is_kept():
    assert decide(data(channel_offer_id="DEMO-1")).channel_offer_id == "DEMO-1"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"pictures": ()}, ["PICTURE_MISSING"]),
        ({"gtin": " "}, ["GTIN_MISSING"]),
        ({"title": "ä" * 80}, []),
        ({"title": "ä" * 81}, ["TITLE_TOO_LONG"]),
        ({"pictures": (), "gtin": "", "title": "x" * 81}, ["PICTURE_MISSING", "GTIN_MISSING", "TITLE_TOO_LONG"]),
        ({"gtin": "", "variations": (data(), data())}, []),
        ({"variations": (data(), data(gtin="", sku="B"))}, ["GTIN_MISSING"]),
        ({"pictures": (), "variations": (data(),)}, []),
    ],
)
def test_an_offer_is_refused_for_what_it_lacks(fields, expected):
    assert codes(data(**fields)) == expected


def test_the_reason_names_the_variations_without_gtin_and_a_title_that_fits():
    [gtin, title] = decide(data(title="x" * 90, variations=(data(), data(gtin="", sku="B")))).errors

    assert gtin.long_message.endswith("B.")
    assert title.recommended_value == "x" * 80
    with translation.override("en"):
        assert decide(data(title="x" * 90)).errors[0].message == "The title has 90 characters, 80 are allowed."


@pytest.mark.django_db
def test_the_job_lists_and_refuses_offers_of_a_demo_channel():
    channel = ChannelFactory(connector="demo")
    seller = SellerFactory(channel=channel)
    happen(channel, offer_new(seller.seller_id, 1, variations=0))
    happen(channel, offer_new(seller.seller_id, 2, variations=0, gtin=None))
    hand_over(channel, Run())

    assert dict(Offer.objects.values_list("offer_id", "state")) == {1: "listed", 2: "failed"}
    kinds = dict(ListingReport.objects.values_list("offer__offer_id", "kind"))
    assert kinds == {1: "listed", 2: "failed"}
