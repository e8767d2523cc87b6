"""Offers leave the marketplace with their seller and come back with him."""

from datetime import timedelta
from unittest.mock import Mock

import pytest
from django.db import connection
from django.utils import timezone

from listings import reports, results, timeline
from listings.handover import data, withdrawal
from listings.handover.base import ListingError, Result
from listings.handover.job import hand_over
from listings.models import STANDING, TO_TAKE_DOWN, ListingReport, Offer
from platforms.jobs import Run
from platforms.models import Batch
from sellers.models import Membership, Seller
from tests.factories import (
    NOON,
    ChannelFactory,
    MarketplaceFactory,
    MembershipFactory,
    OfferFactory,
    PlatformFactory,
    SellerFactory,
)
from tests.listings.build import happen, listing, offer, variation

pytestmark = pytest.mark.django_db
State = Offer.State


@pytest.fixture
def channel(db):
    return ChannelFactory(connector="own")


@pytest.fixture
def seller(channel):
    return SellerFactory(channel=channel, credentials={"key": "s3cret-key-of-the-seller"})


def become(seller, state):
    Seller.objects.filter(pk=seller.pk).update(state=state, **({"credentials": {}} if state == "removed" else {}))


def ran(channel, **how):
    run = Run(**how)
    hand_over(channel, run)
    return run.counts


@pytest.mark.parametrize("state", ["inactive", "unlinking", "unlinked", "removed"])
def test_the_offers_of_a_seller_who_is_off_are_withdrawn_once_and_no_new_ones_handed_over(
    channel, seller, marketplace, state
):
    happen(channel, listing(seller, 1))
    ran(channel)
    become(seller, state)
    happen(channel, listing(seller, 2))
    assert ran(channel) == {"withdrawn": 2}
    assert ran(channel) == {}

    assert marketplace.shelf == {}
    assert marketplace.calls == [("hand over", [1]), ("withdraw", [1, 2])]
    assert {row.withdrawn_at is None for row in Offer.objects.all()} == {False}


@pytest.mark.parametrize(("wanted", "confirmed"), [(False, True), (True, False), (False, False), (True, None)])
def test_the_offers_on_a_marketplace_are_withdrawn_as_soon_as_either_side_says_no(marketplace, wanted, confirmed):
    market = MarketplaceFactory(connector="own")
    other = MarketplaceFactory(connector="own", platform=market.platform)
    seller = SellerFactory(channel=market.platform)
    for each in (market, other):
        MembershipFactory(seller=seller, marketplace=each)
    happen(market, listing(seller, 1))
    happen(other, listing(seller, 2))
    for each in (market, other):
        ran(each)
    assert marketplace.shelf == {1: 1, 2: 1}

    Membership.objects.filter(marketplace=market).update(wanted=wanted, confirmed=confirmed)
    for each in (market, other):
        ran(each)
    assert marketplace.shelf == {2: 1}

    Membership.objects.filter(marketplace=market).update(wanted=True, confirmed=True)
    for each in (market, other):
        ran(each)
    assert marketplace.shelf == {1: 1, 2: 1}


def test_on_return_the_newest_revision_of_each_is_handed_over_again_and_what_ended_stays_ended(
    channel, seller, marketplace
):
    for number in (1, 2, 3, 4):
        happen(channel, listing(seller, number))
    failure = Result("failed", errors=(ListingError("A", "B"),))
    marketplace.answer = lambda offers: [(each.key, failure) for each in offers if each.offer_id == 2]
    ran(channel)
    happen(channel, listing(seller, 4), 1, "End")
    become(seller, "inactive")
    ran(channel)
    happen(channel, listing(seller, 1, title="New"), 1, "Update")
    happen(channel, listing(seller, 3), 1, "End")
    ran(channel)
    assert (offer(seller, 2).state, offer(seller, 2).errors[0]["code"]) == (State.FAILED, "A")
    marketplace.calls.clear()
    marketplace.answer = lambda offers: []
    become(seller, "active")
    assert ran(channel) == {"handed over": 2}

    assert marketplace.calls == [("hand over", [1, 2])]
    assert marketplace.shelf == {1: 2, 2: 1}
    assert dict(Offer.objects.values_list("offer_id", "state")) == {1: "pending", 2: "pending", 3: "ended", 4: "ended"}
    assert set(Offer.objects.values_list("withdrawn_at", flat=True)) == {None}
    assert offer(seller, 2).errors == []


