import gzip
import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests
from pytest_httpserver import HTTPServer
from werkzeug import Response

from platforms.scx import transport as transport_module
from platforms.scx.errors import (
    ErrorItem,
    ScxNoAnswer,
    ScxProtocolError,
    ScxRefused,
    ScxServerError,
    ScxThrottled,
    ScxUnreachable,
)
from platforms.scx.transport import Transport

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"


def at(url: str, **arguments) -> Transport:
    return Transport(url, user_agent="3P_TESTS", **{"timeout": (1, 1), **arguments})


@pytest.fixture
def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def test_the_path_of_the_base_url_is_kept_and_the_headers_are_ours(
    httpserver: HTTPServer, transport, sent, monkeypatch
):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    httpserver.expect_request("/prefix/v1/channel").respond_with_json({"isActive": True})
    answer = transport.request("GET", "/v1/channel", bearer="token")
    assert (answer.status, answer.body, answer.errors) == (200, {"isActive": True}, ())
    [request] = sent()
    assert request.headers["User-Agent"] == "3P_TESTS"
    assert request.headers["Accept-Language"] == "en"
    assert request.headers["Authorization"] == "Bearer token"


def test_json_and_forms_are_sent_as_such_and_a_plus_in_the_query_is_encoded(httpserver: HTTPServer, transport, sent):
    httpserver.expect_request("/prefix/v1/x").respond_with_data(status=204)
    transport.request("POST", "/v1/x", json={"name": "Müller"})
    transport.request("POST", "/v1/x", form={"refreshToken": "a+b:c"})
    transport.request("GET", "/v1/x", params={"updatedAfter": "2026-11-22T15:57:35+00:00"})
    as_json, as_form, as_query = sent()
    assert as_json.content_type == "application/json"
    assert as_json.get_json() == {"name": "Müller"}
    assert as_form.content_type == "application/x-www-form-urlencoded"
    assert as_form.form["refreshToken"] == "a+b:c"
    assert as_query.query_string == b"updatedAfter=2026-11-22T15%3A57%3A35%2B00%3A00"


def test_an_empty_answer_has_no_body(httpserver: HTTPServer, transport):
    httpserver.expect_request("/prefix/v1/x").respond_with_data(status=201)
    answer = transport.request("POST", "/v1/x", json={})
    assert (answer.status, answer.body, answer.errors) == (201, None, ())


def test_warnings_of_a_2xx_are_read(httpserver: HTTPServer, transport):
    httpserver.expect_request("/prefix/v1/x").respond_with_json(
        {"errorList": [{"code": "CHN401", "message": "part", "severity": "warning", "hint": "7"}]}, status=201
    )
    assert transport.request("POST", "/v1/x", json={}).errors == (ErrorItem("CHN401", "part", "warning", "7"),)


def test_a_null_error_list_is_none_at_all(httpserver: HTTPServer, transport):
    httpserver.expect_request("/prefix/v1/x").respond_with_json({"errorList": None})
    assert transport.request("GET", "/v1/x").errors == ()


def test_numbers_no_database_can_hold_are_defused(httpserver: HTTPServer, transport):
    httpserver.expect_request("/prefix/v1/x").respond_with_data(
        '{"a": NaN, "b": -Infinity, "c": 1e999, "d": 0.1}', content_type="application/json"
    )
    assert transport.request("GET", "/v1/x").body == {"a": None, "b": None, "c": "1e999", "d": 0.1}


def test_a_whole_number_longer_than_python_reads_costs_no_more_than_its_digits(httpserver: HTTPServer, transport):
    digits = "7" * 5000
    httpserver.expect_request("/prefix/v1/channel").respond_with_data(f'{{"odd": {digits}, "even": 2}}')
    assert transport.request("GET", "/v1/channel").body == {"odd": digits, "even": 2}


def test_a_packed_body_is_unpacked(httpserver: HTTPServer, transport):
    packed = Response(gzip.compress(b'{"a": 1}'), headers={"Content-Encoding": "gzip"})
    httpserver.expect_request("/prefix/v1/x").respond_with_response(packed)
    assert transport.request("GET", "/v1/x").body == {"a": 1}


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"<html>Welcome</html>", {}),
        (b'{"a": ', {}),
        (b'"\xff"', {}),
        (b"[" * 100_000, {}),
        (b"not packed", {"Content-Encoding": "gzip"}),
    ],
)
def test_a_2xx_that_is_no_json_breaks_the_protocol(httpserver: HTTPServer, transport, body, headers):
    httpserver.expect_request("/prefix/v1/x").respond_with_data(body, headers=headers)
    with pytest.raises(ScxProtocolError) as caught:
        transport.request("GET", "/v1/x")
    assert caught.value.status == 200


