"""What staff are told of disconnections that SCX refuses or does not confirm."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from platforms import findings, reconciliation
from platforms.jobs import Run
from platforms.models import Discrepancy, Heartbeat
from sellers import unlinking
from sellers.models import Seller, Unlinking
from tests.factories import MembershipFactory, SellerFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _worker(db):
    Heartbeat.objects.create(cluster="one", beat_at=timezone.now())


def one(code: str, client: Client) -> findings.Finding:
    (finding,) = findings.found()
    assert finding.code == code
    assert client.get(finding.url).status_code == 200
    return finding


def test_an_end_that_scx_has_not_told_within_a_day_is_shown_until_it_has(shop, sandbox, admin_client: Client):
    seller = SellerFactory(channel=shop)
    unlinking.request(seller, reason="contract")
    assert findings.found() == []

    since = timezone.now() - timedelta(days=1, minutes=1)
    Seller.objects.update(state_changed_at=since)
    finding = one("unlinking-late", admin_client)
    assert (finding.since, finding.channel, finding.critical) == (since, "DEMOSHOP", False)
    assert "1 seller of Demo Shop (DEMOSHOP)" in finding.text

    Seller.objects.update(state="unlinked")
    assert findings.found() == []


def test_a_refused_disconnection_is_shown_until_somebody_asks_again(mall, sandbox, admin_client: Client):
    seller = SellerFactory(channel=mall.platform)
    MembershipFactory(seller=seller, marketplace=mall.de)
    sandbox.fault("status", match={"path": "/v1/channel/seller/"}, status=400)
    unlinking.request(seller, reason="contract")
    unlinking.send(mall.de, Run())

    finding = one("unlinking-refused", admin_client)
    assert finding.channel == "mall-de"
    assert "SCX refused DELETE" in finding.text
    unlinking.retry(Unlinking.objects.get())
    assert findings.found() == []


def test_one_that_was_asked_for_anew_and_one_that_was_never_sent_are_no_refusals(shop, sandbox):
    seller = SellerFactory(channel=shop)
    sandbox.fault("status", match={"path": "/v1/channel/seller/"}, status=400)
    unlinking.request(seller, reason="contract")
    unlinking.send(shop, Run())
    unlinking.request(seller, reason="suspicious")
    assert findings.found() == []

    Seller.objects.update(state="active")
    unlinking.send(shop, Run())
    assert findings.found() == []


def test_an_end_whose_event_was_lost_is_found_by_comparing_and_repaired(shop, sandbox):
    """SCX has forgotten the seller, and its event has not come for a day."""
    seller = SellerFactory(channel=shop, credentials={"key": "secret"})
    unlinking.request(seller, reason="contract")
    Unlinking.objects.update(sent_at=timezone.now())
    reconciliation.reconcile(shop, Run(ignore_backoff=True))
    assert not Discrepancy.objects.filter(comparison="sellers").exists()

    Seller.objects.update(state_changed_at=timezone.now() - timedelta(days=1, minutes=1))
    reconciliation.reconcile(shop, Run(ignore_backoff=True))
    reconciliation.repair(Discrepancy.objects.get(comparison="sellers", kind="unlinked-at-scx"))

    seller.refresh_from_db()
    assert (seller.state, seller.credentials) == ("removed", {})
