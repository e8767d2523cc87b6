"""The portal's sellers against SCX's list: unknown ones are adopted, the rest is told and can be repaired."""

from datetime import timedelta

import pytest
from django.utils import timezone

from platforms import jobs, reconciliation
from platforms.jobs import Run
from platforms.models import Channel, Discrepancy, Event
from sellers import sign_up
from sellers.models import LinkSession, Membership, Seller
from tests.factories import ChannelFactory, EventFactory, MarketplaceFactory, MembershipFactory, SellerFactory

pytestmark = pytest.mark.django_db

State = Seller.State


def reconcile(channel: Channel) -> Run:
    return jobs.run("reconcile", channel, Run(ignore_backoff=True))


def found() -> set[tuple[str, str, object, object]]:
    return {(row.kind, row.subject, row.ours, row.theirs) for row in Discrepancy.objects.all()}


@pytest.fixture
def shop(sandbox) -> Channel:
    return sandbox.adopt(ChannelFactory(code="SHOP1"))


@pytest.fixture
def market(sandbox) -> Channel:
    return sandbox.adopt(MarketplaceFactory(code="market-1", platform__code="plat1"))


def unlink(sandbox, channel, seller_id, **values):
    sandbox.call("POST", "/control/sellers/unlink", json={"channel": channel.code, "sellerId": seller_id, **values})


def state_of(seller: Seller) -> str:
    seller.refresh_from_db()
    return seller.state


class TestStandalone:
    def test_an_unknown_seller_is_adopted_and_its_events_are_due(self, sandbox, shop):
        sandbox.link(shop, "S1")
        EventFactory(channel=shop, seller_id="S1", state=Event.State.WAITING)
        assert reconcile(shop).counts["adopted"] == 1
        assert Seller.objects.get(seller_id="S1").state == State.ACTIVE
        assert Event.objects.get().state == Event.State.PENDING
        assert found() == set()

    def test_a_seller_alike_on_both_sides_is_no_difference(self, sandbox, shop):
        sandbox.link(shop, "S1")
        SellerFactory(channel=shop, seller_id="S1")
        reconcile(shop)
        assert found() == set()

    def test_unlinked_there_and_active_here(self, sandbox, shop):
        sandbox.link(shop, "S1")
        seller = SellerFactory(channel=shop, seller_id="S1", credentials={"key": "value"})
        unlink(sandbox, shop, "S1")
        reconcile(shop)
        assert found() == {("unlinked-at-scx", "S1", "active", "unlinked")}
        assert reconciliation.repair_proven(shop) == (1, [])
        assert state_of(seller) == State.UNLINKED
        assert seller.credentials == {"key": "value"}
        reconcile(shop)
        assert found() == set()

    def test_active_there_and_unlinked_here(self, sandbox, shop):
        sandbox.link(shop, "S1")
        seller = SellerFactory(channel=shop, seller_id="S1", state=State.UNLINKED)
        EventFactory(channel=shop, seller_id="S1", state=Event.State.WAITING)
        reconcile(shop)
        assert found() == {("linked-at-scx", "S1", "unlinked", "active")}
        reconciliation.repair_proven(shop)
        assert state_of(seller) == State.ACTIVE

    def test_a_seller_scx_does_not_list_is_removed_by_a_person_only(self, shop):
        seller = SellerFactory(channel=shop, seller_id="S1", credentials={"key": "value"})
        reconcile(shop)
        assert found() == {("not-listed", "S1", "active", "unknown")}
        assert reconciliation.repair_proven(shop) == (0, [])
        assert state_of(seller) == State.ACTIVE
        reconciliation.repair(Discrepancy.objects.get())
        assert (state_of(seller), seller.credentials) == (State.REMOVED, {})

    def test_a_seller_whose_sign_up_is_under_way_is_left_alone(self, sandbox, shop):
        sandbox.link(shop, "S1")
        long_ago = timezone.now() - timedelta(days=1)
        seller = SellerFactory(channel=shop, seller_id="S1", state=State.LINKING, created_at=long_ago)
        link = LinkSession.objects.create(
            ref="r", channel=shop, kind="sign-up", state="submitted", seller=seller, submitted_at=long_ago
        )
        reconcile(shop)
        assert found() == set()
        link.delete()
        reconcile(shop)
        assert found() == {("linking-leftover", "S1", "linking", "active")}
        reconciliation.repair_proven(shop)
        assert state_of(seller) == State.ACTIVE

    def test_a_leftover_scx_does_not_know_is_deleted(self, shop):
        SellerFactory(channel=shop, state=State.LINKING, created_at=timezone.now() - timedelta(days=1))
        reconcile(shop)
        reconciliation.repair_proven(shop)
        assert not Seller.objects.exists()

    def test_what_changed_since_the_look_is_not_repaired(self, sandbox, shop):
        sandbox.link(shop, "S1")
        seller = SellerFactory(channel=shop, seller_id="S1")
        unlink(sandbox, shop, "S1")
        reconcile(shop)
        Seller.objects.update(state=State.REMOVED)
        done, refusals = reconciliation.repair_proven(shop)
        assert (done, len(refusals), state_of(seller)) == (0, 1, State.REMOVED)

    def test_a_session_whose_seller_turns_out_to_be_linked_ends_as_done(self, sandbox, shop):
        link = LinkSession.objects.create(ref="r" * 43, channel=shop, kind="sign-up", session="a session")
        sandbox.link(shop, sign_up.seller_id_of(link))
        reconcile(shop)
        link.refresh_from_db()
        assert (link.state, link.session, link.seller) == ("done", "", Seller.objects.get())


