"""`POST sellers/{seller_id}/unlink/`: a marketplace's own system disconnects a seller."""

import pytest

from sellers.models import Seller, Unlinking
from tests.api.conftest import fields
from tests.factories import (
    AccountFactory,
    ChannelFactory,
    MarketplaceFactory,
    MembershipFactory,
    PlatformFactory,
    SellerFactory,
)


@pytest.fixture
def seller(db):
    return SellerFactory(seller_id="S1", credentials={"key": "a-marketplace-secret"})


def test_a_seller_is_disconnected_in_the_keys_name(api, seller):
    body = {"reason": "other", "text": "Sortiment passt nicht mehr.", "note": "talk to Erika first"}
    answer = api.post("sellers/S1/unlink/", body)

    assert answer.status_code == 202
    assert (answer.json()["seller_id"], answer.json()["state"]) == ("S1", "unlinking")
    assert answer.json()["state_reason"] == "Sortiment passt nicht mehr."
    assert "Erika" not in answer.content.decode()
    row = Unlinking.objects.get()
    assert (row.reason, row.text, row.note, row.requested_by) == (*body.values(), "test")


@pytest.mark.parametrize("reason", ["credentials", "contract", "suspicious"])
def test_the_reason_alone_is_enough(api, seller, reason):
    assert api.post("sellers/S1/unlink/", {"reason": reason}).status_code == 202
    assert Unlinking.objects.get().reason == reason


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, {"reason": "required"}),
        ({"reason": "mood"}, {"reason": "invalid_choice"}),
        ({"reason": "other"}, {"text": "invalid"}),
        ({"reason": "other", "text": " "}, {"text": "invalid"}),
        ({"reason": "other", "text": "x" * 501}, {"text": "max_length"}),
        ({"reason": "contract", "text": "something"}, {"text": "invalid"}),
        ({"reason": "other", "text": "see a-marketplace-secret"}, {"text": "invalid"}),
        ({"reason": "contract", "by": "me"}, {"by": "unknown"}),
    ],
)
def test_what_is_wrong_is_named_and_changes_nothing(api, seller, body, expected):
    answer = api.post("sellers/S1/unlink/", body)

    assert (answer.status_code, fields(answer)) == (400, expected)
    assert Seller.objects.get().state == "active"
    assert not Unlinking.objects.exists()


@pytest.mark.parametrize("state", ["linking", "unlinking", "unlinked", "removed"])
def test_where_nothing_can_be_ended_it_is_409_and_says_why(api, seller, state):
    Seller.objects.update(state=state, credentials={})
    if state == "unlinking":
        Unlinking.objects.create(seller=seller, channel=seller.channel, reason="contract")

    answer = api.post("sellers/S1/unlink/", {"reason": "contract"})

    assert (answer.status_code, answer["Content-Type"]) == (409, "application/problem+json")
    assert "disconnected already" in answer.json()["detail"] if state == "unlinking" else state in str(answer.json())
    assert Seller.objects.get().state == state


def test_an_ambiguous_id_asks_for_the_channel_as_reading_does(api):
    for code in ("SHOP-A", "SHOP-B"):
        SellerFactory(channel=ChannelFactory(code=code), seller_id="S1")

    answer = api.post("sellers/S1/unlink/", {"reason": "contract"})

    assert (answer.status_code, answer.json()["code"]) == (409, "ambiguous_seller")
    assert "SHOP-A, SHOP-B" in answer.json()["detail"]
    assert not Unlinking.objects.exists()
    answer = api.post("sellers/S1/unlink/?channel=SHOP-B", {"reason": "contract"})
    assert (answer.status_code, answer.json()["channel"]) == (202, "SHOP-B")
    assert Seller.objects.get(channel__code="SHOP-A").state == "active"


def test_on_a_marketplace_an_id_says_which_seller_is_meant(api):
    """What is below a marketplace of one platform is not ambiguous, whoever else has the id."""
    market = MarketplaceFactory(code="amazon-de")
    for channel in (market.platform, ChannelFactory()):
        SellerFactory(channel=channel, seller_id="S1")

    assert api.put("sellers/S1/channels/amazon-de/", {"is_active": True}).status_code == 200
    assert Seller.objects.get(memberships__marketplace=market).channel == market.platform


def test_a_key_of_one_marketplace_cannot_end_what_it_may_not_see(caller):
    platform = PlatformFactory()
    seller = SellerFactory(channel=platform, seller_id="S1")
    mine, other = (MembershipFactory(seller=seller, marketplace__platform=platform).marketplace for _ in range(2))

    assert caller("write", mine).post("sellers/S1/unlink/", {"reason": "contract"}).status_code == 403
    assert Seller.objects.get().state == "active"
    assert caller("write", mine, other).post("sellers/S1/unlink/", {"reason": "contract"}).status_code == 202
    assert Unlinking.objects.count() == 2


def test_no_request_changes_a_seller_id(api, seller):
    for method in ("put", "patch", "delete"):
        assert api.call(method, "sellers/S1/", {"seller_id": "OTHER"}).status_code == 405
    assert Seller.objects.get().seller_id == "S1"


def test_an_account_with_a_connected_seller_is_neither_blocked_nor_deleted(api):
    channel = ChannelFactory()
    account = AccountFactory(channel=channel)
    SellerFactory(channel=channel, account=account, seller_id="S77", company_name="Acme GmbH")

    for answer in (api.patch(f"accounts/{account.pk}/", {"is_active": False}), api.delete(f"accounts/{account.pk}/")):
        assert answer.status_code == 409
        assert "Acme GmbH (S77)" in answer.json()["detail"]
    account.refresh_from_db()
    assert account.is_active
