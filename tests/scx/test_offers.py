from datetime import UTC, datetime, timedelta, timezone

import pytest
from pytest_httpserver import HTTPServer

from platforms.scx.errors import ErrorItem, ScxRefused
from platforms.scx.offers import Failed, InProgress, InvalidItem, Listed, ListingError, fit

OFFER = "/prefix/v1/channel/offer"
NOON = datetime(2026, 11, 22, 13, 0, 0, 5, tzinfo=timezone(timedelta(hours=1)))


def test_the_start_of_a_listing_is_reported(httpserver: HTTPServer, client, sent):
    httpserver.expect_request(f"{OFFER}/in-progress", method="POST").respond_with_data(status=201)
    assert client.offers.report_in_progress([InProgress("4711", 7, NOON)]) == ()
    assert sent()[0].get_json() == {
        "offerList": [{"sellerId": "4711", "offerId": 7, "startedAt": "2026-11-22T12:00:00+00:00"}]
    }


def test_a_listing_is_reported_with_what_is_known_of_it(httpserver: HTTPServer, client, sent):
    httpserver.expect_request(f"{OFFER}/listed", method="POST").respond_with_data(status=201)
    client.offers.report_listed(
        [Listed("4711", 7, NOON, "XCD233554", "https://example.com/7"), Listed("4711", 8, NOON, "", "")]
    )
    assert sent()[0].get_json()["offerList"] == [
        {
            "sellerId": "4711",
            "offerId": 7,
            "listedAt": "2026-11-22T12:00:00+00:00",
            "channelOfferId": "XCD233554",
            "listingUrl": "https://example.com/7",
        },
        {"sellerId": "4711", "offerId": 8, "listedAt": "2026-11-22T12:00:00+00:00"},
    ]


def test_a_failure_is_reported_with_all_its_reasons(httpserver: HTTPServer, client, sent):
    httpserver.expect_request(f"{OFFER}/listing-failed", method="POST").respond_with_data(status=201)
    full = ListingError("NO_GTIN", "GTIN is missing", "Each product needs one.", "global:gtin", "4012345678901")
    client.offers.report_failed([Failed("4711", 7, NOON, [full, ListingError("X", "y")])])
    [item] = sent()[0].get_json()["offerList"]
    assert item == {
        "sellerId": "4711",
        "offerId": 7,
        "failedAt": "2026-11-22T12:00:00+00:00",
        "errorList": [
            {
                "code": "NO_GTIN",
                "message": "GTIN is missing",
                "longMessage": "Each product needs one.",
                "relatedAttributeId": "global:gtin",
                "recommendedValue": "4012345678901",
            },
            {"code": "X", "message": "y"},
        ],
    }


def test_more_than_250_reasons_are_cut(httpserver: HTTPServer, client, sent):
    httpserver.expect_request(f"{OFFER}/listing-failed").respond_with_data(status=201)
    client.offers.report_failed([Failed("4711", 7, NOON, [ListingError(str(n), "x") for n in range(300)])])
    codes = [error["code"] for error in sent()[0].get_json()["offerList"][0]["errorList"]]
    assert codes == [str(number) for number in range(250)]


def test_fit_leaves_alone_what_fits():
    error = ListingError("c" * 255, "m" * 250, "l" * 10_000, "a" * 512, "v" * 1000)
    assert fit(error) == error


def test_fit_cuts_to_the_limits_of_scx():
    error = fit(ListingError("c" * 256, "m" * 251, "l" * 10_001, "a" * 513, "v" * 1001))
    assert error == ListingError("c" * 255, "m" * 249 + "…", "l" * 9999 + "…", "a" * 512, "v" * 1000)


def test_fit_keeps_a_long_message_whole_where_there_is_room():
    assert fit(ListingError("c", "m" * 300)).long_message == "m" * 300


def test_fit_fills_what_scx_demands_and_drops_what_it_forbids_to_be_empty():
    assert fit(ListingError(" ", "", "", "", "")) == ListingError("UNKNOWN", "UNKNOWN")
    assert fit(ListingError("CODE", " ")) == ListingError("CODE", "CODE")


def test_warnings_of_an_accepted_batch_are_returned(httpserver: HTTPServer, client):
    warning = {"code": "GEN700", "message": "offerList[0].sellerId: gone", "severity": "warning", "hint": "7"}
    httpserver.expect_request(f"{OFFER}/listed").respond_with_json({"errorList": [warning]}, status=201)
    [item] = client.offers.report_listed([Listed("4711", 7, NOON)])
    assert item == ErrorItem("GEN700", "offerList[0].sellerId: gone", "warning", "7")
    assert item.item_index("offerList") == 0


def test_a_refused_batch_names_the_item(httpserver: HTTPServer, client):
    httpserver.expect_request(f"{OFFER}/listed").respond_with_json(
        {"errorList": [{"code": "VAL100", "message": "offerList[1].listedAt: too old"}]}, status=400
    )
    with pytest.raises(ScxRefused) as caught:
        client.offers.report_listed([Listed("4711", 7, NOON), Listed("4711", 8, NOON)])
    assert [item.item_index("offerList") for item in caught.value.errors] == [1]


def test_a_thousand_go_in_one_call_and_one_more_is_refused(httpserver: HTTPServer, client, sent):
    httpserver.expect_request(f"{OFFER}/listed").respond_with_data(status=201)
    items = [Listed("4711", number, NOON) for number in range(1, 1002)]
    client.offers.report_listed(items[:1000])
    assert len(sent()[0].get_json()["offerList"]) == 1000
    with pytest.raises(ValueError, match="at most 1000 reports in a call, these are 1001"):
        client.offers.report_listed(items)
    assert len(sent()) == 1


def test_no_items_send_nothing(client, sent):
    assert client.offers.report_in_progress([]) == ()
    assert sent() == []


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (Listed("a-b", 7, NOON), "sellerId: SCX takes"),
        (Listed("4711", 0, NOON), "offerId: SCX takes"),
        (Listed("4711", 2**63, NOON), "offerId: SCX takes"),
        (Listed("4711", 7, NOON, "x" * 101), "channelOfferId: SCX takes"),
        (Listed("4711", 7, datetime(2026, 11, 22)), "time zone"),
    ],
)
def test_an_item_that_breaks_the_rules_is_named_and_nothing_is_sent(client, sent, bad, reason):
    with pytest.raises(InvalidItem, match=reason) as caught:
        client.offers.report_listed([Listed("4711", 7, NOON), bad])
    assert caught.value.index == 1
    assert str(caught.value).startswith("offerList[1].")
    assert sent() == []


def test_a_failure_without_reason_is_not_sent(client, sent):
    with pytest.raises(InvalidItem, match="at least one reason"):
        client.offers.report_failed([Failed("4711", 7, datetime(2026, 11, 22, tzinfo=UTC), [])])
    assert sent() == []
