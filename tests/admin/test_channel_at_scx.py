"""The page of a channel compared with SCX: both sides, what a pin changes, what is taken over, letters to JTL."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from platforms import at_scx, channel_patch, jtl_requests
from platforms.models import Channel, ChannelAtScx, Discrepancy
from tests.admin import rows
from tests.factories import ChannelFactory, MarketplaceFactory, PlatformFactory, StockSyncGroupFactory

pytestmark = pytest.mark.django_db

ELSEWHERE = "https://elsewhere.example/?session={SESSION}"


def url(channel: Channel) -> str:
    return reverse("admin:platforms_channel_at_scx_page", args=[channel.pk])


def shown(browser: Client, channel: Channel) -> dict[str, tuple[str, str, str]]:
    found = browser.get(url(channel)).context["rows"]
    return {each["row"].name: (each["ours"], each["theirs"], each["row"].state) for each in found}


def post(browser: Client, channel: Channel, step: str, **data: object) -> str:
    return browser.post(url(channel), {"step": step, **data}, follow=True).content.decode()


@pytest.fixture
def market(sandbox) -> Channel:
    group = StockSyncGroupFactory(platform=PlatformFactory(code="plat1"), label="POOL")
    return sandbox.adopt(
        MarketplaceFactory(code="market-1", platform=group.platform, stock_sync_group=group), mfaContact="a@example.com"
    )


def test_before_scx_was_asked_nothing_is_known(browser: Client):
    page = shown(browser, ChannelFactory())
    assert {state for _ours, _theirs, state in page.values()} == {"unknown"}
    assert "SCX was not asked for the settings yet." in browser.get(url(ChannelFactory())).content.decode()


def test_a_marketplace_that_was_not_looked_up_is_told_from_one_that_scx_hides(browser: Client):
    platform = MarketplaceFactory().platform
    places = browser.get(url(platform)).context["places"]
    assert [each["place"].state for each in places] == ["unknown"]
    ChannelAtScx.objects.create(channel=platform, listed_at=timezone.now())
    places = browser.get(url(platform)).context["places"]
    assert [each["place"].state for each in places] == ["not-told"]


def test_each_property_stands_there_with_both_sides(sandbox, browser: Client, market):
    sandbox.call("POST", "/control/channels", json={"code": "market-1", "currency": "CHF", "stockSyncGroup": "OTHER"})
    assert "SCX was asked." in post(browser, market, "read")
    page = shown(browser, market)
    assert page["currency"] == ("EUR", "CHF", "differs")
    assert page["stock_sync_group"] == ("POOL", "OTHER", "differs")
    assert page["platform"] == ("plat1", "plat1", "equal")
    assert page["sign_up_url"][2] == page["inactive"][2] == "equal"
    assert (page["minimum_client_versions"][2], page["feature_flags"][2]) == ("open", "open")
    ChannelAtScx.objects.filter(channel=market).update(settings={"currency": "CHF"})
    assert shown(browser, market)["countries"] == ("DE", "–", "not-told")


def test_a_platform_is_shown_by_the_public_list_with_its_marketplaces(sandbox, browser: Client, market):
    platform = market.platform
    sandbox.call("POST", "/control/channels", json={"code": "plat1", "signUpUrl": ELSEWHERE})
    sandbox.call("POST", "/control/channels", json={"code": "market-9", "platform": "plat1"})
    MarketplaceFactory(code="market-2", platform=platform)
    MarketplaceFactory(code="market-3", platform=platform, is_active=False)
    post(browser, platform, "read")
    answer = browser.get(url(platform))
    assert shown(browser, platform)["sign_up_url"] == (platform.effective_sign_up_url, ELSEWHERE, "differs")
    assert {each["place"].code: each["place"].state for each in answer.context["places"]} == {
        "market-1": "equal",
        "market-2": "missing-at-scx",
        "market-3": "off",
        "market-9": "missing-here",
    }
    page = answer.content.decode()
    assert "A platform has no token, so all of it can only be set at JTL." in page
    assert "marketplaceChannelList: + market-2" in page
    assert "marketplaceChannelList: - market-9" in page
    assert 'value="pin"' not in page
    assert [row for row in sandbox.books(path="/v1/channel") if row["path"] == "/v1/channel"] == []


def test_a_list_that_cannot_be_read_is_said_on_the_page(sandbox, browser: Client, market):
    sandbox.fault("status", match={"path": "/v1/public/channel"}, status=500)
    assert "The public channel list could not be read." in post(browser, market.platform, "read")
    for channel in (market, market.platform):
        assert "what stands here of it is older" in browser.get(url(channel)).content.decode()


def test_what_was_chosen_goes_to_scx_with_the_pin(sandbox, browser: Client, market):
    theirs = {"currency": "CHF", "displayName": "Theirs", "countries": ["AT"]}
    sandbox.call("POST", "/control/channels", json={"code": "market-1", **theirs})
    post(browser, market, "read")
    assert "SCX mails a pin" in post(browser, market, "pin")
    pin = sandbox.call("GET", "/control/mails")["mails"][-1]["pin"]
    wrong = browser.post(url(market), {"step": "send", "names": ["currency"], "pin": "31415926"})
    assert "wrong, was used before" in str(wrong.context["form"].errors["pin"])
    assert "31415926" not in wrong.content.decode()
    assert [each.name for each, is_chosen in wrong.context["form"].rows if is_chosen] == ["currency"]
    said = post(browser, market, "send", names=["currency", "countries"], pin=pin)
    assert "SCX took it, and has now what is here." in said
    page = shown(browser, market)
    assert (page["currency"][2], page["countries"][2], page["display_name"][2]) == ("equal", "equal", "differs")
    written = str(list(LogEntry.objects.values_list("change_message", flat=True)))
    assert "Sent to SCX: currency, countries." in written
    assert pin not in f"{said} {written}"


@pytest.mark.parametrize("names", [["sign_up_url"], ["languages"], ["nonsense"], []])
def test_what_scx_takes_not_from_this_channel_cannot_be_chosen(sandbox, browser: Client, market, names):
    sandbox.call("POST", "/control/channels", json={"code": "plat1", "signUpUrl": ELSEWHERE})
    sandbox.call("POST", "/control/channels", json={"code": "market-1", "currency": "CHF", "languages": ["fr"]})
    post(browser, market, "read")
    answer = browser.post(url(market), {"step": "send", "names": names, "pin": "12345678"})
    assert list(answer.context["form"].errors) == ["names"]
    assert [row for row in sandbox.books(path="/v1/channel") if row["method"] == "PATCH"] == []


def test_scx_keeping_its_own_is_told_from_success(browser: Client, market, monkeypatch):
    ChannelAtScx.objects.create(channel=market, settings={"currency": "CHF"}, settings_at=timezone.now())
    monkeypatch.setattr(channel_patch, "send", lambda *args: ["currency"])
    assert "has something else for: currency" in post(browser, market, "send", names=["currency"], pin="12345678")
    monkeypatch.setattr(channel_patch, "send", lambda *args: None)
    assert "could not be asked what it has now" in post(browser, market, "send", names=["currency"], pin="12345678")


def test_without_an_mfa_contact_the_page_says_whom_to_ask(sandbox, browser: Client):
    channel = sandbox.adopt(ChannelFactory(code="SHOP1"))
    ChannelAtScx.objects.create(channel=channel, settings={"currency": "CHF"}, settings_at=timezone.now())
    page = post(browser, channel, "pin")
    assert "Ask JTL to enter an e-mail address as MFA contact" in page
    assert "mfaContact: [e-mail address]" in page


@pytest.mark.parametrize("step", ["read", "pin"])
def test_whatever_scx_answers_is_a_message(sandbox, browser: Client, market, step):
    sandbox.fault("status", match={"path": "/v1/channel"}, status=500)
    assert "Nothing is lost here: try again in a while." in post(browser, market, step)


def test_a_value_is_taken_over(sandbox, browser: Client, market):
    sandbox.call("POST", "/control/channels", json={"code": "market-1", "stockSyncGroup": "OTHER"})
    post(browser, market, "read")
    assert "Taken over: stock sync group is OTHER." in post(browser, market, "take", name="stock_sync_group")
    market.refresh_from_db()
    assert market.stock_sync_group.label == "OTHER"
    assert "That does not differ any more." in post(browser, market, "take", name="stock_sync_group")
    assert "Took over from SCX" in LogEntry.objects.latest("pk").change_message


def test_what_cannot_be_taken_over_is_not(sandbox, browser: Client, market):
    sandbox.call("POST", "/control/channels", json={"code": "plat1", "signUpUrl": ELSEWHERE})
    post(browser, market, "read")
    assert "Ask JTL to enter the portal’s" in post(browser, market, "take", name="sign_up_url")
    market.platform.refresh_from_db()
    assert market.platform.sign_up_url == ""


@pytest.mark.django_db(transaction=True)
def test_scx_is_asked_outside_of_any_transaction(browser: Client, monkeypatch):
    asked = []

    def note(*args: object, **kwargs: object) -> bool:
        asked.append(connection.in_atomic_block)
        return True

    for module, name in (
        (at_scx, "read_list"),
        (channel_patch, "read_back"),
        (channel_patch, "request_pin"),
        (channel_patch, "send"),
    ):
        monkeypatch.setattr(module, name, note)
    channel = ChannelFactory()
    ChannelAtScx.objects.create(channel=channel, settings={"currency": "CHF"}, settings_at=timezone.now())
    monkeypatch.setattr("platforms.channel_at_scx_admin._send", note)
    for step in ("read", "pin", "send"):
        browser.post(url(channel), {"step": step, "names": ["currency"], "pin": "12345678"})
    assert asked == [False] * 4


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_letters_name_codes_and_exact_values_and_no_secret(language):
    group = StockSyncGroupFactory(platform=PlatformFactory(code="plat1", sign_up_url="https://a.example/?s={SESSION}"))
    market = MarketplaceFactory(
        code="market-1", platform=group.platform, stock_sync_group=group, refresh_token="CHANNEL:hidden"
    )
    platform = market.platform
    ChannelAtScx.objects.create(channel=market, settings={"supportedLanguages": ["fr"]}, stock_sync_group="OLD")
    with translation.override(language):
        letters = {
            jtl_requests.urls(market): ["plat1", "signUpUrl: https://a.example/?s={SESSION}", "market-1"],
            jtl_requests.urls(platform): [f"updateUrl: {platform.effective_update_url}", "{SESSION}"],
            jtl_requests.stock_sync_group(market): ["market-1", f"stockSyncGroup: {group.label}", "OLD"],
            jtl_requests.platform(market): ["market-1", "platform: plat1"],
            jtl_requests.platform(ChannelFactory(code="SHOP1")): ["SHOP1", "platform: null"],
            jtl_requests.of_property(market, "languages"): ["supportedLanguages: de, en", "fr"],
            jtl_requests.of_property(platform, "display_name"): ["displayName: Plat1"],
            jtl_requests.switch_on(market): ["isActive: false"],
            jtl_requests.mfa_contact(market): ["mfaContact: ["],
            jtl_requests.show_in_list(platform): ["plat1"],
            jtl_requests.add_marketplace(platform, "market-7"): ["+ market-7"],
            jtl_requests.remove_marketplace(platform, "market-8"): ["- market-8"],
        }
    for letter, words in letters.items():
        assert all(word in letter for word in words), letter
        assert "hidden" not in letter
    market.stock_sync_group = None
    assert "stockSyncGroup: null" in jtl_requests.stock_sync_group(market)


def test_every_kind_of_difference_has_its_letter():
    platform = PlatformFactory(code="plat1")
    market = MarketplaceFactory(platform=platform)
    for kind, words in {
        "missing-at-scx": "+ market-7",
        "missing-here": "- market-7",
        "sign_up_url": "signUpUrl",
        "currency": "currency: EUR",
        "listed": "public",
        "inactive": "isActive",
    }.items():
        channel = platform if kind.startswith("missing") else market
        row = Discrepancy(channel=channel, comparison="settings", kind=kind, subject="market-7")
        assert words in jtl_requests.property_of(row)
    assert jtl_requests.property_of(Discrepancy(channel=market, comparison="sellers", kind="not-listed")) == ""


def test_letters_are_copied_without_script_in_both_languages(browser: Client, market):
    page = browser.get(url(market.platform)).content.decode()
    for language in ("en", "de"):
        assert f'aria-label="Sign-up URL and update URL ({language})" lang="{language}"' in page
    assert "<textarea readonly" in page


@pytest.mark.parametrize("make", [MarketplaceFactory, PlatformFactory])
def test_the_channels_page_says_that_only_jtl_sets_urls_and_has_the_text(browser: Client, make):
    channel = make()
    page = browser.get(reverse("admin:platforms_channel_change", args=[channel.pk])).content.decode()
    assert "A platform has no token, so its URLs can only be set at JTL." in page
    assert f"signUpUrl: {channel.effective_sign_up_url}" in page
    assert url(channel) in page


def test_a_standalone_channels_page_leads_to_the_pin(browser: Client):
    channel = ChannelFactory()
    Discrepancy.objects.create(channel=channel, comparison="settings", kind="currency")
    page = browser.get(reverse("admin:platforms_channel_change", args=[channel.pk])).content.decode()
    assert "SCX takes changed URLs with a mailed pin:" in page
    assert "1 difference" in page


def test_it_is_for_staff_with_the_right_to_the_channel(browser_of, browser: Client):
    channel = ChannelFactory()
    assert browser_of(rows.staff_of(ChannelFactory())).get(url(channel)).status_code == 302
    assert browser_of(rows.user(is_staff=True)).get(url(channel)).status_code == 403
    reader = rows.user(is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_channel"))
    limited = browser_of(reader)
    page = limited.get(url(channel))
    assert page.status_code == 200
    assert "Ask SCX now" not in page.content.decode()
    assert limited.post(url(channel), {"step": "read"}).status_code == 403
    assert browser.post(url(channel), {"step": "nonsense"}).status_code == 200


def test_scx_values_are_text_and_never_markup(browser: Client):
    channel = ChannelFactory()
    evil = {"displayName": "<script>alert(1)</script>", "featureList": {"x": ["<b>"]}}
    ChannelAtScx.objects.create(channel=channel, settings=evil, settings_at=timezone.now())
    assert "<script>alert(1)" not in browser.get(url(channel)).content.decode()


def test_saving_a_platforms_urls_shows_in_every_marketplace_at_once(browser: Client):
    market = MarketplaceFactory()
    platform = market.platform
    data = {
        **{name: getattr(platform, name) for name in ("code", "display_name", "kind", "connector")},
        "languages": "de",
        "stock_source": "events",
        "new_sellers": "if-picked",
        "retention_days": "30",
        "in_progress_report": "late",
        "waiting_limit_hours": "48",
        "is_active": "on",
        "sign_up_url": "https://a.example/?s={SESSION}",
    }
    change = reverse("admin:platforms_channel_change", args=[platform.pk])
    assert browser.post(change, data).status_code == 302
    page = browser.get(reverse("admin:platforms_channel_change", args=[market.pk])).content.decode()
    assert page.count("https://a.example/?s={SESSION}") >= 2
    for refused, words in (
        ("https://a.example/", "must contain {SESSION}"),
        ("http://a.example/{SESSION}", "https://"),
    ):
        answer = browser.post(change, {**data, "sign_up_url": refused})
        assert words in str(answer.context["adminform"].form.errors["sign_up_url"])
    platform.refresh_from_db()
    assert platform.sign_up_url == "https://a.example/?s={SESSION}"