def test_an_offer_that_was_listed_is_listed_again_without_telling_scx_twice(channel, seller, marketplace):
    happen(channel, listing(seller, 1))
    for state, back in (("active", None), ("inactive", None), ("active", "in_progress")):
        become(seller, state)
        marketplace.answer = lambda offers, back=back: [(offers[0].key, Result(back or "listed"))]
        ran(channel)
    assert offer(seller, 1).state == State.IN_PROGRESS

    outcome = results.record(offer(seller, 1), Result("listed"))
    assert (outcome.status, offer(seller, 1).state) == ("recorded", State.LISTED)
    assert results.record(offer(seller, 1), Result("in_progress")).status == "unchanged"
    assert offer(seller, 1).state == State.LISTED
    assert list(ListingReport.objects.values_list("kind", flat=True)) == ["listed"]


def test_variations_go_and_come_with_their_listing(channel, seller, marketplace):
    happen(channel, listing(seller, 1, variationList=[variation(2), variation(3)]))
    marketplace.answer = lambda offers: [(each.key, Result("listed")) for each in offers]
    ran(channel)
    become(seller, "unlinked")
    assert ran(channel) == {"withdrawn": 1}
    assert Offer.objects.filter(withdrawn_at__isnull=False).count() == 3

    marketplace.answer = lambda offers: []
    become(seller, "active")
    ran(channel)
    assert set(Offer.objects.values_list("state", "withdrawn_at")) == {("pending", None)}


def test_a_seller_who_returns_while_the_connector_withdraws_ends_on_the_marketplace(channel, seller, marketplace):
    happen(channel, listing(seller, 1))
    ran(channel)
    become(seller, "inactive")
    marketplace.on_call = lambda: become(seller, "active")
    ran(channel)
    assert marketplace.shelf == {}

    ran(channel)
    assert marketplace.shelf == {1: 1}
    assert offer(seller, 1).withdrawn_at is None


@pytest.mark.parametrize("end", [RuntimeError, SystemExit])
def test_a_withdrawal_that_fails_or_is_killed_after_it_was_done_is_made_up_for_on_return(
    channel, seller, marketplace, monkeypatch, end
):
    happen(channel, listing(seller, 1))
    marketplace.answer = lambda offers: [(offers[0].key, Result("listed"))]
    ran(channel)
    become(seller, "inactive")
    with monkeypatch.context() as patch:
        patch.setattr(withdrawal, "record", Mock(side_effect=end))
        with pytest.raises(end):
            ran(channel)
    assert marketplace.shelf == {}

    become(seller, "active")
    ran(channel, ignore_backoff=True)
    assert marketplace.shelf == {1: 1}
    assert offer(seller, 1).state == State.LISTED


def test_a_withdrawal_that_ends_after_its_offer_came_back_is_made_up_for(channel, seller, marketplace):
    row = OfferFactory(channel=channel, seller=seller, handed_over_revision=1, state="listed")
    withdrawal.record([row.pk])
    row.refresh_from_db()
    assert (row.state, row.handed_over_revision, row.taken_down_at) == (State.PENDING, 0, None)


def test_a_seller_who_is_paused_during_the_hand_over_ends_without_offers(channel, seller, marketplace):
    happen(channel, listing(seller, 1))
    marketplace.on_call = lambda: become(seller, "inactive")
    ran(channel)
    assert marketplace.calls == [("hand over", [1]), ("withdraw", [1])]
    assert marketplace.shelf == {}


def test_what_another_process_has_in_hand_is_not_withdrawn_before_it_is_done(channel, seller, marketplace):
    row = OfferFactory(channel=channel, seller=seller)
    in_hand = Batch.objects.create(job="handover", channel=channel, keys=[row.pk], began_at=timezone.now())
    become(seller, "inactive")
    ran(channel)
    assert marketplace.calls == []
    assert offer(seller, row.offer_id).withdrawn_at is not None

    in_hand.delete()
    ran(channel)
    assert marketplace.calls == [("withdraw", [row.offer_id])]


