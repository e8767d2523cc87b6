"""A secret that no key decrypts is told as that, stops what needs it, and heals by being entered again."""

import pytest
from cryptography.fernet import Fernet
from django.test import Client
from django.urls import reverse

from listings.handover.job import hand_over
from platforms import findings
from platforms.jobs import Run
from platforms.models import Channel
from sellers.models import LinkSession
from tests.factories import ChannelFactory, OfferFactory, SellerFactory
from tests.sellers.conftest import Browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def lose_keys(settings):
    def lose() -> None:
        settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]

    return lose


def told() -> set[tuple[str, str]]:
    return {(each.code, each.channel) for each in findings.found() if "unreadable" in each.code}


def test_each_channel_and_the_credentials_are_told_until_they_are_entered_again(lose_keys):
    channel = ChannelFactory(code="SHOP1", connector_settings={"a": "b"})
    seller = SellerFactory(channel=channel, credentials={"a": "b"})
    assert told() == set()
    lose_keys()
    assert told() == {
        ("token-unreadable", "SHOP1"),
        ("connector-settings-unreadable", "SHOP1"),
        ("credentials-unreadable", ""),
    }
    channel = Channel.objects.get()
    channel.refresh_token, channel.connector_settings = "another", {"a": "c"}
    channel.save()
    seller.credentials = {"a": "c"}
    seller.save()
    assert told() == set()


def test_nothing_is_handed_over_without_the_settings(lose_keys):
    offer = OfferFactory(channel=ChannelFactory(connector="demo", connector_settings={"a": "b"}))
    lose_keys()
    run = Run()
    hand_over(Channel.objects.get(), run)
    offer.refresh_from_db()
    assert (offer.handed_over_revision, "enter the settings again" in run.error) == (0, True)


def test_a_merchant_whose_session_is_unreadable_is_led_back_to_wawi_and_comes_again(sandbox, lose_keys):
    channel = sandbox.adopt(ChannelFactory(code="SHOP1", connector="demo"))
    address = sandbox.merchant().start_sign_up(channel)
    browser = Browser(headers={"accept-language": "en"})
    form = browser.form_url(address)
    lose_keys()
    for answer in (browser.get(form), browser.post(form, {"company_name": "Müller"})):
        assert (answer.status_code, b"Go back to JTL-Wawi" in answer.content) == (410, True)
    channel = Channel.objects.get()
    channel.refresh_token = sandbox.adopt(channel).refresh_token
    assert browser.form_url(address) == form
    assert browser.get(form).status_code == 200
    assert browser.post(form, {"company_name": "Müller"}).status_code == 302
    assert LinkSession.objects.get().state == LinkSession.State.DONE


def test_nobody_signs_up_while_the_settings_are_unreadable(lose_keys):
    ChannelFactory(code="SHOP1", connector="demo", connector_settings={"a": "b"})
    lose_keys()
    answer = Client().get(reverse("sign-up", args=["SHOP1"]), {"session": "any"})
    assert (answer.status_code, b"at our side" in answer.content) == (503, True)
