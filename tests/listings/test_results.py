from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from listings import results
from listings.handover.base import ListingError, Result
from listings.models import ListingReport, Offer
from platforms.models import JobStatus
from tests.factories import ListingReportFactory, OfferFactory
from tests.listings.build import happen, listing, offer, variation

pytestmark = pytest.mark.django_db
State = Offer.State
URL = "https://market.example/1"
LISTED = Result("listed", listing_url=URL, channel_offer_id="M1")
PROGRESS = Result("in_progress")
FAILED = Result("failed", errors=(ListingError("GTIN", "No GTIN"),))


def reports(row):
    return list(row.reports.order_by("pk").values_list("kind", "revision", "state"))


def refused(row, result):
    """The field and code of the error; nothing may be written."""
    before = Offer.objects.filter(pk=row.pk).values().get()
    with pytest.raises(ValidationError) as caught:
        results.record(row, result)
    assert Offer.objects.filter(pk=row.pk).values().get() == before
    assert not ListingReport.objects.exists()
    [(field, [error])] = caught.value.error_dict.items()
    return field, error.code


def test_listed_sets_the_state_and_writes_the_report():
    row = OfferFactory(revision=3)
    outcome = results.record(row, Result("listed", at=datetime(2026, 1, 2, tzinfo=UTC), listing_url=URL))

    row.refresh_from_db()
    report = row.reports.get()
    assert outcome == results.RECORDED
    assert (row.state, row.listing_url) == (State.LISTED, URL)
    assert (report.kind, report.revision, report.at) == ("listed", 3, datetime(2026, 1, 2, tzinfo=UTC))
    assert report.content == {"channel_offer_id": "", "listing_url": URL}
    assert (report.channel, report.state) == (row.channel, "pending")


def test_failed_keeps_its_errors_whole():
    row = OfferFactory()
    error = ListingError("GTIN", "m" * 9000, "l" * 20_000, "global:mpi", "4006381333931")
    results.record(row.pk, Result("failed", errors=(error,)))

    row.refresh_from_db()
    assert row.state == State.FAILED
    assert row.errors == row.reports.get().content["errors"]
    assert row.errors == [
        {
            "code": "GTIN",
            "message": "m" * 9000,
            "long_message": "l" * 20_000,
            "attribute_id": "global:mpi",
            "recommended_value": "4006381333931",
        }
    ]


def test_a_result_moves_the_offer_in_the_feed_and_asks_for_the_reports(django_capture_on_commit_callbacks):
    row = OfferFactory(updated_at=datetime(2026, 1, 1, tzinfo=UTC), number=0)
    with django_capture_on_commit_callbacks(execute=True):
        results.record(row, LISTED)

    row.refresh_from_db()
    assert row.number > 0
    assert row.updated_at > datetime(2026, 1, 1, tzinfo=UTC)
    assert JobStatus.objects.filter(job="reports", channel=row.channel, queued_at__isnull=False).exists()


@pytest.mark.parametrize("result", [PROGRESS, LISTED, FAILED])
def test_a_repetition_changes_and_sends_nothing(result, django_capture_on_commit_callbacks):
    row = OfferFactory()
    results.record(row, result)
    before = Offer.objects.values().get()
    with django_capture_on_commit_callbacks() as callbacks:
        assert results.record(row, result) == results.UNCHANGED

    assert Offer.objects.values().get() == before
    assert row.reports.count() == 1
    assert callbacks == []


def test_a_known_id_and_url_go_with_later_reports_so_leaving_them_out_is_a_repetition():
    row = OfferFactory()
    results.record(row, LISTED)

    assert results.record(row, Result("listed")) == results.UNCHANGED
    Offer.objects.update(revision=2)
    results.record(row, Result("listed"))
    assert row.reports.latest("pk").content == {"channel_offer_id": "M1", "listing_url": URL}


