"""The assistant's page, and the ways to it."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from platforms.models import AddressProbe, Channel, JobStatus
from tests.admin import rows
from tests.admin.test_channels import ADD, form
from tests.factories import ChannelFactory, PlatformFactory
from tests.platforms.test_readiness import beat, checked, make_ready

pytestmark = pytest.mark.django_db

LIST = reverse("admin:platforms_channel_changelist")


def url(channel: Channel) -> str:
    return reverse("admin:platforms_channel_assistant", args=[channel.pk])


def test_the_next_step_has_the_one_thing_to_do(browser: Client):
    channel = ChannelFactory(refresh_token="")
    beat()

    page = " ".join(browser.get(url(channel)).content.decode().split())

    assert page.count('aria-current="step"') == 1
    assert page.count("Enter the token </a>") == 1
    assert f'href="/admin/platforms/channel/{channel.pk}/change/#id_new_refresh_token"' in page
    assert "11 steps to go" in page
    assert f'href="{url(channel)}"' in page
    # What comes later is named and not explained.
    assert "Price type known to SCX" in page
    assert "Without a price type" not in page


def test_a_channel_that_is_ready_has_nothing_to_do(browser: Client):
    page = browser.get(url(make_ready(ChannelFactory()))).content.decode()

    assert "All is done" in page
    assert "aria-current" not in page


def test_addresses_for_jtl_can_be_copied(browser: Client):
    channel = make_ready(ChannelFactory())
    channel.at_scx.settings["signUpUrl"] = "https://old.example/?s={SESSION}"
    channel.at_scx.save()

    page = browser.get(url(channel)).content.decode()

    for address in (channel.effective_sign_up_url, channel.effective_update_url):
        assert f'<code class="portal-copy">{address}</code>' in page


def test_the_exchange_is_asked_for_by_its_button(browser: Client, django_capture_on_commit_callbacks):
    channel = make_ready(ChannelFactory())
    Channel.objects.update(token_succeeded_at=None)
    assert 'name="action" value="exchange"' in " ".join(browser.get(url(channel)).content.decode().split())

    with django_capture_on_commit_callbacks(execute=True):
        answer = browser.post(url(channel), {"action": "exchange"}, follow=True)

    assert JobStatus.objects.filter(channel=channel, queued_at__isnull=False).exists()
    assert "The worker was asked" in answer.content.decode()


def test_the_addresses_are_checked_by_their_button(browser: Client, settings):
    settings.PORTAL_URL = "http://127.0.0.1:1"
    channel = ChannelFactory()

    answer = browser.post(url(channel), {"action": "check-addresses"}, follow=True)

    assert set(AddressProbe.objects.values_list("kind", "problem")) == {
        ("sign-up", "no-answer"),
        ("update", "no-answer"),
    }
    assert "does not answer" in answer.content.decode()


def test_who_may_only_look_sees_the_steps_without_buttons(browser_of):
    viewer = rows.user(is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_channel"))
    channel = make_ready(ChannelFactory())
    AddressProbe.objects.all().delete()
    browser = browser_of(viewer)

    page = browser.get(url(channel)).content.decode()

    assert "call its own addresses" in page
    assert "Check the addresses" not in page
    assert browser.post(url(channel), {"action": "check-addresses"}).status_code == 403
    assert not AddressProbe.objects.exists()


def test_staff_of_another_channel_do_not_get_there(browser_of):
    channel = ChannelFactory()
    browser = browser_of(rows.staff_of(ChannelFactory()))

    assert channel.code not in browser.get(url(channel), follow=True).content.decode()
    assert browser.post(url(channel), {"action": "check-addresses"}).status_code == 302
    assert not AddressProbe.objects.exists()


def test_a_channel_that_is_made_goes_on_with_the_assistant(browser: Client):
    page = browser.get(LIST).content.decode()
    assert f'href="{reverse(ADD)}"' in page

    answer = browser.post(reverse(ADD), form())

    assert answer["Location"] == url(Channel.objects.get())


def test_the_form_of_a_new_channel_has_what_most_take(browser: Client):
    page = " ".join(browser.get(reverse(ADD)).content.decode().split())

    assert 'name="languages" value="de, en"' in page
    assert '<option value="manual" selected>' in page


@pytest.mark.parametrize("name", ["_continue", "_addanother"])
def test_who_says_where_to_go_on_goes_there(browser: Client, name):
    answer = browser.post(reverse(ADD), form(**{name: "1"}))

    assert "assistant" not in answer["Location"]


def test_the_list_and_the_channel_lead_to_the_assistant(browser: Client):
    well, ill = make_ready(ChannelFactory()), ChannelFactory(refresh_token="")
    checked(ill, "no-answer")

    listed = browser.get(LIST).content.decode()
    page = browser.get(reverse("admin:platforms_channel_change", args=[ill.pk])).content.decode()

    assert listed.count("/assistant/") == 2
    assert "ready" in listed.split(f'href="{url(well)}"')[1][:300]
    assert "11 steps to go" in listed.split(f'href="{url(ill)}"')[1][:300]
    assert f'href="{url(ill)}"' in page


def test_a_marketplace_is_set_up_from_its_platform(browser: Client):
    platform = PlatformFactory()
    beat()

    next_step = browser.get(url(platform)).context["found"].next_step
    assert next_step.link_text == "Set up a marketplace"
    add = browser.get(next_step.url).content.decode()

    assert '<option value="marketplace" selected>' in add
    assert f'<option value="{platform.pk}" selected>' in add
