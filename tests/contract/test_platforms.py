import pytest

from tests.contract import walks
from tests.contract.walks import SELLERS, own_sellers, start_sign_up, start_update


@pytest.fixture
def account(markets, seller_id):
    """The merchant's jtlAccountId."""
    return walks.sellers_of(markets[0])[seller_id]["jtlAccountId"]


@pytest.fixture
def assign(account, seller_id):
    """Assigns the merchant's seller to a marketplace; gives the status."""

    def post(market, account=account, seller_id=seller_id, **body):
        path = f"{SELLERS}/platform/{account}"
        return market("POST", path, json={"sellerId": seller_id, **body}).status_code

    return post


@pytest.fixture
def activity(seller_id):
    """Whether the seller is active on a marketplace, by JTL and by the channel; None where it is not known."""

    def read(market):
        seller = walks.sellers_of(market).get(seller_id)
        return seller and (seller["isActiveByJTL"], seller["isActiveByChannel"])

    return read


def test_a_platform_is_virtual(control):
    control.platform("MARKETDE")
    [platform] = [each for each in control.control("GET", "channels")["channels"] if each["code"] == "PLATFORM"]
    assert platform["refreshToken"] is None
    event = {"channel": "PLATFORM", "type": "System:Test", "event": {}}
    assert "virtual" in control.control("POST", "events", 400, json=event)["error"]


def test_sign_up_on_a_marketplace_is_slr204(markets, merchant):
    answer = merchant("POST", f"/v1/seller/channel/{markets[0].code}")
    assert answer.status_code == 403
    assert [error["code"] for error in answer.json()["errorList"]] == ["SLR204"]


@pytest.mark.inferred("no source says which token completes the sign-up on a platform")
def test_a_marketplace_token_completes_the_platforms_sign_up(markets, activity, merchant, seller_id):
    assert activity(markets[0]) == (True, True)
    assert activity(markets[1]) is None
    platform = walks.platform_of(markets[0])
    assert {(platform, seller_id), (markets[0].code, seller_id)} <= set(own_sellers(merchant))


def test_whether_the_sign_up_also_joins_the_tokens_marketplace_is_a_switch(control, merchant):
    control.settings(platformSignUpLinksTokenChannel=False)
    [market] = control.platform("MARKETDE")
    walks.sign_up(merchant, market, "S1", on="PLATFORM")
    assert walks.sellers_of(market) == {}
    assert list(own_sellers(merchant)) == [("PLATFORM", "S1")]


@pytest.mark.inferred("the status of an assignment is not published")
def test_an_assignment_adds_and_switches_off_one_marketplace(markets, assign, activity):
    first, second = markets
    assert (assign(second), assign(first, isActive=False)) == (200, 200)
    assert (activity(first), activity(second)) == ((True, False), (True, True))


@pytest.mark.inferred("no source says how an assignment of a stranger is refused")
def test_an_assignment_needs_a_seller_of_the_platform(markets, assign, account, activity, seller_id):
    assert assign(markets[1], account=account + 100_000) == 404
    assert assign(markets[1], seller_id=f"{seller_id}b") == 404
    assert activity(markets[1]) is None


@pytest.mark.inferred("no source says how an assignment on another channel is refused")
def test_an_assignment_needs_a_marketplace(shop, assign):
    assert assign(shop) == 403


def test_a_sibling_named_in_an_assignment_is_honoured_ignored_or_refused(control, markets, assign, activity):
    first, second = markets
    assert assign(first, channel=second.code) == 200
    assert activity(second) == (True, True)
    [noted] = [note for note in control.books(path=f"{SELLERS}/platform")[-1]["deviations"] if "honoured" in note]
    assert f"channel {second.code}" in noted
    control.settings(assignmentChannel="ignore")
    assert assign(first, channel=second.code, isActive=False) == 200
    assert (activity(first), activity(second)) == ((True, False), (True, True))
    control.settings(assignmentChannel="refuse")
    assert assign(first, channel=second.code) == 400


@pytest.mark.inferred("how a seller of a platform that was unlinked comes back is not said")
def test_unlinking_on_the_platform_ends_every_marketplace_until_they_are_assigned_after_an_update(
    markets, merchant, assign, activity, seller_id
):
    first, second = markets
    platform = walks.platform_of(first)
    assign(second)
    merchant("DELETE", f"/v1/seller/channel/{platform}/{seller_id}", 202)
    assert [[event["type"] for event in market.received(1)] for market in markets] == [["Seller:Channel.Unlinked"]] * 2
    assert assign(second) == 400
    body = {"session": start_update(merchant, platform, seller_id), "isActive": True}
    first("PATCH", SELLERS, 201, json=body)
    assert activity(second) == (False, True)
    assert assign(second) == 200
    assert (activity(first), activity(second)) == ((False, True), (True, True))


@pytest.mark.inferred("whether a merchant can leave one marketplace of a platform is not said")
def test_unlinking_on_one_marketplace_leaves_the_others(markets, merchant, assign, activity, seller_id):
    first, second = markets
    assign(second)
    merchant("DELETE", f"/v1/seller/channel/{second.code}/{seller_id}", 202)
    assert activity(first) == (True, True)
    assert activity(second) == (False, True)


def test_a_seller_removed_from_its_last_marketplace_is_gone_from_the_platform(control, markets, assign, seller_id):
    first, second = markets
    assign(second)
    first("DELETE", f"{SELLERS}/{seller_id}", 204)
    assert [each["sellerId"] for each in control.control("GET", "sellers")["sellers"]] == [seller_id]
    second("DELETE", f"{SELLERS}/{seller_id}", 204)
    assert control.control("GET", "sellers")["sellers"] == []


def test_the_update_of_a_marketplace_runs_on_its_platform(control, markets, merchant, seller_id):
    answer = merchant("PATCH", f"/v1/seller/channel/{markets[1].code}", 200)
    assert answer["updateUrl"].startswith("https://platform.example.com/?session=")
    assert answer["sellerId"] == seller_id


def test_a_session_of_the_platform_is_good_for_each_of_its_marketplaces(markets, merchant):
    params = {"session": start_sign_up(merchant, walks.platform_of(markets[0]))}
    for market in markets:
        market("GET", f"{SELLERS}/signup-session", 200, params=params)


@pytest.mark.parametrize(
    ("wish", "reason"),
    [
        ({"code": "PLATFORM", "isPlatform": False}, "PLATFORM has marketplaces and must stay a platform."),
        ({"code": "NEWSHOP", "platform": "NOWHERE"}, "There is no channel NOWHERE."),
        ({"code": "NEWSHOP", "platform": "MARKETDE"}, "MARKETDE is not a platform."),
        (
            {"code": "MARKETDE", "signUpUrl": "https://x/{SESSION}"},
            "A marketplace inherits the URLs of its platform and cannot",
        ),
        ({"code": "NEWSHOP", "stockSyncGroup": "EU"}, "Only a marketplace can be in a stock sync group."),
    ],
)
def test_impossible_channels_are_refused(control, wish, reason):
    control.markets()
    assert control.control("POST", "channels", 400, json=wish)["error"].startswith(reason)
