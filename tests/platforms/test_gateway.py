"""A channel's access token: cached in its row, shared, renewed early and by one at a time."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from platforms import gateway, quota
from platforms.models import Channel, QuotaBucket
from platforms.scx.errors import ScxUnauthorized
from platforms.scx.tokens import AccessToken
from tests.factories import ChannelFactory


def logins(sandbox) -> int:
    return len(sandbox.books(path="/v1/auth"))


@pytest.mark.django_db
class TestToken:
    def test_one_login_serves_many_clients(self, sandbox):
        channel = sandbox.adopt(ChannelFactory())
        for _client in range(3):
            gateway.client(channel).events.fetch()
        assert logins(sandbox) == 1
        assert Channel.objects.get().access_token

    def test_it_is_renewed_a_minute_before_its_end(self, sandbox):
        channel = sandbox.adopt(ChannelFactory())
        gateway.client(channel).events.fetch()
        Channel.objects.update(access_token_expires_at=timezone.now() + timedelta(seconds=59))
        gateway.client(channel).events.fetch()
        assert logins(sandbox) == 2

    def test_while_another_renews_it_or_was_killed_over_it_the_old_one_serves(self, sandbox):
        channel = sandbox.adopt(ChannelFactory())
        gateway.client(channel).events.fetch()
        soon, later = (timezone.now() + timedelta(seconds=seconds) for seconds in (50, 40))
        Channel.objects.update(access_token_expires_at=soon, token_lease_until=later)
        gateway.client(channel).events.fetch()
        assert logins(sandbox) == 1

    def test_a_login_that_outlasts_its_lease_does_not_end_that_of_the_next(self):
        channel = ChannelFactory()
        others = timezone.now() + timedelta(seconds=30)

        def slow_exchange():
            Channel.objects.update(token_lease_until=others)
            return AccessToken("token", timezone.now() + timedelta(hours=1))

        store = gateway.DatabaseTokenStore(channel.pk, quota.DatabaseQuota(channel.pk))
        assert store.renew(slow_exchange, rejected=None) == "token"
        assert Channel.objects.get().token_lease_until == others

    def test_a_revoked_token_costs_one_login_and_no_error(self, sandbox):
        channel = sandbox.adopt(ChannelFactory())
        gateway.client(channel).events.fetch()
        sandbox.call("POST", f"/control/channels/{channel.code}/revoke", json={})
        gateway.client(channel).events.fetch()
        assert logins(sandbox) == 2

    def test_a_refresh_token_scx_does_not_know_is_an_error_that_names_no_secret(self, sandbox):
        sandbox.adopt(ChannelFactory(code="KNOWN"))
        channel = ChannelFactory(refresh_token="CHANNEL:unknown-and-secret")
        with pytest.raises(ScxUnauthorized) as error:
            gateway.client(channel).events.fetch()
        assert "unknown-and-secret" not in str(error.value)
        assert not error.value.retryable

    def test_a_channel_without_a_token_says_what_to_do(self, sandbox):
        channel = ChannelFactory(refresh_token="")
        with pytest.raises(ScxUnauthorized, match="enter the one JTL gave"):
            gateway.client(channel).events.fetch()
        assert sandbox.books() == []


@pytest.mark.django_db
def test_who_waits_for_quota_to_renew_keeps_nobody_else_from_renewing(sandbox, monkeypatch):
    channel = sandbox.adopt(ChannelFactory())
    QuotaBucket.objects.create(channel=channel, group="auth", limit=2, interval=60, taken=[[time.time() - 59, 1]])
    leases = []

    def sleep(seconds: float) -> None:
        leases.append(Channel.objects.get().token_lease_until)
        QuotaBucket.objects.filter(group="auth").update(taken=[])

    monkeypatch.setattr(quota.time, "sleep", sleep)
    gateway.client(channel, patience=10).events.fetch()
    assert leases == [None]
    assert logins(sandbox) == 1


@pytest.mark.django_db(transaction=True)
def test_eight_at_once_log_in_once(sandbox):
    channel = sandbox.adopt(ChannelFactory())
    errors = []

    def fetch() -> None:
        try:
            gateway.client(channel).events.fetch()
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=fetch) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert logins(sandbox) == 1
