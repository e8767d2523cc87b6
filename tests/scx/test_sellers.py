from datetime import UTC, datetime

import pytest
from pytest_httpserver import HTTPServer

from platforms.scx.errors import ErrorItem, ScxProtocolError, ScxRefused
from platforms.scx.sellers import ScxSeller, SignupSession, UpdateSession

SELLER = "/prefix/v1/channel/seller"
BAD_SELLER_IDS = ["", "a" * 51, "a-b", "a b", "a/b", "ä", "a\n", "٣"]


def test_a_sign_up_is_finished_with_both_spellings_of_the_session(httpserver: HTTPServer, client, sent):
    httpserver.expect_request(SELLER, method="POST").respond_with_data(status=201)
    assert client.sellers.create("s-1", "4711", "Müller & Söhne") == ()
    client.sellers.create("s-2", "a_B9")
    assert [request.get_json() for request in sent()] == [
        {"session": "s-1", "sessionId": "s-1", "sellerId": "4711", "companyName": "Müller & Söhne"},
        {"session": "s-2", "sessionId": "s-2", "sellerId": "a_B9"},
    ]


@pytest.mark.parametrize(
    ("body", "account"),
    [({"jtlAccountId": 1782}, 1782), ({"jtlAccountId": "1782"}, 1782), ({}, None), ({"jtlAccountId": 0}, None)],
)
def test_a_sign_up_session_names_the_jtl_account(httpserver: HTTPServer, client, sent, body, account):
    httpserver.expect_request(f"{SELLER}/signup-session").respond_with_json(body)
    assert client.sellers.signup_session("s+1") == SignupSession(account)
    assert sent()[0].query_string == b"session=s%2B1"


@pytest.mark.parametrize(("given", "seller_id"), [("4711", "4711"), (4711, "4711"), ("SELLER-123", "SELLER-123")])
def test_an_update_session_names_the_seller_and_is_asked_for_in_both_spellings(
    httpserver: HTTPServer, client, sent, given, seller_id
):
    httpserver.expect_request(f"{SELLER}/update-session").respond_with_json({"sellerId": given})
    assert client.sellers.update_session("s-1") == UpdateSession(seller_id)
    assert sent()[0].args.to_dict() == {"session": "s-1", "sessionId": "s-1"}


def test_an_update_session_without_seller_breaks_the_protocol(httpserver: HTTPServer, client):
    httpserver.expect_request(f"{SELLER}/update-session").respond_with_json({})
    with pytest.raises(ScxProtocolError, match="without a sellerId"):
        client.sellers.update_session("s-1")


def test_an_unknown_session_is_refused(httpserver: HTTPServer, client):
    httpserver.expect_request(f"{SELLER}/signup-session").respond_with_json(
        {"errorList": [{"code": "GEN404", "message": "no such session"}]}, status=404
    )
    with pytest.raises(ScxRefused) as caught:
        client.sellers.signup_session("s-1")
    assert caught.value.not_found
    assert not caught.value.retryable


def test_an_update_is_finished_by_a_patch_in_both_spellings(httpserver: HTTPServer, client, sent):
    httpserver.expect_request(SELLER, method="PATCH").respond_with_data(status=201)
    client.sellers.update("s-1", False, "Company")
    assert sent()[0].get_json() == {
        "session": "s-1",
        "sessionId": "s-1",
        "isActive": False,
        "companyName": "Company",
    }


@pytest.mark.parametrize("status", [200, 202, 204])
def test_unlinking_takes_the_reference_path(httpserver: HTTPServer, client, sent, status):
    httpserver.expect_request(f"{SELLER}/4711", method="DELETE").respond_with_data(status=status)
    assert client.sellers.unlink("4711", "contract ended + paid") == ()
    assert sent()[0].args.to_dict() == {"reason": "contract ended + paid"}


def test_one_already_unlinked_counts_as_success(httpserver: HTTPServer, client):
    httpserver.expect_request(f"{SELLER}/4711").respond_with_json(
        {"errorList": [{"code": "CHN204", "message": "already"}]}, status=400
    )
    assert client.sellers.unlink("4711") == (ErrorItem("CHN204", "already"),)


