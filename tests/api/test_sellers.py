from datetime import UTC, datetime

import pytest

from sellers.models import Membership, Notice, Seller
from tests.api.conftest import fields
from tests.factories import ChannelFactory, MarketplaceFactory, MembershipFactory, PlatformFactory, SellerFactory


@pytest.fixture
def platform(db):
    return PlatformFactory(code="amazon")


@pytest.fixture
def market(platform):
    return MarketplaceFactory(code="amazon-de", platform=platform)


@pytest.mark.parametrize("seller_id", ["SELLER-123", "shop.example", "4711"])
def test_an_adopted_id_is_told_as_scx_has_it(api, platform, seller_id):
    SellerFactory(channel=platform, seller_id=seller_id)

    assert api.get(f"sellers/{seller_id}/").json()["seller_id"] == seller_id


def test_an_id_that_no_database_holds_is_nobody_s(api, platform):
    assert api.get("sellers/S%001/").status_code == 404


def test_a_seller_is_told_with_its_marketplaces(api, platform, market):
    seller = SellerFactory(
        channel=platform,
        seller_id="S1",
        jtl_account_id=77,
        created_at=datetime(2026, 1, 1, 11, tzinfo=UTC),
        state_changed_at=datetime(2026, 1, 1, 12, tzinfo=UTC),
        credentials={"key": "TOPSECRET"},
    )
    MembershipFactory(seller=seller, marketplace=market, wanted=True, confirmed=None, error="not yet")

    answer = api.get("sellers/S1/")

    assert "TOPSECRET" not in answer.content.decode()
    assert answer.json() == {
        "seller_id": "S1",
        "channel": "amazon",
        "jtl_account_id": 77,
        "company_name": "Müller & Söhne GmbH",
        "account": None,
        "state": "active",
        "state_reason": "",
        "state_changed_at": "2026-01-01T12:00:00Z",
        "linked_at": "2026-01-01T12:00:00Z",
        "created_at": "2026-01-01T11:00:00Z",
        "credentials_rejected_at": None,
        "credentials_rejection": "",
        "channels": [{"channel": "amazon-de", "wanted": True, "confirmed": None, "error": "not yet"}],
    }


def test_an_id_that_two_channels_know_is_409_and_names_them(api):
    for code in ("SHOP-A", "SHOP-B"):
        SellerFactory(channel=ChannelFactory(code=code), seller_id="S1")

    answer = api.get("sellers/S1/")

    assert (answer.status_code, answer.json()["code"]) == (409, "ambiguous_seller")
    assert "SHOP-A, SHOP-B" in answer.json()["detail"]
    assert api.get("sellers/S1/", channel="SHOP-B").json()["channel"] == "SHOP-B"


def test_an_id_is_not_ambiguous_for_a_key_that_sees_one_of_them(caller):
    mine, other = ChannelFactory(), ChannelFactory()
    for channel in (mine, other):
        SellerFactory(channel=channel, seller_id="S1")

    assert caller("read", mine).get("sellers/S1/").json()["channel"] == mine.code


def test_sellers_are_found_by_state_and_by_where_they_sell(api, platform, market):
    member = MembershipFactory(seller__channel=platform, marketplace=market).seller
    other = SellerFactory(channel=platform, state=Seller.State.UNLINKED)

    def found(**query):
        return [row["seller_id"] for row in api.get("sellers/", **query).json()["results"]]

    assert found() == found(channel="amazon") == [member.seller_id, other.seller_id]
    assert found(channel="amazon-de") == [member.seller_id]
    assert found(state="unlinked") == [other.seller_id]
    assert fields(api.get("sellers/", state="gone")) == {"state": "invalid_choice"}


def test_a_key_of_one_marketplace_sees_its_members_and_nothing_of_the_others(caller, platform, market):
    abroad = MarketplaceFactory(platform=platform)
    both = SellerFactory(channel=platform, seller_id="BOTH")
    elsewhere = SellerFactory(channel=platform, seller_id="ELSEWHERE")
    MembershipFactory(seller=both, marketplace=market)
    MembershipFactory(seller=both, marketplace=abroad)
    MembershipFactory(seller=elsewhere, marketplace=abroad)
    mine = caller("write", market)

    (row,) = mine.get("sellers/").json()["results"]

    assert row["seller_id"] == "BOTH"
    assert [entry["channel"] for entry in row["channels"]] == [market.code]
    assert mine.get("sellers/ELSEWHERE/").status_code == 404
    assert mine.put(f"sellers/BOTH/channels/{abroad.code}/", {"is_active": False}).status_code == 404
    assert mine.put(f"sellers/ELSEWHERE/channels/{market.code}/", {"is_active": True}).status_code == 404
    assert not Membership.objects.filter(seller=elsewhere, marketplace=market).exists()


