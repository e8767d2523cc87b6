from datetime import UTC, datetime, timedelta

import pytest
from pytest_httpserver import HTTPServer

from platforms.scx.errors import ErrorItem, ScxProtocolError, ScxServerError
from platforms.scx.events import EventPage, ScxEvent

EVENT = "/prefix/v1/channel/event"
ENVELOPE = {
    "id": "5cde84164d811d00144581f8",
    "createdAt": "2026-11-22T15:57:35+0000",
    "type": "Seller:Offer.End",
    "clientVersion": "1.11.0.6",
    "event": {"sellerId": "4711", "offerId": 7},
    "somethingNew": True,
}


def fetched(httpserver: HTTPServer, client, *envelopes) -> EventPage:
    httpserver.expect_request(EVENT, method="GET").respond_with_json({"eventList": list(envelopes)})
    return client.events.fetch()


def test_an_event_is_read_with_all_it_says(httpserver: HTTPServer, client):
    page = fetched(httpserver, client, ENVELOPE)
    assert page == EventPage(
        events=[
            ScxEvent(
                id="5cde84164d811d00144581f8",
                type="Seller:Offer.End",
                created_at=datetime(2026, 11, 22, 15, 57, 35, tzinfo=UTC),
                client_version="1.11.0.6",
                payload={"sellerId": "4711", "offerId": 7},
                raw_created_at="2026-11-22T15:57:35+0000",
            )
        ],
        malformed=[],
        notes=[],
    )


def test_filters_are_sent_as_scx_wants_them(httpserver: HTTPServer, client, sent):
    httpserver.expect_request(EVENT).respond_with_json({"eventList": []})
    client.events.fetch(
        created_after=datetime(2026, 11, 22, 15, 57, 35, tzinfo=UTC), types=["Seller:Offer.New", "System:Test"]
    )
    client.events.fetch()
    assert sent()[0].args.to_dict() == {
        "createdAfter": "2026-11-22T15:57:35+00:00",
        "eventTypeFilter": "Seller:Offer.New,System:Test",
    }
    assert sent()[1].query_string == b""


@pytest.mark.parametrize("body", ['{"eventList": []}', '{"eventList": null}', '{"eventList": {}}'])
def test_nothing_to_deliver_is_an_empty_page(httpserver: HTTPServer, client, body):
    httpserver.expect_request(EVENT).respond_with_data(body)
    assert client.events.fetch() == EventPage([], [], [])


def test_a_204_is_an_empty_page(httpserver: HTTPServer, client):
    httpserver.expect_request(EVENT).respond_with_data(status=204)
    assert client.events.fetch() == EventPage([], [], [])


@pytest.mark.parametrize("body", ["", "{}", "[]", '{"eventList": "x"}', '{"eventList": {"a": 1}}'])
def test_an_answer_without_event_list_breaks_the_protocol(httpserver: HTTPServer, client, body):
    httpserver.expect_request(EVENT).respond_with_data(body)
    with pytest.raises(ScxProtocolError):
        client.events.fetch()


@pytest.mark.parametrize(
    ("payload", "read"),
    [([], {}), (None, {}), ({}, {}), ([1], {"": [1]}), ("x", {"": "x"}), (0, {"": 0}), ({"a": [1]}, {"a": [1]})],
)
def test_a_payload_that_is_no_object_is_kept_all_the_same(httpserver: HTTPServer, client, payload, read):
    assert fetched(httpserver, client, {**ENVELOPE, "event": payload}).events[0].payload == read


def test_entries_without_id_cost_only_themselves(httpserver: HTTPServer, client):
    page = fetched(httpserver, client, "x", {"type": "System:Test"}, {**ENVELOPE, "id": " "}, ENVELOPE, {"id": 7})
    assert [event.id for event in page.events] == [ENVELOPE["id"], "7"]
    assert page.malformed == [
        "eventList[0] is no object.",
        "eventList[1] of type 'System:Test' has no id.",
        "eventList[2] of type 'Seller:Offer.End' has no id.",
    ]


def test_a_bare_envelope_is_filled_in_and_noted(httpserver: HTTPServer, client):
    before = datetime.now(UTC)
    page = fetched(httpserver, client, {"id": "a"})
    [event] = page.events
    assert (event.type, event.client_version, event.payload, event.raw_created_at) == ("", "", {}, "")
    assert before <= event.created_at <= datetime.now(UTC) + timedelta(seconds=1)
    assert page.notes == ["Event a has no usable createdAt; it counts as created when it was received."]
    assert page.malformed == []


def test_acknowledging_goes_in_chunks_of_a_hundred_distinct_ids(httpserver: HTTPServer, client, sent):
    httpserver.expect_request(EVENT, method="DELETE").respond_with_data(status=204)
    ids = [str(number) for number in range(250)]
    assert client.events.acknowledge([*ids, "7", "249"]) == ()
    chunks = [request.get_json()["eventIdList"] for request in sent()]
    assert [len(chunk) for chunk in chunks] == [100, 100, 50]
    assert [event_id for chunk in chunks for event_id in chunk] == ids


def test_warnings_of_an_acknowledgement_are_returned(httpserver: HTTPServer, client):
    httpserver.expect_request(EVENT, method="DELETE").respond_with_json(
        {"errorList": [{"code": "CHN401", "message": "part", "severity": "warning"}]}
    )
    assert client.events.acknowledge(["a"]) == (ErrorItem("CHN401", "part", "warning"),)


def test_acknowledging_nothing_sends_nothing(client, sent):
    assert client.events.acknowledge([]) == ()
    assert sent() == []


def test_an_empty_id_is_not_sent(client, sent):
    with pytest.raises(ValueError, match="cannot be empty"):
        client.events.acknowledge(["a", ""])
    assert sent() == []


def test_a_failing_chunk_ends_the_acknowledgement(httpserver: HTTPServer, client, sent):
    httpserver.expect_request(EVENT, method="DELETE").respond_with_data(status=500)
    with pytest.raises(ScxServerError):
        client.events.acknowledge([str(number) for number in range(101)])
    assert len(sent()) == 1