def test_unlinking_one_scx_does_not_know_is_refused(httpserver: HTTPServer, client):
    httpserver.expect_request(f"{SELLER}/4711").respond_with_json(
        {"errorList": [{"code": "GEN404", "message": "x"}]}, status=404
    )
    with pytest.raises(ScxRefused) as caught:
        client.sellers.unlink("4711")
    assert caught.value.not_found


def test_the_list_is_read_with_its_defaults(httpserver: HTTPServer, client, caplog):
    full = {
        "sellerId": "4711",
        "jtlAccountId": 1782,
        "companyName": "Müller",
        "isActiveByJTL": False,
        "isActiveByChannel": True,
        "createdAt": "2026-11-22T15:57:35+00",
        "updatedAt": "2026-11-22T15:58:35Z",
    }
    httpserver.expect_request(f"{SELLER}/list").respond_with_json({"sellerList": [full, {"sellerId": 5}, {}, "x"]})
    assert client.sellers.list() == [
        ScxSeller(
            seller_id="4711",
            jtl_account_id=1782,
            company_name="Müller",
            active_by_jtl=False,
            active_by_channel=True,
            created_at=datetime(2026, 11, 22, 15, 57, 35, tzinfo=UTC),
            updated_at=datetime(2026, 11, 22, 15, 58, 35, tzinfo=UTC),
        ),
        ScxSeller("5", None, "", True, True, None, None),
    ]
    assert "2 rows have no sellerId" in caplog.text


@pytest.mark.parametrize("body", ["", "{}", '{"sellerList": null}', '{"sellerList": {"a": 1}}'])
def test_a_list_that_is_none_is_not_taken_for_an_empty_one(httpserver: HTTPServer, client, body):
    httpserver.expect_request(f"{SELLER}/list").respond_with_data(body)
    with pytest.raises(ScxProtocolError):
        client.sellers.list()


def test_a_seller_is_assigned_to_a_marketplace(httpserver: HTTPServer, client, sent):
    httpserver.expect_request(f"{SELLER}/platform/1782", method="POST").respond_with_data(status=200)
    client.sellers.assign(1782, "4711", "amazon-de", company_name="Müller")
    client.sellers.assign(1782, "4711", "AMAZONDE", is_active=False)
    assert [request.get_json() for request in sent()] == [
        {"sellerId": "4711", "channel": "amazon-de", "isActive": True, "companyName": "Müller"},
        {"sellerId": "4711", "channel": "AMAZONDE", "isActive": False},
    ]


@pytest.mark.parametrize("seller_id", BAD_SELLER_IDS)
def test_a_seller_id_scx_would_not_take_is_never_sent(client, sent, seller_id):
    for call in (
        lambda: client.sellers.create("s-1", seller_id),
        lambda: client.sellers.unlink(seller_id),
        lambda: client.sellers.assign(1782, seller_id, "amazon-de"),
        lambda: client.offers.stock_updates(seller_id, "1970-01-01T00:00:00Z"),
        lambda: client.channel.notify(seller_id, "hello"),
    ):
        with pytest.raises(ValueError, match="sellerId: SCX takes"):
            call()
    assert sent() == []


@pytest.mark.parametrize("session", ["", "a b", "a\n", "ä", "x" * 5000])
def test_a_session_that_cannot_be_one_is_never_sent(client, sent, session):
    for call in (
        lambda: client.sellers.create(session, "4711"),
        lambda: client.sellers.signup_session(session),
        lambda: client.sellers.update_session(session),
        lambda: client.sellers.update(session, True),
    ):
        with pytest.raises(ValueError, match="session: it is empty"):
            call()
    assert sent() == []


@pytest.mark.parametrize(("account", "channel"), [(0, "amazon-de"), (True, "amazon-de"), (7, "a"), (7, "amazon de")])
def test_an_assignment_scx_would_not_take_is_never_sent(client, sent, account, channel):
    with pytest.raises(ValueError, match="SCX takes"):
        client.sellers.assign(account, "4711", channel)
    assert sent() == []
