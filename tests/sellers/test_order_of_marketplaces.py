"""Sellers read their marketplaces by name, whatever the case and the database."""

import pytest
from django.test import RequestFactory

from platforms.models import Channel
from sellers import offering, pages, update_pages
from sellers.identification.base import Identity
from sellers.models import LinkSession, Seller
from sellers.update_forms import UpdateForm
from tests.factories import MarketplaceFactory, MembershipFactory, PlatformFactory, SellerFactory

pytestmark = pytest.mark.django_db

IN_ORDER = ["Amazon", "kaufhaus 9", "Kaufhaus 10", "obst", "Öl", "zebra"]


@pytest.fixture
def seller() -> Seller:
    platform = PlatformFactory()
    seller = SellerFactory(channel=platform)
    for name in ("zebra", "Öl", "Amazon", "obst", "Kaufhaus 10", "kaufhaus 9"):
        MembershipFactory(seller=seller, marketplace=MarketplaceFactory(platform=platform, display_name=name))
    return seller


def named(channels: list[Channel]) -> list[str]:
    return [channel.display_name for channel in channels]


def test_at_the_sign_up_and_on_the_update_page(seller):
    codes = tuple(Channel.objects.filter(platform=seller.channel).values_list("code", flat=True))

    assert named(offering.at_sign_up(seller.channel, Identity("login", "Company", codes))) == IN_ORDER
    assert named(UpdateForm(seller).offered) == IN_ORDER


@pytest.mark.parametrize("page", [pages.connected, update_pages.updated])
def test_on_the_last_page(seller, page):
    link = LinkSession(channel=seller.channel, seller=seller)
    html = page(RequestFactory().get("/"), link).content.decode()

    assert sorted(IN_ORDER, key=lambda name: html.index(f">{name}<")) == IN_ORDER
