"""The page of a channel's minimum client versions: the wish, the pin, SCX's answer, and whom it concerns."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from platforms import channel_patch, minimum_versions
from platforms.models import Channel
from tests.admin import rows
from tests.factories import ChannelFactory, MarketplaceFactory, PlatformFactory, SellerFactory

pytestmark = pytest.mark.django_db

WAWI = [{"type": "Wawi", "version": "1.11.0.0"}]


def url(channel: Channel) -> str:
    return reverse("admin:platforms_channel_client_versions", args=[channel.pk])


def save(browser: Client, channel: Channel, *versions: str, types: tuple[str, ...] = ("Wawi",)) -> Any:
    data = {
        "step": "save",
        "versions-TOTAL_FORMS": len(versions),
        "versions-INITIAL_FORMS": len(channel.minimum_client_versions),
    }
    for number, version in enumerate(versions):
        data |= {f"versions-{number}-type": types[number % len(types)], f"versions-{number}-version": version}
    return browser.post(url(channel), data, follow=True)


def stored(channel: Channel) -> list[dict[str, str]]:
    channel.refresh_from_db()
    return channel.minimum_client_versions


def test_a_version_is_wanted_and_lifted_again(browser: Client):
    channel = ChannelFactory()
    answer = save(browser, channel, " 1.11.0.0 ")
    assert "Saved here. SCX does not know of it yet" in answer.content.decode()
    assert stored(channel) == WAWI
    assert "Not yet at SCX" in browser.get(url(channel)).content.decode()
    save(browser, channel, "")
    assert stored(channel) == []
    entries = list(LogEntry.objects.order_by("pk").values_list("change_message", flat=True))
    assert entries == [
        "Minimum client versions wanted: JTL-Wawi 1.11.0.0.",
        "Minimum client versions wanted: none.",
    ]


@pytest.mark.parametrize("version", ["1.11", "newest", "1.11.0.0.0"])
def test_what_is_no_version_is_an_error_at_its_field_and_stays_in_it(browser: Client, version):
    channel = ChannelFactory(minimum_client_versions=WAWI)
    answer = save(browser, channel, version)
    (form,) = answer.context["versions"].forms
    assert form.errors == {"version": ["A version is four numbers with points between them, such as 1.11.0.0."]}
    assert f'value="{version}"' in answer.content.decode()
    assert stored(channel) == WAWI


def test_a_type_stands_there_once_and_is_one_of_those_known(browser: Client):
    channel = ChannelFactory()
    assert "stands in the list twice" in save(browser, channel, "1.11.0.0", "1.12.0.0").content.decode()
    assert save(browser, channel, "1.11.0.0", types=("Shop",)).context["versions"].forms[0].errors.keys() == {"type"}
    assert stored(channel) == []


def test_the_page_leads_from_a_pin_to_what_scx_has(sandbox, browser: Client):
    channel = sandbox.adopt(ChannelFactory(), mfaContact="ops@example.com")
    save(browser, channel, "1.11.0.0")
    asked = browser.post(url(channel), {"step": "pin"}, follow=True).content.decode()
    assert "SCX mails a pin to the channel’s MFA contact" in asked
    assert "Last requested:" in asked
    pin = sandbox.call("GET", "/control/mails")["mails"][-1]["pin"]
    wrong = browser.post(url(channel), {"step": "send", "pin": "31415926"})
    assert wrong.status_code == 200
    assert list(wrong.context["pin"].errors) == ["pin"]
    assert "31415926" not in wrong.content.decode()
    sent = browser.post(url(channel), {"step": "send", "pin": pin}, follow=True).content.decode()
    assert "SCX took it, and demands what is wanted." in sent
    assert "Not yet at SCX" not in sent
    assert pin not in sent
    assert pin not in str(list(LogEntry.objects.values_list("change_message", flat=True)))
    channel.refresh_from_db()
    assert channel.client_versions_confirmed == WAWI


def test_scx_is_asked_what_it_has_and_the_difference_is_shown(sandbox, browser: Client):
    channel = sandbox.adopt(ChannelFactory(minimum_client_versions=WAWI), minimumClientsVersionRequired=[])
    answer = browser.post(url(channel), {"step": "read"}, follow=True)
    assert (answer.context["wanted"], answer.context["at_scx"]) == ("JTL-Wawi 1.11.0.0", "none")
    assert "SCX does not demand what is wanted here." in answer.content.decode()


@pytest.mark.parametrize("step", ["pin", "read"])
def test_what_keeps_scx_from_it_is_a_message(sandbox, browser: Client, step):
    channel = sandbox.adopt(ChannelFactory(minimum_client_versions=WAWI))
    if step == "pin":
        said = "Ask JTL to enter an e-mail address as MFA contact"
    else:
        sandbox.fault("status", match={"path": "/v1/channel"}, status=500)
        said = "Nothing is lost here: try again in a while."
    answer = browser.post(url(channel), {"step": step}, follow=True)
    assert said in answer.content.decode()
    assert stored(channel) == WAWI


def test_an_empty_pin_is_an_error_at_its_field_and_scx_is_not_asked(browser: Client):
    answer = browser.post(url(ChannelFactory()), {"step": "send", "pin": " "})
    assert answer.context["pin"].errors == {"pin": ["This field is required."]}


@pytest.mark.django_db(transaction=True)
def test_scx_is_asked_outside_of_any_transaction(browser: Client, monkeypatch):
    asked = []

    def note(*args: Any, **kwargs: Any) -> None:
        asked.append(connection.in_atomic_block)

    for module, name in (
        (channel_patch, "request_pin"),
        (minimum_versions, "send"),
        (minimum_versions, "read_back"),
    ):
        monkeypatch.setattr(module, name, note)
    channel = ChannelFactory()
    for step in ("pin", "send", "read"):
        browser.post(url(channel), {"step": step, "pin": "12345678"})
    assert asked == [False, False, False]


def test_beside_the_form_stands_whom_the_wish_concerns(browser: Client):
    channel = ChannelFactory(minimum_client_versions=WAWI)
    today = timezone.localdate()
    for version, number in {"1.9.7.0": 1, "1.11.0.6": 2, "<b>newest</b>": 1}.items():
        SellerFactory.create_batch(number, channel=channel, client_version=version, client_seen_on=today)
    page = " ".join(browser.get(url(channel)).content.decode().split())
    assert "1 of 3 sellers seen in the last 30 days (33.3 %) use a JTL-Wawi older than what is wanted." in page
    assert "1 more seller’s version cannot be read" in page
    assert "<b>newest" not in page
    for words in ("Gradual rollout", "Controlled upgrade", "Legacy protection", "SLR202", "stay connected"):
        assert words in page


def test_a_channel_nobody_was_seen_on_says_so(browser: Client):
    assert "No seller’s events have named a version" in browser.get(url(ChannelFactory())).content.decode()


def test_a_platform_has_no_such_page_and_says_why(browser: Client):
    platform = PlatformFactory()
    answer = browser.get(url(platform), follow=True)
    assert answer.redirect_chain == [(reverse("admin:platforms_channel_change", args=[platform.pk]), 302)]
    assert "A platform is virtual and demands no client versions" in answer.content.decode()
    assert browser.post(url(platform), {"step": "pin"}).status_code == 302


def test_the_channels_page_leads_there(browser: Client):
    for channel in (ChannelFactory(minimum_client_versions=WAWI), MarketplaceFactory()):
        page = browser.get(reverse("admin:platforms_channel_change", args=[channel.pk])).content.decode()
        assert url(channel) in page
        assert ("not yet at SCX" in page) is bool(channel.minimum_client_versions)


def test_saving_the_channels_own_form_keeps_the_wish(browser: Client):
    channel = ChannelFactory(minimum_client_versions=WAWI)
    data = {
        **{name: getattr(channel, name) for name in ("code", "display_name", "kind", "currency", "connector")},
        "languages": "de",
        "countries": "DE",
        "stock_source": "events",
        "retention_days": "30",
        "in_progress_report": "late",
        "waiting_limit_hours": "48",
        "is_active": "on",
        "price_types-TOTAL_FORMS": "0",
        "price_types-INITIAL_FORMS": "0",
    }
    answer = browser.post(reverse("admin:platforms_channel_change", args=[channel.pk]), data)
    assert answer.status_code == 302
    assert stored(channel) == WAWI
    assert channel.retention_days == 30


def test_it_is_for_staff_with_the_right_to_the_channel(browser_of, browser: Client):
    channel, other = ChannelFactory(), ChannelFactory()
    viewer = rows.user(is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_channel"))
    answers = {
        "nobody": Client().get(url(channel)),
        "no right": browser_of(rows.user(is_staff=True)).get(url(channel)),
        "may view": browser_of(viewer).get(url(channel)),
        "may not change": browser_of(viewer).post(url(channel), {"step": "read"}),
        "of another channel": browser_of(rows.staff_of(other)).get(url(channel)),
        "of this channel": browser_of(rows.staff_of(channel)).get(url(channel)),
        "no such channel": browser.get("/admin/platforms/channel/999999/client-versions/"),
        "another method": browser.put(url(channel)),
    }
    assert {who: answer.status_code for who, answer in answers.items()} == {
        "nobody": 302,
        "no right": 403,
        "may view": 200,
        "may not change": 403,
        "of another channel": 302,
        "of this channel": 200,
        "no such channel": 302,
        "another method": 405,
    }
    assert "step" not in answers["may view"].content.decode()
    assert answers["of another channel"]["Location"] == "/admin/"
