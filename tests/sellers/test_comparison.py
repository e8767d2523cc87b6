"""The portal's sellers against SCX's list: what differs is told, and repaired when a person asks."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from platforms import gateway, jobs, reconciliation
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


def missing() -> set[tuple[Channel, str]]:
    return {(row.channel, row.subject) for row in Discrepancy.objects.filter(kind="missing-here")}


def link(sandbox, channel, seller_id, *args):
    """Link a seller at SCX whose company is the factories' one."""
    sandbox.link(channel, seller_id, *args, companyName="Müller & Söhne GmbH")


def unlink(sandbox, channel, seller_id, **values):
    sandbox.call("POST", "/control/sellers/unlink", json={"channel": channel.code, "sellerId": seller_id, **values})


def state_of(seller: Seller) -> str:
    seller.refresh_from_db()
    return seller.state


class TestStandalone:
    def test_a_seller_missing_here_is_told_and_adopted_by_nobody(self, sandbox, shop):
        link(sandbox, shop, "S1")
        EventFactory(channel=shop, seller_id="S1", state=Event.State.WAITING)
        for _look in range(2):
            reconcile(shop)
            assert missing() == {(shop, "S1")}
        assert not Seller.objects.exists()
        assert Event.objects.get().state == Event.State.WAITING
        row = Discrepancy.objects.get()
        assert reconciliation.comparison_of(row).shown(row.theirs) == "Müller & Söhne GmbH, active"
        assert "Repair adopts him" in reconciliation.comparison_of(row).meaning(row)

    def test_repair_adopts_a_missing_seller_with_what_scx_lists_and_its_events_are_due(self, sandbox, shop):
        link(sandbox, shop, "S1")
        link(sandbox, shop, "S2")
        account = next(row["jtlAccountId"] for row in sandbox.sellers(channel=shop.code) if row["sellerId"] == "S1")
        EventFactory(channel=shop, seller_id="S1", state=Event.State.WAITING)
        reconcile(shop)
        reconciliation.repair(Discrepancy.objects.get(subject="S1"))
        seller = Seller.objects.get()
        assert (seller.seller_id, seller.state, seller.company_name) == ("S1", State.ACTIVE, "Müller & Söhne GmbH")
        assert (seller.jtl_account_id, seller.linked_at) == (account, seller.created_at)
        assert Event.objects.get().state == Event.State.PENDING
        assert missing() == {(shop, "S2")}
        reconcile(shop)
        assert missing() == {(shop, "S2")}

    def test_a_seller_that_jtl_unlinked_is_adopted_as_such(self, sandbox, shop):
        link(sandbox, shop, "S1")
        unlink(sandbox, shop, "S1")
        reconcile(shop)
        assert reconciliation.repair_proven(shop) == (1, [])
        assert Seller.objects.get().state == State.UNLINKED
        reconcile(shop)
        assert found() == set()

    def test_a_seller_adopted_meanwhile_is_not_touched_by_repair(self, sandbox, shop):
        link(sandbox, shop, "S1")
        reconcile(shop)
        seller = SellerFactory(channel=shop, seller_id="S1", company_name="Ours", state=State.INACTIVE)
        reconciliation.repair(Discrepancy.objects.get())
        assert (state_of(seller), seller.company_name) == (State.INACTIVE, "Ours")

    def test_a_company_that_differs_is_told_and_taken_over_by_repair(self, sandbox, shop):
        sandbox.link(shop, "S1", companyName="New Name")
        seller = SellerFactory(channel=shop, seller_id="S1", company_name="Old Name")
        reconcile(shop)
        assert found() == {("company-differs", "S1", "Old Name", "New Name")}
        assert reconciliation.repair_proven(shop) == (0, [])
        with pytest.raises(ValidationError, match="the merchant’s own update"):
            reconciliation.tell(Discrepancy.objects.get())
        reconciliation.repair(Discrepancy.objects.get())
        assert (state_of(seller), seller.company_name) == (State.ACTIVE, "New Name")
        reconcile(shop)
        assert found() == set()

    def test_a_company_changed_since_the_look_is_not_overwritten(self, sandbox, shop):
        sandbox.link(shop, "S1", companyName="New Name")
        seller = SellerFactory(channel=shop, seller_id="S1", company_name="Old Name")
        reconcile(shop)
        Seller.objects.update(company_name="Newest Name")
        with pytest.raises(ValidationError, match="changed meanwhile"):
            reconciliation.repair(Discrepancy.objects.get())
        assert state_of(seller)
        assert seller.company_name == "Newest Name"

    @pytest.mark.parametrize(
        "values", [{"company_name": ""}, {"state": State.UNLINKED}, {"company_name": " Müller & Söhne GmbH "}]
    )
    def test_a_company_that_nobody_names_or_needs_is_no_difference(self, sandbox, shop, values):
        link(sandbox, shop, "S1")
        SellerFactory(channel=shop, seller_id="S1", **{"company_name": "Other", **values})
        reconcile(shop)
        assert "company-differs" not in {kind for kind, *_rest in found()}

    def test_a_seller_alike_on_both_sides_is_no_difference(self, sandbox, shop):
        link(sandbox, shop, "S1")
        SellerFactory(channel=shop, seller_id="S1")
        reconcile(shop)
        assert found() == set()

    def test_unlinked_there_and_active_here(self, sandbox, shop):
        link(sandbox, shop, "S1")
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
        link(sandbox, shop, "S1")
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
        link(sandbox, shop, "S1")
        long_ago = timezone.now() - timedelta(days=1)
        seller = SellerFactory(channel=shop, seller_id="S1", state=State.LINKING, created_at=long_ago)
        session = LinkSession.objects.create(
            ref="r", channel=shop, kind="sign-up", state="submitted", seller=seller, submitted_at=long_ago
        )
        reconcile(shop)
        assert found() == set()
        session.delete()
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
        link(sandbox, shop, "S1")
        seller = SellerFactory(channel=shop, seller_id="S1")
        unlink(sandbox, shop, "S1")
        reconcile(shop)
        Seller.objects.update(state=State.REMOVED)
        done, refusals = reconciliation.repair_proven(shop)
        assert (done, len(refusals), state_of(seller)) == (0, 1, State.REMOVED)

    def test_a_session_whose_seller_turns_out_to_be_linked_ends_as_done_when_he_is_adopted(self, sandbox, shop):
        session = LinkSession.objects.create(ref="r" * 43, channel=shop, kind="sign-up", session="a session")
        link(sandbox, shop, sign_up.seller_id_of(session))
        reconcile(shop)
        session.refresh_from_db()
        assert session.state == "open"
        reconciliation.repair(Discrepancy.objects.get())
        session.refresh_from_db()
        assert (session.state, session.session, session.seller) == ("done", "", Seller.objects.get())


