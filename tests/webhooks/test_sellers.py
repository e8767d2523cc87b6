"""Sellers who come, change and go, as endpoints are told of them."""

import pytest

from platforms import api_keys
from sellers.models import Membership, Seller
from tests.factories import MarketplaceFactory, MembershipFactory, PlatformFactory, SellerFactory
from tests.webhooks.conftest import deliver, told

pytestmark = pytest.mark.django_db(transaction=True)


def topics(system):
    return [(body["type"], body["data"]["seller_id"]) for body in told(system)]


def test_who_comes_changes_and_goes_is_told(shop, system, listen):
    listen("seller.*")
    seller = SellerFactory(channel=shop, seller_id="S1", company_name="Müller")
    deliver(shop)
    seller.company_name = "Müller & Söhne"
    seller.save()
    deliver(shop)
    deliver(shop)
    Seller.objects.filter(pk=seller.pk).update(state="unlinked")
    deliver(shop)

    assert topics(system) == [("seller.active", "S1"), ("seller.active", "S1"), ("seller.unlinked", "S1")]
    assert [body["data"]["company_name"] for body in told(system)] == ["Müller", "Müller & Söhne", "Müller & Söhne"]


def test_an_endpoint_of_one_marketplace_is_told_of_who_sells_there(system, listen):
    platform = PlatformFactory(code="mall")
    germany, austria = (MarketplaceFactory(code=code, platform=platform) for code in ("mall-de", "mall-at"))
    listen("seller.*", owner=api_keys.make("Germany's", channels=[germany])[0])
    seller = MembershipFactory(seller__channel=platform, marketplace=austria, confirmed=True).seller
    deliver(germany)
    assert told(system) == []

    MembershipFactory(seller=seller, marketplace=germany, confirmed=True)
    deliver(germany)
    Membership.objects.filter(marketplace=germany).update(confirmed=False)
    deliver(germany)

    assert topics(system) == [("seller.active", seller.seller_id)] * 2
    assert [[each["channel"] for each in body["data"]["channels"]] for body in told(system)] == [["mall-de"]] * 2
