"""What differs from SCX becomes a row that says what to do, and is gone when the two sides agree."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.utils import timezone

from platforms import at_scx as at_scx_module
from platforms import channel_settings, findings, jobs, public_list, reconciliation
from platforms.jobs import Run
from platforms.models import Channel, ChannelAtScx, Discrepancy, JobStatus
from tests.factories import ChannelFactory, MarketplaceFactory, PlatformFactory, StockSyncGroupFactory

pytestmark = pytest.mark.django_db

ELSEWHERE = "https://elsewhere.example/?session={SESSION}"


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
        signUpUrl=ELSEWHERE,
        updateUrl=channel.effective_update_url,
        minimumClientsVersionRequired=[{"type": "Wawi", "version": "1.11.0.0"}],
    )
    reconcile(channel)
    assert found(channel) == {
        "display_name": ("Shop1", "Other Shop"),
        "currency": ("EUR", "CHF"),
        "countries": (["DE"], ["AT"]),
        "languages": (["de", "en"], ["de"]),
        "sign_up_url": (channel.effective_sign_up_url, ELSEWHERE),
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


def test_what_only_jtl_can_change_says_so(sandbox, platform_with):
    (market,) = platform_with("market-1")
    at_scx(sandbox, market.platform, signUpUrl=ELSEWHERE)
    reconcile(market)
    rows = Discrepancy.objects.filter(kind="sign_up_url")
    assert {row.channel.code for row in rows} == {"plat1"}
    # As where the public list is behind.
    difference = reconciliation.Difference("sign_up_url", ours=market.effective_sign_up_url, theirs=ELSEWHERE)
    reconciliation.record(market, "settings", [difference], timezone.now())
    for row in rows.all():
        for attempt in (reconciliation.repair, reconciliation.tell):
            with pytest.raises(ValidationError, match="Ask JTL to enter the portal’s"):
                attempt(row)
    assert rows.all().count() == 2


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


@pytest.fixture
def platform_with(sandbox):
    """Makes marketplaces of the platform plat1, known to SCX."""

    def make(*codes: str) -> list[Channel]:
        platform = PlatformFactory(code="plat1")
        return [sandbox.adopt(MarketplaceFactory(code=code, platform=platform)) for code in codes]

    return make


def test_an_address_that_marketplaces_inherit_is_told_once_of_their_platform(sandbox, platform_with):
    first, second = platform_with("market-1", "market-2")
    at_scx(sandbox, first.platform, signUpUrl=ELSEWHERE)
    for market in (first, second):
        reconcile(market)
    assert list(found(first.platform)) == ["sign_up_url"]
    assert [found(first), found(second)] == [{}, {}]

    # The public list is behind: what the marketplaces' settings show is told of them.
    ChannelAtScx.objects.filter(channel=first.platform).update(entry={"signUpUrl": first.effective_sign_up_url})
    assert [each.kind for each in channel_settings.found(first)] == ["sign_up_url"]


FORMS = pytest.mark.parametrize(
    "form",
    [
        {"marketplaceChannelListForm": "objects"},
        {"marketplaceChannelListForm": "names"},
        {"marketplaceChannelListForm": "names", "marketplaceChannelsShown": True},
        {"publicListKey": "bare", "publicListNeedsToken": True},
    ],
    ids=["objects", "names", "full", "bare-with-token"],
)


@FORMS
def test_a_marketplace_missing_on_one_side_is_a_row_of_the_platform(sandbox, platform_with, form):
    sandbox.settings(**form)
    first, second = platform_with("market-1", "market-2")
    for channel in (first, second):
        assert reconcile(channel).error == ""
    assert not Discrepancy.objects.exists()
    MarketplaceFactory(code="market-3", platform=first.platform)
    Channel.objects.filter(pk=second.pk).update(is_active=False)
    sandbox.call("POST", "/control/channels", json={"code": "market-4", "platform": "plat1"})
    reconcile(first)
    rows = {(row.channel.code, row.kind, row.subject): (row.ours, row.theirs) for row in Discrepancy.objects.all()}
    assert rows == {
        ("plat1", "missing-at-scx", "market-3"): ("market-3", None),
        ("plat1", "missing-here", "market-2"): (None, "market-2"),
        ("plat1", "missing-here", "market-4"): (None, "market-4"),
    }


def test_a_platforms_own_properties_are_compared_with_its_public_entry(sandbox, platform_with):
    (market,) = platform_with("market-1")
    at_scx(sandbox, market.platform, displayName="Elsewhere", updateUrl="https://elsewhere.example/?session={SESSION}")
    reconcile(market)
    assert found(market.platform) == {
        "display_name": (market.platform.display_name, "Elsewhere"),
        "update_url": (market.platform.effective_update_url, "https://elsewhere.example/?session={SESSION}"),
    }
    reconciliation.repair(Discrepancy.objects.get(kind="display_name"))
    market.platform.refresh_from_db()
    assert market.platform.display_name == "Elsewhere"


def test_the_public_list_is_read_once_for_a_platform(sandbox, platform_with):
    channels = platform_with("market-1", "market-2", "market-3")
    for channel in channels:
        reconcile(channel)
    assert len(sandbox.books(path="/v1/public/channel")) == 1
    Channel.objects.filter(pk=channels[0].pk).update(token_refused_since=timezone.now())
    reconcile(channels[1])
    assert len(sandbox.books(path="/v1/public/channel")) == 2


def test_a_channel_that_scx_shows_to_nobody_is_told(sandbox, channel):
    at_scx(sandbox, channel, isActive=False)
    reconcile(channel)
    assert found(channel) == {"inactive": (True, False)}
    at_scx(sandbox, channel, isActive=True)
    reconcile(channel)
    assert found(channel) == {}
    known = ChannelAtScx.objects.get(channel=channel)
    known.entry, known.is_active = None, True
    known.save()
    assert [each.kind for each in channel_settings.found(channel)] == ["listed"]
    known.settings["visibility"] = "ONBOARDING"
    known.save()
    assert list(channel_settings.found(channel)) == []


def test_a_platform_that_is_not_in_the_public_list_is_told_and_its_marketplaces_are_not(sandbox, platform_with):
    (market,) = platform_with("market-1")
    at_scx(sandbox, market.platform, isActive=False)
    reconcile(market)
    assert found(market.platform) == {"listed": (True, False)}


def test_what_scx_shows_is_kept_also_where_nothing_differs(sandbox, platform_with):
    group = StockSyncGroupFactory(label="POOL", platform=PlatformFactory(code="plat1"))
    market = sandbox.adopt(MarketplaceFactory(code="market-1", platform=group.platform, stock_sync_group=group))
    reconcile(market)
    assert not Discrepancy.objects.exists()
    known, of_platform = ChannelAtScx.objects.get(channel=market), ChannelAtScx.objects.get(channel=group.platform)
    assert (known.is_active, known.settings["channel"], known.stock_sync_group) == (True, "market-1", "POOL")
    assert known.entry["stockSyncGroup"] == "POOL"
    assert of_platform.settings is None
    assert of_platform.entry["isPlatform"] is True
    assert timezone.now() - max(known.settings_at, known.listed_at, of_platform.listed_at) < timedelta(minutes=1)


@FORMS
def test_the_group_is_what_the_list_shows_or_else_the_settings(sandbox, platform_with, form):
    sandbox.settings(**form)
    (market,) = platform_with("market-1")
    for label in (None, "POOL", "OTHER", None):
        at_scx(sandbox, market, stockSyncGroup=label)
        reconcile(market)
        assert ChannelAtScx.objects.get(channel=market).stock_sync_group == (label or "")
        assert found(market).get("stock_sync_group") == (("", label) if label else None)


def known_group(market: Channel, **values: object) -> str | None:
    ChannelAtScx.objects.filter(channel=market).delete()
    return at_scx_module._keep(market, **values).stock_sync_group


def test_a_group_that_nothing_shows_is_unknown_and_a_list_that_went_quiet_counts_no_more():
    market, now = MarketplaceFactory(), timezone.now()
    assert known_group(market, entry={"channel": "a"}, settings={}) is None
    assert known_group(market, entry={"channel": "a"}, settings={"stockSyncGroup": None}) == ""
    both = {"entry": {"stockSyncGroup": "LIST"}, "settings": {"stockSyncGroup": "OWN"}, "settings_at": now}
    assert known_group(market, **both, listed_at=now - timedelta(days=1)) == "LIST"
    assert known_group(market, **both, listed_at=now - timedelta(days=3)) == "OWN"


def test_stock_is_looked_at_again_where_scx_has_changed_the_group(
    sandbox, platform_with, django_capture_on_commit_callbacks
):
    (market,) = platform_with("market-1")
    reconcile(market)
    at_scx(sandbox, market, stockSyncGroup="POOL")
    for nudged in (True, False):
        JobStatus.objects.filter(job="stock").delete()
        with django_capture_on_commit_callbacks(execute=True):
            reconcile(market)
        assert JobStatus.objects.filter(job="stock", channel=market).exists() is nudged


def test_a_list_that_cannot_be_read_stops_nothing_and_keeps_what_was_known(sandbox, platform_with):
    (market,) = platform_with("market-1")
    reconcile(market)
    before = ChannelAtScx.objects.get(channel=market.platform)
    at_scx(sandbox, market, currency="CHF")
    sandbox.fault("status", match={"path": "/v1/public/channel"}, status=500, count=2)
    run = reconcile(market)
    assert (run.error, "1 public lists not read" in run.summary) == ("", True)
    assert found(market) == {"currency": ("EUR", "CHF")}
    known = ChannelAtScx.objects.get(channel=market.platform)
    assert (known.entry, known.listed_at) == (before.entry, before.listed_at)
    assert "500" in known.list_error
    at_scx(sandbox, market, currency="EUR")
    reconcile(market)
    assert reconciliation.is_due(market, timezone.now() + timedelta(hours=1))
    reconcile(market)
    assert ChannelAtScx.objects.get(channel=market.platform).list_error == ""
    assert not reconciliation.is_due(market, timezone.now() + timedelta(hours=1))


def test_the_list_is_asked_for_with_the_next_marketplace_when_one_fails(sandbox, platform_with):
    first, _second = platform_with("market-1", "market-2")
    sandbox.fault("status", match={"path": "/v1/public/channel"}, status=500)
    assert at_scx_module.read_list(first.platform) is True
    assert [row["status"] for row in sandbox.books(path="/v1/public/channel")] == [500, 200]


def test_the_list_is_read_page_by_page(sandbox, monkeypatch):
    monkeypatch.setattr(public_list, "PAGE", 2)
    for number in range(5):
        sandbox.call("POST", "/control/channels", json={"code": f"ASHOP{number}"})
    channel = sandbox.adopt(ChannelFactory(code="ZSHOP"))
    assert public_list.read(channel).entry["channel"] == "ZSHOP"
    monkeypatch.setattr(public_list, "PAGES_AT_MOST", 2)
    assert at_scx_module.read_list(channel) is False


def test_the_command_names_each_property_with_both_sides(sandbox, channel, capsys):
    at_scx(sandbox, channel, currency="CHF", countries=["AT", "CH"])
    call_command("sync", "reconcile")
    said = capsys.readouterr().out
    assert "reconcile SHOP1: 2 differences" in said
    assert "SHOP1 currency: here EUR, at SCX CHF" in said
    assert "SHOP1 countries: here DE, at SCX AT, CH" in said


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
    assert "1 point: currency." in told.text
    assert told.url == f"/admin/platforms/channel/{channel.pk}/scx/"


def test_points_of_several_kinds_are_counted_and_lead_to_the_list(channel):
    looks = {"found_at": timezone.now() - timedelta(days=1), "channel": channel}
    for subject in ("S1", "S2"):
        Discrepancy.objects.create(comparison="sellers", kind="not-listed", subject=subject, **looks)
    Discrepancy.objects.create(comparison="settings", kind="currency", **looks)
    (told,) = reconciliation.differing_channels()
    assert "3 points: seller (2), currency." in told.text
    assert told.url == f"/admin/platforms/discrepancy/?channel__id__exact={channel.pk}"
