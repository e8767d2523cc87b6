"""What a channel cannot be: platform and marketplace at once, or a marketplace without its platform."""

import pytest


@pytest.fixture(autouse=True)
def _mall(scx):
    """The platform plat with the marketplace m-de, a platform without any, and a standalone shop."""
    scx.platform("m-de")
    scx.control("POST", "channels", 201, json={"code": "lonely", "isPlatform": True})
    scx.channel("DEMOSHOP")


@pytest.mark.parametrize(
    ("wish", "reason"),
    [
        ({"code": "plat", "isPlatform": False}, "plat has marketplaces and must stay a platform."),
        ({"code": "plat", "platform": "lonely"}, "A platform has no platform, no token and no stock sync group"),
        ({"code": "plat", "stockSyncGroup": "EU"}, "A platform has no platform, no token and no stock sync group"),
        ({"code": "m-de", "isPlatform": True}, "A platform has no platform, no token and no stock sync group"),
        (
            {"code": "m-de", "updateUrl": "https://x.example/{SESSION}"},
            "A marketplace inherits the URLs of its platform",
        ),
        ({"code": "DEMOSHOP", "platform": "m-de"}, "m-de is not a platform."),
        ({"code": "DEMOSHOP", "platform": "DEMOSHOP"}, "DEMOSHOP is not a platform."),
    ],
)
def test_impossible_changes_are_refused_and_change_nothing(scx, wish, reason):
    before = scx.control("GET", "channels")
    assert reason in scx.control("POST", "channels", 400, json=wish)["error"]
    assert scx.control("GET", "channels") == before


def test_a_platform_without_marketplaces_may_become_a_channel(scx):
    assert scx.control("POST", "channels", 200, json={"code": "lonely", "isPlatform": False})["refreshToken"]


def test_a_marketplace_that_leaves_its_group_has_null_as_its_group(scx):
    for group in ("EU", None):
        scx.control("POST", "channels", 200, json={"code": "m-de", "stockSyncGroup": group})
        shop = scx.channel("DEMOSHOP")
        channels = shop("GET", "/v1/public/channel", 200)["channelList"]
        [platform] = [each for each in channels if each["channel"] == "plat"]
        [child] = platform["marketplaceChannelList"]
        assert (child["stockSyncGroup"], "stockSyncGroup" in child) == (group, True)