def test_put_says_where_a_seller_shall_sell(api, platform, market):
    SellerFactory(channel=platform, seller_id="S1")

    answer = api.put("sellers/S1/channels/amazon-de/", {"is_active": True})

    assert (answer.status_code, answer.json()) == (
        200,
        {"channel": "amazon-de", "wanted": True, "confirmed": None, "error": ""},
    )
    assert api.put("sellers/S1/channels/amazon-de/", {"is_active": False}).json()["wanted"] is False
    assert Membership.objects.get().wanted is False


def test_put_where_there_is_nothing_to_choose_is_409(api):
    channel = ChannelFactory()
    SellerFactory(channel=channel, seller_id="S1")

    answer = api.put(f"sellers/S1/channels/{channel.code}/", {"is_active": True})

    assert answer.status_code == 409
    assert channel.display_name in answer.json()["detail"]


def test_put_for_a_channel_that_is_not_the_platforms_is_409_and_writes_nothing(api, platform):
    SellerFactory(channel=platform, seller_id="S1")
    foreign = MarketplaceFactory(platform=PlatformFactory(display_name="Other Mall"), display_name="Other Mall Austria")

    answer = api.put(f"sellers/S1/channels/{foreign.code}/", {"is_active": True})

    assert answer.status_code == 409
    assert "Other Mall Austria is no marketplace of" in answer.json()["detail"]
    assert not Membership.objects.exists()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, {"is_active": "required"}),
        ({"is_active": None}, {"is_active": "null"}),
        ({"is_active": "x"}, {"is_active": "invalid"}),
        ({"is_active": True, "wanted": True}, {"wanted": "unknown"}),
    ],
)
def test_put_names_what_is_wrong_and_writes_nothing(api, platform, market, body, expected):
    SellerFactory(channel=platform, seller_id="S1")

    assert fields(api.put("sellers/S1/channels/amazon-de/", body)) == expected
    assert not Membership.objects.exists()


def test_the_marketplace_says_that_credentials_are_rejected_and_that_they_are_accepted_again(api):
    SellerFactory(seller_id="S1", credentials={"key": "TOPSECRET"})

    answer = api.post("sellers/S1/credentials-rejected/", {"reason": "401 for TOPSECRET"})
    assert (answer.status_code, answer.json()["credentials_rejection"]) == (200, "401 for ***")
    since = answer.json()["credentials_rejected_at"]
    assert since is not None
    again = api.post("sellers/S1/credentials-rejected/")
    assert (again.json()["credentials_rejected_at"], again.json()["credentials_rejection"]) == (since, "401 for ***")
    assert Notice.objects.count() == 1

    answer = api.post("sellers/S1/credentials-accepted/")
    assert (answer.json()["credentials_rejected_at"], answer.json()["credentials_rejection"]) == (None, "")
    assert api.post("sellers/S1/credentials-accepted/").status_code == 200


def test_credentials_of_a_removed_seller_cannot_be_rejected(api):
    SellerFactory(seller_id="S1", state="removed")
    answer = api.post("sellers/S1/credentials-rejected/")
    assert answer.status_code == 409
    assert "The seller is removed" in answer.json()["detail"]
    assert Seller.objects.get().credentials_rejected_at is None


def test_whose_credentials_are_meant_must_be_clear(api):
    for code in ("SHOP-A", "SHOP-B"):
        SellerFactory(channel=ChannelFactory(code=code), seller_id="S1")
    for word in ("rejected", "accepted"):
        assert api.post(f"sellers/S1/credentials-{word}/").json()["code"] == "ambiguous_seller"
    assert api.post("sellers/S1/credentials-rejected/?channel=SHOP-B").status_code == 200
    assert Seller.objects.get(credentials_rejected_at__isnull=False).channel.code == "SHOP-B"


def test_a_reason_is_no_longer_than_can_be_kept_and_nothing_else_is_taken(api):
    SellerFactory(seller_id="S1")
    too_long = api.post("sellers/S1/credentials-rejected/", {"reason": "x" * 501})
    assert (too_long.status_code, fields(too_long)) == (400, {"reason": "max_length"})
    assert api.post("sellers/S1/credentials-rejected/", {"why": "x"}).status_code == 400
    assert Seller.objects.get().credentials_rejected_at is None
