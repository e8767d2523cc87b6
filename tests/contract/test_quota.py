import pytest
import requests

NAMES = ("X-RateLimit-Limit", "X-RateLimit-Interval-Length-Seconds", "X-RateLimit-Remaining")
ROUTE = "/v1/channel"


def limits(answer) -> tuple[str, ...]:
    return tuple(answer.headers.get(name, "-") for name in NAMES)


@pytest.mark.parametrize("path", [ROUTE, "/v1/channel/event", "/v1/seller", "/v1/channel/offer/stock-updates/all"])
def test_every_answer_carries_the_three_headers_of_its_quota(shop, path):
    limit, interval, remaining = (int(value) for value in limits(shop("GET", path)))
    assert 0 <= remaining < limit
    assert interval > 0


@pytest.mark.inferred("only production's quotas are published")
def test_what_remains_falls_by_one_a_call(shop):
    first, second = (int(limits(shop("GET", ROUTE))[2]) for _call in range(2))
    assert second == first - 1


def test_the_production_profile_has_the_published_quotas(control, shop):
    control.settings(quotaProfile="production")
    assert limits(shop("GET", ROUTE))[:2] == ("60", "60")
    assert limits(shop("GET", "/v1/channel/event"))[:2] == ("240", "60")
    assert limits(shop("POST", "/v1/channel/offer/listed"))[:2] == ("1500", "60")
    assert limits(shop("GET", "/v1/channel/order"))[:2] == ("600", "60")
    assert limits(requests.get(f"{control.base_url}/v1/public/channel", timeout=60))[:2] == ("10", "60")


def test_the_request_over_the_limit_is_429_until_the_window_has_passed(control, shop):
    control.settings(quotas={"channel": [2, 60]})
    control.advance(60)
    assert [limits(shop("GET", ROUTE)) for _call in range(2)] == [("2", "60", "1"), ("2", "60", "0")]
    refused = shop("GET", ROUTE)
    assert (refused.status_code, limits(refused)) == (429, ("2", "60", "0"))
    assert "Retry-After" not in refused.headers
    assert refused.json()["errorList"][0]["severity"] == "error"
    control.advance(60)
    assert shop("GET", ROUTE).status_code == 200


def test_each_group_of_routes_has_a_quota_of_its_own(control, shop):
    control.settings(quotas={"channel": [1, 60]})
    control.advance(60)
    assert [shop("GET", ROUTE).status_code for _call in range(2)] == [200, 429]
    assert shop("GET", "/v1/channel/event").status_code == 200


def test_each_caller_has_a_quota_of_its_own(control, shop):
    control.settings(quotas={"channel": [1, 60]})
    control.advance(60)
    assert [shop("GET", ROUTE).status_code for _call in range(2)] == [200, 429]
    assert control.channel("OTHER")("GET", ROUTE).status_code == 200


def test_auth_can_be_throttled_with_426_and_say_how_long(control, shop):
    control.settings(quotas={"default": [1, 60]}, authThrottleStatus=426, retryAfter=True)
    form = {"refreshToken": shop.refresh_token}
    answers = [requests.post(f"{control.base_url}/v1/auth", data=form, timeout=60) for _call in range(2)]
    assert answers[-1].status_code == 426
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60
