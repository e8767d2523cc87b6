"""Answers the embedded SCX never gives: faked, one answer each, over HTTP."""

import json
import re

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from listings import reports
from listings.models import ListingReport
from platforms.jobs import Run
from tests.factories import ChannelFactory, ListingReportFactory, OfferFactory, SellerFactory

pytestmark = pytest.mark.django_db
TOKEN = {"authToken": "t", "scope": "CHANNEL", "expiresIn": 3600, "tokenExpireAt": "2099-01-01T00:00:00+00:00"}


@pytest.fixture
def channel(httpserver: HTTPServer, settings):
    settings.SCX_BASE_URL = httpserver.url_for("").rstrip("/")
    httpserver.expect_request("/v1/auth").respond_with_json(TOKEN)
    return ChannelFactory()


@pytest.fixture
def scx(httpserver: HTTPServer):
    """Answers report calls with what the function makes of the offer ids; keeps the ids of each call."""
    calls: list[list[int]] = []

    def answer_with(decide):
        def answer(request: Request) -> Response:
            ids = [item["offerId"] for item in json.loads(request.data)["offerList"]]
            calls.append(ids)
            status, errors = decide(ids)
            body = {"errorList": [{"code": "VAL100", "severity": "error", **error} for error in errors]}
            return Response(json.dumps(body), status, content_type="application/json")

        httpserver.expect_request(re.compile("/v1/channel/offer/.*")).respond_with_handler(answer)
        return calls

    return answer_with


def make(channel, count):
    seller = SellerFactory(channel=channel)
    for number in range(1, count + 1):
        ListingReportFactory(offer=OfferFactory(channel=channel, seller=seller, offer_id=number))


def offer_ids(state):
    found = ListingReport.objects.filter(state=state).order_by("offer__offer_id")
    return list(found.values_list("offer__offer_id", flat=True))


def test_a_batch_refused_without_a_place_is_halved_until_the_bad_row_stands_alone(channel, scx):
    calls = scx(lambda ids: (400, [{"message": "one of them is wrong"}]) if 37 in ids else (201, []))
    make(channel, 100)
    reports.send(channel, Run())

    assert offer_ids("refused") == [37]
    assert len(offer_ids("sent")) == 99
    assert "one of them is wrong" in ListingReport.objects.get(state="refused").error
    # 100, 50, 25, 13, 7, 4, 2, 1: one refused call a size, and its good half.
    assert len(calls) <= 16
    assert [ids for ids in calls if 37 not in ids] == sorted(ids for ids in calls if 37 not in ids)


def test_a_place_that_is_not_in_the_batch_is_no_place(channel, scx):
    scx(lambda ids: (400, [{"message": "offerList[99].sellerId: bad"}]) if 2 in ids else (201, []))
    make(channel, 3)
    reports.send(channel, Run())

    assert (offer_ids("refused"), offer_ids("sent")) == ([2], [1, 3])


def test_every_row_named_is_refused_with_all_that_is_said_of_it(channel, scx):
    named = [{"message": "offerList[0].a: x"}, {"message": "offerList[2].b: y"}, {"message": "offerList[0].c: z"}]
    calls = scx(lambda ids: (400, named) if len(ids) == 3 else (201, []))
    make(channel, 3)
    reports.send(channel, Run())

    assert calls == [[1, 2, 3], [2]]
    errors = dict(ListingReport.objects.filter(state="refused").values_list("offer__offer_id", "error"))
    assert errors == {1: "VAL100 offerList[0].a: x; VAL100 offerList[0].c: z", 3: "VAL100 offerList[2].b: y"}


def test_when_all_are_refused_nothing_is_sent_again(channel, scx):
    calls = scx(lambda ids: (400, [{"message": f"offerList[{place}].x: no"} for place in range(len(ids))]))
    make(channel, 5)
    reports.send(channel, Run())

    assert (len(calls), offer_ids("refused")) == (1, [1, 2, 3, 4, 5])


def test_a_warning_beside_a_success_is_kept_with_the_row_it_names(channel, scx):
    warning = {"code": "CHN401", "message": "offerList[1].offerId: unknown offer", "severity": "warning"}
    scx(lambda ids: (200, [warning, {"code": "CHN401", "message": "partly stored", "severity": "warning"}]))
    make(channel, 2)
    reports.send(channel, Run())

    assert offer_ids("sent") == [1, 2]
    errors = dict(ListingReport.objects.values_list("offer__offer_id", "error"))
    assert errors == {1: "", 2: "CHN401 offerList[1].offerId: unknown offer"}


def test_an_error_beside_a_success_refuses_the_row_it_names(channel, scx):
    scx(lambda ids: (200, [{"code": "GEN700", "message": "offerList[0].sellerId: unknown"}]))
    make(channel, 2)
    reports.send(channel, Run())

    assert (offer_ids("refused"), offer_ids("sent")) == ([1], [2])


def test_a_failure_halfway_keeps_what_was_sent_and_gives_back_the_rest(channel, scx):
    answers = iter([(400, [{"message": "no"}]), (201, []), (500, [])])
    calls = scx(lambda ids: next(answers))
    make(channel, 4)
    with pytest.raises(Exception, match="500"):
        reports.send(channel, Run())

    assert calls == [[1, 2, 3, 4], [1, 2], [3, 4]]
    assert (offer_ids("sent"), offer_ids("pending")) == ([1, 2], [3, 4])
    assert set(ListingReport.objects.filter(state="pending").values_list("attempts", "leased_until")) == {(1, None)}


def test_a_wait_halfway_releases_all_that_was_not_sent_without_an_attempt(channel, scx):
    answers = iter([(400, [{"message": "no"}]), (429, [])])
    scx(lambda ids: next(answers))
    make(channel, 4)
    with pytest.raises(Exception, match="wait"):
        reports.send(channel, Run())

    assert offer_ids("pending") == [1, 2, 3, 4]
    assert set(ListingReport.objects.values_list("attempts", "leased_until")) == {(0, None)}
