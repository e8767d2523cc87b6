"""Why a level is what it is, and how stock comes in, as staff see it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from stock.models import StockLevel, StockMinute
from tests.factories import ChannelFactory, StockUpdateFactory
from tests.stock.pool import offer, platform, told

pytestmark = pytest.mark.django_db


def test_the_page_of_a_level_tells_what_made_it_and_what_did_not(browser: Client):
    platform({"de": "EU", "fr": "EU"})
    offer("de", 1), offer("fr", 2)
    told("de", 1, quantity=17, seconds=5)
    told("fr", 2, quantity=23, seconds=1)
    level = StockLevel.objects.get(channel__code="fr")

    page = browser.get(reverse("admin:stock_stocklevel_change", args=[level.pk])).content.decode()

    assert page.index("came too late") < page.index("counts now")
    assert "De, 1" in page
    assert "23" in page


def test_a_level_nothing_is_known_of_any_more_says_so(browser: Client):
    platform({"de": ""})
    told("de", 1, quantity=17, seconds=5)
    level = StockLevel.objects.get()
    StockLevel.objects.update(offer_id=99)

    page = browser.get(reverse("admin:stock_stocklevel_change", args=[level.pk])).content.decode()

    assert "Nothing was said of it in the last 7 days." in page


def test_the_history_is_asked_for_once_and_says_where_none_is_kept(browser: Client, settings):
    settings.STOCK_HISTORY_DAYS = 0
    platform({"de": ""})
    told("de", 1, quantity=17, seconds=5)
    with CaptureQueriesContext(connection) as asked:
        page = browser.get(reverse("admin:stock_stocklevel_change", args=[StockLevel.objects.get().pk]))
    assert sum('FROM "stock_stockupdate"' in query["sql"] for query in asked) == 1
    assert "is not kept (STOCK_HISTORY_DAYS)" in page.content.decode()


def test_quantities_no_stock_can_have_are_found(browser: Client):
    StockUpdateFactory(offer_id=4711)
    StockUpdateFactory(offer_id=4712, said="-3")

    page = browser.get(reverse("admin:stock_stockupdate_changelist"), {"impossible": "yes"}).content.decode()

    assert "-3, counts as 5" in page
    assert "4711" not in page


class TestCharts:
    @pytest.fixture
    def minutes(self):
        """Two channels of which one took in 30 and the other 7 in the same minute, and one before the window."""
        one, two = ChannelFactory(), ChannelFactory()
        at = timezone.now().replace(second=0, microsecond=0) - timedelta(minutes=3)
        delays = [0] * 13
        for channel, counted, superseded in ((one, 30, 2), (two, 7, 0)):
            slow = [*delays[:4], counted, *delays[5:]]
            StockMinute.objects.create(channel=channel, at=at, counted=counted, superseded=superseded, delays=slow)
        StockMinute.objects.create(channel=one, at=at - timedelta(hours=3), counted=1000, delays=delays)
        return one

    def test_all_channels_together(self, browser: Client, minutes):
        page = browser.get(reverse("admin:stock_stockminute_changelist")).content.decode()
        assert "37 counted and 2 came too late in the last two hours; at most 39 in a minute." in page
        assert "Half of the updates took up to 30 seconds, 19 of 20 up to 30 seconds." in page

    def test_one_channel(self, browser: Client, minutes):
        query = {"channel__id__exact": minutes.pk}
        page = browser.get(reverse("admin:stock_stockminute_changelist"), query).content.decode()
        assert "30 counted and 2 came too late" in page

    def test_nothing_at_all(self, browser: Client, db):
        page = browser.get(reverse("admin:stock_stockminute_changelist")).content.decode()
        assert "0 counted and 0 came too late" in page
        assert "Half of the updates" not in page
