"""What sellers' clients say of their versions, and that the portal lets in every one of them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from platforms import inbox, jobs
from platforms.jobs import Run
from platforms.models import Discrepancy, Event
from sellers.clients import versions_of
from sellers.models import Seller
from tests import payloads
from tests.factories import AccountFactory, ChannelFactory, MembershipFactory, SellerFactory
from tests.sellers.conftest import text_of

pytestmark = pytest.mark.django_db

NEWEST = [{"type": "Wawi", "version": "99.0.0.0"}]


def seen(days_ago: int) -> dict[str, object]:
    return {"client_version": "1.11.0.6", "client_seen_on": timezone.localdate() - timedelta(days=days_ago)}


def test_sellers_seen_in_the_last_thirty_days_are_counted_by_version():
    channel = ChannelFactory()
    SellerFactory(channel=channel, **seen(0))
    SellerFactory(channel=channel, **seen(29))
    SellerFactory(channel=channel, **seen(30))
    SellerFactory(channel=channel, **{**seen(1), "client_version": "1.9.0.0"})
    SellerFactory(channel=channel, **{**seen(1), "client_version": ""})
    SellerFactory(**seen(1))
    assert versions_of(channel) == {"1.11.0.6": 2, "1.9.0.0": 1}


def test_of_a_platform_those_count_that_sell_on_the_marketplace():
    membership = MembershipFactory(seller__client_version="1.11.0.6", seller__client_seen_on=timezone.localdate())
    other = MembershipFactory(seller=membership.seller, confirmed=False).marketplace
    assert versions_of(membership.marketplace) == {"1.11.0.6": 1}
    assert versions_of(other) == {}


def test_the_portal_signs_up_whoever_scx_sends_whatever_the_client(browser, merchant, shop):
    AccountFactory(channel=shop, login="acme")
    shop.minimum_client_versions = shop.client_versions_confirmed = NEWEST
    shop.save()
    answer = browser.send(browser.form_url(merchant.start_sign_up(shop)), "acme")
    assert answer.status_code in (200, 302), text_of(answer)
    assert Seller.objects.get().state == Seller.State.ACTIVE


@pytest.mark.parametrize("version", ["0.0.0.1", "newest", ""])
def test_the_portal_takes_the_events_of_every_client(version):
    channel = ChannelFactory(minimum_client_versions=NEWEST, client_versions_confirmed=NEWEST)
    seller = SellerFactory(channel=channel)
    Event.objects.create(
        channel=channel,
        event_id="1",
        type="Seller:Offer.New",
        payload=payloads.offer_small(seller.seller_id, 7),
        seller_id=seller.seller_id,
        created_at=timezone.now(),
        client_version=version,
        number=1,
    )
    inbox.apply(channel, Run())
    assert Event.objects.get().state == Event.State.DONE
    assert seller.offers.get().offer_id == 7


def test_a_connected_seller_stays_connected_at_scx_and_here(sandbox, shop):
    sandbox.link(shop, "S1", companyName="Müller & Söhne GmbH")
    seller = SellerFactory(channel=shop, seller_id="S1")
    sandbox.call("POST", "/control/channels", json={"code": shop.code, "minimumClientsVersionRequired": NEWEST})
    jobs.run("reconcile", shop, Run(ignore_backoff=True))
    seller.refresh_from_db()
    assert seller.state == Seller.State.ACTIVE
    assert not Discrepancy.objects.filter(comparison="sellers").exists()