def test_offers_over_which_a_process_was_killed_go_where_their_seller_now_says(channel, seller, marketplace):
    """Nobody knows whether the connector had them; so they are withdrawn although no hand-over was noted."""
    row = OfferFactory(channel=channel, seller=seller)
    Batch.objects.create(job="handover", channel=channel, keys=[row.pk], began_at=NOON)
    become(seller, "unlinked")
    ran(channel)
    assert marketplace.calls == [("withdraw", [row.offer_id])]
    assert not Batch.objects.exists()


def test_a_hand_over_that_is_noted_after_the_withdrawal_is_withdrawn_once_more(channel, seller, marketplace):
    row = OfferFactory(channel=channel, seller=seller)
    become(seller, "inactive")
    ran(channel)
    results.record_all([], offers=Offer.objects.all(), handed_over={row.pk: 1})
    assert ran(channel) == {"withdrawn": 1}
    assert marketplace.calls == [("withdraw", [row.offer_id])] * 2


def test_an_offer_the_connector_cannot_withdraw_stays_due_and_holds_up_none(channel, seller, marketplace, monkeypatch):
    other = SellerFactory(channel=channel)
    for number in (1, 2, 3, 4):
        happen(channel, listing(seller if number < 4 else other, number))
    ran(channel)
    for each in (seller, other):
        become(each, "inactive")
    take_down = marketplace.withdraw

    def withdraw(settings, offers):
        if any(each.offer_id == 2 for each in offers):
            raise RuntimeError("no such thing")
        take_down(settings, offers)

    monkeypatch.setattr(marketplace, "withdraw", withdraw)
    run = Run()
    with pytest.raises(RuntimeError, match="no such thing"):
        hand_over(channel, run)

    assert run.counts == {"withdrawn": 3, "not withdrawn": 1}
    assert (marketplace.shelf, offer(seller, 2).taken_down_at) == ({2: 1}, None)
    monkeypatch.setattr(marketplace, "withdraw", take_down)
    assert ran(channel) == {"withdrawn": 1}
    assert marketplace.shelf == {}


def test_sellers_of_other_channels_are_left_alone(channel, seller, marketplace):
    stranger = SellerFactory(channel=ChannelFactory(connector="own"), state="inactive")
    happen(channel, listing(seller, 1))
    happen(stranger.channel, listing(stranger, 2))
    assert ran(channel) == {"handed over": 1}


def test_the_connector_gets_the_sellers_credentials_and_nothing_that_is_printed_shows_them(
    channel, seller, marketplace
):
    happen(channel, listing(seller, 1, variationList=[variation(2)]))
    ran(channel)
    become(seller, "inactive")
    ran(channel)
    given, left = marketplace.given
    assert given.credentials == left.credentials == given.variations[0].credentials == seller.credentials
    assert "s3cret" not in f"{given!r}{left!r}"


def test_nothing_is_done_with_credentials_that_no_key_reads(channel, seller, marketplace):
    happen(channel, listing(seller, 1))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE sellers_seller SET credentials = 'gibberish'")
    assert ran(channel) == {"credentials unreadable": 1}
    assert marketplace.calls == []
    assert offer(seller, 1).handed_over_revision == 0


def test_a_reference_says_what_it_takes_to_find_the_listing(channel, seller):
    row = OfferFactory(channel=channel, seller=seller, channel_offer_id="M-1", listing_url="https://m.example/1")
    (reference,) = data.references(Offer.objects.all())
    assert (reference.key, reference.channel, reference.seller) == (row.pk, channel.code, seller.seller_id)
    assert (reference.offer_id, reference.sku) == (row.offer_id, row.sku)
    assert (reference.channel_offer_id, reference.listing_url) == ("M-1", "https://m.example/1")


def test_who_reads_offers_by_cursor_sees_them_go_and_come(channel, seller, marketplace):
    happen(channel, listing(seller, 1))
    ran(channel)
    before = offer(seller, 1).number
    become(seller, "inactive")
    ran(channel)
    gone = offer(seller, 1)
    assert gone.number > before
    assert "withdrawn" in [moment.what for moment in timeline.of(gone)]
    become(seller, "active")
    ran(channel)
    assert offer(seller, 1).number > gone.number


