"""A channel sells in one currency: what is priced in another never reaches the marketplace, and its seller is told."""

import pytest

from listings import reports
from listings.handover.job import hand_over
from listings.models import ListingReport, Offer
from platforms.jobs import Run
from tests.factories import ChannelFactory, SellerFactory
from tests.listings.build import happen, listing, offer, price_list, variation

pytestmark = pytest.mark.django_db
State = Offer.State


@pytest.fixture
def channel(db):
    return ChannelFactory(connector="own", languages=["de"], display_name="Glashaus")


def given(marketplace) -> list[int]:
    return [offer.offer_id for offer in marketplace.offers]


class Recorder:
    def __init__(self):
        self.offers = []

    def hand_over(self, settings, offers):
        from listings.handover.base import Result

        self.offers += offers
        return [(offer.key, Result("listed")) for offer in offers]

    def withdraw(self, settings, offers):
        pass


@pytest.fixture
def connector(settings, monkeypatch):
    from listings.handover import job

    recorder = Recorder()
    monkeypatch.setattr(job, "_connector", lambda name: recorder)
    settings.CONNECTORS = {**settings.CONNECTORS, "own": ("", "own")}
    return recorder


def test_a_price_in_another_currency_is_told_to_the_seller_in_the_channels_language(channel, seller, connector):
    happen(channel, listing(seller, 1, priceList=price_list("9.90", "USD")))
    happen(channel, listing(seller, 2))
    run = Run()
    hand_over(channel, run)
    assert given(connector) == [2]
    assert (run.counts["invalid"], run.counts["handed over"]) == (1, 1)
    wrong = offer(seller, 1)
    assert wrong.state == State.FAILED
    (error,) = wrong.errors
    assert error["code"] == "PRICE_CURRENCY"
    assert error["recommended_value"] == "EUR"
    assert "9.9 USD" in error["long_message"]
    assert "verkauft in EUR" in error["message"]
    report = ListingReport.objects.get(offer=wrong)
    assert (report.kind, report.content["errors"]) == ("failed", [error])


def test_a_variations_price_counts_as_well(channel, seller, connector):
    happen(channel, listing(seller, 1, variationList=[variation(2), variation(3, priceList=price_list("5", "GBP"))]))
    hand_over(channel, Run())
    assert given(connector) == []
    (error,) = offer(seller, 1).errors
    assert "SKU-3" in error["message"]


def test_the_next_update_in_the_right_currency_is_handed_over(channel, seller, connector):
    happen(channel, listing(seller, 1, priceList=price_list("9.90", "USD")))
    hand_over(channel, Run())
    happen(channel, listing(seller, 1), seconds=5, kind="Update")
    hand_over(channel, Run())
    assert given(connector) == [1]
    assert offer(seller, 1).state == State.LISTED


class TestPriceUpdate:
    def price(self, channel, seller, offer_id, amount, currency, seconds):
        payload = {"sellerId": seller.seller_id, "offerId": offer_id, "priceList": price_list(amount, currency)}
        happen(channel, payload, seconds=seconds, kind="PriceUpdate")
        hand_over(channel, Run())

    def test_a_listed_offer_fails_and_comes_back_with_the_right_price(self, channel, seller, connector):
        happen(channel, listing(seller, 1))
        hand_over(channel, Run())
        self.price(channel, seller, 1, "8", "CHF", 5)
        assert offer(seller, 1).state == State.FAILED
        self.price(channel, seller, 1, "8", "EUR", 6)
        assert offer(seller, 1).state == State.LISTED
        assert given(connector) == [1, 1]
        kinds = ListingReport.objects.order_by("pk").values_list("kind", flat=True)
        assert list(kinds) == ["listed", "failed", "listed"]

    def test_a_variation_fails_its_listing(self, channel, seller, connector):
        happen(channel, listing(seller, 1, variationList=[variation(2)]))
        hand_over(channel, Run())
        self.price(channel, seller, 2, "8", "CHF", 5)
        assert offer(seller, 1).state == State.FAILED
        self.price(channel, seller, 2, "8", "EUR", 6)
        assert offer(seller, 1).state == State.LISTED

    def test_a_usual_one_hands_nothing_over_again(self, channel, seller, connector):
        happen(channel, listing(seller, 1))
        hand_over(channel, Run())
        self.price(channel, seller, 1, "8", "EUR", 5)
        assert given(connector) == [1]

    def test_it_does_not_bring_back_what_failed_for_another_reason(self, channel, seller, connector):
        happen(channel, listing(seller, 1))
        hand_over(channel, Run())
        errors = [{"code": "GTIN", "message": "missing"}]
        Offer.objects.update(state=State.FAILED, errors=errors)
        self.price(channel, seller, 1, "8", "EUR", 5)
        assert offer(seller, 1).state == State.FAILED
        assert given(connector) == [1]

    def test_an_ended_offer_stays_ended(self, channel, seller, connector):
        happen(channel, listing(seller, 1))
        happen(channel, {"sellerId": seller.seller_id, "offerId": 1}, seconds=1, kind="End")
        self.price(channel, seller, 1, "8", "CHF", 5)
        assert offer(seller, 1).state == State.ENDED


def test_scx_takes_the_error_as_a_failed_listing(sandbox):
    channel = sandbox.adopt(ChannelFactory(connector="demo"))
    seller = SellerFactory(channel=channel)
    sandbox.link(channel, seller.seller_id)
    happen(channel, listing(seller, 1, priceList=price_list("9.90", "USD")))
    hand_over(channel, Run())
    reports.send(channel, Run())
    (report,) = sandbox.reports(channel)
    assert "PRICE_CURRENCY" in str(report)
