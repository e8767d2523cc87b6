"""Offers that systems take for themselves."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.utils import timezone

from listings import claims, results
from listings.handover.base import ListingError, Result
from listings.models import Claim, Offer
from tests.factories import ChannelFactory, ClaimFactory, OfferFactory, SellerFactory

MINUTE = timedelta(minutes=1)
LIST, TAKE_DOWN = Claim.Errand.LIST, Claim.Errand.TAKE_DOWN


def waiting(seller, number=1, **fields):
    """Offers that the connector has and nobody has answered, the first waiting longest."""
    now = timezone.now()
    usual = {"revision": 1, "handed_over_revision": 1}
    return [
        OfferFactory(
            channel=seller.channel, seller=seller, awaited_since=now - timedelta(hours=number - n), **usual | fields
        )
        for n in range(number)
    ]


def take(home, most=10, errand=LIST, of=""):
    return claims.take([home.channel], errand, "shop", most=most, lease=MINUTE, seller=of)


def expire():
    Claim.objects.update(leased_until=timezone.now() - timedelta(seconds=1))


@pytest.mark.django_db
class TestTaking:
    def test_the_longest_waiting_come_first_and_nobody_else_gets_them(self):
        seller = SellerFactory()
        rows = waiting(seller, 3)

        first, second, third = take(seller, 2), take(seller, 2), take(seller, 2)

        assert list(first.keys) == [rows[0].pk, rows[1].pk]
        assert list(second.keys) == [rows[2].pk]
        assert third == claims.NOTHING

    def test_they_come_free_when_the_lease_ends(self):
        seller = SellerFactory()
        (row,) = waiting(seller)
        take(seller)
        expire()

        assert list(take(seller).keys) == [row.pk]
        assert Claim.objects.count() == 1

    @pytest.mark.parametrize(
        "fields",
        [
            {"handed_over_revision": 0},
            {"state": "ended"},
            {"withdrawn_at": timezone.now()},
            {"state": "listed", "awaited_since": None},
            {"seller__state": "inactive"},
            {"seller__credentials_rejected_at": timezone.now()},
            # By staff, or by a system that takes none.
            {"state": "in_progress"},
        ],
    )
    def test_what_is_not_to_be_listed_now_is_not_given(self, fields):
        usual = {"revision": 1, "handed_over_revision": 1, "awaited_since": timezone.now()}
        row = OfferFactory(**usual | fields)
        Offer.objects.filter(pk=row.pk, state="ended").update(awaited_since=None)

        assert take(row.seller) == claims.NOTHING

    def test_what_a_worker_began_with_and_let_go_of_is_given_again(self):
        seller = SellerFactory()
        (row,) = waiting(seller)
        take(seller)
        results.record(row, Result("in_progress"))
        assert take(seller) == claims.NOTHING
        expire()

        assert list(take(seller).keys) == [row.pk]

    def test_what_staff_work_on_is_not_given_for_a_removal_that_was_once_in_hand(self):
        seller = SellerFactory()
        (row,) = waiting(seller, state="in_progress")
        ClaimFactory(offer=row, errand=TAKE_DOWN)
        expire()

        assert take(seller) == claims.NOTHING

    def test_the_worker_keeps_an_offer_whose_content_changes_meanwhile(self):
        seller = SellerFactory()
        (row,) = waiting(seller)
        take(seller)
        Offer.objects.update(revision=2, handed_over_revision=2)
        assert take(seller) == claims.NOTHING

        results.record(row, Result("listed", revision=1))

        assert list(take(seller).keys) == [row.pk]

    def test_an_answer_for_good_ends_the_claim(self):
        seller = SellerFactory()
        for row, result in zip(
            waiting(seller, 2), [Result("listed"), Result("failed", errors=(ListingError("A", "B"),))], strict=True
        ):
            take(seller, 1)
            results.record(row, result)

        assert not Claim.objects.exists()

    def test_a_late_answer_for_an_older_revision_leaves_another_workers_claim(self):
        seller = SellerFactory()
        (row,) = waiting(seller, revision=2, handed_over_revision=2)
        take(seller)

        results.record(row, Result("listed", revision=1))

        assert Claim.objects.get().revision == 2

    def test_a_claim_can_be_renewed_and_let_go(self):
        seller = SellerFactory()
        waiting(seller)
        take(seller)
        held = list(Claim.objects.all())

        until = claims.renew(held, timedelta(hours=1))
        assert Claim.objects.get().leased_until == until
        claims.let_go(held)

        assert take(seller).keys

    def test_what_is_to_be_taken_down_is_an_errand_of_its_own(self):
        now = timezone.now()
        row = OfferFactory(state="ended", take_down_told_at=now, revision=1)
        OfferFactory(channel=row.channel, state="ended", take_down_told_at=now, taken_down_at=now)

        assert take(row.seller) == claims.NOTHING
        assert list(take(row.seller, errand=TAKE_DOWN).keys) == [row.pk]
        assert take(row.seller, errand=TAKE_DOWN) == claims.NOTHING

    def test_one_seller_and_the_channels_named_alone(self):
        one, other = SellerFactory(), SellerFactory()
        waiting(one, 2)
        waiting(other, 2)

        assert take(one, of=other.seller_id) == claims.NOTHING
        both = claims.take([one.channel, other.channel], LIST, "shop", most=10, lease=MINUTE, seller=other.seller_id)
        assert len(both.keys) == 2


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_get_the_same_offer():
    seller = SellerFactory(channel=ChannelFactory())
    rows = waiting(seller, 60)

    def work(number):
        try:
            got = []
            while keys := take(seller, 7).keys:
                got += keys
            return got
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        got = [key for keys in pool.map(work, range(4)) for key in keys]

    assert sorted(got) == sorted(row.pk for row in rows)


@pytest.mark.django_db
def test_taking_reads_the_index_made_for_it():
    seller = SellerFactory()
    waiting(seller, 3)
    plan = claims._free(LIST, [seller.channel])[:10].explain()

    # A table of a few rows is read as a whole on PostgreSQL.
    assert "listings_offer_awaited" in plan or connection.vendor == "postgresql"
