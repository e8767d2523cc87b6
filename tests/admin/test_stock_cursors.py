"""Staff say how far the stock of a channel is known."""

import pytest
from django.test import Client
from django.utils import timezone

from platforms import jobs
from platforms.models import JobStatus
from stock.models import StockCursor
from tests.factories import ChannelFactory, SellerFactory

pytestmark = pytest.mark.django_db
URL = "/admin/stock/stockcursor/"


@pytest.fixture
def cursor():
    seller = SellerFactory(channel=ChannelFactory(stock_source="per-seller"))
    return StockCursor.objects.create(
        channel=seller.channel, seller=seller, last_updated_at="2026-01-01T12:00:00Z", stuck_since=timezone.now()
    )


def act(browser: Client, cursor: StockCursor, **values: str):
    return browser.post(URL, {"action": "set_position", "_selected_action": [str(cursor.pk)], **values}, follow=True)


@pytest.mark.parametrize(
    ("moment", "position"),
    [("", StockCursor.START), ("2025-12-31 23:30", "2025-12-31T22:30:00+00:00")],
)
def test_it_goes_on_from_the_time_they_give(
    browser: Client, cursor, settings, moment, position, django_capture_on_commit_callbacks
):
    settings.TIME_ZONE = "Europe/Berlin"
    assert 'name="moment"' in act(browser, cursor).content.decode()
    cursor.refresh_from_db()
    assert cursor.last_updated_at == "2026-01-01T12:00:00Z"

    with timezone.override("Europe/Berlin"), django_capture_on_commit_callbacks(execute=True):
        act(browser, cursor, confirmed="1", moment=moment)

    cursor.refresh_from_db()
    assert (cursor.last_updated_at, cursor.stuck_since) == (position, None)
    assert JobStatus.objects.get(job="stock", channel=cursor.channel).queued_at is not None
    assert "stock" in jobs.names()


@pytest.mark.parametrize("moment", ["2999-01-01 00:00", "yesterday"])
def test_a_time_that_is_none_or_still_to_come_is_asked_for_again(browser: Client, cursor, moment):
    page = act(browser, cursor, confirmed="1", moment=moment).content.decode()
    assert 'name="moment"' in page
    assert moment in page
    cursor.refresh_from_db()
    assert cursor.last_updated_at == "2026-01-01T12:00:00Z"


def test_those_in_trouble_are_found(browser: Client, cursor):
    cursor.seller.company_name = "Stuck Ltd"
    cursor.seller.save()
    other = SellerFactory(channel=cursor.channel, company_name="All is well")
    StockCursor.objects.create(channel=cursor.channel, seller=other)
    page = browser.get(URL, {"trouble": "any"}).content.decode()
    assert "Stuck Ltd" in page
    assert "All is well" not in page
    assert "stuck since" in page


def test_cursors_that_nobody_goes_on_from_are_left_alone(browser: Client, cursor):
    unused = StockCursor.objects.create(channel=cursor.channel, last_updated_at="2026-01-01T12:00:00Z")
    page = act(browser, unused, confirmed="1", moment="").content.decode()
    unused.refresh_from_db()
    assert unused.last_updated_at == "2026-01-01T12:00:00Z"
    assert "was left alone" in page