def test_another_listing_url_is_a_new_report():
    row = OfferFactory()
    results.record(row, LISTED)
    ListingReport.objects.update(state="sent")
    assert results.record(row, Result("listed", listing_url="http://other.example/")) == results.RECORDED

    row.refresh_from_db()
    assert row.listing_url == "http://other.example/"
    assert reports(row) == [("listed", 1, "sent"), ("listed", 1, "pending")]


def test_a_result_for_an_older_revision_is_reported_but_does_not_change_the_state():
    row = OfferFactory(revision=2, channel_offer_id="NEW")
    assert (
        results.record(row, Result("listed", revision=1, channel_offer_id="OLD", listing_url=URL)) == results.RECORDED
    )

    row.refresh_from_db()
    assert row.state == State.PENDING
    assert (row.channel_offer_id, row.listing_url) == ("NEW", URL)
    assert reports(row) == [("listed", 1, "pending")]
    assert row.reports.get().content["channel_offer_id"] == "OLD"


def test_a_result_for_an_ended_offer_is_reported_and_it_stays_ended(channel, seller):
    happen(channel, listing(seller, 1))
    happen(channel, listing(seller, 1), 1, "End")
    row = offer(seller, 1)
    assert results.record(row, LISTED) == results.RECORDED

    row.refresh_from_db()
    assert (row.state, reports(row)) == (State.ENDED, [("listed", 1, "pending")])


def test_in_progress_after_listed_came_too_late():
    row = OfferFactory()
    results.record(row, LISTED)

    assert results.record(row, PROGRESS) == results.UNCHANGED
    row.refresh_from_db()
    assert row.state == State.LISTED


def test_a_failed_offer_may_be_taken_up_again():
    row = OfferFactory()
    for result in (FAILED, PROGRESS, FAILED, LISTED):
        assert results.record(row, result) == results.RECORDED

    row.refresh_from_db()
    assert (row.state, row.errors) == (State.LISTED, [])


def test_a_newer_state_overtakes_the_unsent_one_of_its_revision_only():
    row = OfferFactory(revision=2)
    results.record(row, Result("listed", revision=1))
    results.record(row, PROGRESS)
    results.record(row, FAILED)

    assert reports(row) == [("listed", 1, "pending"), ("in_progress", 2, "superseded"), ("failed", 2, "pending")]


def test_a_report_on_its_way_is_not_overtaken_and_the_next_waits_its_turn():
    now = timezone.now()
    row = OfferFactory()
    ListingReportFactory(offer=row, kind="in_progress", leased_until=now + timedelta(seconds=20))
    results.record(row, LISTED)

    assert reports(row) == [("in_progress", 1, "pending"), ("listed", 1, "pending")]
    assert list(ListingReport.objects.sendable().values_list("kind", flat=True)) == ["in_progress"]


def test_a_sent_report_stays_sent():
    row = OfferFactory()
    ListingReportFactory(offer=row, kind="in_progress", state="sent")
    results.record(row, LISTED)

    assert reports(row) == [("in_progress", 1, "sent"), ("listed", 1, "pending")]


def test_a_listing_takes_its_variations_along_but_not_ended_or_dropped_ones(channel, seller):
    happen(channel, listing(seller, 1, variationList=[variation(2), variation(3), variation(4)]))
    happen(channel, listing(seller, 1, variationList=[variation(2), variation(3)]), 1, "Update")
    happen(channel, listing(seller, 3), 2, "End")
    results.record(offer(seller, 1), LISTED)

    states = dict(Offer.objects.values_list("offer_id", "state"))
    assert states == {1: State.LISTED, 2: State.LISTED, 3: State.ENDED, 4: State.PENDING}
    assert list(ListingReport.objects.values_list("offer__offer_id", flat=True)) == [1]


def test_a_result_for_one_variation_is_its_own_and_moves_its_listing_in_the_feed(channel, seller):
    happen(channel, listing(seller, 1, variationList=[variation(2), variation(3)]))
    before = offer(seller, 1)
    results.record(offer(seller, 2), FAILED)

    states = dict(Offer.objects.values_list("offer_id", "state"))
    assert states == {1: State.PENDING, 2: State.FAILED, 3: State.PENDING}
    assert list(ListingReport.objects.values_list("offer__offer_id", "kind")) == [(2, "failed")]
    assert offer(seller, 1).number > before.number


