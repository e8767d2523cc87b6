"""Who speaks for a platform: the token of an active marketplace, and when that fails the next one's."""

import pytest
from django.utils import timezone

from platforms import failover
from platforms.scx.errors import ScxRefused, ScxUnauthorized
from tests.factories import ChannelFactory, MarketplaceFactory, PlatformFactory

pytestmark = pytest.mark.django_db


def spoken(sandbox) -> list[str]:
    """The channels whose token went out, in order."""
    return [entry["channel"] for entry in sandbox.books(path="/v1/channel/seller/list")]


def sellers(client):
    return client.sellers.list()


@pytest.fixture
def platform():
    return PlatformFactory()


@pytest.fixture
def places(sandbox, platform):
    return [sandbox.adopt(MarketplaceFactory(platform=platform, code=f"mall-{code}")) for code in ("at", "de", "fr")]


def test_one_answers_for_all(sandbox, platform, places):
    failover.ask(platform, sellers)
    assert spoken(sandbox) == ["mall-at"]


@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 429}, {"status": 401}])
def test_the_next_speaks_where_one_fails(sandbox, platform, places, fault):
    sandbox.fault("status", match={"path": "/v1/channel/seller/list", "channel": "mall-at"}, count=9, **fault)
    failover.ask(platform, sellers)
    assert spoken(sandbox)[-1] == "mall-de"


def test_a_refused_token_fails_over_and_then_comes_last(sandbox, platform, places):
    at, _de, _fr = places
    at.refresh_token = "CHANNEL:of-nobody"
    at.save()
    failover.ask(platform, sellers)
    assert spoken(sandbox) == ["mall-de"]
    at.refresh_from_db()
    assert at.token_refused_since
    assert [channel.code for channel in failover.callers(platform)] == ["mall-de", "mall-fr", "mall-at"]


def test_a_refusal_of_the_call_is_an_answer(sandbox, platform, places):
    sandbox.fault("status", match={"path": "/v1/channel/seller/list"}, status=400)
    with pytest.raises(ScxRefused):
        failover.ask(platform, sellers)
    assert spoken(sandbox) == ["mall-at"]


def test_who_is_switched_off_or_has_no_token_does_not_speak(platform):
    MarketplaceFactory(platform=platform, is_active=False)
    MarketplaceFactory(platform=platform, refresh_token="")
    MarketplaceFactory(platform=platform, code="mall-es", token_refused_since=timezone.now())
    assert [channel.code for channel in failover.callers(platform)] == ["mall-es"]


def test_a_platform_without_anybody_says_what_is_missing(platform):
    with pytest.raises(ScxUnauthorized, match="no active marketplace with a refresh token"):
        failover.ask(platform, sellers)


def test_a_standalone_channel_speaks_for_itself():
    channel = ChannelFactory()
    assert failover.callers(channel) == [channel]
