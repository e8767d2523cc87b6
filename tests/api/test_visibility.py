"""A key sees nothing of other channels, in any list, whatever it asks for."""

import pytest

from tests.api.conftest import fields
from tests.factories import (
    AccountFactory,
    ChannelFactory,
    EventFactory,
    MarketplaceFactory,
    OfferFactory,
    PlatformFactory,
    SellerFactory,
    StockLevelFactory,
)
from tests.feeds import commit

LISTS = (
    "channels/",
    "sellers/",
    "accounts/",
    "offers/",
    "stock-levels/",
    "stock-changes/",
    "seller-changes/",
    "price-changes/",
    "events/",
)
FILTERED = LISTS[1:]


def fill(channel):
    """One row of everything a channel may have."""
    home = channel.home
    SellerFactory(channel=home)
    AccountFactory(channel=home)
    OfferFactory(channel=channel)
    StockLevelFactory(channel=channel)
    EventFactory(channel=channel)
    commit()
    return channel


def codes(answer):
    return {row.get("channel") or row["code"] for row in answer.json()["results"]}


@pytest.mark.parametrize("path", LISTS)
def test_a_key_of_one_channel_lists_that_channel_only(caller, path):
    mine, _other = fill(ChannelFactory()), fill(ChannelFactory())

    assert codes(caller("read", mine).get(path)) == {mine.code}


@pytest.mark.parametrize("path", LISTS)
def test_a_key_of_no_channel_lists_all(caller, path):
    both = {fill(ChannelFactory()).code, fill(ChannelFactory()).code}

    assert codes(caller("read").get(path)) == both


@pytest.mark.parametrize("path", LISTS)
def test_a_key_of_a_platform_lists_its_marketplaces_future_ones_too(caller, path):
    platform = PlatformFactory()
    mine = caller("read", platform)
    market = fill(MarketplaceFactory(platform=platform))
    fill(MarketplaceFactory())

    assert codes(mine.get(path)) <= {platform.code, market.code}
    assert codes(mine.get(path))


@pytest.mark.parametrize("path", FILTERED)
def test_a_channel_out_of_sight_is_one_that_does_not_exist(caller, path):
    mine, other = fill(ChannelFactory()), fill(ChannelFactory())
    key = caller("read", mine)

    foreign, missing = key.get(path, channel=other.code), key.get(path, channel="NOTHING")

    assert fields(foreign) == fields(missing) == {"channel": "unknown_channel"}
    assert foreign.json()["detail"] == missing.json()["detail"]


def test_two_channels_may_be_named_by_one_key(caller):
    one, two = fill(ChannelFactory()), fill(ChannelFactory())
    fill(ChannelFactory())

    assert codes(caller("read", one, two).get("offers/")) == {one.code, two.code}
