import pytest

from tests.sandbox.test_sellers import session_of, sign_up, start_update


@pytest.fixture
def markets(scx, merchant):
    """Marketplaces m-de and m-fr of one platform; the merchant is signed up through m-de as S1."""
    m_de, m_fr = scx.platform("m-de", "m-fr")
    m_de("POST", "/v1/channel/seller", 201, json={"session": sign_up(merchant, "plat"), "sellerId": "S1"})
    return m_de, m_fr


def assign(market, account: int = 1001, status: int = 200, **body):
    return market("POST", f"/v1/channel/seller/platform/{account}", status, json={"sellerId": "S1", **body})


def sellers_of(market):
    return [
        (seller["sellerId"], seller["isActiveByJTL"], seller["isActiveByChannel"])
        for seller in market("GET", "/v1/channel/seller/list", 200)["sellerList"]
    ]


def test_a_platform_is_virtual(scx):
    scx.platform("m-de")
    [platform] = [each for each in scx.control("GET", "channels")["channels"] if each["code"] == "plat"]
    assert platform["refreshToken"] is None
    event = {"channel": "plat", "type": "System:Test", "event": {}}
    assert "virtual" in scx.control("POST", "events", 400, json=event)["error"]


def test_sign_up_on_a_marketplace_is_slr204(scx, merchant):
    scx.platform("m-de")
    [(code, message)] = merchant.refusal("POST", "/v1/seller/channel/m-de", 403)
    assert (code, message) == (
        "SLR204",
        "Sign-up is not possible on this marketplace; sign up on its platform plat.",
    )


def test_a_marketplace_token_completes_the_platforms_sign_up(markets):
    m_de, m_fr = markets
    assert sellers_of(m_de) == [("S1", True, True)]
    assert sellers_of(m_fr) == []


def test_whether_the_sign_up_also_joins_the_tokens_marketplace_is_a_switch(scx, merchant):
    scx.settings(platformSignUpLinksTokenChannel=False)
    [m_de] = scx.platform("m-de")
    m_de("POST", "/v1/channel/seller", 201, json={"session": sign_up(merchant, "plat"), "sellerId": "S1"})
    assert sellers_of(m_de) == []
    assert [own["channel"] for own in merchant("GET", "/v1/seller", 200)["sellerList"]] == ["plat"]


def test_an_assignment_adds_and_switches_off_one_marketplace(markets):
    m_de, m_fr = markets
    assign(m_fr)
    assign(m_de, isActive=False)
    assert sellers_of(m_fr) == [("S1", True, True)]
    assert sellers_of(m_de) == [("S1", True, False)]


def test_an_assignment_needs_a_seller_of_the_platform_and_a_marketplace(markets, shop):
    _m_de, m_fr = markets
    assign(m_fr, account=1002, status=404)
    assert m_fr("POST", "/v1/channel/seller/platform/1001", json={"sellerId": "S2"}).status_code == 404
    assign(shop, status=403)


def test_a_sibling_named_in_an_assignment_is_honoured_ignored_or_refused(scx, markets):
    m_de, m_fr = markets
    assign(m_de, channel="m-fr")
    assert sellers_of(m_fr) == [("S1", True, True)]
    assert scx.books(path="/v1/channel/seller/platform")[-1]["deviations"] == [
        "channel m-fr in an assignment with a token of m-de: honoured"
    ]
    scx.settings(assignmentChannel="ignore")
    assign(m_de, channel="m-fr", isActive=False)
    assert (sellers_of(m_de), sellers_of(m_fr)) == ([("S1", True, False)], [("S1", True, True)])
    scx.settings(assignmentChannel="refuse")
    assign(m_de, channel="m-fr", status=400)


def test_unlinking_on_the_platform_ends_every_marketplace_until_they_are_assigned_after_an_update(markets, merchant):
    m_de, m_fr = markets
    assign(m_fr)
    merchant("DELETE", "/v1/seller/channel/plat/S1", 202)
    assert [len(market.events()) for market in markets] == [1, 1]
    assign(m_fr, status=400)
    m_de("PATCH", "/v1/channel/seller", 201, json={"session": start_update(merchant, "plat"), "isActive": True})
    assert sellers_of(m_fr) == [("S1", False, True)]
    assign(m_fr)
    assert (sellers_of(m_de), sellers_of(m_fr)) == ([("S1", False, True)], [("S1", True, True)])


def test_a_seller_removed_from_its_last_marketplace_is_gone_from_the_platform(scx, markets):
    m_de, m_fr = markets
    assign(m_fr)
    m_de("DELETE", "/v1/channel/seller/S1", 204)
    assert [each["sellerId"] for each in scx.control("GET", "sellers")["sellers"]] == ["S1"]
    m_fr("DELETE", "/v1/channel/seller/S1", 204)
    assert scx.control("GET", "sellers")["sellers"] == []


def test_an_update_without_its_own_url_uses_the_platforms_sign_up_url(markets, merchant):
    answer = merchant("PATCH", "/v1/seller/channel/m-de", 200)
    session = session_of(answer["updateUrl"])
    assert answer["updateUrl"] == f"https://plat.example.com/?s={session}&expiresAt={answer['expiresAt']}"
    assert answer["sellerId"] == "S1"


def test_the_public_list_shows_platforms_with_their_marketplaces(scx, markets, shop):
    channels = shop("GET", "/v1/public/channel", 200)["channelList"]
    assert [channel["channel"] for channel in channels] == ["DEMOSHOP", "plat"]
    assert [(each["channel"], each["stockSyncGroup"]) for each in channels[1]["marketplaceChannelList"]] == [
        ("m-de", None),
        ("m-fr", None),
    ]


@pytest.mark.parametrize(
    ("wish", "reason"),
    [
        ({"code": "plat", "isPlatform": False}, "plat has marketplaces and must stay a platform."),
        ({"code": "new-one", "platform": "nowhere"}, "There is no channel nowhere."),
        ({"code": "new-one", "platform": "m-de"}, "m-de is not a platform."),
        ({"code": "m-de", "signUpUrl": "https://x"}, "A marketplace inherits the URLs of its platform and cannot"),
        ({"code": "new-one", "stockSyncGroup": "EU"}, "Only a marketplace can be in a stock sync group."),
    ],
)
def test_impossible_channels_are_refused(scx, markets, wish, reason):
    assert scx.control("POST", "channels", 400, json=wish)["error"].startswith(reason)
