"""What staff are told of a channel's troubles: while they last, and not a moment longer."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from platforms import channels, findings, gateway, jobs
from platforms.models import Channel, Event, JobStatus
from platforms.scx.errors import ScxUnauthorized
from tests.factories import ChannelFactory, EventFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def finders(settings) -> None:
    settings.PORTAL_FINDERS = [f"platforms.channel_finders.{name}" for name in ("tokens", "failing_jobs", "events")]


@pytest.fixture
def shop(sandbox) -> Channel:
    return sandbox.adopt(ChannelFactory(code="SHOP1", display_name="Shop"))


@pytest.fixture
def bystander(sandbox, shop) -> Channel:
    return sandbox.adopt(ChannelFactory(code="SHOP2"))


def codes() -> list[str]:
    return [finding.code for finding in findings.found()]


def run(job: str, channel: Channel) -> jobs.Run:
    channel.refresh_from_db()
    return jobs.run(job, channel, jobs.Run())


def revoke(sandbox, channel: Channel) -> None:
    sandbox.call("POST", f"/control/channels/{channel.code}/revoke", json={"refreshToken": True})


def logins(sandbox) -> int:
    return len(sandbox.books(path="/v1/auth"))


def test_a_refused_refresh_token_is_told_with_its_cure_and_stops_that_channel_alone(
    sandbox, shop, bystander, admin_client: Client
):
    revoke(sandbox, shop)
    sandbox.emit(bystander, "System:Test", {})
    before = timezone.now()

    assert run("events", shop).error
    assert run("events", bystander).counts["stored"] == 1

    (finding,) = findings.found()
    assert (finding.code, finding.critical, finding.channel) == ("token-refused", True, "SHOP1")
    assert before <= finding.since <= timezone.now()
    assert finding.text.startswith("SCX refuses the refresh token of Shop (SHOP1)")
    assert "ATH100" in finding.text
    page = admin_client.get(finding.url).content.decode()
    assert "refused by SCX" in page
    assert "ATH100" in page


def test_a_refused_token_is_not_shown_again_with_every_job(sandbox, shop):
    revoke(sandbox, shop)
    for job in ("events", "stock", "reports", "sellers", "events"):
        run(job, shop)
    assert logins(sandbox) == 1
    assert "ATH100" in JobStatus.objects.get(job="events").error


@pytest.mark.parametrize(("refused_for", "pause"), [(0, 60), (120, 120), (86_400, 600)])
def test_the_pause_grows_with_the_time_of_refusal_up_to_ten_minutes(sandbox, shop, refused_for, pause):
    revoke(sandbox, shop)
    Channel.objects.update(token_refused_since=timezone.now() - timedelta(seconds=refused_for) if refused_for else None)
    run("events", shop)
    rest = Channel.objects.get().token_retry_at - timezone.now()
    assert timedelta(seconds=pause - 5) < rest <= timedelta(seconds=pause + 5)


def test_a_person_who_asks_has_it_shown_once_more(sandbox, shop):
    revoke(sandbox, shop)
    run("events", shop)
    with pytest.raises(CommandError):
        call_command("sync")
    assert logins(sandbox) == 2


def test_another_token_ends_the_refusal_at_once_and_sets_the_jobs_going(
    sandbox, shop, django_capture_on_commit_callbacks
):
    revoke(sandbox, shop)
    run("events", shop)
    token = sandbox.call("POST", "/control/channels", json={"code": "SHOP1"})["refreshToken"]
    shop.refresh_from_db()
    shop.refresh_token = token
    with django_capture_on_commit_callbacks(execute=True):
        channels.save(shop)
    assert JobStatus.objects.exclude(queued_at=None).count() == len(jobs.names())
    assert "token-refused" not in codes()

    assert run("events", shop).error == ""
    assert codes() == []


def test_a_token_scx_takes_again_clears_the_refusal(sandbox, shop):
    sandbox.fault("status", match={"path": "/v1/auth"}, status=400)
    with pytest.raises(ScxUnauthorized):
        gateway.client(shop).events.fetch()
    assert codes() == ["token-refused"]
    gateway.ask_again(Channel.objects.all())
    gateway.client(shop).events.fetch()
    assert codes() == []


def test_a_channel_without_a_token_is_told(db):
    ChannelFactory(refresh_token="")
    assert codes() == ["token-missing"]


def test_a_job_that_fails_at_scx_is_told_until_it_runs_well(sandbox, shop, admin_client: Client):
    sandbox.fault("status", match={"path": "/v1/channel/event"}, status=503, count=2)
    run("events", shop)
    since = JobStatus.objects.get().failing_since
    run("events", shop)
    (finding,) = findings.found()
    assert (finding.code, finding.since, finding.critical) == ("scx-failing", since, False)
    assert "(events)" in finding.text
    assert admin_client.get(finding.url).status_code == 200
    run("events", shop)
    assert codes() == []
    assert JobStatus.objects.get().error == ""


def test_a_job_that_fails_here_is_told_apart(shop, monkeypatch):
    monkeypatch.setattr("platforms.inbox.fetch", lambda channel, run: 1 / 0)
    run("events", shop)
    assert codes() == ["job-failing"]


def test_a_run_that_only_waited_neither_clears_nor_makes_an_error(sandbox, shop):
    sandbox.fault("status", match={"path": "/v1/channel/event"}, status=500)
    sandbox.fault("throttle", match={"path": "/v1/channel/event"}, seconds=60)
    run("events", shop)
    error = JobStatus.objects.get().error
    run("events", shop)
    assert JobStatus.objects.get().error == error
    assert codes() == ["scx-failing"]


def test_events_given_up_and_events_nobody_claims_are_told(shop, admin_client: Client):
    day = timezone.now() - timedelta(hours=25)
    EventFactory(channel=shop, state="dead", not_before=None)
    EventFactory.create_batch(2, channel=shop, state="waiting", not_before=None, received_at=day)
    EventFactory(channel=shop, state="waiting", not_before=None)
    dead, unknown = findings.found()
    assert (dead.code, dead.critical) == ("events-dead", True)
    assert dead.text.startswith("1 event of Shop (SHOP1)")
    assert (unknown.code, unknown.critical, unknown.since) == ("seller-unknown", False, day)
    assert unknown.text.startswith("2 events of Shop (SHOP1)")
    shown = admin_client.get(unknown.url).context["cl"].queryset
    assert {event.state for event in shown} == {Event.State.WAITING}