@pytest.mark.parametrize(
    ("result", "field", "code"),
    [
        (Result("sold"), "state", "unknown"),
        (Result("listed", revision=3), "revision", "unknown_revision"),
        (Result("listed", revision=0), "revision", "unknown_revision"),
        (Result("listed", revision=2**70), "revision", "unknown_revision"),
        (Result("listed", at=datetime(2026, 1, 1)), "at", "naive"),
        (Result("listed", channel_offer_id="x" * 101), "channel_offer_id", "length"),
        (Result("listed", channel_offer_id=" "), "channel_offer_id", "length"),
        (Result("listed", channel_offer_id="a\0"), "channel_offer_id", "unstorable"),
        (Result("listed", listing_url="/offers/1"), "listing_url", "not_absolute"),
        (Result("listed", listing_url="javascript:alert(1)"), "listing_url", "not_absolute"),
        (Result("listed", listing_url="https:///1"), "listing_url", "not_absolute"),
        (Result("listed", listing_url="https://[::1"), "listing_url", "not_absolute"),
        (Result("listed", listing_url="https://x:99999/"), "listing_url", "not_absolute"),
        (Result("listed", listing_url="https://x/a b"), "listing_url", "not_absolute"),
        (Result("listed", listing_url="https://x/\0"), "listing_url", "not_absolute"),
        (Result("listed", listing_url="https://x/" + "a" * 2000), "listing_url", "length"),
        (Result("listed", errors=(ListingError("A", "B"),)), "errors", "not_failed"),
        (Result("failed"), "errors", "required"),
        (Result("failed", errors=(ListingError("", "B"),)), "errors", "incomplete"),
        (Result("failed", errors=(ListingError("A", " "),)), "errors", "incomplete"),
        (Result("failed", errors=(ListingError("A", "B", long_message="\ud800"),)), "errors", "unstorable"),
    ],
)
def test_a_result_that_breaks_a_rule_is_refused_and_nothing_is_written(result, field, code):
    assert refused(OfferFactory(revision=2), result) == (field, code)


def test_a_stub_cannot_be_answered():
    assert refused(OfferFactory(content_at=None, content_event="", revision=0), LISTED) == ("offer", "not_found")


def test_a_batch_has_an_outcome_for_each_item_in_its_order():
    first, second, hidden = OfferFactory(), OfferFactory(), OfferFactory()
    mine = Offer.objects.exclude(pk=hidden.pk)
    outcomes = results.record_all(
        [
            (first.pk, LISTED),
            (second.pk, Result("failed")),
            (hidden.pk, LISTED),
            (first.pk, LISTED),
            (2**62, LISTED),
            (second.pk, PROGRESS),
            (second.pk, LISTED),
        ],
        offers=mine,
    )

    assert [(outcome.status, outcome.code) for outcome in outcomes] == [
        ("recorded", ""),
        ("error", "required"),
        ("error", "not_found"),
        ("unchanged", ""),
        ("error", "not_found"),
        ("recorded", ""),
        ("recorded", ""),
    ]
    assert outcomes[1].message == "A failed result says why: at least one error with code and message."
    assert reports(first) == [("listed", 1, "pending")]
    assert reports(second) == [("in_progress", 1, "superseded"), ("listed", 1, "pending")]
    assert reports(hidden) == []


def test_nothing_to_record_is_fine():
    assert results.record_all([]) == []


def test_a_batch_costs_the_same_queries_whatever_its_size(channel, seller, queries_of):
    payloads = [listing(seller, number, variationList=[variation(number + 1000)]) for number in range(1, 31)]
    for payload in payloads:
        happen(channel, payload)
    rows = list(Offer.objects.listings().order_by("pk"))

    one = queries_of(lambda: results.record_all([(rows[0].pk, LISTED)]))
    many = queries_of(lambda: results.record_all([(row.pk, FAILED) for row in rows[1:]]))
    assert many == one