@pytest.mark.parametrize("name", ["manual", "demo"])
def test_the_connectors_that_ship_take_part(name):
    shop = ChannelFactory(connector=name)
    seller = SellerFactory(channel=shop)
    OfferFactory(channel=shop, seller=seller)
    ran(shop)
    before = Offer.objects.get().state
    become(seller, "inactive")
    assert ran(shop) == {"withdrawn": 1}
    become(seller, "active")
    ran(shop)
    assert (Offer.objects.get().withdrawn_at, Offer.objects.get().state) == (None, before)


def test_reports_of_a_seller_who_is_off_are_parked_and_resume_in_their_order(sandbox, marketplace):
    shop = sandbox.adopt(ChannelFactory(connector="own"))
    seller = SellerFactory(channel=shop)
    sandbox.link(shop, seller.seller_id)
    row = OfferFactory(channel=shop, seller=seller)
    ran(shop)
    become(seller, "inactive")
    ran(shop)
    results.record(row, Result("in_progress"))
    happen(shop, listing(seller, row.offer_id), 1, "Update")
    results.record(row, Result("listed", revision=2))
    reports.send(shop, Run(ignore_backoff=True))
    assert sandbox.reports(shop) == []
    assert set(ListingReport.objects.values_list("state", "attempts")) == {("pending", 0)}

    become(seller, "active")
    reports.send(shop, Run())
    assert [entry["state"] for entry in sandbox.reports(shop)] == ["in_progress", "listed"]


def test_reports_of_a_marketplace_wait_while_its_membership_is_not_wanted(sandbox):
    market = sandbox.adopt(MarketplaceFactory(platform=PlatformFactory()))
    seller = SellerFactory(channel=market.platform)
    sandbox.link(market.platform, seller.seller_id, [market])
    membership = MembershipFactory(seller=seller, marketplace=market, wanted=False)
    results.record(OfferFactory(channel=market, seller=seller), Result("listed"))
    reports.send(market, Run())
    assert sandbox.reports(market) == []

    Membership.objects.filter(pk=membership.pk).update(wanted=True)
    reports.send(market, Run())
    assert len(sandbox.reports(market)) == 1


def test_looking_for_work_costs_by_the_work_and_not_by_the_table(channel, seller):
    left = SellerFactory(channel=channel, state="unlinked")
    gone = {"withdrawn_at": NOON, "taken_down_at": NOON}
    sellers = [(seller, {}), (left, gone)]
    sellers += [(SellerFactory(channel=channel), fields) for fields in ({}, gone) * 20]
    Offer.objects.bulk_create(
        Offer(channel=channel, seller=whose, offer_id=number, content_at=NOON, revision=1, **fields)
        for number in range(1, 201)
        for whose, fields in sellers
    )
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE listings_offer")
    for whose, condition, index in (
        (left, STANDING, "listings_offer_standing"),
        (left, TO_TAKE_DOWN, "listings_offer_withdrawn"),
        (seller, withdrawal.WITHDRAWN, "listings_offer_withdrawn"),
    ):
        found = Offer.objects.filter(condition, channel=channel, seller=whose).order_by().values("pk")
        assert index in found.explain()


def test_a_sweep_with_nothing_to_do_asks_no_more_however_many_offers_and_sellers(
    channel, marketplace, django_assert_max_num_queries
):
    for number in range(20):
        seller = SellerFactory(channel=channel, state="removed" if number % 2 else "active")
        OfferFactory(channel=channel, seller=seller)
    ran(channel)
    assert withdrawal.to_tell(channel) == []
    with django_assert_max_num_queries(15):
        ran(channel)


def test_a_run_whose_time_is_up_leaves_the_rest_due(channel, seller, marketplace):
    OfferFactory(channel=channel, seller=seller)
    become(seller, "inactive")
    assert ran(channel, deadline=0.0) == {}
    assert ran(channel) == {"withdrawn": 1}
    become(seller, "active")
    assert ran(channel, deadline=0.0) == {}
    assert Offer.objects.get().withdrawn_at > timezone.now() - timedelta(minutes=1)
