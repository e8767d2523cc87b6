from platforms import storable
from platforms.models import Event, JobStatus
from tests.factories import ChannelFactory, EventFactory


def test_an_event_is_told_with_its_payload_and_cursor(api):
    event = EventFactory(
        channel__code="SHOP", event_id="e1", received_at="2026-01-01T12:00:05Z", payload={"x": ["ü", 1]}
    )

    assert api.get(f"events/{event.pk}/").json() == {
        "id": event.pk,
        "channel": "SHOP",
        "event_id": "e1",
        "type": "Seller:Offer.New",
        "created_at": "2026-01-01T12:00:00Z",
        "received_at": "2026-01-01T12:00:05Z",
        "state": "pending",
        "error": "",
        "payload": {"x": ["ü", 1]},
        "cursor": event.number,
    }


def test_the_feed_has_the_order_in_which_events_were_stored(api):
    late, early = EventFactory(number=9_000_002), EventFactory(number=9_000_001)

    assert [row["id"] for row in api.get("events/").json()["results"]] == [early.pk, late.pk]
    assert [row["id"] for row in api.get("events/", after=early.number).json()["results"]] == [late.pk]


def test_events_are_filtered(api):
    one = EventFactory(type="System:Test", state=Event.State.DONE)
    two = EventFactory()

    def found(**query):
        return [row["id"] for row in api.get("events/", **query).json()["results"]]

    assert found(type="System:Test") == [one.pk]
    assert found(channel=two.channel.code) == [two.pk]
    assert found(state="done") == [one.pk]
    assert found(type="No:Such") == []


def test_replay_puts_an_event_back(api, django_capture_on_commit_callbacks):
    event = EventFactory(state=Event.State.DEAD, not_before=None, attempts=10, error="ValueError: no")

    with django_capture_on_commit_callbacks(execute=True):
        answer = api.post(f"events/{event.pk}/replay/")

    assert (answer.status_code, answer.json()["state"], answer.json()["error"]) == (202, "pending", "")
    event.refresh_from_db()
    assert (event.state, event.attempts) == ("pending", 0)
    assert JobStatus.objects.filter(job="apply", channel=event.channel, queued_at__isnull=False).exists()


def test_an_event_the_portal_only_stores_is_not_replayed(api):
    event = EventFactory(channel=ChannelFactory(), type="Seller:Order.Confirmed", state=Event.State.IGNORED)

    answer = api.post(f"events/{event.pk}/replay/")

    assert answer.status_code == 409
    event.refresh_from_db()
    assert event.state == "ignored"


def test_a_page_of_large_payloads_is_shorter_and_every_event_comes(api):
    for number in range(5):
        EventFactory(payload={"text": "x"}, size=1_500_000, event_id=f"e{number}")
    seen, url = [], "events/?limit=4"
    while url:
        page = api.get(url).json()
        assert len(page["results"]) in (1, 2)
        seen += [event["event_id"] for event in page["results"]]
        url = page["next"] and page["next"].partition("/api/v1/")[2]
    assert seen == [f"e{number}" for number in range(5)]


def test_an_event_larger_than_a_page_stands_alone(api):
    EventFactory(size=50_000_000, event_id="large")
    EventFactory(size=10, event_id="small")
    assert [event["event_id"] for event in api.get("events/").json()["results"]] == ["large"]


def test_a_payload_as_deep_as_is_stored_is_told(api):
    payload: object = storable.TOO_DEEP
    for _level in range(storable.DEEPEST):
        payload = {"in": payload}
    event = EventFactory(payload=payload)
    assert api.get(f"events/{event.pk}/").json()["payload"] == payload
    assert api.get("events/").json()["results"][0]["payload"] == payload
