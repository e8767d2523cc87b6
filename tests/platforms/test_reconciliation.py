"""What differs from SCX becomes a row that says what to do, and is gone when the two sides agree."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from platforms import findings, jobs, reconciliation
from platforms.jobs import Run
from platforms.models import Channel, Discrepancy
from tests.factories import ChannelFactory, MarketplaceFactory, PlatformFactory

pytestmark = pytest.mark.django_db


def reconcile(channel: Channel, *, asked: bool = True) -> Run:
    channel.refresh_from_db()
    return jobs.run("reconcile", channel, Run(ignore_backoff=asked))


def found(channel: Channel) -> dict[str, tuple[object, object]]:
    return {row.kind: (row.ours, row.theirs) for row in Discrepancy.objects.filter(channel=channel)}


@pytest.fixture
def channel(sandbox) -> Channel:
    return sandbox.adopt(ChannelFactory(code="SHOP1"))


def at_scx(sandbox, channel, **values):
    sandbox.call("POST", "/control/channels", json={"code": channel.code, **values})


def test_a_channel_set_up_alike_on_both_sides_differs_in_nothing(channel):
    assert reconcile(channel).error == ""
    assert found(channel) == {}
    channel.refresh_from_db()
    assert channel.reconciled_at is not None


def test_each_setting_that_differs_is_a_row_with_both_values(sandbox, channel):
    channel.minimum_client_versions = [{"type": "Wawi", "version": "1.10.0.0"}]
    channel.feature_flags = {"variationsSupported": True, "somethingElse": 1}
    channel.save()
    at_scx(
        sandbox,
        channel,
        displayName="Other Shop",
        currency="CHF",
        countries=["AT"],
        languages=["de"],
        signUpUrl="https://elsewhere.example/?session={SESSION}",
        updateUrl=channel.effective_update_url,
        minimumClientsVersionRequired=[{"type": "Wawi", "version": "1.11.0.0"}],
    )
    reconcile(channel)
    assert found(channel) == {
        "display_name": ("Shop1", "Other Shop"),
        "currency": ("EUR", "CHF"),
        "countries": (["DE"], ["AT"]),
        "languages": (["de", "en"], ["de"]),
        "sign_up_url": (channel.effective_sign_up_url, "https://elsewhere.example/?session={SESSION}"),
        "minimum_client_versions": (
            [{"type": "Wawi", "version": "1.10.0.0"}],
            [{"type": "Wawi", "version": "1.11.0.0"}],
        ),
        "feature_flags": ({"variationsSupported": True}, {"variationsSupported": False}),
    }


def test_repair_takes_over_what_scx_has(sandbox, channel):
    channel.feature_flags = {"variationsSupported": True, "somethingElse": 1}
    channel.save()
    at_scx(sandbox, channel, currency="CHF", countries=["AT"])
    reconcile(channel)
    for row in Discrepancy.objects.select_related("channel"):
        reconciliation.repair(row)
    channel.refresh_from_db()
    assert (channel.currency, channel.countries) == ("CHF", ["AT"])
    assert channel.feature_flags == {"variationsSupported": False, "somethingElse": 1}
    assert not Discrepancy.objects.exists()
    reconcile(channel)
    assert found(channel) == {}


def test_what_only_jtl_can_change_says_so(sandbox, channel):
    at_scx(sandbox, channel, signUpUrl="https://elsewhere.example/?session={SESSION}")
    reconcile(channel)
    with pytest.raises(ValidationError, match="Ask JTL"):
        reconciliation.repair(Discrepancy.objects.get(kind="sign_up_url"))
    assert Discrepancy.objects.filter(kind="sign_up_url").exists()


def test_a_difference_that_is_over_is_gone(sandbox, channel):
    at_scx(sandbox, channel, currency="CHF")
    reconcile(channel)
    first = Discrepancy.objects.get()
    at_scx(sandbox, channel, currency="USD")
    reconcile(channel)
    again = Discrepancy.objects.get()
    assert (again.pk, again.found_at, again.theirs) == (first.pk, first.found_at, "USD")
    at_scx(sandbox, channel, currency="EUR")
    reconcile(channel)
    assert not Discrepancy.objects.exists()


def test_the_platforms_marketplaces_are_compared_with_the_public_list(sandbox):
    platform = PlatformFactory(code="plat1")
    first = sandbox.adopt(MarketplaceFactory(code="market-1", platform=platform))
    second = sandbox.adopt(MarketplaceFactory(code="market-2", platform=platform))
    reconcile(first)
    reconcile(second)
    assert not Discrepancy.objects.exists()
    MarketplaceFactory(code="market-3", platform=platform)
    reconcile(first)
    reconcile(second)
    row = Discrepancy.objects.get()
    assert (row.channel, row.kind, row.subject) == (first, "marketplaces", "plat1")
    assert row.ours == ["market-1", "market-2", "market-3"]
    assert row.theirs == ["market-1", "market-2"]


def test_it_is_done_once_a_day_and_every_hour_while_something_differs(sandbox, channel):
    assert reconcile(channel, asked=False).error == ""
    now = timezone.now()
    assert not reconciliation.is_due(channel, now + timedelta(hours=22))
    assert reconciliation.is_due(channel, now + timedelta(hours=24))
    at_scx(sandbox, channel, currency="CHF")
    reconcile(channel)
    assert not reconciliation.is_due(channel, now + timedelta(minutes=30))
    assert reconciliation.is_due(channel, now + timedelta(hours=1))


def test_a_look_that_is_not_due_asks_scx_nothing(sandbox, channel):
    reconcile(channel)
    asked = len(sandbox.books())
    reconcile(channel, asked=False)
    assert len(sandbox.books()) == asked


def test_a_comparison_scx_refuses_leaves_its_rows_and_the_others_have_their_turn(sandbox, channel):
    at_scx(sandbox, channel, currency="CHF")
    reconcile(channel)
    at_scx(sandbox, channel, currency="USD")
    sandbox.fault("status", match={"path": "/v1/channel/seller/list"}, status=500)
    assert "500" in reconcile(channel).error
    assert found(channel) == {"currency": ("EUR", "USD")}


def test_staff_are_told_of_what_lasts(sandbox, channel):
    at_scx(sandbox, channel, currency="CHF")
    reconcile(channel)
    assert "differs-from-scx" not in {finding.code for finding in findings.found()}
    reconcile(channel)
    told = next(finding for finding in findings.found() if finding.code == "differs-from-scx")
    assert (told.channel, told.since) == ("SHOP1", Discrepancy.objects.get().found_at)
    assert "1 point" in told.text
