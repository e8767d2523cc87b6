"""Refresh tokens: SCX says whose one is before it is stored, and it takes the old one's place without a gap."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from platforms import channel_finders, channels, gateway, tokens
from platforms.models import Channel
from tests.factories import ChannelFactory, MarketplaceFactory, PlatformFactory

pytestmark = pytest.mark.django_db


def logins(sandbox) -> int:
    return len(sandbox.books(path="/v1/auth"))


class TestCheck:
    def test_a_token_of_the_channel_is_valid_and_brings_an_access_token(self, sandbox):
        channel = sandbox.adopt(ChannelFactory())
        verdict = tokens.check(channel, channel.refresh_token)
        assert (verdict.state, verdict.code) == ("valid", channel.code)
        assert verdict.text == f"This token belongs to {channel.code} and is valid."
        assert verdict.access_token.expires_at > timezone.now()
        assert logins(sandbox) == 1

    def test_a_channel_that_is_not_saved_yet_is_known_by_its_code(self, sandbox):
        known = sandbox.adopt(ChannelFactory())
        assert tokens.check(Channel(code=known.code), known.refresh_token).state == "valid"

    def test_a_token_of_another_channel_is_named_and_refused(self, sandbox):
        platform = PlatformFactory()
        ours = sandbox.adopt(MarketplaceFactory(platform=platform, code="amazon-de"))
        other = sandbox.adopt(MarketplaceFactory(platform=platform, code="amazon-fr"))
        with pytest.raises(ValidationError) as error:
            tokens.checked(ours, other.refresh_token)
        (message,) = error.value.message_dict["refresh_token"]
        assert "belongs to amazon-fr, not to amazon-de" in message
        assert other.refresh_token not in message

    def test_a_token_scx_does_not_know_is_refused_without_being_quoted(self, sandbox):
        channel = sandbox.adopt(ChannelFactory())
        with pytest.raises(ValidationError) as error:
            tokens.checked(channel, "CHANNEL:never-heard-of")
        assert "does not accept this token" in str(error.value)
        assert "never-heard-of" not in str(error.value)

    def test_scx_out_of_reach_says_nothing_against_it(self, settings):
        settings.SCX_BASE_URL = "http://127.0.0.1:9"
        verdict = tokens.checked(ChannelFactory(), "CHANNEL:any")
        assert verdict.state == "unknown"
        assert "the worker will find out" in verdict.text

    @pytest.mark.parametrize("path", ["/v1/auth", "/v1/channel"])
    def test_an_scx_that_fails_says_nothing_against_it(self, sandbox, path):
        channel = sandbox.adopt(ChannelFactory())
        sandbox.fault("status", status=500, match={"path": path}, count=5)
        assert tokens.check(channel, channel.refresh_token).state == "unknown"


class TestEntering:
    def test_another_token_takes_over_with_the_access_token_its_test_brought(self, sandbox):
        channel = sandbox.adopt(ChannelFactory())
        gateway.client(channel).events.fetch()
        before = Channel.objects.get()
        sandbox.call("POST", f"/control/channels/{channel.code}/revoke", json={"refreshToken": True})
        renewed = sandbox.call("POST", "/control/channels", json={"code": channel.code})["refreshToken"]
        verdict = tokens.checked(before, renewed)
        # Calls go on with the old access token while the new one is tested.
        assert Channel.objects.get().access_token == before.access_token
        tokens.put(before, renewed, verdict)
        channels.save(before)
        after = Channel.objects.get()
        assert (after.refresh_token, after.access_token) == (renewed, verdict.access_token.token)
        assert after.refresh_token_entered_at
        assert after.token_succeeded_at
        used = logins(sandbox)
        gateway.client(after).events.fetch()
        assert logins(sandbox) == used

    def test_one_that_could_not_be_tested_logs_in_by_itself(self, sandbox):
        channel = sandbox.adopt(ChannelFactory())
        gateway.client(channel).events.fetch()
        known, channel = channel.refresh_token, Channel.objects.get()
        channel.refresh_token = "CHANNEL:other"
        channels.save(channel)
        stored = Channel.objects.get()
        assert (stored.access_token, stored.token_succeeded_at) == ("", None)
        stored.refresh_token = known
        channels.save(stored)
        gateway.client(stored).events.fetch()
        assert Channel.objects.get().token_succeeded_at

    def test_a_form_that_was_open_meanwhile_does_not_bring_an_old_access_token_back(self, sandbox):
        channel = sandbox.adopt(ChannelFactory())
        stale = Channel.objects.get()
        gateway.client(channel).events.fetch()
        current = Channel.objects.get().access_token
        stale.display_name = "Another name"
        channels.save(stale)
        assert Channel.objects.get().access_token == current

    def test_the_same_token_entered_after_a_refusal_ends_the_refusal(self, sandbox):
        channel = sandbox.adopt(ChannelFactory())
        now = timezone.now()
        Channel.objects.update(token_refused_since=now, token_refusal="no", token_retry_at=now + timedelta(minutes=9))
        channel = Channel.objects.get()
        tokens.put(channel, channel.refresh_token, tokens.checked(channel, channel.refresh_token))
        channels.save(channel)
        assert Channel.objects.get().token_refused_since is None
        gateway.client(channel).events.fetch()

    def test_the_stored_token_can_be_tested(self, sandbox):
        channel = sandbox.adopt(ChannelFactory())
        assert tokens.test(Channel.objects.get(pk=channel.pk)).state == "valid"
        assert Channel.objects.get().token_succeeded_at

    def test_a_test_says_nothing_of_a_token_that_was_entered_meanwhile(self, sandbox, monkeypatch):
        channel = sandbox.adopt(ChannelFactory())
        ask = tokens.check

        def slowly(asked: Channel, token: str) -> tokens.Verdict:
            verdict = ask(asked, token)
            entered = Channel.objects.get()
            entered.refresh_token = "CHANNEL:entered-meanwhile"
            channels.save(entered)
            return verdict

        monkeypatch.setattr(tokens, "check", slowly)
        assert tokens.test(Channel.objects.get(pk=channel.pk)).state == "valid"
        stored = Channel.objects.get()
        assert (stored.refresh_token, stored.access_token) == ("CHANNEL:entered-meanwhile", "")
        assert stored.token_succeeded_at is None


class TestBeforeWorkStops:
    """An access token of an hour is renewed ten minutes early, so that a refusal is seen while it still works."""

    def hour_old(self, sandbox, left: timedelta) -> Channel:
        channel = sandbox.adopt(ChannelFactory())
        gateway.client(channel).events.fetch()
        now = timezone.now()
        Channel.objects.update(token_succeeded_at=now - timedelta(hours=1) + left, access_token_expires_at=now + left)
        return Channel.objects.get()

    def test_it_is_not_renewed_earlier(self, sandbox):
        channel = self.hour_old(sandbox, timedelta(minutes=11))
        gateway.client(channel).events.fetch()
        assert logins(sandbox) == 1

    def test_it_is_renewed_ten_minutes_before_its_end(self, sandbox):
        channel = self.hour_old(sandbox, timedelta(minutes=9))
        gateway.client(channel).events.fetch()
        assert logins(sandbox) == 2

    def test_work_goes_on_after_a_refusal_and_staff_are_told_until_when(self, sandbox):
        channel = self.hour_old(sandbox, timedelta(minutes=9))
        Channel.objects.update(refresh_token="CHANNEL:withdrawn")
        for _call in range(3):
            gateway.client(channel).events.fetch()
        # Asked once, not with each call.
        assert logins(sandbox) == 2
        (finding,) = channel_finders.tokens()
        assert (finding.code, finding.critical) == ("token-refused", True)
        assert "Its work goes on until" in finding.text
        Channel.objects.update(access_token_expires_at=timezone.now() - timedelta(seconds=1))
        (finding,) = channel_finders.tokens()
        assert "its work stands still" in finding.text

    def test_work_goes_on_where_the_login_is_out_of_order(self, sandbox):
        channel = self.hour_old(sandbox, timedelta(minutes=9))
        sandbox.fault("status", status=500, match={"path": "/v1/auth"}, count=100)
        for _call in range(3):
            gateway.client(channel).events.fetch()
        assert logins(sandbox) == 2