@pytest.mark.parametrize("location", [b"/v1/elsewhere", b"http://[bad"])
def test_a_redirect_is_not_followed(raw_server, location):
    server = raw_server(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + location + b"\r\n\r\n")
    with pytest.raises(ScxProtocolError, match="status 302"):
        at(server.url).request("GET", "/v1/x", bearer="token")
    assert len(server.requests) == 1


def test_a_body_over_the_limit_is_not_read(httpserver: HTTPServer, transport, monkeypatch):
    monkeypatch.setattr(transport_module, "LARGEST_BODY", 1000)
    httpserver.expect_request("/prefix/v1/x").respond_with_data(json.dumps("x" * 1000))
    with pytest.raises(ScxProtocolError, match="more than 1000 bytes"):
        transport.request("GET", "/v1/x")


def test_html_on_a_500_is_a_server_error(httpserver: HTTPServer, transport):
    httpserver.expect_request("/prefix/v1/x").respond_with_data("<html>Bad gateway</html>", status=502)
    with pytest.raises(ScxServerError) as caught:
        transport.request("POST", "/v1/x", json={})
    assert (caught.value.status, caught.value.errors) == (502, ())


def test_a_refusal_carries_its_reasons(httpserver: HTTPServer, transport):
    httpserver.expect_request("/prefix/v1/x").respond_with_json(
        {"errorList": [{"code": "VAL100", "message": "offerList[3].listedAt: wrong"}]}, status=400
    )
    with pytest.raises(ScxRefused, match=r"SCX refused POST /v1/x \(400: VAL100 offerList\[3\].listedAt: wrong\)"):
        transport.request("POST", "/v1/x", json={})


def test_a_429_says_how_long_to_wait(httpserver: HTTPServer, transport):
    httpserver.expect_request("/prefix/v1/x").respond_with_data(
        status=429, headers={"X-RateLimit-Interval-Length-Seconds": "45"}
    )
    with pytest.raises(ScxThrottled) as caught:
        transport.request("GET", "/v1/x")
    assert caught.value.retry_after == 45.0


def test_a_refused_connection_means_nothing_was_sent(closed_port):
    with pytest.raises(ScxUnreachable, match="nothing was sent"):
        at(f"http://127.0.0.1:{closed_port}").request("POST", "/v1/x", json={})


def test_an_unknown_host_means_nothing_was_sent():
    with pytest.raises(ScxUnreachable):
        at("http://scx.invalid").request("GET", "/v1/x")


def test_a_connection_nobody_accepts_in_time_means_nothing_was_sent():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        port = server.getsockname()[1]
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
        try:
            with pytest.raises(ScxUnreachable):
                at(f"http://127.0.0.1:{port}", timeout=(0.1, 1)).request("GET", "/v1/x")
        finally:
            for filler in fillers:
                filler.close()


def test_a_host_that_does_not_speak_tls_is_an_error_of_ours_too(raw_server):
    server = raw_server(b"")
    with pytest.raises((ScxUnreachable, ScxNoAnswer)):
        at(server.url.replace("http:", "https:")).request("GET", "/v1/x")


def test_a_dropped_connection_is_no_answer_and_is_not_repeated(raw_server):
    server = raw_server(b"")
    with pytest.raises(ScxNoAnswer) as caught:
        at(server.url).request("GET", "/v1/x")
    assert caught.value.maybe_done
    assert len(server.requests) == 1


def test_a_slow_answer_is_no_answer(httpserver: HTTPServer):
    release = threading.Event()
    httpserver.expect_request("/v1/x").respond_with_handler(lambda request: release.wait(5) and Response())
    try:
        with pytest.raises(ScxNoAnswer, match="took too long"):
            at(httpserver.url_for(""), timeout=(1, 0.05)).request("POST", "/v1/x", json={})
    finally:
        release.set()


