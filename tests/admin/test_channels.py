"""The channel form: each kind's rules at their fields, secrets that go in and never come out."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from platforms.models import Channel, JobStatus
from tests.admin import rows
from tests.factories import ChannelFactory, EventFactory, MarketplaceFactory, PlatformFactory, StockSyncGroupFactory
from tests.platforms.test_branding import PNG

pytestmark = pytest.mark.django_db

OWN_URL = "https://a.example/?s={SESSION}"
ADD = "admin:platforms_channel_add"


def form(**changes: Any) -> dict[str, Any]:
    values = {
        "code": "SHOP1",
        "display_name": "Shop",
        "kind": "standalone",
        "is_active": "on",
        "currency": "EUR",
        "languages": "de, en",
        "countries": "DE",
        "stock_source": "events",
        "connector": "manual",
        "retention_days": "90",
        "in_progress_report": "late",
        "waiting_limit_hours": "48",
        "price_types-TOTAL_FORMS": "0",
        "price_types-INITIAL_FORMS": "0",
    }
    return {key: value for key, value in (values | changes).items() if value is not None}


def edit(browser: Client, channel: Channel, **changes: Any) -> Any:
    values = form(code=channel.code, display_name=channel.display_name, kind=channel.kind, currency=channel.currency)
    return browser.post(reverse("admin:platforms_channel_change", args=[channel.pk]), values | changes)


def errors(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 200
    return dict(answer.context["adminform"].form.errors)


def test_a_standalone_channel_is_made(browser: Client):
    answer = browser.post(reverse(ADD), form(new_refresh_token="SHOP1:secret", feature_flags='{"pull": true}'))

    channel = Channel.objects.get()
    assert answer.status_code == 302
    assert (channel.languages, channel.countries, channel.feature_flags) == (["de", "en"], ["DE"], {"pull": True})
    assert channel.refresh_token == "SHOP1:secret"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "platform", "new_refresh_token": "x"}, "new_refresh_token"),
        ({"kind": "platform", "platform": "PLATFORM"}, "platform"),
        ({"kind": "platform", "stock_sync_group": "GROUP"}, "stock_sync_group"),
        ({"kind": "marketplace"}, "platform"),
        (
            {"kind": "marketplace", "platform": "PLATFORM", "sign_up_url": OWN_URL},
            "sign_up_url",
        ),
        ({"kind": "marketplace", "platform": "PLATFORM", "update_url": OWN_URL}, "update_url"),
        ({"platform": "PLATFORM"}, "platform"),
        ({"stock_sync_group": "GROUP"}, "stock_sync_group"),
        ({"sign_up_url": "https://a.example/"}, "sign_up_url"),
        ({"sign_up_url": "http://a.example/?s={SESSION}"}, "sign_up_url"),
        ({"code": "no spaces"}, "code"),
        ({"currency": "euro"}, "currency"),
        ({"connector": "unknown"}, "connector"),
        ({"languages": ""}, "languages"),
        ({"feature_flags": "[1]"}, "feature_flags"),
        ({"accent": "red"}, "accent"),
        ({"support_de": "a\x00b"}, "support"),
        ({"support_en": "x" * 301}, "support"),
        ({"imprint_de": "http://shop.example"}, "imprint"),
        ({"terms_en": "javascript:alert(1)"}, "terms"),
        ({"lost_code_de": "http://shop.example"}, "lost_code"),
        ({"unlink_rejected_after_days": "-1"}, "unlink_rejected_after_days"),
        ({"unlink_rejected_after_days": "99999"}, "unlink_rejected_after_days"),
        (
            {"kind": "marketplace", "platform": "PLATFORM", "several_sellers_per_account": "on"},
            "several_sellers_per_account",
        ),
        (
            {"kind": "marketplace", "platform": "PLATFORM", "unlink_rejected_after_days": "3"},
            "unlink_rejected_after_days",
        ),
        ({"new_connector_settings": '"text"'}, "new_connector_settings"),
        ({"connector": "webhook"}, "new_connector_settings"),
        ({"connector": "openid", "new_connector_settings": '{"openid": {}}'}, "new_connector_settings"),
        ({"retention_days": "-1"}, "retention_days"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(browser: Client, changes, field):
    platform = PlatformFactory()
    group = StockSyncGroupFactory(platform=platform)
    names = {"PLATFORM": platform.pk, "GROUP": group.pk}

    answer = browser.post(reverse(ADD), form(**{key: names.get(value, value) for key, value in changes.items()}))

    assert list(errors(answer)) == [field]
    assert not Channel.objects.filter(code=changes.get("code", "SHOP1")).exists()


def test_a_missing_currency_is_a_message_not_a_crash(browser: Client):
    assert "one currency" in str(errors(browser.post(reverse(ADD), form(currency=""))))


def test_a_group_of_another_platform_is_refused(browser: Client):
    changes = {"kind": "marketplace", "platform": PlatformFactory().pk, "stock_sync_group": StockSyncGroupFactory().pk}

    assert list(errors(browser.post(reverse(ADD), form(**changes)))) == ["stock_sync_group"]


def test_a_channel_with_events_does_not_become_a_platform(browser: Client):
    channel = EventFactory(channel__refresh_token="").channel

    assert list(errors(edit(browser, channel, kind="platform", currency=""))) == ["kind"]


def test_an_empty_token_field_keeps_the_token_and_a_new_one_replaces_it(browser: Client):
    channel = ChannelFactory(refresh_token="old", access_token="made with old")

    edit(browser, channel)
    assert Channel.objects.get().refresh_token == "old"

    edit(browser, channel, new_refresh_token=" new ")
    assert (Channel.objects.get().refresh_token, Channel.objects.get().access_token) == ("new", "")

    edit(browser, channel, forget_refresh_token="on")
    assert Channel.objects.get().refresh_token == ""


def test_connector_settings_are_replaced_whole_and_never_shown(browser: Client):
    channel = ChannelFactory(connector_settings={"password": "hidden-one"})

    edit(browser, channel)
    assert Channel.objects.get().connector_settings == {"password": "hidden-one"}

    answer = edit(browser, channel, new_connector_settings='{"password": "hidden-two"}', currency="nonsense")
    assert Channel.objects.get().connector_settings == {"password": "hidden-one"}
    assert answer.status_code == 200

    edit(browser, channel, new_connector_settings='{"password": "hidden-two"}')
    assert Channel.objects.get().connector_settings == {"password": "hidden-two"}

    page = browser.get(reverse("admin:platforms_channel_change", args=[channel.pk])).content.decode()
    assert "hidden-two" not in page


def test_a_token_is_not_sent_back_with_an_error(browser: Client):
    answer = browser.post(reverse(ADD), form(new_refresh_token="SHOP1:secret", currency="nonsense"))

    assert "SHOP1:secret" not in answer.content.decode()


def test_the_urls_for_jtl_are_shown(browser: Client):
    market = MarketplaceFactory()

    page = browser.get(reverse("admin:platforms_channel_change", args=[market.pk])).content.decode()

    assert f"http://127.0.0.1:8000/sign-up/{market.platform.code}/?session={{SESSION}}" in page
    assert f"http://127.0.0.1:8000/update/{market.platform.code}/?session={{SESSION}}" in page


def test_exchanging_data_now_nudges_every_job_of_channels_that_have_any(
    browser: Client, django_capture_on_commit_callbacks
):
    channel, platform = ChannelFactory(), PlatformFactory()
    body = {"action": "run_jobs", "_selected_action": [channel.pk, platform.pk]}

    with django_capture_on_commit_callbacks(execute=True):
        answer = browser.post(reverse("admin:platforms_channel_changelist"), body, follow=True)

    assert set(JobStatus.objects.values_list("channel", flat=True)) == {channel.pk}
    assert "the data of 1 channel" in answer.content.decode()


def upload(data: bytes, name: str = "logo.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, content_type="image/png")


def test_the_appearance_of_the_pages_is_entered_field_by_field(browser: Client):
    channel = ChannelFactory()

    edit(
        browser,
        channel,
        accent="#e4572e",
        new_logo=upload(PNG),
        support_de="hilfe@shop.example",
        support_en="help@shop.example",
        imprint_de="https://shop.example/impressum",
        privacy_de="https://shop.example/privacy",
        privacy_en="https://shop.example/privacy",
        lost_code_de="mail",
        lost_code_en="mail",
        no_account_en="Ask us",
    )

    stored = Channel.objects.get().branding
    assert stored.pop("logo").startswith("data:image/png;base64,")
    assert stored == {
        "accent": "#e4572e",
        "support": {"de": "hilfe@shop.example", "en": "help@shop.example"},
        "legal": {"imprint": {"de": "https://shop.example/impressum"}, "privacy": "https://shop.example/privacy"},
        "lost_code": "mail",
        "no_account": {"en": "Ask us"},
    }
    page = browser.get(reverse("admin:platforms_channel_change", args=[channel.pk])).content.decode()
    for value in ("#e4572e", "hilfe@shop.example", "https://shop.example/impressum", "Ask us"):
        assert f'value="{value}"' in page
    assert '<img src="data:image/png;base64,' in page


def test_a_logo_stays_until_another_is_chosen_or_none_is_wanted(browser: Client):
    channel = ChannelFactory(branding={"logo": "/static/logo.png"})

    edit(browser, channel)
    assert Channel.objects.get().branding == {"logo": "/static/logo.png"}

    edit(browser, channel, new_logo=upload(PNG))
    assert Channel.objects.get().branding["logo"].startswith("data:image/png;base64,")

    edit(browser, channel, forget_logo="on")
    assert Channel.objects.get().branding == {}


@pytest.mark.parametrize("data", [b"<svg/>", PNG.ljust(22_501, b"x")])
def test_a_logo_that_is_no_picture_or_too_large_is_refused_at_its_field(browser: Client, data):
    channel = ChannelFactory(branding={"accent": "#123456"})

    answer = edit(browser, channel, accent="#654321", new_logo=upload(data, "logo.svg"))

    assert list(errors(answer)) == ["new_logo"]
    assert Channel.objects.get().branding == {"accent": "#123456"}


def test_a_logo_of_the_file_that_the_form_never_offered_does_not_keep_it_from_saving(browser: Client):
    channel = ChannelFactory(branding={"logo": "data:image/svg+xml;base64,AAAA", "name": "of old"})

    assert list(errors(edit(browser, channel, accent="#654321"))) == ["new_logo"]
    edit(browser, channel, accent="#654321", forget_logo="on")

    assert Channel.objects.get().branding == {"accent": "#654321"}


def test_a_marketplace_has_the_appearance_of_its_platform(browser: Client):
    market = MarketplaceFactory(branding={"accent": "#123456"})

    page = browser.get(reverse("admin:platforms_channel_change", args=[market.pk])).content.decode()
    edit(browser, market, platform=market.platform.pk, refresh_token="", accent="#654321")

    assert 'name="accent"' not in page
    assert Channel.objects.get(pk=market.pk).branding == {"accent": "#123456"}


@pytest.mark.parametrize(("entered", "stored"), [("14", 14), ("", None), ("0", None)])
def test_what_happens_to_sellers_is_chosen(browser: Client, entered, stored):
    channel = ChannelFactory(unlink_rejected_after_days=3)

    edit(browser, channel, several_sellers_per_account="on", unlink_rejected_after_days=entered)

    channel.refresh_from_db()
    assert (channel.several_sellers_per_account, channel.unlink_rejected_after_days) == (True, stored)


def test_who_may_only_look_sees_the_channel_without_its_fields(browser_of):
    viewer = rows.user(is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_channel"))
    channel = ChannelFactory(branding={"accent": "#123456"})

    answer = browser_of(viewer).get(reverse("admin:platforms_channel_change", args=[channel.pk]))

    assert answer.status_code == 200
    assert reverse("previews", args=[channel.code]) in answer.content.decode()


def test_a_code_that_no_address_can_hold_is_an_error_at_its_field(browser: Client):
    channel = ChannelFactory()
    answer = browser.post(reverse("admin:platforms_channel_change", args=[channel.pk]), {"code": "no good"})
    assert answer.status_code == 200
    assert "code" in answer.context["adminform"].form.errors
