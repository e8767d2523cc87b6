"""The finding that SCX lets nothing through: not for a minute's wait, and only while it lasts."""

from datetime import timedelta

import pytest
from django.utils import timezone

from platforms import quota_finders
from platforms.models import QuotaBucket
from platforms.quota import DatabaseQuota
from platforms.scx.quota import RateHeaders
from tests.factories import ChannelFactory

pytestmark = pytest.mark.django_db


def blocked(**minutes: float) -> None:
    now = timezone.now()
    times = {name: now + timedelta(minutes=number) for name, number in minutes.items()}
    QuotaBucket.objects.create(channel=ChannelFactory(code="SHOP"), group="event", **times)


def test_a_long_wait_is_told_with_its_channel_and_its_end():
    blocked(blocked_until=60)
    (finding,) = quota_finders.standing_still()
    assert (finding.code, finding.channel, finding.critical) == ("scx-quota", "SHOP", False)
    assert "“event”" in finding.text


def test_short_refusals_one_after_the_other_are_told_with_their_beginning():
    blocked(blocked_until=0.5, throttled_since=-6)
    (finding,) = quota_finders.standing_still()
    assert finding.since == QuotaBucket.objects.get().throttled_since


@pytest.mark.parametrize(
    "minutes",
    [{}, {"blocked_until": 1}, {"blocked_until": -1}, {"blocked_until": 1, "throttled_since": -1}],
)
def test_an_ordinary_wait_is_no_finding(minutes):
    blocked(**minutes)
    assert list(quota_finders.standing_still()) == []


def test_it_is_over_with_the_first_answer():
    blocked(blocked_until=-0.5, throttled_since=-6)
    quota = DatabaseQuota(QuotaBucket.objects.get().channel_id)
    assert len(list(quota_finders.standing_still())) == 1
    quota.acquire("event")
    quota.observe("event", RateHeaders(), throttled_for=None)
    assert list(quota_finders.standing_still()) == []
