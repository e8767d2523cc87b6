import pytest

from listings.models import ListingReport, Offer
from tests.api.conftest import fields
from tests.factories import ChannelFactory, OfferFactory

FAILURE = {"code": "NO_GTIN", "message": "The GTIN is missing."}


def test_listed_changes_the_offer_and_reports_it(api):
    offer = OfferFactory()

    answer = api.post(
        f"offers/{offer.pk}/listed/",
        {
            "revision": 1,
            "at": "2026-01-01T14:00:00+01:00",
            "channel_offer_id": "B0123",
            "listing_url": "https://shop.example/p/1",
        },
    )

    told = answer.json()
    assert answer.status_code == 200
    assert (told["state"], told["channel_offer_id"], told["listing_url"]) == (
        "listed",
        "B0123",
        "https://shop.example/p/1",
    )
    report = ListingReport.objects.get()
    assert (report.kind, report.revision, report.at.isoformat(), report.content) == (
        "listed",
        1,
        "2026-01-01T13:00:00+00:00",
        {"channel_offer_id": "B0123", "listing_url": "https://shop.example/p/1"},
    )


def test_in_progress_needs_nothing_said(api):
    offer = OfferFactory()

    assert api.post(f"offers/{offer.pk}/in-progress/").json()["state"] == "in_progress"
    assert ListingReport.objects.get().kind == "in_progress"


def test_failed_says_why(api):
    offer = OfferFactory()

    answer = api.post(f"offers/{offer.pk}/failed/", {"errors": [{**FAILURE, "recommended_value": "4000000000000"}]})

    assert answer.json()["state"] == "failed"
    assert answer.json()["errors"] == [
        {**FAILURE, "long_message": "", "attribute_id": "", "recommended_value": "4000000000000"}
    ]


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("failed", {}, {"errors": "required"}),
        ("failed", {"errors": []}, {"errors": "min_length"}),
        ("failed", {"errors": [FAILURE] * 251}, {"errors": "max_length"}),
        ("failed", {"errors": [FAILURE, {"code": "X"}]}, {"errors": "incomplete"}),
        ("failed", {"errors": [{**FAILURE, "colour": 1}]}, {"errors.0.colour": "unknown"}),
        ("failed", {"errors": [7]}, {"errors.0": "invalid"}),
        ("listed", {"errors": [FAILURE]}, {"errors": "unknown"}),
        ("listed", {"state": "failed"}, {"state": "unknown"}),
        ("listed", {"revision": 2}, {"revision": "unknown_revision"}),
        ("listed", {"revision": 0}, {"revision": "min_value"}),
        ("listed", {"revision": 10**30}, {"revision": "max_value"}),
        ("listed", {"revision": "one"}, {"revision": "invalid"}),
        ("listed", {"at": "2026-01-01T12:00:00"}, {"at": "offset"}),
        ("listed", {"at": 7}, {"at": "invalid"}),
        ("listed", {"at": "0001-01-01T00:00:00+23:00"}, {"at": "overflow"}),
        ("listed", {"listing_url": "shop.example"}, {"listing_url": "not_absolute"}),
        ("listed", {"listing_url": "javascript:alert(1)"}, {"listing_url": "not_absolute"}),
        ("listed", {"channel_offer_id": "x" * 101}, {"channel_offer_id": "max_length"}),
        ("in-progress", {"listing_url": "https://shop.example/"}, {"listing_url": "unknown"}),
    ],
)
def test_a_wrong_result_is_named_and_changes_nothing(api, path, body, expected):
    offer = OfferFactory()

    answer = api.post(f"offers/{offer.pk}/{path}/", body)

    assert answer.status_code == 400
    assert fields(answer) == expected
    offer.refresh_from_db()
    assert offer.state == "pending"
    assert not ListingReport.objects.exists()


