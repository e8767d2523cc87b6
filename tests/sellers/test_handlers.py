"""What SCX's events mean for sellers."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from platforms import inbox
from platforms.jobs import Run
from sellers.handlers import hold_events_of_unknown_sellers
from sellers.models import Membership, Seller
from tests.factories import (
    NOON,
    ChannelFactory,
    EventFactory,
    MarketplaceFactory,
    MembershipFactory,
    PlatformFactory,
    SellerFactory,
)

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(hours=1)


def unlinked(channel, seller, *, removed=False, at=LATER, **payload):
    payload = {
        "sellerId": seller.seller_id,
        "reason": "no active subscription",
        "unlinkedAt": at.isoformat(),
        "permanentlyRemoved": removed,
        **payload,
    }
    return EventFactory(channel=channel, type="Seller:Channel.Unlinked", payload=payload)


def applied(channel, *events):
    inbox.apply(channel, Run())
    for event in events:
        event.refresh_from_db()
    return [event.state for event in events]


@pytest.fixture
def channel():
    return ChannelFactory()


@pytest.fixture
def seller(channel):
    return SellerFactory(channel=channel, credentials={"key": "secret"})


@pytest.fixture
def mall():
    return PlatformFactory()


@pytest.fixture
def memberships(mall):
    seller = SellerFactory(channel=mall, credentials={"key": "secret"})
    return [MembershipFactory(seller=seller, marketplace=MarketplaceFactory(platform=mall)) for _number in range(3)]


def test_events_of_an_unknown_seller_wait_and_say_why(channel):
    event = unlinked(channel, SellerFactory.build(seller_id="S1"))
    assert applied(channel, event) == ["waiting"]
    assert event.error == "The portal does not know seller “S1” yet; the event waits for the sign-up."


def test_events_of_a_seller_whose_sign_up_is_not_confirmed_wait(channel, seller):
    Seller.objects.update(state="linking")
    assert applied(channel, unlinked(channel, seller)) == ["waiting"]


def test_a_seller_of_another_channel_with_the_same_id_is_somebody_else(channel):
    stranger = SellerFactory(seller_id="S1")
    assert applied(channel, unlinked(channel, stranger)) == ["waiting"]
    assert Seller.objects.get().state == "active"


def test_events_of_a_removed_seller_are_ignored(channel, seller):
    Seller.objects.update(state="removed", credentials={})
    assert applied(channel, unlinked(channel, seller)) == ["ignored"]


def test_events_of_a_marketplace_find_the_seller_of_its_platform(memberships):
    events = [EventFactory.build(channel=memberships[0].marketplace, seller_id=memberships[0].seller.seller_id)]
    hold_events_of_unknown_sellers(memberships[0].marketplace, events)
    assert events[0].state == "pending"


def test_a_batch_is_checked_with_one_query(channel, seller):
    events = [EventFactory.build(channel=channel, seller_id=f"S{number}") for number in range(50)]
    with CaptureQueriesContext(
        connection,
    ) as queries:
        hold_events_of_unknown_sellers(channel, events)
    assert len(queries) == 1


def test_an_unlinked_seller_is_kept_with_his_credentials(channel, seller):
    assert applied(channel, unlinked(channel, seller)) == ["done"]
    seller.refresh_from_db()
    assert (seller.state, seller.state_reason) == ("unlinked", "no active subscription")
    assert seller.credentials == {"key": "secret"}


def test_a_permanently_removed_seller_loses_his_credentials_at_once(channel, seller):
    assert applied(channel, unlinked(channel, seller, removed=True)) == ["done"]
    seller.refresh_from_db()
    assert (seller.state, seller.credentials) == ("removed", {})


def test_an_unlinked_seller_can_still_be_removed(channel, seller):
    events = unlinked(channel, seller), unlinked(channel, seller, removed=True, at=LATER + timedelta(days=1))
    assert applied(channel, *events) == ["done", "done"]
    assert Seller.objects.get().state == "removed"


def test_a_removed_seller_stays_removed_whatever_comes_in_the_same_batch(channel, seller):
    events = unlinked(channel, seller, removed=True), unlinked(channel, seller)
    applied(channel, *events)
    assert Seller.objects.get().state == "removed"
    assert {event.state for event in events} <= {"done", "ignored"}


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (NOON - timedelta(seconds=1), "superseded"),
        (NOON, "done"),
        (NOON + timedelta(microseconds=400_000), "done"),
        (NOON - timedelta(microseconds=1), "superseded"),
    ],
)
def test_an_end_from_an_earlier_second_than_the_last_sign_up_is_superseded(channel, seller, at, expected):
    assert applied(channel, unlinked(channel, seller, at=at)) == [expected]
    assert Seller.objects.get().state == ("active" if expected == "superseded" else "unlinked")


def test_a_sign_up_later_in_the_same_second_does_not_supersede_the_end(channel, seller):
    Seller.objects.update(linked_at=NOON + timedelta(microseconds=900_000))
    assert applied(channel, unlinked(channel, seller, at=NOON + timedelta(microseconds=100_000))) == ["done"]


def test_while_we_unlink_the_event_always_counts(channel, seller):
    Seller.objects.update(state="unlinking")
    assert applied(channel, unlinked(channel, seller, at=NOON - timedelta(days=1))) == ["done"]
    assert Seller.objects.get().state == "unlinked"


def test_an_adopted_seller_without_a_date_is_unlinked_by_any_event(channel, seller):
    Seller.objects.update(linked_at=None)
    assert applied(channel, unlinked(channel, seller, at=datetime(2000, 1, 1, tzinfo=UTC))) == ["done"]


@pytest.mark.parametrize("at", ["2026-01-01T13:00:00+0000", "2026-01-01T13:00:00+00", "2026-01-01T13:00:00Z", 5, None])
def test_times_are_read_leniently_and_a_missing_one_is_the_events_own(channel, seller, at):
    event = unlinked(channel, seller, unlinkedAt=at, permanentlyRemoved="true", reason=None)
    assert applied(channel, event) == ["done"]
    assert Seller.objects.get().state == "removed"


def test_on_a_platform_the_event_concerns_the_membership_of_its_channel(memberships):
    first = memberships[0]
    assert applied(first.marketplace, unlinked(first.marketplace, first.seller)) == ["done"]
    first.refresh_from_db()
    assert (first.wanted, first.confirmed, first.is_refused) == (True, False, True)
    assert first.error == "Disconnected by JTL: no active subscription"
    assert Seller.objects.get().state == "active"
    assert not Membership.objects.unsettled().exists()


def test_the_seller_is_unlinked_with_his_last_confirmed_membership(memberships):
    for membership in memberships:
        assert Seller.objects.get().state == "active"
        applied(membership.marketplace, unlinked(membership.marketplace, membership.seller))
    assert Seller.objects.get().state == "unlinked"
    assert Seller.objects.get().credentials == {"key": "secret"}


def test_the_seller_is_removed_with_his_last_confirmed_membership(memberships):
    for membership in memberships:
        assert Seller.objects.get().credentials == {"key": "secret"}
        applied(membership.marketplace, unlinked(membership.marketplace, membership.seller, removed=True))
    assert (Seller.objects.get().state, Seller.objects.get().credentials) == ("removed", {})


def test_a_seller_who_can_be_revived_on_one_marketplace_is_not_removed(memberships):
    for number, membership in enumerate(memberships):
        event = unlinked(membership.marketplace, membership.seller, removed=number > 0)
        applied(membership.marketplace, event)
    assert Seller.objects.get().state == "unlinked"
    first = memberships[0]
    applied(first.marketplace, unlinked(first.marketplace, first.seller, removed=True))
    assert Seller.objects.get().state == "removed"


def test_a_marketplace_where_scx_has_him_switched_off_keeps_a_seller_from_being_removed(memberships):
    Membership.objects.filter(pk=memberships[2].pk).update(wanted=False, confirmed=False)
    for membership in memberships[:2]:
        applied(membership.marketplace, unlinked(membership.marketplace, membership.seller, removed=True))
    assert (Seller.objects.get().state, Seller.objects.get().credentials) == ("unlinked", {"key": "secret"})
    last = memberships[2]
    applied(last.marketplace, unlinked(last.marketplace, last.seller, removed=True))
    assert (Seller.objects.get().state, Seller.objects.get().credentials) == ("removed", {})


def test_a_marketplace_that_scx_has_not_confirmed_yet_keeps_the_seller(memberships):
    Membership.objects.filter(pk=memberships[2].pk).update(confirmed=None)
    for membership in memberships[:2]:
        applied(membership.marketplace, unlinked(membership.marketplace, membership.seller))
    assert Seller.objects.get().state == "active"
