"""What merchants see while nobody has decided, and what waits too long."""

from datetime import timedelta

import pytest
from django.utils import timezone

from listings import answer_finders, progress, reports, resubmission, results
from listings.handover.base import ListingError, Result
from listings.handover.job import hand_over
from listings.models import ListingReport, Offer
from platforms.jobs import Run
from platforms.models import Channel
from tests.factories import ChannelFactory, OfferFactory, SellerFactory
from tests.listings.build import happen, listing, offer

pytestmark = pytest.mark.django_db
Kind, State = ListingReport.Kind, Offer.State


@pytest.fixture
def shop():
    return ChannelFactory(code="SHOP", waiting_limit_hours=24)


@pytest.fixture
def seller(shop):
    return SellerFactory(channel=shop)


def told():
    return [(report.kind, report.revision) for report in ListingReport.objects.order_by("pk")]


def wait(**time):
    """As if everything had come in earlier."""
    for each in Offer.objects.exclude(awaited_since=None):
        Offer.objects.filter(pk=each.pk).update(awaited_since=each.awaited_since - timedelta(**time))


def test_what_takes_more_than_five_minutes_is_told_as_in_progress_once(shop, seller):
    happen(shop, listing(seller, 1))
    progress.tell(shop)
    assert told() == []
    wait(minutes=6)

    progress.tell(shop)
    progress.tell(shop)

    assert told() == [(Kind.IN_PROGRESS, 1)]
    # What SCX was told changes nothing for those who still have to decide.
    assert offer(seller, 1).state == State.PENDING


def test_the_next_revision_is_told_again_and_the_answer_after_it(shop, seller):
    happen(shop, listing(seller, 1))
    wait(minutes=6)
    progress.tell(shop)
    happen(shop, listing(seller, 1, title="Mended"), 10, "Update")

    progress.tell(shop)
    results.record(offer(seller, 1), Result("listed"))
    progress.tell(shop)

    assert told() == [(Kind.IN_PROGRESS, 1), (Kind.IN_PROGRESS, 2), (Kind.LISTED, 2)]
    assert offer(seller, 1).awaited_since is None


def test_an_answer_within_five_minutes_leaves_nothing_to_tell(shop, seller):
    happen(shop, listing(seller, 1))
    results.record(offer(seller, 1), Result("failed", errors=(ListingError("A", "B"),)))
    wait(minutes=6)

    progress.tell(shop)

    assert told() == [(Kind.FAILED, 1)]


def test_whoever_says_in_progress_himself_is_not_repeated(shop, seller):
    happen(shop, listing(seller, 1))
    results.record(offer(seller, 1), Result("in_progress"))
    wait(minutes=6)

    progress.tell(shop)

    assert told() == [(Kind.IN_PROGRESS, 1)]
    assert offer(seller, 1).awaited_since


def test_saying_it_after_the_portal_did_moves_the_offer_and_tells_scx_nothing_new(shop, seller):
    happen(shop, listing(seller, 1))
    wait(minutes=6)
    progress.tell(shop)

    results.record(offer(seller, 1), Result("in_progress"))

    assert told() == [(Kind.IN_PROGRESS, 1)]
    assert offer(seller, 1).state == State.IN_PROGRESS


def test_a_channel_may_choose_to_tell_at_hand_over(shop, seller):
    shop.in_progress_report = Channel.InProgress.AT_HAND_OVER
    shop.save()
    happen(shop, listing(seller, 1))
    progress.tell(shop)
    assert told() == []

    hand_over(shop, Run())
    progress.tell(shop)

    assert told() == [(Kind.IN_PROGRESS, 1)]


def test_a_connector_that_decides_at_once_has_nothing_in_progress(shop, seller):
    shop.in_progress_report = Channel.InProgress.AT_HAND_OVER
    shop.connector = "demo"
    shop.save()
    happen(shop, listing(seller, 1))

    hand_over(shop, Run())
    progress.tell(shop)

    assert [kind for kind, _revision in told()] == [Kind.FAILED]


