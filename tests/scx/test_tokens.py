from datetime import UTC, datetime, timedelta

import pytest

from platforms.scx.errors import ScxProtocolError
from platforms.scx.tokens import AccessToken, MemoryTokenStore, parse_access_token

NOW = datetime(2026, 11, 22, 16, 0, 0, tzinfo=UTC)


def lasting(seconds: float, token: str = "t") -> AccessToken:
    return AccessToken(token, datetime.now(UTC) + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("body", "seconds"),
    [
        ({"authToken": "t", "expiresIn": 360, "tokenExpireAt": "2026-11-22T23:00:00+0000"}, 360),
        ({"authToken": "t", "expiresIn": "3600"}, 3600),
        ({"authToken": "t", "tokenExpireAt": "2026-11-22T16:10:00+0000"}, 600),
        ({"authToken": "t", "expiresIn": 0, "tokenExpireAt": "2026-11-22T16:10:00Z"}, 600),
        ({"authToken": "t"}, 300),
    ],
)
def test_the_life_of_a_token_is_what_the_answer_says(body, seconds):
    assert parse_access_token(body, asked_at=NOW) == AccessToken("t", NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize("body", [None, [], {}, {"authToken": ""}, {"authToken": 5}, {"authToken": "a\r\nb"}])
def test_an_answer_without_a_usable_token_breaks_the_protocol(body):
    with pytest.raises(ScxProtocolError, match="without a usable authToken"):
        parse_access_token(body, asked_at=NOW)


def test_a_token_does_not_show_in_its_repr():
    assert "hidden" not in repr(AccessToken("hidden", NOW))


def test_a_token_is_good_until_a_minute_before_its_end():
    assert AccessToken("t", NOW + timedelta(seconds=60)).is_good(NOW)
    assert not AccessToken("t", NOW + timedelta(seconds=59)).is_good(NOW)


def test_the_store_gives_a_good_token_and_hides_an_ending_one():
    store = MemoryTokenStore()
    assert store.get() is None
    assert store.renew(lambda: lasting(600), rejected=None) == "t"
    assert store.get() == "t"
    assert store.renew(lambda: lasting(30, "short"), rejected="t") == "short"
    assert store.get() is None


def test_the_store_asks_once_when_two_saw_the_same_token_rejected():
    store = MemoryTokenStore()
    store.renew(lambda: lasting(600, "old"), rejected=None)
    store.renew(lambda: lasting(600, "new"), rejected="old")
    assert store.renew(lambda: pytest.fail("asked again"), rejected="old") == "new"
    assert store.renew(lambda: pytest.fail("asked again"), rejected=None) == "new"
