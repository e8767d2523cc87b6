from datetime import UTC, datetime

import pytest
from requests.structures import CaseInsensitiveDict

from platforms.scx.quota import NullQuota, RateHeaders, route_group, throttle_seconds

NOW = datetime(2026, 11, 22, 16, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("path", "group"),
    [
        ("/v1/auth", "auth"),
        ("/v1/channel", "channel"),
        ("/v1/channel/seller/list", "channel"),
        ("/v1/channel/event", "event"),
        ("/v1/channel/offer/listed", "offer"),
        ("/v1/channel/offer/stock-updates", "offer"),
        ("/v1/channel/offer/stock-updates/all", "stock-updates-all"),
        ("/v1/channel/order", "order"),
        ("/v1/channel/attribute/category/7", "attribute-category"),
        ("/v1/channel/attribute/global", "attribute-global"),
        ("/v1/channel/categories", "categories"),
        ("/v1/public/channel", "default"),
        ("/v1/seller", "default"),
    ],
)
def test_the_most_specific_pattern_names_the_bucket(path, group):
    assert route_group(path) == group


def test_rate_headers_are_read_whatever_their_case():
    headers = CaseInsensitiveDict(
        {"x-ratelimit-limit": "10", "X-RATELIMIT-INTERVAL-LENGTH-SECONDS": " 45 ", "X-RateLimit-Remaining": "0"}
    )
    assert RateHeaders.parse(headers) == RateHeaders(limit=10, interval_seconds=45, remaining=0)


@pytest.mark.parametrize("garbage", ["", "many", "-1", "1.5", "9" * 20])
def test_missing_or_senseless_rate_headers_are_none(garbage):
    headers = CaseInsensitiveDict({"X-RateLimit-Limit": garbage, "X-RateLimit-Interval-Length-Seconds": "0"})
    assert RateHeaders.parse(headers) == RateHeaders()


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7", "X-RateLimit-Interval-Length-Seconds": "45"}, 7.0),
        ({"Retry-After": "Sun, 22 Nov 2026 16:00:30 GMT"}, 30.0),
        ({"Retry-After": "Sun, 22 Nov 2026 15:00:00 GMT"}, 1.0),
        ({"Retry-After": "0"}, 1.0),
        ({"Retry-After": "99999999"}, 86400.0),
        ({"Retry-After": "soon", "X-RateLimit-Interval-Length-Seconds": "45"}, 45.0),
        ({"X-RateLimit-Interval-Length-Seconds": "45"}, 45.0),
        ({"X-RateLimit-Interval-Length-Seconds": "x"}, 60.0),
        ({}, 60.0),
    ],
)
def test_the_wait_after_a_429_is_retry_after_else_the_interval_else_a_minute(headers, seconds):
    assert throttle_seconds(CaseInsensitiveDict(headers), now=NOW) == seconds


def test_a_retry_after_date_is_read_by_scx_s_own_clock():
    headers = {"Retry-After": "Sun, 22 Nov 2026 16:00:30 GMT", "Date": "Sun, 22 Nov 2026 16:00:00 GMT"}
    assert throttle_seconds(CaseInsensitiveDict(headers)) == 30


def test_the_null_quota_never_holds_back():
    quota = NullQuota()
    quota.observe("offer", RateHeaders(1, 1, 0), throttled_for=3600)
    assert quota.acquire("offer") is None