class TestMarketplace:
    def test_an_unknown_seller_is_adopted_with_its_membership(self, sandbox, market):
        sandbox.link(market.platform, "S1", [market])
        reconcile(market)
        assert Membership.objects.get(seller__seller_id="S1", marketplace=market).confirmed
        assert found() == set()

    def test_unlinked_there_and_confirmed_here_ends_the_membership_and_with_the_last_the_seller(self, sandbox, market):
        sandbox.link(market.platform, "S1", [market])
        membership = MembershipFactory(seller__channel=market.platform, seller__seller_id="S1", marketplace=market)
        unlink(sandbox, market, "S1")
        reconcile(market)
        assert found() == {("unlinked-at-scx", "S1", "active", "unlinked")}
        reconciliation.repair_proven(market)
        membership.refresh_from_db()
        assert (membership.confirmed, membership.is_refused) == (False, True)
        assert state_of(membership.seller) == State.UNLINKED

    def test_a_wish_scx_does_not_follow_is_told_again(self, sandbox, market):
        sandbox.link(market.platform, "S1", [market])
        row = sandbox.sellers(channel=market.code)[0]
        membership = MembershipFactory(
            seller__channel=market.platform,
            seller__seller_id="S1",
            seller__jtl_account_id=row["jtlAccountId"],
            marketplace=market,
            wanted=False,
            confirmed=False,
        )
        reconcile(market)
        assert found() == {("not-followed", "S1", "not wanted", "active")}
        reconciliation.repair_proven(market)
        jobs.run("sellers", market, Run(ignore_backoff=True))
        membership.refresh_from_db()
        assert membership.confirmed is False
        reconcile(market)
        assert found() == set()

    def test_connected_there_and_ended_here(self, sandbox, market):
        sandbox.link(market.platform, "S1", [market])
        membership = MembershipFactory(
            seller__channel=market.platform,
            seller__seller_id="S1",
            seller__state=State.UNLINKED,
            marketplace=market,
            confirmed=False,
            is_refused=True,
        )
        reconcile(market)
        assert found() == {("linked-at-scx", "S1", "unlinked", "active")}
        reconciliation.repair_proven(market)
        membership.refresh_from_db()
        assert (membership.confirmed, membership.is_refused) == (True, False)
        assert state_of(membership.seller) == State.ACTIVE

    def test_a_wish_on_its_way_is_no_difference(self, sandbox, market):
        sandbox.link(market.platform, "S1", [market])
        MembershipFactory(
            seller__channel=market.platform, seller__seller_id="S1", marketplace=market, wanted=False, confirmed=True
        )
        reconcile(market)
        assert found() == set()