def test_a_result_for_an_older_revision_is_reported_and_leaves_the_state(api):
    offer = OfferFactory(revision=2)

    answer = api.post(f"offers/{offer.pk}/listed/", {"revision": 1})

    assert answer.json()["state"] == "pending"
    assert ListingReport.objects.get().revision == 1


def test_a_repeated_result_reports_nothing_more(api):
    offer = OfferFactory()

    for _ in range(2):
        assert api.post(f"offers/{offer.pk}/listed/", {"channel_offer_id": "A"}).status_code == 200

    assert ListingReport.objects.count() == 1


def test_a_batch_of_good_results_is_200_with_an_outcome_each(api):
    one, two = OfferFactory(), OfferFactory()

    answer = api.post(
        "listing-results/",
        {
            "results": [
                {"offer": one.pk, "state": "listed", "channel_offer_id": "A"},
                {"offer": two.pk, "state": "failed", "errors": [FAILURE]},
                {"offer": one.pk, "state": "listed", "channel_offer_id": "A"},
            ]
        },
    )

    assert answer.status_code == 200
    assert answer.json()["results"] == [
        {"index": 0, "offer": one.pk, "outcome": "recorded", "errors": []},
        {"index": 1, "offer": two.pk, "outcome": "recorded", "errors": []},
        {"index": 2, "offer": one.pk, "outcome": "unchanged", "errors": []},
    ]
    assert set(Offer.objects.values_list("pk", "state")) == {(one.pk, "listed"), (two.pk, "failed")}


def test_a_batch_takes_what_is_good_and_names_what_is_wrong(caller):
    channel = ChannelFactory()
    mine, foreign = OfferFactory(channel=channel), OfferFactory()

    answer = caller("write", channel).post(
        "listing-results/",
        {
            "results": [
                {"offer": foreign.pk, "state": "listed"},
                {"offer": mine.pk, "state": "listed", "colour": "red"},
                {"offer": mine.pk, "state": "failed"},
                {"offer": mine.pk, "state": "sold"},
                {"offer": mine.pk, "state": "listed", "at": "yesterday"},
                "listed",
                None,
                {"offer": mine.pk, "state": "listed", "revision": 1},
            ]
        },
    )

    outcomes = answer.json()["results"]
    assert answer.status_code == 207
    assert [outcome["index"] for outcome in outcomes] == list(range(8))
    assert [[(error["field"], error["code"]) for error in outcome["errors"]] for outcome in outcomes] == [
        [("offer", "not_found")],
        [("colour", "unknown")],
        [("errors", "required")],
        [("state", "invalid_choice")],
        [("at", "invalid")],
        [("", "invalid")],
        [("", "null")],
        [],
    ]
    assert [outcome["outcome"] for outcome in outcomes] == ["error"] * 7 + ["recorded"]
    foreign.refresh_from_db()
    assert foreign.state == "pending"
    assert [report.offer for report in ListingReport.objects.all()] == [mine]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, {"results": "required"}),
        ({"results": []}, {"results": "min_length"}),
        ({"results": {}}, {"results": "not_a_list"}),
        ({"results": [{}] * 1001}, {"results": "max_length"}),
        ({"results": [{}], "mode": "fast"}, {"mode": "unknown"}),
    ],
)
def test_a_batch_that_is_none_is_400(api, body, expected):
    answer = api.post("listing-results/", body)

    assert answer.status_code == 400
    assert fields(answer) == expected


def test_a_full_batch_takes_few_queries(api, django_assert_max_num_queries):
    known = OfferFactory()
    offers = OfferFactory.build_batch(1000, channel=known.channel, seller=known.seller)
    Offer.objects.bulk_create(offers)

    # SQLite takes a bulk write in pieces; one query an offer would be a thousand.
    with django_assert_max_num_queries(100):
        answer = api.post("listing-results/", {"results": [{"offer": row.pk, "state": "listed"} for row in offers]})

    assert answer.status_code == 200
    assert Offer.objects.filter(state="listed").count() == 1000
