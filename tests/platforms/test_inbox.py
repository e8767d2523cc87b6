"""The inbox against the embedded SCX: stored, committed, acknowledged, applied; poison costs itself only."""

import json
import secrets
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.utils import timezone
from django_q.exceptions import TimeoutException

from platforms import batches, inbox, jobs, retry
from platforms.models import Batch, Channel, Event, JobStatus
from platforms.scx import documents, events
from platforms.scx.events import ScxEvent
from tests.factories import NOON, ChannelFactory, EventFactory

pytestmark = pytest.mark.django_db

TEST_EVENT = "System:Test"
HANDLED: list[str] = []


def poison(channel: Channel, events: list[Event]) -> None:
    """A handler that cannot stand one payload."""
    for event in events:
        if event.payload.get("poison"):
            raise ValueError("this payload cannot be applied")
    HANDLED.extend(event.event_id for event in events)


def put_off(channel: Channel, events: list[Event]) -> None:
    for event in events:
        event.state, event.error = Event.State.WAITING, "its seller is not known yet"


@pytest.fixture
def handled(settings):
    """Event ids in the order the handler of System:Test got them."""
    settings.SCX_EVENTS = {TEST_EVENT: ("tests.platforms.test_inbox.poison",)}
    HANDLED.clear()
    return HANDLED


def states() -> dict[str, str]:
    return dict(Event.objects.values_list("event_id", "state"))


