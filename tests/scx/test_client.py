import time
from datetime import UTC, datetime, timedelta

import pytest
from pytest_httpserver import HTTPServer

from platforms.scx.client import ScxClient
from platforms.scx.errors import (
    ScxLoginFailed,
    ScxNoAnswer,
    ScxQuotaWait,
    ScxThrottled,
    ScxUnauthorized,
)
from platforms.scx.quota import NullQuota, RateHeaders
from platforms.scx.tokens import AccessToken, MemoryTokenStore
from tests.scx.conftest import ACCESS_TOKEN, REFRESH_TOKEN

CHANNEL = "/prefix/v1/channel"
AUTH = "/prefix/v1/auth"


def bare_client(transport, quota=None) -> ScxClient:
    return ScxClient(
        transport, tokens=MemoryTokenStore(), refresh_token=lambda: REFRESH_TOKEN, quota=quota or NullQuota()
    )


def bearers(requests) -> list[str]:
    return [request.headers["Authorization"] for request in requests]


def test_a_token_is_fetched_once_as_a_form_and_used_from_then_on(httpserver: HTTPServer, client, quota):
    httpserver.expect_request(CHANNEL).respond_with_json({})
    client.call("GET", "/v1/channel")
    client.call("GET", "/v1/channel")
    auth, *calls = [request for request, _ in httpserver.log]
    assert auth.form.to_dict() == {"refreshToken": REFRESH_TOKEN}
    assert "Authorization" not in auth.headers
    assert bearers(calls) == [f"Bearer {ACCESS_TOKEN}"] * 2
    assert quota.acquired == ["auth", "channel", "channel"]


def test_a_401_renews_the_token_and_repeats_once(httpserver: HTTPServer, transport, sent):
    for number in (1, 2):
        httpserver.expect_ordered_request(AUTH).respond_with_json({"authToken": f"t{number}", "expiresIn": 600})
        httpserver.expect_ordered_request(CHANNEL).respond_with_json({"a": number}, status=401 if number == 1 else 200)
    assert bare_client(transport).call("POST", "/v1/channel", json={"x": 1}).body == {"a": 2}
    assert bearers(sent()) == ["Bearer t1", "Bearer t2"]
    assert [request.get_json() for request in sent()] == [{"x": 1}, {"x": 1}]


def test_a_second_401_is_final(httpserver: HTTPServer, client, sent):
    httpserver.expect_request(CHANNEL).respond_with_data(status=401)
    with pytest.raises(ScxUnauthorized) as caught:
        client.call("GET", "/v1/channel")
    assert caught.value.status == 401
    assert len(sent()) == 2


def test_a_token_somebody_else_renewed_is_used_without_asking(httpserver: HTTPServer, transport, sent):
    class Shared(MemoryTokenStore):
        def renew(self, exchange, *, rejected):
            return super().renew(
                lambda: AccessToken("theirs", datetime.now(UTC) + timedelta(hours=1)), rejected=rejected
            )

    client = ScxClient(transport, tokens=Shared(), refresh_token=lambda: pytest.fail("asked"), quota=NullQuota())
    httpserver.expect_request(CHANNEL).respond_with_json({})
    client.call("GET", "/v1/channel")
    assert bearers(sent()) == ["Bearer theirs"]


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_a_refused_refresh_token_is_unauthorized(httpserver: HTTPServer, transport, sent, status):
    httpserver.expect_request(AUTH).respond_with_json(
        {"errorList": [{"code": "ATH100", "message": "no"}]}, status=status
    )
    with pytest.raises(ScxUnauthorized) as caught:
        bare_client(transport).call("GET", "/v1/channel")
    assert (caught.value.status, caught.value.codes) == (status, {"ATH100"})
    assert sent() == []


def test_auth_throttled_by_426_is_a_wait(httpserver: HTTPServer, transport, quota):
    httpserver.expect_request(AUTH).respond_with_data(status=426)
    with pytest.raises(ScxThrottled) as caught:
        bare_client(transport, quota).call("GET", "/v1/channel")
    assert caught.value.retry_after == 60.0
    assert quota.observed == [("auth", RateHeaders(), 60.0)]


@pytest.mark.parametrize(("body", "status"), [("", 500), ("<html>", 200), ("{}", 200), ("", 204), ("", 302)])
def test_while_no_token_is_to_be_had_the_call_was_never_sent(httpserver: HTTPServer, transport, body, status):
    httpserver.expect_request(AUTH).respond_with_data(body, status=status)
    with pytest.raises(ScxLoginFailed, match="POST /v1/auth") as failure:
        bare_client(transport).call("GET", "/v1/channel")
    assert not failure.value.maybe_done
    assert [request.path for request, _answer in httpserver.log] == [AUTH]


def test_a_channel_without_refresh_token_asks_nobody(httpserver: HTTPServer, transport):
    client = ScxClient(transport, tokens=MemoryTokenStore(), refresh_token=lambda: "", quota=NullQuota())
    with pytest.raises(ScxUnauthorized, match="has no refresh token"):
        client.call("GET", "/v1/channel")
    assert httpserver.log == []


def test_every_answer_teaches_the_quota(httpserver: HTTPServer, client, quota):
    headers = {"X-RateLimit-Limit": "240", "X-RateLimit-Interval-Length-Seconds": "60", "X-RateLimit-Remaining": "239"}
    httpserver.expect_request("/prefix/v1/channel/event").respond_with_json({}, status=400, headers=headers)
    with pytest.raises(Exception, match="refused"):
        client.call("GET", "/v1/channel/event")
    assert quota.observed[-1] == ("event", RateHeaders(240, 60, 239), None)


def test_a_lost_answer_teaches_the_quota_that_the_permit_is_used(httpserver: HTTPServer, client, quota):
    httpserver.expect_request("/prefix/v1/channel").respond_with_handler(lambda request: time.sleep(2))
    with pytest.raises(ScxNoAnswer):
        client.call("GET", "/v1/channel")
    assert quota.lost_answers == ["channel"]


def test_a_429_teaches_the_quota_the_wait(httpserver: HTTPServer, client, quota):
    httpserver.expect_request("/prefix/v1/channel/offer/listed").respond_with_data(
        status=429, headers={"Retry-After": "7"}
    )
    with pytest.raises(ScxThrottled) as caught:
        client.call("POST", "/v1/channel/offer/listed", json={})
    assert caught.value.retry_after == 7.0
    assert quota.observed[-1] == ("offer", RateHeaders(), 7.0)


def test_a_quota_that_says_wait_keeps_the_request_at_home(httpserver: HTTPServer, transport):
    class Empty(NullQuota):
        def acquire(self, group: str) -> None:
            raise ScxQuotaWait(retry_after=5)

    with pytest.raises(ScxQuotaWait) as caught:
        bare_client(transport, Empty()).call("GET", "/v1/channel")
    assert caught.value.retry_after == 5
    assert httpserver.log == []


def test_a_named_group_goes_before_the_path(httpserver: HTTPServer, client, quota):
    httpserver.expect_request(CHANNEL).respond_with_json({})
    client.call("GET", "/v1/channel", group="slow")
    assert quota.acquired == ["auth", "slow"]


def test_a_public_route_needs_no_token(httpserver: HTTPServer, transport):
    httpserver.expect_request("/prefix/v1/public/channel").respond_with_json([])
    bare_client(transport).call("GET", "/v1/public/channel", public=True)
    [(request, _)] = httpserver.log
    assert "Authorization" not in request.headers
