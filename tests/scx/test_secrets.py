"""Nothing that could leak may show a token, a session, a pin or a query."""

import logging
import traceback

import pytest
from pytest_httpserver import HTTPServer

from platforms.scx.client import ScxClient
from platforms.scx.errors import ScxError
from platforms.scx.quota import NullQuota
from platforms.scx.tokens import MemoryTokenStore
from platforms.scx.transport import Transport
from tests.scx.conftest import ACCESS_TOKEN, REFRESH_TOKEN

SESSION = "session/secret+1"
PIN = "12345670"


def everything_said(error: ScxError, caplog: pytest.LogCaptureFixture) -> str:
    shown = [str(error), repr(error), repr(error.errors), *traceback.format_exception(error)]
    assert error.__context__ is None
    # The test server logs what it receives; that is not our log.
    logged = [repr(record.__dict__) for record in caplog.records if record.name != "werkzeug"]
    return "\n".join([*shown, *logged])


def assert_no_secret(text: str) -> None:
    for secret in (SESSION, "session%2Fsecret%2B1", ACCESS_TOKEN, REFRESH_TOKEN, "refresh-secret", PIN, "session="):
        assert secret not in text


@pytest.fixture(autouse=True)
def _log_everything(caplog):
    caplog.set_level(logging.INFO)


def test_a_refusal_that_quotes_the_session_is_told_without_it(httpserver: HTTPServer, client, caplog):
    quoted = {"code": "VAL100", "message": f"session {SESSION} is unknown", "hint": SESSION}
    httpserver.expect_request("/prefix/v1/channel/seller/signup-session").respond_with_json(
        {"errorList": [quoted]}, status=400
    )
    with pytest.raises(ScxError) as caught:
        client.sellers.signup_session(SESSION)
    assert "session *** is unknown" in str(caught.value)
    assert_no_secret(everything_said(caught.value, caplog))


def test_a_server_error_that_quotes_the_token_is_told_without_it(httpserver: HTTPServer, client, caplog):
    httpserver.expect_request("/prefix/v1/channel", method="PATCH").respond_with_json(
        {"errorList": [{"code": "GEN500", "message": f"{ACCESS_TOKEN} {PIN}"}]}, status=500
    )
    with pytest.raises(ScxError) as caught:
        client.channel.patch(PIN, {"vendor": "x"})
    assert_no_secret(everything_said(caught.value, caplog))


def test_a_refused_refresh_token_is_told_without_it(httpserver: HTTPServer, transport, caplog):
    httpserver.expect_request("/prefix/v1/auth").respond_with_json(
        {"errorList": [{"code": "ATH100", "message": f"no account for {REFRESH_TOKEN}"}]}, status=400
    )
    client = ScxClient(transport, tokens=MemoryTokenStore(), refresh_token=lambda: REFRESH_TOKEN, quota=NullQuota())
    with pytest.raises(ScxError) as caught:
        client.channel.get()
    assert_no_secret(everything_said(caught.value, caplog))


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", b"HTTP/1.1 200 OK\r\n\r\n<html>"]
)
def test_a_lost_answer_is_told_without_the_query(raw_server, caplog, answer):
    transport = Transport(raw_server(answer).url, user_agent="3P_TESTS", timeout=(1, 1))
    with pytest.raises(ScxError) as caught:
        transport.request("GET", "/v1/x", params={"session": SESSION}, bearer=ACCESS_TOKEN)
    assert_no_secret(everything_said(caught.value, caplog))


def test_an_unreachable_host_is_told_without_the_query(caplog):
    with pytest.raises(ScxError) as caught:
        Transport("http://scx.invalid", user_agent="3P_TESTS").request("GET", "/v1/x", params={"session": SESSION})
    assert_no_secret(everything_said(caught.value, caplog))


def test_each_call_is_one_line_with_method_path_status_and_time(httpserver: HTTPServer, client, caplog):
    httpserver.expect_request("/prefix/v1/channel/seller/update-session").respond_with_json({"sellerId": "4711"})
    client.sellers.update_session(SESSION)
    lines = [record.getMessage() for record in caplog.records if record.name == "platforms.scx"]
    assert [line.rsplit(" ", 2)[0] for line in lines] == [
        "POST /v1/auth 200",
        "GET /v1/channel/seller/update-session 200",
    ]
    assert all(line.endswith(" ms") for line in lines)
    assert_no_secret("\n".join(lines))


def test_an_answer_does_not_show_its_body(httpserver: HTTPServer, transport):
    httpserver.expect_request("/prefix/v1/auth").respond_with_json(
        {"authToken": ACCESS_TOKEN}, headers={"X-Echo": ACCESS_TOKEN}
    )
    assert ACCESS_TOKEN not in repr(transport.request("POST", "/v1/auth", form={"refreshToken": REFRESH_TOKEN}))


def test_a_session_that_cannot_be_one_is_refused_without_being_quoted(client, sent):
    with pytest.raises(ValueError, match="session:") as caught:
        client.sellers.signup_session("secret\nsession")
    assert "secret" not in str(caught.value)
    assert sent() == []