class TestFetch:
    def test_drains_scx_page_by_page_and_leaves_nothing_there(self, sandbox):
        channel = sandbox.adopt(ChannelFactory())
        ids = sandbox.emit_all([{"channel": channel.code, "type": TEST_EVENT, "event": {"n": n}} for n in range(250)])

        run = jobs.Run()
        inbox.fetch(channel, run)

        assert list(Event.objects.order_by("number").values_list("event_id", flat=True)) == ids
        assert run.counts == {"received": 250, "stored": 250}
        assert {event["state"] for event in sandbox.events(channel)} == {"acknowledged"}

    def test_an_event_that_comes_again_is_stored_once_and_acknowledged_again(self, sandbox):
        channel = sandbox.adopt(ChannelFactory())
        sandbox.emit(channel, TEST_EVENT, {"n": 1}, id="5cde84164d811d00144581f8")
        inbox.fetch(channel, jobs.Run())
        sandbox.emit(channel, TEST_EVENT, {"n": 1}, id="5cde84164d811d00144581f8")

        run = jobs.Run()
        inbox.fetch(channel, run)

        assert run.counts == {"received": 1}
        assert Event.objects.count() == 1
        assert {event["state"] for event in sandbox.events(channel)} == {"acknowledged"}

    def test_a_lost_acknowledgement_costs_a_repeat_and_nothing_else(self, sandbox):
        channel = sandbox.adopt(ChannelFactory())
        sandbox.emit(channel, TEST_EVENT, {"n": 1})
        sandbox.fault("drop_before", match={"method": "DELETE", "path": "/v1/channel/event"})

        assert jobs.run("events", channel, jobs.Run()).error
        sandbox.advance(301)
        assert jobs.run("events", channel, jobs.Run()).error == ""

        assert Event.objects.count() == 1
        assert [(event["state"], event["deliveries"]) for event in sandbox.events(channel)] == [("acknowledged", 2)]

    def test_an_empty_payload_written_as_a_list_is_an_empty_object(self, sandbox):
        channel = sandbox.adopt(ChannelFactory())
        sandbox.emit(channel, TEST_EVENT, [], clientVersion=None)
        inbox.fetch(channel, jobs.Run())
        event = Event.objects.get()
        assert (event.payload, event.client_version) == ({}, "")

    def test_a_type_without_a_handler_is_stored_acknowledged_and_left_alone(self, sandbox):
        channel = sandbox.adopt(ChannelFactory())
        sandbox.emit(channel, "Seller:Order.Confirmed", {"sellerId": "S1", "orderId": "4711"})
        inbox.fetch(channel, jobs.Run())
        inbox.apply(channel, jobs.Run(ignore_backoff=True))
        assert Event.objects.get().state == Event.State.IGNORED
        assert {event["state"] for event in sandbox.events(channel)} == {"acknowledged"}

    def test_a_payload_the_database_cannot_hold_is_kept_escaped_and_failed(self, sandbox):
        channel = sandbox.adopt(ChannelFactory())
        sandbox.emit(channel, TEST_EVENT, {"text": "a\x00b"})
        inbox.fetch(channel, jobs.Run())
        inbox.apply(channel, jobs.Run(ignore_backoff=True))
        event = Event.objects.get()
        assert event.payload == {"text": "a\\u0000b"}
        assert event.state == Event.State.FAILED
        assert "escaped" in event.error
        assert {event["state"] for event in sandbox.events(channel)} == {"acknowledged"}

    def test_a_payload_nested_too_deep_is_stored_as_far_as_can_be_and_costs_the_page_nothing(self):
        deep: object = "core"
        for _level in range(600):
            deep = {"in": [deep]}
        events = [ScxEvent(name, TEST_EVENT, NOON, "", payload, "") for name, payload in [("1", {}), ("2", deep)]]
        assert inbox.store(ChannelFactory(), events) == 2
        assert states() == {"1": "pending", "2": "failed"}

    @pytest.mark.parametrize(
        "raw",
        [
            '{"sellerId":"S1","deep":' + '{"in":[' * 5_000 + "]}" * 5_000 + "}",
            "[" * 10_000 + "]" * 10_000,
            '{"text":"' + "[" * 10_000 + '\\"]","deep":' + "[" * 10_000 + "]" * 10_000 + "}",
        ],
        ids=["objects", "lists", "beside brackets in a string"],
    )
    def test_a_payload_nested_ten_thousand_deep_costs_its_page_nothing(self, sandbox, raw):
        channel = sandbox.adopt(ChannelFactory())
        sandbox.emit_all([{"channel": channel.code, "type": TEST_EVENT, "event": {"n": n}} for n in range(3)])
        (deep,) = sandbox.emit(channel, TEST_EVENT, {}, raw=raw)
        sandbox.emit(channel, TEST_EVENT, {"n": 4})

        assert jobs.run("events", channel, jobs.Run()).error == ""
        inbox.apply(channel, jobs.Run(ignore_backoff=True))

        assert {event["state"] for event in sandbox.events(channel)} == {"acknowledged"}
        assert sorted(states().values()) == ["done"] * 4 + ["failed"]
        assert "nested too deep" in json.dumps(Event.objects.get(event_id=deep).payload)
        Event.objects.filter(event_id=deep).replay()
        inbox.apply(channel, jobs.Run())
        assert states()[deep] == "done"

    @pytest.mark.parametrize(
        "payload",
        [
            {"n": int("9" * 900)},
            {f"key{number}": number for number in range(100_000)},
            {"k" * 2_000_000: "v" * 2_000_000},
            {"json": '{"a":' * 50_000},
        ],
        ids=["a long number", "100,000 keys", "long texts", "JSON in a text"],
    )
    def test_absurd_values_are_kept(self, sandbox, payload):
        channel = sandbox.adopt(ChannelFactory())
        sandbox.emit(channel, TEST_EVENT, payload)
        assert jobs.run("events", channel, jobs.Run()).error == ""
        inbox.apply(channel, jobs.Run())
        assert Event.objects.get().payload == payload
        assert set(states().values()) == {"done"}

    def test_a_number_longer_than_python_reads_is_kept_as_text(self, sandbox):
        channel = sandbox.adopt(ChannelFactory())
        sandbox.emit(channel, TEST_EVENT, {}, raw='{"n":' + "9" * 50_000 + ',"f":1e999,"g":' + "9" * 50_000 + ".5}")
        inbox.fetch(channel, jobs.Run())
        assert Event.objects.get().payload == {"n": "9" * 50_000, "f": "1e999", "g": "9" * 50_000 + ".5"}

    def test_a_page_too_large_for_memory_is_stored_part_by_part(self, sandbox, monkeypatch):
        monkeypatch.setattr(documents, "LARGEST_IN_MEMORY", 20_000)
        monkeypatch.setattr(events, "LARGEST_IN_MEMORY", 20_000)
        parts = []
        store = inbox.store
        monkeypatch.setattr(inbox, "store", lambda channel, part: parts.append(len(part)) or store(channel, part))
        channel = sandbox.adopt(ChannelFactory())
        large = [{"channel": channel.code, "type": TEST_EVENT, "event": {"text": "ä" * 1_000}} for _n in range(50)]
        ids = sandbox.emit_all(large)

        inbox.fetch(channel, jobs.Run())

        assert len(parts) > 10
        assert list(Event.objects.order_by("number").values_list("event_id", flat=True)) == ids
        assert {event["state"] for event in sandbox.events(channel)} == {"acknowledged"}
        calls = sandbox.books(path="/v1/channel/event", method="DELETE")
        assert len(calls) == -(-len(parts) // inbox.PARTS_AT_ONCE)

    def test_an_event_too_large_to_be_read_is_the_jobs_error_and_the_others_are_taken(self, sandbox, monkeypatch):
        monkeypatch.setattr(documents, "LARGEST_IN_MEMORY", 1_000)
        monkeypatch.setattr(documents, "LARGEST_VALUE", 3_000)
        channel = sandbox.adopt(ChannelFactory())
        for text in ("x", "y" * 4_000, "z"):
            sandbox.emit(channel, TEST_EVENT, {"text": text})

        run = jobs.run("events", channel, jobs.Run())

        assert [event["state"] for event in sandbox.events(channel)] == ["acknowledged", "delivered", "acknowledged"]
        assert "at most 3000 are read" in run.error
        assert JobStatus.objects.get(job="events", channel=channel).error == run.error


class TestApply:
    def test_a_poison_event_in_a_page_of_a_hundred_costs_itself_only(self, handled):
        channel = ChannelFactory()
        events = [EventFactory(channel=channel, type=TEST_EVENT, payload={"poison": n == 61}) for n in range(100)]

        run = jobs.Run()
        inbox.apply(channel, run)

        assert run.counts == {"done": 99, "failed": 1}
        poisoned = Event.objects.get(pk=events[61].pk)
        assert (poisoned.state, poisoned.attempts) == (Event.State.FAILED, 1)
        assert poisoned.error == "ValueError: this payload cannot be applied"
        assert poisoned.not_before > timezone.now()
        assert len(handled) >= 99
        assert Event.objects.filter(state=Event.State.DONE).count() == 99

    def test_a_failing_event_waits_for_its_backoff_unless_a_person_asks(self, handled):
        channel = ChannelFactory()
        event = EventFactory(channel=channel, type=TEST_EVENT, payload={"poison": True})
        inbox.apply(channel, jobs.Run())
        inbox.apply(channel, jobs.Run())
        event.refresh_from_db()
        assert event.attempts == 1
        inbox.apply(channel, jobs.Run(ignore_backoff=True))
        event.refresh_from_db()
        assert event.attempts == 2

    def test_after_the_last_attempt_it_is_dead_until_replayed(self, handled):
        channel = ChannelFactory()
        event = EventFactory(channel=channel, type=TEST_EVENT, payload={"poison": True})
        for _attempt in range(retry.LAST_ATTEMPT + 2):
            inbox.apply(channel, jobs.Run(ignore_backoff=True))
        event.refresh_from_db()
        assert (event.state, event.attempts) == (Event.State.DEAD, retry.LAST_ATTEMPT)

        Event.objects.filter(pk=event.pk).update(payload={})
        Event.objects.all().replay()
        inbox.apply(channel, jobs.Run())
        event.refresh_from_db()
        assert (event.state, event.error) == (Event.State.DONE, "")

    def test_an_event_that_waits_counts_no_attempts_and_wakes_with_its_seller(self, settings):
        settings.SCX_EVENTS = {TEST_EVENT: ("tests.platforms.test_inbox.put_off",)}
        channel = ChannelFactory()
        event = EventFactory(channel=channel, type=TEST_EVENT, payload={"sellerId": "S1"})
        inbox.apply(channel, jobs.Run())
        event.refresh_from_db()
        assert (event.state, event.attempts) == (Event.State.WAITING, 0)

        inbox.wake([channel], "S2")
        event.refresh_from_db()
        assert event.state == Event.State.WAITING
        inbox.wake([channel], "S1")
        event.refresh_from_db()
        assert event.state == Event.State.PENDING

    def test_events_of_other_channels_stay(self, handled):
        mine, other = EventFactory(type=TEST_EVENT), EventFactory(type=TEST_EVENT)
        inbox.apply(mine.channel, jobs.Run())
        assert states() == {mine.event_id: "done", other.event_id: "pending"}

    def test_what_is_not_due_yet_stays(self, handled):
        event = EventFactory(type=TEST_EVENT, not_before=timezone.now() + timedelta(minutes=1))
        inbox.apply(event.channel, jobs.Run())
        assert handled == []

    def test_a_backlog_of_one_type_holds_up_no_other(self, settings, monkeypatch):
        monkeypatch.setattr(inbox, "BATCH", 2)
        settings.SCX_EVENTS = dict.fromkeys((TEST_EVENT, "Other"), ("tests.platforms.test_inbox.poison",))
        HANDLED.clear()
        channel = ChannelFactory()
        backlog = [EventFactory(channel=channel, type=TEST_EVENT).event_id for _number in range(6)]
        other = EventFactory(channel=channel, type="Other").event_id
        inbox.apply(channel, jobs.Run())
        assert [*backlog[:2], other, *backlog[2:]] == HANDLED

    def test_an_event_another_worker_applied_meanwhile_is_not_marked_as_failed(self, settings):
        settings.SCX_EVENTS = {TEST_EVENT: ("tests.platforms.test_inbox.poison",)}
        event = EventFactory(type=TEST_EVENT)
        Event.objects.update(state=Event.State.DONE)
        batch = batches.begin("apply", event.channel, [event.pk])
        inbox._fail(event, ValueError("too late"), batch, jobs.Run())
        assert Event.objects.get().state == Event.State.DONE

    def test_a_run_that_ignores_backoff_tries_each_failing_event_once(self, handled):
        channel = ChannelFactory()
        for poison_payload in (True, True, False):
            EventFactory(channel=channel, type=TEST_EVENT, payload={"poison": poison_payload})
        run = jobs.Run(ignore_backoff=True)
        inbox.apply(channel, run)
        assert run.counts == {"done": 1, "failed": 2}

    def test_a_batch_takes_no_more_payload_than_memory_has_room_for(self, handled, monkeypatch):
        monkeypatch.setattr(inbox, "LARGEST_BATCH", 4000)
        channel = ChannelFactory()
        for _number in range(6):
            EventFactory(channel=channel, type=TEST_EVENT, payload={"text": secrets.token_hex(800)})
        EventFactory(channel=channel, type=TEST_EVENT, payload={"text": secrets.token_hex(8000)})
        sizes = []
        handle = inbox.handle
        monkeypatch.setattr(
            inbox, "handle", lambda channel, events: (sizes.append(len(events)), handle(channel, events))
        )
        inbox.apply(channel, jobs.Run())
        assert sizes == [2, 2, 2, 1]

    @pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL plans by what the table holds")
    @pytest.mark.parametrize("ignore_backoff", [False, True])
    def test_a_claim_reads_no_event_that_is_settled(self, handled, ignore_backoff):
        event = EventFactory(type=TEST_EVENT)
        plans = []

        def explain(execute, sql, params, many, context):
            if sql.startswith("SELECT") and 'FROM "platforms_event"' in sql:
                with connection.cursor() as cursor:
                    cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
                    plans.append(" / ".join(row[3] for row in cursor.fetchall()))
            return execute(sql, params, many, context)

        with connection.execute_wrapper(explain):
            inbox.apply(event.channel, jobs.Run(ignore_backoff=ignore_backoff))

        oldest, by_key, nothing_left = plans
        assert "USING INDEX platforms_event_due (channel_id=? AND type=?)" in oldest
        assert nothing_left == oldest
        assert "rowid=?" in by_key


def killed_over(channel: Channel, *events: Event) -> None:
    """A process began with the events and was killed."""
    batch = batches.begin("apply", channel, [event.pk for event in events])
    Batch.objects.filter(pk=batch.pk).update(began_at=timezone.now() - timedelta(seconds=5))


@pytest.fixture
def batch_sizes(monkeypatch):
    """How many events each call of the handlers got."""
    sizes: list[int] = []
    handle = inbox.handle
    monkeypatch.setattr(inbox, "handle", lambda channel, events: (sizes.append(len(events)), handle(channel, events)))
    return sizes


class TestAfterAKill:
    """Attempts are counted before the work; a process that ends well takes the count back."""

    def test_nothing_stays_noted_of_a_run_that_ended(self, handled):
        channel = ChannelFactory()
        for number in range(9):
            EventFactory(channel=channel, type=TEST_EVENT, payload={"poison": number == 4})
        inbox.apply(channel, jobs.Run())
        assert not Batch.objects.exists()
        assert Event.objects.get(state=Event.State.FAILED).attempts == 1

    def test_what_a_dead_process_had_begun_is_done_at_once_after_all_others_and_in_smaller_batches(
        self, handled, batch_sizes
    ):
        channel = ChannelFactory()
        events = [EventFactory(channel=channel, type=TEST_EVENT) for _number in range(150)]
        killed_over(channel, *events[:100])

        inbox.apply(channel, jobs.Run())

        assert batch_sizes == [50, 62, 38]
        assert set(Event.objects.values_list("state", flat=True)) == {"done"}
        assert sorted(Event.objects.values_list("attempts", flat=True)) == [0] * 50 + [1] * 100
        assert not Batch.objects.exists()

    def test_the_event_at_fault_soon_stands_alone_and_is_parked_with_words(self, handled):
        channel = ChannelFactory()
        events = [EventFactory(channel=channel, type=TEST_EVENT) for _number in range(100)]
        at_fault, deaths = events[42], 0
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(inbox, "handle", dying_over(at_fault, inbox.handle))
            while True:
                try:
                    inbox.apply(channel, jobs.Run(ignore_backoff=True))
                    break
                except Killed:
                    deaths += 1
                    Batch.objects.exclude(began_at=None).update(began_at=timezone.now() - timedelta(seconds=5))
        at_fault.refresh_from_db()
        assert deaths == len(batches.SIZES)
        assert (at_fault.state, at_fault.attempts, at_fault.not_before) == (Event.State.DEAD, deaths, None)
        assert "ended from outside each time" in at_fault.error
        assert Event.objects.filter(state=Event.State.DONE).count() == 99
        assert not Batch.objects.exists()

    def test_the_last_attempt_waits_unless_a_person_asks(self, handled):
        channel = ChannelFactory()
        event = EventFactory(channel=channel, type=TEST_EVENT)
        Batch.objects.create(job="apply", channel=channel, keys=[event.pk], deaths=3, began_at=NOON)
        inbox.apply(channel, jobs.Run())
        event.refresh_from_db()
        assert (event.state, event.attempts) == (Event.State.PENDING, 1)
        inbox.apply(channel, jobs.Run(ignore_backoff=True))
        event.refresh_from_db()
        assert event.state == Event.State.DONE

    def test_a_replayed_event_begins_anew(self, handled):
        event = EventFactory(type=TEST_EVENT, state=Event.State.DEAD, attempts=5, not_before=None)
        Event.objects.all().replay()
        inbox.apply(event.channel, jobs.Run())
        event.refresh_from_db()
        assert event.state == Event.State.DONE

    def test_an_event_that_is_parked_shows_each_death_though_some_were_counted_while_it_was_locked(self, handled):
        event = EventFactory(type=TEST_EVENT, attempts=2)
        Batch.objects.create(job="apply", channel=event.channel, keys=[event.pk], deaths=4, began_at=NOON)
        inbox._count_deaths(event.channel)
        event.refresh_from_db()
        assert (event.state, event.attempts) == (Event.State.DEAD, len(batches.SIZES))

    def test_a_batch_of_a_living_process_counts_no_death(self, handled):
        channel = ChannelFactory()
        event = EventFactory(channel=channel, type=TEST_EVENT)
        batch = batches.begin("apply", channel, [event.pk])
        inbox._count_deaths(channel)
        assert Event.objects.get().attempts == 0
        assert batches.hold(batch)

    def test_a_clock_that_was_set_back_hides_no_death(self, handled):
        channel = ChannelFactory()
        event = EventFactory(channel=channel, type=TEST_EVENT)
        Batch.objects.create(
            job="apply", channel=channel, keys=[event.pk], began_at=timezone.now() + timedelta(hours=1)
        )
        inbox._count_deaths(channel)
        assert Event.objects.get().attempts == 1

    def test_a_process_that_was_taken_for_dead_leaves_the_work_to_others(self, handled):
        channel = ChannelFactory()
        event = EventFactory(channel=channel, type=TEST_EVENT)
        killed_over(channel, event)
        batch = Batch.objects.get()
        inbox._count_deaths(channel)
        inbox._apply(Event.objects.all(), batch, jobs.Run(), set())
        assert handled == []

    @pytest.mark.parametrize("failure", [OperationalError, KeyboardInterrupt])
    def test_neither_the_database_nor_a_person_counts_as_a_death(self, handled, monkeypatch, failure):
        event = EventFactory(type=TEST_EVENT)
        monkeypatch.setattr(inbox, "handle", raising(failure))
        with pytest.raises(failure):
            inbox.apply(event.channel, jobs.Run())
        assert not Batch.objects.exists()
        assert Event.objects.get().attempts == 0

    def test_halving_after_a_failure_forgets_no_death(self, handled, monkeypatch):
        channel = ChannelFactory()
        events = [EventFactory(channel=channel, type=TEST_EVENT) for _number in range(2)]
        Batch.objects.create(job="apply", channel=channel, keys=[event.pk for event in events], deaths=2)
        seen = []

        def handle(channel, events):
            seen.append((len(events), list(Batch.objects.values_list("deaths", flat=True))))
            if len(events) > 1:
                raise ValueError("one of them")

        monkeypatch.setattr(inbox, "handle", handle)
        inbox.apply(channel, jobs.Run())
        assert [each for each in seen if each[0]] == [(2, [2]), (1, [2]), (1, [2])]

    def test_running_out_of_time_counts_as_a_death(self, handled, monkeypatch):
        event = EventFactory(type=TEST_EVENT)
        with monkeypatch.context() as patch:
            patch.setattr(inbox, "handle", raising(TimeoutException))
            with pytest.raises(TimeoutException):
                inbox.apply(event.channel, jobs.Run())
        Batch.objects.update(began_at=NOON)
        inbox.apply(event.channel, jobs.Run())
        event.refresh_from_db()
        assert (event.state, event.attempts) == (Event.State.DONE, 1)

    def test_a_new_task_process_asks_for_what_the_last_one_left(self, django_capture_on_commit_callbacks):
        channel = ChannelFactory()
        killed_over(channel, EventFactory(channel=channel, type=TEST_EVENT))
        with django_capture_on_commit_callbacks(execute=True):
            batches.nudge_left()
        assert JobStatus.objects.get(job="apply", channel=channel).queued_at


class Killed(BaseException):
    """Stands for a SIGKILL in one process: nothing catches it."""


def dying_over(at_fault: Event, handle):
    def die(channel, events):
        if at_fault in events:
            raise Killed
        handle(channel, events)

    return die


def raising(failure: type[BaseException]):
    def fail(channel, events):
        raise failure

    return fail
