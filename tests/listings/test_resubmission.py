"""Failed listings are submitted again without waiting for JTL-Wawi; SCX hears of it only what is new."""

from importlib import import_module

import pytest
from django.apps import apps

from listings import failures, reports, resubmission
from listings.handover.base import ListingError, Result
from listings.handover.job import hand_over
from listings.models import ListingReport, Offer
from platforms.jobs import Run
from tests.factories import ChannelFactory, ListingRuleFactory, OfferFactory, SellerFactory
from tests.listings.build import happen, listing, offer, variation

pytestmark = pytest.mark.django_db
State = Offer.State


@pytest.fixture
def channel(db):
    return ChannelFactory(connector="own", languages=["de"])


@pytest.fixture
def rule(channel):
    return ListingRuleFactory(channel=channel)


def test_once_the_rule_is_gone_the_listing_is_handed_over_with_its_revision(channel, seller, marketplace, rule):
    marketplace.answer = lambda offers: [(each.key, Result("listed")) for each in offers]
    happen(channel, listing(seller, 1, variationList=[variation(2)]))
    hand_over(channel, Run())
    assert offer(seller, 2).state == State.FAILED

    rule.delete()
    assert resubmission.resubmit(Offer.objects.all()).number == 1
    assert {offer(seller, 1).state, offer(seller, 2).state} == {State.PENDING}
    hand_over(channel, Run())

    assert marketplace.shelf == {1: 1}
    assert {offer(seller, 1).state, offer(seller, 2).state} == {State.LISTED}
    assert list(ListingReport.objects.order_by("pk").values_list("kind", "revision")) == [("failed", 1), ("listed", 1)]


def test_the_same_failure_again_sends_nothing(channel, seller, marketplace, rule):
    happen(channel, listing(seller, 1))
    hand_over(channel, Run())
    resubmission.resubmit(Offer.objects.all())
    hand_over(channel, Run())
    assert offer(seller, 1).state == State.FAILED
    assert offer(seller, 1).failed_codes == "TITLE_MISSING"
    assert ListingReport.objects.count() == 1


def test_what_did_not_fail_is_left_alone(channel, seller, marketplace):
    states = [State.PENDING, State.IN_PROGRESS, State.LISTED, State.ENDED]
    offers = [OfferFactory(channel=channel, state=state, handed_over_revision=1) for state in states]
    assert resubmission.resubmit(Offer.objects.all()).number == 0
    for row, state in zip(offers, states, strict=True):
        row.refresh_from_db()
        assert (row.state, row.handed_over_revision) == (state, 1)


def test_more_than_go_at_once_are_told_of(channel):
    OfferFactory.create_batch(3, channel=channel, state=State.FAILED)
    assert resubmission.resubmit(Offer.objects.all(), most=2) == resubmission.Resubmitted(2, True)
    assert resubmission.resubmit(Offer.objects.all(), most=2) == resubmission.Resubmitted(1, False)


def test_scx_hears_of_the_listing_that_failed_before(sandbox):
    channel = sandbox.adopt(ChannelFactory(connector="demo", languages=["en"]))
    seller = SellerFactory(channel=channel)
    sandbox.link(channel, seller.seller_id)
    rule = ListingRuleFactory(channel=channel, field="brand")
    whole = {"title": "Shoe", "gtin": "4006381333931", "pictureList": ["https://p.example/a.jpg"]}
    happen(channel, listing(seller, 1, **whole))
    hand_over(channel, Run())
    reports.send(channel, Run())
    rule.is_active = False
    rule.save()
    resubmission.resubmit(Offer.objects.filter(channel=channel))
    hand_over(channel, Run())
    reports.send(channel, Run())
    assert [report["state"] for report in sandbox.reports(channel)] == ["failed", "listed"]


class TestGroups:
    def failed(self, channel, *codes, **fields):
        errors = [{"code": code, "message": f"{code} it is"} for code in codes]
        key = failures.key_of(errors)
        return OfferFactory(channel=channel, state=State.FAILED, errors=errors, failed_codes=key, **fields)

    def test_a_listing_with_two_errors_is_in_two_groups(self, channel, django_assert_max_num_queries):
        seller = SellerFactory(channel=channel)
        for codes in (["A"], ["A", "B"], ["B", "A"], ["B", "AB"]):
            self.failed(channel, *codes, seller=seller)
        self.failed(channel, "A")
        self.failed(ChannelFactory(), "A")
        with django_assert_max_num_queries(7):
            found = failures.groups(channel, 10)
        assert [(group.code, group.number, group.sellers) for group in found] == [
            ("A", 4, 2),
            ("B", 3, 1),
            ("AB", 1, 1),
        ]
        assert found[0].message == "A it is"
        assert failures.of([channel], "A").count() == 4
        assert failures.of([channel], "AB").count() == 1

    def test_one_that_was_answered_since_is_in_none(self, channel):
        row = self.failed(channel, "A")
        Offer.objects.filter(pk=row.pk).update(state=State.LISTED)
        assert failures.groups(channel, 10) == []

    def test_what_had_failed_before_codes_were_kept_is_grouped(self, channel):
        errors = [{"code": "B", "message": "b"}, {"code": "A", "message": "a"}]
        OfferFactory(channel=channel, state=State.FAILED, errors=errors)
        listed = OfferFactory(channel=channel, state=State.LISTED, errors=errors)
        import_module("listings.migrations.0009_rules").note_codes(apps, None)
        assert [(group.code, group.number) for group in failures.groups(channel, 10)] == [("A", 1), ("B", 1)]
        listed.refresh_from_db()
        assert listed.failed_codes == ""

    def test_codes_of_any_shape_make_a_key_that_fits(self):
        errors = [{"code": "x" * 255}, {"code": "y" * 300}, {"code": "a\nb"}, {"code": " "}, {}]
        assert failures.key_of(errors) == "\n".join(["a b", "x" * 255])
        assert len(failures.key_of([{"code": f"{n:0200}"} for n in range(250)])) <= failures.LONGEST_KEY


def test_a_result_of_a_connector_is_counted_by_its_codes(channel, seller, marketplace):
    errors = (ListingError("B", "b"), ListingError("A", "a"))
    marketplace.answer = lambda offers: [(each.key, Result("failed", errors=errors)) for each in offers]
    happen(channel, listing(seller, 1))
    hand_over(channel, Run())
    assert offer(seller, 1).failed_codes == "A\nB"
    happen(channel, listing(seller, 1), seconds=5, kind="Update")
    assert failures.groups(channel, 10) == []
