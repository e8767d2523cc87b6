"""The admin's first page: what is wrong, for whom it is, and where it is put right."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from platforms.findings import Finding
from platforms.models import Channel, Heartbeat
from tests.admin import rows
from tests.factories import ChannelFactory, MarketplaceFactory

pytestmark = pytest.mark.django_db

INDEX = reverse("admin:index")


def find() -> list[Finding]:
    """One finding of each channel and one of the portal."""
    since = timezone.now() - timedelta(hours=2)
    of_channels = [
        Finding(
            "token-refused",
            f"The token of {channel.display_name} is <refused>.",
            critical=True,
            since=since,
            channel=channel.code,
            url=reverse("admin:platforms_channel_change", args=[channel.pk]),
        )
        for channel in Channel.objects.callable()
    ]
    return [*of_channels, Finding("clock-off", "The clock is off.")]


@pytest.fixture
def found(settings) -> None:
    settings.PORTAL_FINDERS = (f"{__name__}.find",)


def test_nothing_wrong_is_one_line_with_the_last_beat(browser: Client):
    Heartbeat.objects.create(cluster="one", beat_at=timezone.now())
    page = browser.get(INDEX).content.decode()

    assert "Nothing needs attention" in page
    assert "Last sign of life of a worker" in page


def test_what_is_wrong_is_told_in_words_with_its_channel_and_the_way_to_mend_it(browser: Client, found):
    shop = ChannelFactory(code="SHOP", display_name="Shop")
    page = browser.get(INDEX).content.decode()

    assert "The token of Shop is &lt;refused&gt;." in page
    assert f'href="/admin/platforms/channel/{shop.pk}/change/"' in page
    assert page.index("Act now") < page.index("Watch")
    assert "No worker has given a sign of life yet." in page


def test_staff_read_of_their_channels_and_of_the_portal_only(browser_of, found):
    theirs, other = ChannelFactory(display_name="Their shop"), ChannelFactory(display_name="Another shop")
    market = MarketplaceFactory(display_name="Market of a platform")
    page = browser_of(rows.staff_of(theirs, market.platform)).get(INDEX).content.decode()

    assert "Their shop" in page
    assert "Market of a platform" in page
    assert "The clock is off." in page
    assert other.display_name not in page


def test_a_page_that_staff_may_not_open_is_not_linked(browser_of, found):
    shop = ChannelFactory(display_name="Shop")
    user = rows.user(is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_event"))
    page = browser_of(user).get(INDEX).content.decode()

    assert "The token of Shop" in page
    assert f"/admin/platforms/channel/{shop.pk}/" not in page


def test_staff_without_any_right_read_nothing(browser_of, found):
    ChannelFactory(display_name="Shop")
    page = browser_of(rows.user(is_staff=True)).get(INDEX).content.decode()

    assert "Shop" not in page
    assert "clock" not in page


def test_of_a_hundred_the_first_are_shown_and_the_rest_counted(browser: Client, settings, monkeypatch):
    settings.PORTAL_FINDERS = (f"{__name__}.find_many",)
    page = browser.get(INDEX).content.decode()

    assert page.count("Trouble ") == 25
    assert "75 more are not shown." in page


def find_many() -> list[Finding]:
    return [Finding("trouble", f"Trouble {number}.") for number in range(100)]
