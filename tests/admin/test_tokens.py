"""Refresh tokens in the admin: tested when entered, refused when foreign, shown by state and age alone."""

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from platforms.models import Channel
from tests.admin.test_channels import ADD, edit, errors, form
from tests.factories import ChannelFactory, PlatformFactory

pytestmark = pytest.mark.django_db


def said(answer: Any) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


def test_the_person_who_enters_a_token_is_told_whose_it_is(browser, sandbox):
    channel = sandbox.adopt(ChannelFactory())
    token = channel.refresh_token
    Channel.objects.update(refresh_token="")
    answer = edit(browser, channel, new_refresh_token=token)
    assert f"This token belongs to {channel.code} and is valid." in said(answer)
    stored = Channel.objects.get()
    assert stored.refresh_token == token
    page = browser.get(reverse("admin:platforms_channel_change", args=[channel.pk])).content.decode()
    assert token not in page
    assert "Token entered" in page


def test_a_token_entered_with_a_channel_that_is_made_is_tested_as_well(browser, sandbox):
    known = sandbox.adopt(ChannelFactory())
    token = known.refresh_token
    known.delete()
    answer = browser.post(reverse(ADD), form(code=known.code, new_refresh_token=token))
    assert answer.status_code == 302
    assert Channel.objects.get().token_succeeded_at


def test_a_token_of_another_channel_is_an_error_at_the_field_and_the_old_one_stays(browser, sandbox):
    ours, other = sandbox.adopt(ChannelFactory()), sandbox.adopt(ChannelFactory())
    answer = edit(browser, ours, new_refresh_token=other.refresh_token)
    (message,) = errors(answer)["new_refresh_token"]
    assert f"belongs to {other.code}, not to {ours.code}" in message
    assert other.refresh_token not in answer.content.decode()
    assert Channel.objects.get(pk=ours.pk).refresh_token == ours.refresh_token


def test_a_token_scx_refuses_is_an_error_at_the_field(browser, sandbox):
    channel = sandbox.adopt(ChannelFactory())
    answer = edit(browser, channel, new_refresh_token="CHANNEL:of-nobody")
    (message,) = errors(answer)["new_refresh_token"]
    assert "does not accept this token" in message
    assert "of-nobody" not in answer.content.decode()


def test_without_an_answer_of_scx_it_is_stored_and_said_so(browser, settings):
    settings.SCX_BASE_URL = "http://127.0.0.1:9"
    channel = ChannelFactory()
    answer = edit(browser, channel, new_refresh_token="CHANNEL:to-be-seen")
    assert any("could not be asked" in text for text in said(answer))
    assert Channel.objects.get().refresh_token == "CHANNEL:to-be-seen"


def test_the_stored_token_is_tested_by_a_button(browser, sandbox):
    channel, platform = sandbox.adopt(ChannelFactory()), PlatformFactory()
    chosen = {"action": "test_token", "_selected_action": [channel.pk, platform.pk]}
    texts = said(browser.post(reverse("admin:platforms_channel_changelist"), chosen))
    assert f"This token belongs to {channel.code} and is valid." in texts
    assert f"{platform.code} is a platform: it has no token, its marketplaces have theirs." in texts