def test_a_trickling_answer_is_given_up(httpserver: HTTPServer):
    stop = threading.Event()

    def trickle(request):
        def pieces():
            while not stop.wait(0.01):
                yield b" "

        return Response(pieces())

    httpserver.expect_request("/v1/x").respond_with_handler(trickle)
    try:
        with pytest.raises(ScxNoAnswer, match="broke off"):
            at(httpserver.url_for(""), timeout=(1, 0.1)).request("GET", "/v1/x")
    finally:
        stop.set()


@pytest.mark.parametrize(
    "rest",
    [
        b'Content-Length: 100\r\n\r\n{"a": 1}',
        b'Transfer-Encoding: chunked\r\n\r\n40\r\n{"a": 1}',
        b"Transfer-Encoding: chunked\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_a_2xx_cut_short_is_no_answer(raw_server, rest):
    with pytest.raises(ScxNoAnswer, match="broke off") as caught:
        at(raw_server(OK + rest).url).request("POST", "/v1/x", json={})
    assert caught.value.status == 200


def test_an_error_cut_short_is_still_that_error(raw_server):
    server = raw_server(b'HTTP/1.1 404 Not Found\r\nContent-Length: 100\r\n\r\n{"errorList": [')
    with pytest.raises(ScxRefused) as caught:
        at(server.url).request("GET", "/v1/x")
    assert caught.value.not_found


def test_no_http_at_all_is_no_answer(raw_server):
    with pytest.raises(ScxNoAnswer):
        at(raw_server(b"SSH-2.0-OpenSSH_9.2\r\n").url).request("GET", "/v1/x")


@pytest.fixture
def keep_alive_server():
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            self.server.seen.append((self.client_address, self.headers.get("Cookie")))
            self.send_response(200)
            self.send_header("Set-Cookie", "channel=other; Path=/")
            if self.path.endswith("chunked"):
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                self.wfile.write(b'8\r\n{"a": 1}\r\n0\r\n\r\n')
            else:
                self.send_header("Content-Length", "8")
                self.end_headers()
                self.wfile.write(b'{"a": 1}')

        def log_message(self, *arguments):
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.seen = []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join(5)
    server.server_close()


@pytest.mark.parametrize("path", ["/v1/plain", "/v1/chunked"])
def test_one_connection_serves_many_calls_and_no_cookie_is_kept(keep_alive_server, path):
    with requests.Session() as session:
        transport = at(f"http://127.0.0.1:{keep_alive_server.server_port}", session=session)
        for _ in range(3):
            assert transport.request("GET", path).body == {"a": 1}
    assert len({client for client, _ in keep_alive_server.seen}) == 1
    assert {cookie for _, cookie in keep_alive_server.seen} == {None}


def test_a_session_of_ones_own_is_used(httpserver: HTTPServer, sent):
    with requests.Session() as session:
        session.headers["X-Mine"] = "1"
        httpserver.expect_request("/v1/x").respond_with_json({})
        at(httpserver.url_for(""), session=session).request("GET", "/v1/x")
    assert sent()[0].headers["X-Mine"] == "1"


@pytest.mark.parametrize(
    "url",
    ["", "scx.example", "ftp://scx.example", "https://", "https://scx.example?x=1", "https://user:word@scx.example"],
)
def test_a_base_url_that_cannot_work_or_hides_a_secret_is_refused(url):
    with pytest.raises(ValueError, match="The address of SCX must") as caught:
        at(url)
    assert "word@" not in str(caught.value)


@pytest.mark.parametrize("path", ["v1/x", "/v1/x?session=s", "/v1/x#y", "/v1/ x", "/v1/x\r\n"])
def test_a_path_with_anything_but_a_path_is_refused(transport, path):
    with pytest.raises(ValueError, match="An SCX path"):
        transport.request("GET", path)


def test_a_token_that_cannot_stand_in_a_header_is_refused_without_being_quoted(transport):
    with pytest.raises(ValueError, match="cannot stand in a header") as caught:
        transport.request("GET", "/v1/x", bearer="secret\r\nX: y")
    assert "secret" not in str(caught.value)


def test_json_that_is_no_json_is_not_sent(transport, sent):
    with pytest.raises(ValueError, match="JSON"):
        transport.request("POST", "/v1/x", json={"a": float("nan")})
    assert sent() == []
