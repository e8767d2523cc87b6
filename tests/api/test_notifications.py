"""REST: messages to sellers in JTL-Wawi."""

import pytest

from platforms.jobs import Run
from sellers import notices
from sellers.models import Notice
from tests.api.conftest import fields
from tests.factories import ChannelFactory, MarketplaceFactory, MembershipFactory, PlatformFactory, SellerFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def seller(db):
    return SellerFactory(channel=ChannelFactory(code="SHOP"))


def tell(api, seller, **values):
    return api.post("notifications/", {"seller": seller.seller_id, "message": "Please check your prices.", **values})


def test_a_message_waits_to_be_sent_and_is_shown(api, seller):
    answer = tell(api, seller, severity="WARNING")

    assert answer.status_code == 202
    (told,) = answer.json()["results"]
    assert (told["channel"], told["severity"], told["sent_at"]) == ("SHOP", "WARNING", None)
    assert api.get(f"notifications/{told['id']}/").json() == told
    assert api.get("notifications/", seller=seller.seller_id).json()["results"] == [told]
    assert api.get("notifications/", seller="nobody").json()["results"] == []


def test_the_same_is_not_told_twice_while_it_waits(api, seller):
    first, second = tell(api, seller).json(), tell(api, seller).json()

    assert first == second
    assert Notice.objects.count() == 1


def test_scx_is_told_what_the_marketplace_says(api, sandbox):
    shop = ChannelFactory(code="SHOPDE")
    sandbox.adopt(shop)
    sandbox.link(shop, "S1", [shop])
    seller = SellerFactory(channel=shop, seller_id="S1")
    told = tell(api, seller, message="Bitte prüfen Sie Ihre Preise.").json()["results"][0]

    notices.send(shop, Run())

    assert api.get(f"notifications/{told['id']}/").json()["sent_at"]
    (body,) = [book["request"] for book in sandbox.books(path="/v1/channel/notification")]
    assert (body["sellerId"], body["message"]) == ("S1", "Bitte prüfen Sie Ihre Preise.")


def test_on_a_platform_each_marketplace_tells_it_where_the_seller_is_confirmed(api):
    platform = PlatformFactory(code="mall")
    germany, austria, france = (
        MarketplaceFactory(code=f"mall-{code}", platform=platform) for code in ("de", "at", "fr")
    )
    seller = MembershipFactory(seller__channel=platform, marketplace=germany, confirmed=True).seller
    MembershipFactory(seller=seller, marketplace=austria, confirmed=True)
    MembershipFactory(seller=seller, marketplace=france, confirmed=None)

    told = tell(api, seller, channel="mall").json()["results"]
    one = tell(api, seller, channel="mall-at", message="Another").json()["results"]

    assert sorted(each["channel"] for each in told) == ["mall-at", "mall-de"]
    assert [each["channel"] for each in one] == ["mall-at"]


def test_who_sells_on_none_of_the_channels_is_not_told(api, caller, seller):
    another = ChannelFactory(code="OTHER")

    assert tell(api, seller, channel="OTHER").status_code == 409
    assert tell(caller("write", another), seller).status_code == 409
    assert fields(tell(api, seller, channel="nobody")) == {"channel": "unknown_channel"}
    seller.state = seller.State.REMOVED
    seller.save()
    assert tell(api, seller).status_code == 409
    assert Notice.objects.count() == 0


@pytest.mark.parametrize(
    ("values", "field"),
    [({"message": ""}, "message"), ({"severity": "LOUD"}, "severity"), ({"message": "x" * 1001}, "message")],
)
def test_what_is_wrong_is_named(api, seller, values, field):
    assert list(fields(tell(api, seller, **values))) == [field]
