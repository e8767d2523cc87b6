"""Who sells where now."""

import pytest

from listings.models import Offer
from sellers import selling
from sellers.models import Seller
from tests.factories import ChannelFactory, MarketplaceFactory, MembershipFactory, OfferFactory, SellerFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("state", list(Seller.State))
def test_on_a_channel_of_its_own_an_active_seller_sells(state):
    seller = SellerFactory(state=state)
    SellerFactory()
    on, off = set(selling.on(seller.channel)), set(selling.off(seller.channel))
    assert (on, off) == (({seller}, set()) if state == "active" else (set(), {seller}))


@pytest.mark.parametrize("state", ["active", "inactive", "unlinked"])
@pytest.mark.parametrize("wanted", [True, False])
@pytest.mark.parametrize("confirmed", [True, False, None])
def test_on_a_marketplace_it_takes_the_state_the_wish_and_scx(state, wanted, confirmed):
    market, sibling = MarketplaceFactory(), None
    sibling = MarketplaceFactory(platform=market.platform)
    seller = SellerFactory(channel=market.platform, state=state)
    MembershipFactory(seller=seller, marketplace=market, wanted=wanted, confirmed=confirmed)
    OfferFactory(channel=market, seller=seller)
    OfferFactory(channel=sibling, seller=seller)
    sells = state == "active" and wanted and confirmed is True

    assert set(selling.on(market)) == ({seller} if sells else set())
    assert set(selling.off(market)) == (set() if sells else {seller})
    assert list(selling.on(sibling)) == []
    found = Offer.objects.filter(selling.rows("seller", "channel")).values_list("channel", flat=True)
    assert list(found) == ([market.pk] if sells else [])


def test_the_channels_of_a_seller_are_his_own_or_the_marketplaces_he_chose():
    shop = ChannelFactory()
    assert list(selling.channels(SellerFactory(channel=shop))) == [shop]
    market = MarketplaceFactory()
    MarketplaceFactory(platform=market.platform)
    seller = SellerFactory(channel=market.platform)
    MembershipFactory(seller=seller, marketplace=market, confirmed=None)
    assert list(selling.channels(seller)) == [market]
