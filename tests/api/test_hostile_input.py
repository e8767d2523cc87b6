"""Whatever comes in, the answer is an error that names what is wrong, and never a 500."""

import pytest

from tests.api.conftest import fields
from tests.factories import ChannelFactory, OfferFactory

HUGE = "9" * 19
BEYOND = "9" * 40

BODIES = [
    b"",
    b"{",
    b"nonsense",
    b"\xff\xfe",
    b'{"login": "a", "login": "b"}',
    b'{"login": NaN}',
    b'{"login": Infinity}',
    b'{"login": 1e999}',
    b'{"login": "a\\u0000b"}',
    b'{"login": "\\ud800"}',
    b'{"\\udfff": 1}',
    b'{"login": {"a": []}}',
    b'{"login": ' + b"9" * 5000 + b"}",
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b"[]",
    b"[1]",
    b"null",
    b"true",
    b'"text"',
    b"7",
    b'{"is_active": "maybe"}',
    b'{"marketplaces": "DE"}',
    b'{"marketplaces": [[]]}',
    b'{"channel": {}}',
]


@pytest.mark.parametrize("body", BODIES, ids=lambda body: repr(body[:30]))
@pytest.mark.parametrize("path", ["accounts/", "listing-results/", "offers/{id}/failed/"])
def test_a_hostile_body_is_400(api, path, body):
    path = path.format(id=OfferFactory().pk)

    answer = api.call("post", path, data=body, content_type="application/json")

    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "charset", ["rot13", "utf-16", "nothing", "utf-8", "idna"], ids=lambda charset: f"charset={charset}"
)
def test_json_is_read_as_utf_8_whatever_charset_is_claimed(api, charset):
    claim = f"application/json; charset={charset}"

    answer = api.client.generic("POST", "/api/v1/accounts/", b'{"\xc3\xa4": 1}', claim)

    assert fields(answer)["ä"] == "unknown"


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=501",
        "limit=-1",
        "limit=x",
        f"limit={BEYOND}",
        "limit=",
        "limit=１",
        "cursor=",
        "cursor=x",
        "cursor=a",
        "cursor=a-1",
        f"cursor=a{HUGE}",
        f"cursor=b{BEYOND}",
        "cursor=a1%00",
        "sku=",
        "sku=%00",
        "sku=" + "x" * 201,
        "seller=a%00b",
        "state=nothing",
        "state=",
        "channel=nothing",
        "channel=%00",
        "updated_after=",
        "updated_after=yesterday",
        f"updated_after={HUGE}",
        "updated_after=-1",
        "updated_after=2026-01-31",
        "updated_after=2026-01-31T08:00:00",
        "updated_after=2026-02-31T08:00:00Z",
        "updated_after=0001-01-01T00:00:00%2B23:00",
        "updated_after=%00",
        "%00=1",
        "a%ff=1",
    ],
)
def test_a_malformed_parameter_is_400_and_named(api, query):
    answer = api.call("get", f"offers/?{query}")

    assert answer.status_code == 400
    assert len(fields(answer)) == 1


@pytest.mark.parametrize("after", ["-1", "x", HUGE, BEYOND, "", "1.5", "%00"])
@pytest.mark.parametrize("path", ["events/", "stock-changes/", "seller-changes/", "price-changes/"])
def test_a_malformed_place_in_a_feed_is_400(api, path, after):
    assert set(fields(api.call("get", f"{path}?after={after}"))) == {"after"}


@pytest.mark.parametrize(
    "path",
    [
        f"offers/{BEYOND}/",
        f"offers/{HUGE}/",
        "offers/0/",
        "offers/-1/",
        "offers/%00/",
        "offers/x/",
        f"events/{HUGE}/",
        f"accounts/{HUGE}/",
        "sellers/%00/",
        "sellers/a%20b/",
        "sellers/" + "x" * 51 + "/",
        "sellers/%F0%9F%98%80/",
        "channels/%00/",
        "channels/" + "x" * 31 + "/",
    ],
)
def test_a_malformed_id_is_404(api, path):
    ChannelFactory()

    answer = api.call("get", path)

    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"
