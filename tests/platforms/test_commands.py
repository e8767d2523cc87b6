"""`sync` and `replay_events` as an operator meets them."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from platforms.models import Event, JobStatus
from tests.factories import NOON, ChannelFactory, EventFactory, MarketplaceFactory

pytestmark = pytest.mark.django_db


def output(*command: str) -> str:
    out = StringIO()
    call_command(*command, stdout=out, stderr=out)
    return out.getvalue()


class TestSync:
    def test_runs_the_named_jobs_in_their_fixed_order_and_says_what_happened(self, sandbox):
        channel = sandbox.adopt(ChannelFactory(code="SHOP1"))
        sandbox.emit(channel, "System:Test", {})
        assert output("sync", "apply", "events").splitlines() == [
            "events    SHOP1: 1 received, 1 stored",
            "apply     SHOP1: 1 done",
        ]

    def test_json_is_one_object_a_line(self, sandbox):
        sandbox.adopt(ChannelFactory(code="SHOP1"))
        line = json.loads(output("sync", "events", "--json"))
        assert line == {"job": "events", "channel": "SHOP1", "waits_for": None, "error": ""}

    def test_an_error_is_told_recorded_and_exits_1(self, sandbox):
        ChannelFactory(code="SHOP1", refresh_token="")
        with pytest.raises(CommandError) as error:
            output("sync", "events")
        assert error.value.returncode == 1
        assert "enter the one JTL gave" in JobStatus.objects.get(job="events").error

    def test_a_platform_means_its_marketplaces(self, sandbox):
        marketplace = sandbox.adopt(MarketplaceFactory())
        sandbox.adopt(ChannelFactory())
        assert output("sync", "events", "--channel", marketplace.platform.code).splitlines() == [
            f"events    {marketplace.code}: nothing to do"
        ]

    def test_quota_is_waited_for_and_then_the_work_stays_due(self, sandbox, monkeypatch):
        channel = sandbox.adopt(ChannelFactory(code="SHOP1"))
        sandbox.fault("throttle", match={"path": "/v1/channel/event"}, seconds=60)
        assert "waits 60 s for SCX quota" in output("sync", "events")
        assert JobStatus.objects.get(job="events", channel=channel).error == ""

    @pytest.mark.parametrize("arguments", [("nothing",), ("events", "--channel", "NOBODY")])
    def test_an_unknown_name_is_told(self, arguments):
        with pytest.raises(CommandError, match="There is no"):
            output("sync", *arguments)


class TestReplay:
    @pytest.mark.parametrize(
        "arguments",
        [
            ("--id", "a1", "a2"),
            ("--state", "dead"),
            ("--type", "System:Test"),
            ("--since", "2026-01-02"),
            ("--since", "2026-01-01T12:00:30+00:00", "--until", "2026-01-03"),
        ],
    )
    def test_puts_the_events_it_names_back_to_pending(self, arguments):
        channel = ChannelFactory()
        later = NOON + timedelta(days=1)
        for event_id in ("a1", "a2"):
            EventFactory(
                channel=channel, event_id=event_id, type="System:Test", state="dead", attempts=8, received_at=later
            )
        EventFactory(channel=channel, event_id="b1", state="done", received_at=NOON)
        assert output("replay_events", *arguments) == "2 events are pending again.\n"
        assert set(Event.objects.filter(state="pending").values_list("event_id", "attempts")) == {("a1", 0), ("a2", 0)}

    def test_all_at_once_needs_a_filter(self):
        with pytest.raises(CommandError, match="Name the events"):
            output("replay_events")

    def test_a_time_that_is_none_is_told(self):
        with pytest.raises(CommandError, match="not a date or time"):
            output("replay_events", "--since", "yesterday")
