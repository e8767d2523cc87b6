import pytest
import time_machine

from platforms.models import ApiKey
from platforms.rest import throttling


@pytest.fixture
def three_a_minute(monkeypatch):
    monkeypatch.setitem(throttling.api_settings.DEFAULT_THROTTLE_RATES, "key", "3/min")


def test_the_limit_is_1200_a_minute(settings):
    assert settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"] == {"key": "1200/min"}


def test_calls_beyond_the_limit_wait_and_are_told_how_long(api, three_a_minute):
    with time_machine.travel("2026-01-01T12:00:20Z", tick=False) as clock:
        assert [api.get("channels/").status_code for _ in range(4)] == [200, 200, 200, 429]
        answer = api.get("channels/")
        assert answer.json()["code"] == "throttled"
        assert answer["Retry-After"] == "40"
        clock.shift(int(answer["Retry-After"]) + 1)
        assert api.get("channels/").status_code == 200


def test_the_minute_slides(api, three_a_minute):
    with time_machine.travel("2026-01-01T12:00:59Z", tick=False) as clock:
        for _ in range(3):
            api.get("channels/")
        clock.shift(2)
        answer = api.get("channels/")
        assert answer.status_code == 200
        assert api.get("channels/").status_code == 429


def test_each_key_has_its_own_count(api, caller, three_a_minute):
    with time_machine.travel("2026-01-01T12:00:20Z", tick=False):
        other = caller()
        for _ in range(4):
            api.get("channels/")

        assert other.get("channels/").status_code == 200
        assert ApiKey.objects.count() == 2


def test_refused_calls_do_not_count(api, three_a_minute):
    with time_machine.travel("2026-01-01T12:00:00Z", tick=False) as clock:
        for _ in range(10):
            api.get("channels/")
        clock.shift(90)
        assert api.get("channels/").status_code == 200
