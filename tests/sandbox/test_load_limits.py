"""What keeps the emulator fast in long runs, and right when many call at once."""

from concurrent.futures import ThreadPoolExecutor

from tests.sandbox.conftest import Party

CALLERS = 8


def test_acknowledged_events_beyond_those_kept_are_forgotten_but_none_that_waits(scx, shop):
    scx.settings(eventsKept=20)
    waiting = scx.emit("DEMOSHOP", 30)
    for event_id in scx.emit("DEMOSHOP", 40):
        shop("DELETE", "/v1/channel/event", 204, json={"eventIdList": [event_id]})
    kept = [event["id"] for event in scx.control("GET", "events", params={"state": "acknowledged"})["events"]]
    assert 20 <= len(kept) < 40
    assert [event["id"] for event in scx.control("GET", "events", params={"state": "waiting"})["events"]] == waiting


def test_many_at_once_share_the_queue_without_an_event_given_twice(scx, shop):
    ids = scx.emit("DEMOSHOP", 2000)

    def drain(_number: int) -> list[str]:
        party, found = Party(scx.base_url, shop.refresh_token), []
        while page := [event["id"] for event in party.events()]:
            assert page == sorted(page)
            party("DELETE", "/v1/channel/event", 204, json={"eventIdList": page})
            found += page
        return found

    with ThreadPoolExecutor(CALLERS) as pool:
        given = [event_id for found in pool.map(drain, range(CALLERS)) for event_id in found]
    assert sorted(given) == ids
