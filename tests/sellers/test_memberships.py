"""Where a platform's seller sells: wanted here, confirmed by SCX, one call and one answer a cell."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from platforms import jobs
from platforms.jobs import Run
from platforms.models import JobStatus
from sellers import handlers, memberships, settlement
from sellers.models import Membership, Seller
from tests.factories import ChannelFactory, EventFactory, MarketplaceFactory, MembershipFactory, SellerFactory
from tests.payloads import unlinked

pytestmark = pytest.mark.django_db


@pytest.fixture
def seller(mall, merchant, sandbox):
    seller = SellerFactory(channel=mall.platform, seller_id="S1", jtl_account_id=merchant.jtl_account_id)
    sandbox.link(mall.platform, "S1", [mall.de], jtlAccountId=merchant.jtl_account_id)
    return seller


def calls(sandbox):
    return sandbox.books(path="/v1/channel/seller/platform", method="POST")


def test_a_wish_is_sent_with_the_marketplaces_own_token_and_confirmed(mall, seller, sandbox):
    memberships.set_wanted(seller, mall.at, True)
    run = Run()
    settlement.settle(mall.at, run)

    membership = Membership.objects.get()
    assert (membership.confirmed, membership.attempts, membership.error) == (True, 0, "")
    assert membership.confirmed_at is not None
    assert [answer["status"] for answer in membership.answers] == [200]
    assert run.summary == "1 confirmed"
    call = calls(sandbox)[0]
    assert (call["channel"], call["path"]) == ("mall-at", f"/v1/channel/seller/platform/{seller.jtl_account_id}")
    assert call["request"] == {
        "sellerId": "S1",
        "channel": "mall-at",
        "isActive": True,
        "companyName": "Müller & Söhne GmbH",
    }


def test_what_is_confirmed_is_not_sent_again(mall, seller, sandbox):
    memberships.set_wanted(seller, mall.at, True)
    for _time in range(3):
        settlement.settle(mall.at, Run())
    memberships.set_wanted(seller, mall.at, True)
    settlement.settle(mall.at, Run())
    assert len(calls(sandbox)) == 1


def test_a_wish_that_changes_is_sent_again(mall, seller, sandbox):
    memberships.set_wanted(seller, mall.at, True)
    settlement.settle(mall.at, Run())
    memberships.set_wanted(seller, mall.at, False)
    settlement.settle(mall.at, Run())
    assert [call["request"]["isActive"] for call in calls(sandbox)] == [True, False]
    assert Membership.objects.get().confirmed is False


def test_each_marketplace_sends_its_own_cells_only(mall, seller, sandbox):
    for marketplace in (mall.at, mall.uk):
        memberships.set_wanted(seller, marketplace, True)
    settlement.settle(mall.uk, Run())
    assert [call["channel"] for call in calls(sandbox)] == ["mall-uk"]
    assert Membership.objects.get(marketplace=mall.at).confirmed is None


def test_an_assignment_never_fails_over(mall, seller, sandbox):
    memberships.set_wanted(seller, mall.at, True)
    mall.at.refresh_token, mall.at.access_token = "CHANNEL:revoked", ""
    mall.at.save()
    run = jobs.run("sellers", mall.at, Run())
    assert "check the refresh token" in run.error
    assert calls(sandbox) == []


def test_a_refusal_is_kept_and_not_repeated_until_somebody_asks(mall, merchant, sandbox):
    unknown = SellerFactory(channel=mall.platform, jtl_account_id=merchant.jtl_account_id)
    memberships.set_wanted(unknown, mall.at, True)
    run = Run()
    settlement.settle(mall.at, run)
    settlement.settle(mall.at, Run(ignore_backoff=True))
    membership = Membership.objects.get()
    assert (membership.is_refused, membership.confirmed, membership.attempts) == (True, None, 1)
    assert "SCX refused POST" in membership.error
    assert run.summary == "1 refused"
    assert len(calls(sandbox)) == 1
    memberships.set_wanted(unknown, mall.at, True)
    settlement.settle(mall.at, Run())
    assert len(calls(sandbox)) == 2


def test_a_failure_is_tried_again_later_and_costs_the_others_nothing(mall, seller, merchant, sandbox):
    other = SellerFactory(channel=mall.platform, seller_id="S2", jtl_account_id=merchant.jtl_account_id)
    sandbox.link(mall.platform, "S2", [mall.de], jtlAccountId=merchant.jtl_account_id)
    sandbox.fault("status", match={"path": "/v1/channel/seller/platform"}, status=500)
    for one in (seller, other):
        memberships.set_wanted(one, mall.at, True)
    run = Run()
    settlement.settle(mall.at, run)
    assert run.summary == "1 failed, 1 confirmed"
    failed = Membership.objects.get(seller=seller)
    assert (failed.attempts, failed.is_refused, failed.leased_until) == (1, False, None)
    assert failed.not_before > timezone.now()
    settlement.settle(mall.at, Run())
    assert Membership.objects.get(seller=seller).confirmed is None
    settlement.settle(mall.at, Run(ignore_backoff=True))
    assert Membership.objects.get(seller=seller).confirmed is True


def test_a_quota_refusal_is_no_attempt(mall, seller, sandbox):
    sandbox.fault("throttle", match={"path": "/v1/channel/seller/platform"}, seconds=30)
    memberships.set_wanted(seller, mall.at, True)
    run = jobs.run("sellers", mall.at, Run())
    assert run.waits_for == 30
    membership = Membership.objects.get()
    assert (membership.attempts, membership.error, membership.leased_until) == (0, "", None)


def test_nothing_is_sent_before_the_sign_up_is_confirmed_nor_after_the_end(mall, seller, sandbox):
    MembershipFactory(seller=seller, marketplace=mall.at, confirmed=None)
    for state in ("linking", "unlinking", "unlinked", "removed"):
        Seller.objects.update(state=state)
        settlement.settle(mall.at, Run(ignore_backoff=True))
    assert calls(sandbox) == []


def test_a_row_another_sender_holds_is_left_alone(mall, seller, sandbox):
    until = timezone.now() + timedelta(seconds=20)
    MembershipFactory(seller=seller, marketplace=mall.at, confirmed=None, leased_until=until)
    settlement.settle(mall.at, Run())
    assert calls(sandbox) == []


def test_a_missing_jtl_account_is_read_from_the_lists_of_the_platforms_marketplaces(mall, seller, merchant, sandbox):
    Seller.objects.update(jtl_account_id=None)
    memberships.set_wanted(seller, mall.at, True)
    settlement.settle(mall.at, Run())
    assert Seller.objects.get().jtl_account_id == merchant.jtl_account_id
    assert Membership.objects.get().confirmed is True


def test_a_jtl_account_nobody_knows_is_a_refusal_that_says_so(mall, sandbox):
    seller = SellerFactory(channel=mall.platform, seller_id="S9", jtl_account_id=None)
    memberships.set_wanted(seller, mall.at, True)
    settlement.settle(mall.at, Run())
    assert "lists this seller on no marketplace" in Membership.objects.get().error


def test_a_wish_nudges_the_job_of_its_marketplace(mall, seller, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        memberships.set_wanted(seller, mall.at, True)
    assert JobStatus.objects.get(job="sellers").channel == mall.at


def message(call):
    with pytest.raises(ValidationError) as refused:
        call()
    assert not Membership.objects.exists()
    return refused.value.messages[0]


def test_a_seller_of_a_standalone_channel_has_nothing_to_choose(db):
    seller = SellerFactory(channel__display_name="Demo Shop")
    said = message(lambda: memberships.set_wanted(seller, seller.channel, True))
    assert said == "Demo Shop is a channel of its own: its sellers have no marketplaces to choose from."


def test_a_marketplace_of_another_platform_is_refused(mall, seller):
    elsewhere = MarketplaceFactory(display_name="Elsewhere")
    said = message(lambda: memberships.set_wanted(seller, elsewhere, True))
    assert said == "Elsewhere is no marketplace of The Mall, where this seller signed up."
    message(lambda: memberships.set_wanted(seller, mall.platform, True))
    message(lambda: memberships.set_wanted(seller, ChannelFactory(), True))


@pytest.mark.parametrize("state", ["linking", "unlinking", "unlinked", "removed"])
def test_a_seller_whom_jtl_has_not_confirmed_can_choose_nothing(mall, seller, state):
    Seller.objects.update(state=state)
    assert state in message(lambda: memberships.set_wanted(seller, mall.at, True))


def test_a_marketplace_that_is_switched_off_cannot_be_wanted(mall, seller):
    mall.at.is_active = False
    mall.at.save()
    assert "switched off here" in message(lambda: memberships.set_wanted(seller, mall.at, True))


def test_a_seller_whose_id_scx_would_not_take_is_refused_and_costs_the_others_nothing(mall, seller, merchant, sandbox):
    """Ids adopted from elsewhere may have characters that SCX's pattern lacks."""
    odd = SellerFactory(channel=mall.platform, seller_id="SELLER-1", jtl_account_id=merchant.jtl_account_id)
    for one in (odd, seller):
        memberships.set_wanted(one, mall.at, True)
    run = Run()
    settlement.settle(mall.at, run)
    assert run.summary == "1 refused, 1 confirmed"
    refused = Membership.objects.get(seller=odd)
    assert (refused.is_refused, refused.leased_until) == (True, None)
    assert "sellerId" in refused.error


def test_an_end_that_came_during_the_call_is_not_overwritten_by_its_answer(mall, seller, sandbox, monkeypatch):
    memberships.set_wanted(seller, mall.at, True)
    real = memberships.gateway.client

    def client(*args, **kwargs):
        event = EventFactory(
            channel=mall.at, type="Seller:Channel.Unlinked", payload=unlinked("S1", unlinked_at="2030-01-01T00:00:00Z")
        )
        handlers.unlinked(mall.at, [event])
        return real(*args, **kwargs)

    monkeypatch.setattr(memberships.gateway, "client", client)
    settlement.settle(mall.at, Run())
    membership = Membership.objects.get()
    assert (membership.confirmed, membership.is_refused) == (False, True)
    assert "Disconnected by JTL" in membership.error