class TestMarketplace:
    def test_a_seller_missing_here_is_adopted_with_its_membership_by_repair(self, sandbox, market):
        link(sandbox, market.platform, "S1", [market])
        reconcile(market)
        assert (missing(), Membership.objects.exists()) == ({(market, "S1")}, False)
        assert reconciliation.repair_proven(market) == (1, [])
        assert Membership.objects.get(seller__seller_id="S1", marketplace=market).confirmed
        reconcile(market)
        assert found() == set()

    def test_each_marketplace_that_lists_a_missing_seller_has_a_row_and_a_repair(self, sandbox, market):
        other = sandbox.adopt(MarketplaceFactory(code="market-2", platform=market.platform))
        link(sandbox, market.platform, "S1", [market, other])
        reconcile(market)
        reconcile(other)
        assert missing() == {(market, "S1"), (other, "S1")}
        assert reconciliation.repair_proven(other) == (1, [])
        assert list(Membership.objects.values_list("marketplace__code", flat=True)) == ["market-2"]
        reconcile(market)
        assert missing() == {(market, "S1")}
        assert reconciliation.repair_proven(market) == (1, [])
        assert Seller.objects.get().memberships.count() == 2

    def test_scx_is_told_the_portals_company_when_staff_ask(self, sandbox, market):
        sandbox.link(market.platform, "S1", [market], companyName="Their Name")
        account = sandbox.sellers(channel=market.code)[0]["jtlAccountId"]
        membership = MembershipFactory(
            seller__channel=market.platform,
            seller__seller_id="S1",
            seller__jtl_account_id=account,
            seller__company_name="Our Name",
            marketplace=market,
        )
        reconcile(market)
        assert found() == {("company-differs", "S1", "Our Name", "Their Name")}
        reconciliation.tell(Discrepancy.objects.get())
        assert found() != set()
        jobs.run("sellers", market, Run(ignore_backoff=True))
        assert sandbox.sellers(channel=market.code)[0]["companyName"] == "Our Name"
        reconcile(market)
        assert found() == set()
        membership.refresh_from_db()
        assert (membership.confirmed, membership.seller.company_name) == (True, "Our Name")

    def test_what_changed_since_the_look_is_told_to_nobody(self, sandbox, market):
        sandbox.link(market.platform, "S1", [market], companyName="Their Name")
        membership = MembershipFactory(seller__channel=market.platform, seller__seller_id="S1", marketplace=market)
        reconcile(market)
        Seller.objects.update(company_name="Newest Name")
        with pytest.raises(ValidationError, match="changed meanwhile"):
            reconciliation.tell(Discrepancy.objects.get(kind="company-differs"))
        membership.refresh_from_db()
        assert membership.confirmed is True

    def test_unlinked_there_and_confirmed_here_ends_the_membership_and_with_the_last_the_seller(self, sandbox, market):
        link(sandbox, market.platform, "S1", [market])
        membership = MembershipFactory(seller__channel=market.platform, seller__seller_id="S1", marketplace=market)
        unlink(sandbox, market, "S1")
        reconcile(market)
        assert found() == {("unlinked-at-scx", "S1", "active", "unlinked")}
        reconciliation.repair_proven(market)
        membership.refresh_from_db()
        assert (membership.confirmed, membership.is_refused) == (False, True)
        assert state_of(membership.seller) == State.UNLINKED

    def test_a_wish_scx_does_not_follow_is_told_again(self, sandbox, market):
        link(sandbox, market.platform, "S1", [market])
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
        link(sandbox, market.platform, "S1", [market])
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

    @pytest.mark.parametrize("wanted", [True, False])
    def test_off_there_and_ended_here_is_as_it_shall_be_where_he_was_not_wanted(self, sandbox, market, wanted):
        sibling = sandbox.adopt(MarketplaceFactory(code="market-2", platform=market.platform))
        account = sandbox.merchant().jtl_account_id
        sandbox.link(market.platform, "S1", [sibling], jtlAccountId=account, companyName="Müller & Söhne GmbH")
        gateway.client(market).sellers.assign(account, "S1", market.code, False, "Müller & Söhne GmbH")
        seller = SellerFactory(channel=market.platform, seller_id="S1", state=State.UNLINKED)
        MembershipFactory(seller=seller, marketplace=market, wanted=wanted, confirmed=False)
        reconcile(market)
        assert found() == ({("linked-at-scx", "S1", "unlinked", "inactive")} if wanted else set())

    def test_a_wish_on_its_way_is_no_difference(self, sandbox, market):
        link(sandbox, market.platform, "S1", [market])
        MembershipFactory(
            seller__channel=market.platform, seller__seller_id="S1", marketplace=market, wanted=False, confirmed=True
        )
        reconcile(market)
        assert found() == set()
