"""A hosted page speaks the merchant's language; where it has none of his, the channel's."""

import pytest
from django.conf import settings

from tests.factories import ChannelFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("languages", "accepted", "spoken"),
    [
        (["de"], "fr", "de"),
        (["de"], "", "en"),
        (["de"], "en-GB,en;q=0.8", "en"),
        (["fr", "de"], "fr", "de"),
        (["de", "en"], "fr", "en"),
        (["fr"], "fr", "en"),
        (["en"], "de-AT", "de"),
    ],
)
def test_the_page_is_in(client, languages, accepted, spoken):
    channel = ChannelFactory(languages=languages)
    page = client.get(f"/sign-up/{channel.code}/", headers={"Accept-Language": accepted}).content.decode()
    assert f'<html lang="{spoken}"' in page


def test_who_has_chosen_keeps_his_language(client):
    channel = ChannelFactory(languages=["de"])
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    page = client.get(f"/sign-up/{channel.code}/", headers={"Accept-Language": "fr"}).content.decode()
    assert '<html lang="en"' in page