def test_scx_does_not_hear_that_what_it_knows_as_listed_is_worked_on(shop, seller):
    """A listed offer whose prices change is checked and handed over again with the revision it has."""
    happen(shop, listing(seller, 1))
    results.record(offer(seller, 1), Result("listed"))
    Offer.objects.update(state=State.PENDING, awaited_since=timezone.now() - timedelta(hours=1), progress_told=False)

    progress.tell(shop)

    assert told() == [(Kind.LISTED, 1)]
    assert Offer.objects.get().progress_told


def test_a_failed_offer_that_is_submitted_again_is_told_again(shop, seller):
    happen(shop, listing(seller, 1))
    results.record(offer(seller, 1), Result("failed", errors=(ListingError("A", "B"),)))
    resubmission.resubmit(Offer.objects.all())
    wait(minutes=6)

    progress.tell(shop)

    assert told() == [(Kind.FAILED, 1), (Kind.IN_PROGRESS, 1)]


@pytest.mark.parametrize("state", ["inactive", "unlinked"])
def test_nothing_is_told_of_sellers_who_are_off(shop, seller, state):
    happen(shop, listing(seller, 1))
    wait(minutes=6)
    seller.state = state
    seller.save()

    progress.tell(shop)

    assert told() == []


def test_an_ended_offer_awaits_nothing_and_one_that_comes_back_does(shop, seller):
    happen(shop, listing(seller, 1))
    happen(shop, {"sellerId": seller.seller_id, "offerId": 1}, 5, "End")
    assert offer(seller, 1).awaited_since is None

    happen(shop, listing(seller, 1), 10)

    assert offer(seller, 1).awaited_since


def test_every_report_that_is_due_is_written_before_reports_are_sent(shop, seller, monkeypatch):
    sent = []
    monkeypatch.setattr(reports, "_drain", lambda channel, run: sent.extend(told()))
    monkeypatch.setattr(reports.price_types, "send", lambda channel, run: None)
    for number in range(1, 4):
        happen(shop, listing(seller, number))
    wait(minutes=6)

    reports.send(shop, Run())

    assert sent == [(Kind.IN_PROGRESS, 1)] * 3


def test_what_waits_longer_than_the_channels_limit_is_told_until_it_is_answered(shop, seller):
    happen(shop, listing(seller, 1))
    happen(shop, listing(seller, 2))
    results.record(offer(seller, 2), Result("in_progress"))
    wait(hours=23)
    assert list(answer_finders.late_answers()) == []
    # Another update, or being worked on, is no answer.
    happen(shop, listing(seller, 1, title="Mended"), 10, "Update")
    wait(hours=2)

    (finding,) = answer_finders.late_answers()

    assert (finding.code, finding.channel) == ("answers-late", "SHOP")
    assert finding.text.startswith("2 offers of Shop have had no answer for more than 24 hours")
    assert set(progress.late_answers().values_list("offer_id", flat=True)) == {1, 2}
    results.record_all([(each.pk, Result("listed")) for each in Offer.objects.all()])
    assert list(answer_finders.late_answers()) == []


def test_offers_of_sellers_who_are_off_do_not_wait(shop, seller):
    happen(shop, listing(seller, 1))
    wait(hours=25)
    seller.state = "inactive"
    seller.save()

    assert list(answer_finders.late_answers()) == []


def test_removals_that_nobody_confirms_are_told(shop, seller):
    told_at = timezone.now() - timedelta(hours=25)
    row = OfferFactory(channel=shop, seller=seller, state=State.ENDED, take_down_told_at=told_at)

    (finding,) = answer_finders.late_take_downs()

    assert (finding.code, finding.since) == ("take-downs-late", told_at)
    Offer.objects.filter(pk=row.pk).update(taken_down_at=timezone.now())
    assert list(answer_finders.late_take_downs()) == []
