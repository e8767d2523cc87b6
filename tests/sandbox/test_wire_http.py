"""What HTTP itself asks of every answer, and what SCX adds to it."""

import pytest
import requests

QUOTA = {"X-RateLimit-Limit", "X-RateLimit-Interval-Length-Seconds", "X-RateLimit-Remaining"}
MULTIPART = {"Content-Type": "multipart/form-data"}
LATIN = {"Content-Type": "application/x-www-form-urlencoded; charset=latin-1"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
MANY = "&".join(f"field{number}=1" for number in range(1200))


@pytest.mark.parametrize(
    ("headers", "body"),
    [(MULTIPART, "x"), (LATIN, "refreshToken=x"), (FORM, MANY), (FORM, "")],
    ids=["multipart without a boundary", "another charset", "too many fields", "nothing"],
)
def test_a_form_that_cannot_be_read_is_val100_counted_and_in_the_books(scx, headers, body):
    answer = requests.post(f"{scx.base_url}/v1/auth", headers=headers, data=body, timeout=30)
    assert answer.status_code == 400
    assert [error["code"] for error in answer.json()["errorList"]] == ["VAL100"]
    assert set(answer.headers) >= QUOTA
    assert [(book["path"], book["status"]) for book in scx.books()] == [("/v1/auth", 400)]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/channel", 401),
        ("GET", "/v1/nothing", 404),
        ("GET", "/v2/nothing", 404),
        ("PUT", "/v1/auth", 405),
        ("OPTIONS", "/v1/public/channel", 405),
        ("POST", "/v1/auth", 400),
        ("GET", "/v1/public/channel", 200),
    ],
)
def test_every_answer_carries_the_three_quota_headers(scx, method, path, status):
    answer = requests.request(method, scx.base_url + path, timeout=30)
    assert answer.status_code == status
    assert set(answer.headers) >= QUOTA


def test_an_empty_answer_carries_them_too(scx, shop):
    [event] = scx.emit("DEMOSHOP")
    answer = shop("DELETE", "/v1/channel/event", json={"eventIdList": [event]})
    assert (answer.status_code, answer.content) == (204, b"")
    assert set(answer.headers) >= QUOTA


def test_an_unknown_method_is_told_which_ones_there_are(shop):
    assert shop("PUT", "/v1/channel").headers["Allow"] == "GET, PATCH"


@pytest.mark.parametrize(
    ("path", "quota"),
    [
        ("/v1/channel/seller/list", (60, 60)),
        ("/v1/channel/events", (240, 60)),
        ("/v1/channel/offer/stock-updates", (1500, 60)),
        ("/v1/channel/order/address-update", (600, 60)),
        ("/v1/channel/attribute/category/5", (86400, 86400)),
        ("/v1/channel/attribute/global", (10, 3600)),
        ("/v1/channel/attribute/seller", (60, 60)),
        ("/v1/channel/categories", (10, 3600)),
        ("/v1/seller", (10, 60)),
        ("/v2/seller/event", (10, 60)),
    ],
)
def test_the_most_specific_group_of_the_published_quotas_counts(scx, shop, path, quota):
    scx.settings(quotaProfile="production")
    headers = shop("GET", path).headers
    limit, seconds = headers["X-RateLimit-Limit"], headers["X-RateLimit-Interval-Length-Seconds"]
    assert (int(limit), int(seconds)) == quota
