"""What staff are told of sellers, reports and stock that SCX does not take or tell."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from listings import reports
from listings.models import ListingReport
from platforms import findings, jobs
from platforms.jobs import Run
from platforms.models import Channel, Heartbeat
from sellers import memberships
from sellers.models import LinkSession, Membership
from stock import polling
from tests.factories import (
    ChannelFactory,
    ListingReportFactory,
    MarketplaceFactory,
    MembershipFactory,
    OfferFactory,
    PlatformFactory,
    SellerFactory,
)

pytestmark = pytest.mark.django_db


def one(code: str, client: Client) -> findings.Finding:
    (finding,) = findings.found()
    assert finding.code == code
    assert client.get(finding.url).status_code == 200
    return finding


@pytest.fixture(autouse=True)
def _worker(db):
    Heartbeat.objects.create(cluster="one", beat_at=timezone.now())


@pytest.fixture
def shop(sandbox) -> Channel:
    return sandbox.adopt(ChannelFactory(code="SHOP1", display_name="Shop"))


@pytest.fixture
def marketplace(sandbox) -> Channel:
    return sandbox.adopt(MarketplaceFactory(platform=PlatformFactory(code="themall"), code="mall-de"))


def test_a_sign_up_nobody_can_settle_is_told_after_five_minutes(shop, admin_client: Client):
    link = LinkSession.objects.create(
        ref="r" * 43, channel=shop, kind="sign-up", state="submitted", submitted_at=timezone.now()
    )
    assert findings.found() == []
    since = timezone.now() - timedelta(minutes=6)
    LinkSession.objects.update(submitted_at=since)
    assert one("sign-up-hangs", admin_client).since == since
    LinkSession.objects.filter(pk=link.pk).update(state="done")
    assert findings.found() == []


def test_a_refused_assignment_is_told_until_it_is_wanted_again(sandbox, marketplace, admin_client: Client):
    seller = SellerFactory(channel=marketplace.platform)
    membership = MembershipFactory(seller=seller, marketplace=marketplace, confirmed=None)
    memberships.send(marketplace, Run())
    finding = one("assignment-refused", admin_client)
    assert "404" in finding.text
    memberships.set_wanted(membership.seller, marketplace, True)
    assert findings.found() == []


def test_a_merchant_who_disconnected_is_no_refusal(marketplace):
    MembershipFactory(
        seller=SellerFactory(channel=marketplace.platform), marketplace=marketplace, confirmed=False, is_refused=True
    )
    assert findings.found() == []


def test_an_assignment_scx_fails_at_is_told_until_it_is_through(sandbox, marketplace, admin_client: Client):
    seller = SellerFactory(channel=marketplace.platform)
    sandbox.link(marketplace.platform, seller.seller_id, [marketplace], jtlAccountId=seller.jtl_account_id)
    MembershipFactory(seller=seller, marketplace=marketplace, confirmed=None)
    sandbox.fault("status", match={"path": "/v1/channel/seller/platform"})
    memberships.send(marketplace, Run())
    one("assignment-late", admin_client)
    memberships.send(marketplace, Run(ignore_backoff=True))
    assert Membership.objects.get().confirmed
    assert findings.found() == []


def test_a_refused_report_is_told_until_scx_took_it(sandbox, shop, admin_client: Client):
    seller = SellerFactory(channel=shop)
    row = ListingReportFactory(offer=OfferFactory(channel=shop, seller=seller))
    reports.send(shop, Run())
    assert "GEN700" in one("reports-refused", admin_client).text
    sandbox.link(shop, seller.seller_id)
    reports.requeue(ListingReport.objects.filter(pk=row.pk))
    jobs.run("reports", shop, Run())
    assert findings.found() == []


def test_reports_scx_fails_at_are_told_and_follow_at_once_when_it_is_back(sandbox, shop, admin_client: Client):
    seller = SellerFactory(channel=shop)
    sandbox.link(shop, seller.seller_id)
    late = ListingReportFactory(offer=OfferFactory(channel=shop, seller=seller))
    sandbox.fault("status", match={"path": "/v1/channel/offer"}, status=500)
    jobs.run("reports", shop, Run())
    assert "500" in one("scx-failing", admin_client).text
    ListingReport.objects.update(
        attempts=7,
        created_at=timezone.now() - timedelta(minutes=30),
        not_before=timezone.now() + timedelta(minutes=9),
    )
    jobs.run("reports", shop, Run())
    one("reports-late", admin_client)

    ListingReportFactory(offer=OfferFactory(channel=shop, seller=seller))
    reports.send(shop, Run())
    late.refresh_from_db()
    assert (late.state, late.not_before <= timezone.now()) == ("pending", True)
    jobs.run("reports", shop, Run())
    assert findings.found() == []


def test_stock_scx_does_not_tell_is_told(sandbox, admin_client: Client):
    shop = sandbox.adopt(ChannelFactory(stock_source="per-seller"))
    SellerFactory(channel=shop)
    sandbox.fault("status", match={"path": "/v1/channel/offer/stock-updates"}, status=400)
    polling.poll(shop, Run())
    one("stock-refused", admin_client)
    polling.poll(shop, Run())
