import pytest
import time_machine
from django.core.cache import cache
from hypothesis import given
from hypothesis import strategies as st

from platforms.models import ApiKey
from platforms.rest import throttling
from platforms.rest.throttling import Rate


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


def told(answer):
    """Limit, remaining and reset."""
    return tuple(int(answer[name]) for name in throttling.HEADERS)


def test_every_answer_tells_what_is_left_and_until_when(api, three_a_minute):
    with time_machine.travel("2026-01-01T12:00:20Z", tick=False) as clock:
        assert told(api.get("channels/")) == (3, 2, 40)
        assert told(api.get("offers/1/")) == (3, 1, 40)
        assert told(api.post("accounts/", {})) == (3, 0, 40)
        refused = api.get("channels/")
        assert (refused.status_code, told(refused), refused["Retry-After"]) == (429, (3, 0, 40), "40")
        clock.shift(41)
        answer = api.delete("events/")
        # Of the minute before one second less than all is still covered.
        assert (answer.status_code, told(answer)) == (405, (3, 0, 20))


def test_a_call_that_was_refused_before_it_counted_tells_it_too(caller, three_a_minute):
    reader = caller("read")
    with time_machine.travel("2026-01-01T12:00:20Z", tick=False):
        assert told(reader.get("channels/")) == (3, 2, 40)
        refused = reader.post("accounts/", {})

    assert (refused.status_code, told(refused)) == (403, (3, 2, 40))


def test_an_error_of_ours_tells_it_too(api, monkeypatch):
    monkeypatch.setattr("platforms.api.ChannelViewSet.get_queryset", lambda view: 1 / 0)
    api.client.raise_request_exception = False

    answer = api.get("channels/")

    assert (answer.status_code, told(answer)[:2]) == (500, (1200, 1199))


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/api/v1/channels/", "/api/v1/nothing/", "/api/schema/"])
def test_without_a_key_nothing_is_counted_and_nothing_told(client, path):
    assert not set(throttling.HEADERS) & set(client.get(path).headers)


def test_calls_that_another_process_counted_meanwhile_are_told(api, monkeypatch):
    with time_machine.travel("2026-01-01T12:00:20Z", tick=False):
        api.get("channels/")
        key = ApiKey.objects.get()
        add = cache.add

        def other_first(name, *args, **kwargs):
            cache.incr(throttling._counter(key, 1767268800 // 60), 10)
            return add(name, *args, **kwargs)

        monkeypatch.setattr(cache, "add", other_first)

        assert told(api.get("channels/")) == (1200, 1188, 40)


@given(limit=st.integers(1, 1200), here=st.integers(0, 2000), before=st.integers(0, 2000), second=st.floats(0, 59.99))
def test_after_what_remains_or_the_wait_one_more_is_let_through_and_not_before(limit, here, before, second):
    rate = Rate(limit, here, before, second)
    if rate.remaining:
        assert Rate(limit, here + rate.remaining - 1, before, second).remaining > 0
        assert Rate(limit, here + rate.remaining, before, second).remaining == 0
        return
    later = second + int(rate.headers["RateLimit-Reset"]) + 0.001
    minutes, moment = divmod(later, throttling.WINDOW_SECONDS)
    counts = {0: (here, before), 1: (0, here), 2: (0, 0)}[int(minutes)]
    assert Rate(limit, *counts, moment).remaining > 0
