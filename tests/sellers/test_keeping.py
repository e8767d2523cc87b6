"""No path changes a seller id, and none deletes a seller before SCX has forgotten it."""

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import ProtectedError

from sellers.models import Membership, Seller
from tests.factories import AccountFactory, ChannelFactory, MembershipFactory, PlatformFactory, SellerFactory

pytestmark = pytest.mark.django_db

KEPT = ["linking", "active", "inactive", "unlinking", "unlinked"]


def by_instance(seller):
    seller.delete()


def by_instance_that_lies(seller):
    seller.state = "removed"
    seller.delete()


def by_queryset(seller):
    Seller.objects.filter(pk=seller.pk).delete()


def by_base_manager(seller):
    Seller._base_manager.all().delete()


def behind_the_signals(seller):
    Seller.objects.all()._raw_delete("default")


def with_the_account(seller):
    seller.account.delete()


def with_the_channel(seller):
    seller.channel.delete()


@pytest.mark.parametrize("state", KEPT)
@pytest.mark.parametrize(
    "door",
    [
        by_instance,
        by_instance_that_lies,
        by_queryset,
        by_base_manager,
        behind_the_signals,
        with_the_account,
        with_the_channel,
    ],
)
def test_no_door_deletes_a_seller_before_it_is_removed(door, state):
    channel = ChannelFactory()
    seller = SellerFactory(channel=channel, account=AccountFactory(channel=channel), state=state)

    with pytest.raises(ProtectedError), transaction.atomic():
        door(seller)

    assert Seller.objects.filter(state=state).exists()


def test_a_deletion_of_many_that_meets_one_to_be_kept_deletes_none():
    for state in ("removed", "active"):
        SellerFactory(state=state)

    with pytest.raises(ProtectedError), transaction.atomic():
        Seller.objects.all().delete()

    assert Seller.objects.count() == 2


def test_a_removed_seller_may_go_with_its_memberships():
    MembershipFactory(seller__channel=PlatformFactory(), seller__state="removed")

    Seller.objects.all().delete()

    assert not Membership.objects.exists()


def test_the_clean_up_deletes_sign_ups_that_scx_never_took_and_nothing_else():
    leftover, active = SellerFactory(state="linking"), SellerFactory()

    assert Seller.objects.all().clean_up() == 1

    assert not Seller.objects.filter(pk=leftover.pk).exists()
    assert Seller.objects.filter(pk=active.pk).exists()


def saved(seller):
    seller.seller_id = "OTHER"
    seller.save()


def saved_by_field(seller):
    seller.seller_id = "OTHER"
    seller.save(update_fields=["seller_id"])


def saved_over(seller):
    Seller(pk=seller.pk, channel=seller.channel, seller_id="OTHER").save()


def updated(seller):
    Seller.objects.update(seller_id="OTHER")


def updated_through_the_channel(seller):
    seller.channel.sellers.all().update(seller_id="OTHER")


def updated_in_bulk(seller):
    seller.seller_id = "OTHER"
    Seller.objects.bulk_update([seller], ["company_name", "seller_id"])


def updated_or_created(seller):
    Seller.objects.update_or_create(pk=seller.pk, defaults={"seller_id": "OTHER"})


def created_over(seller):
    row = Seller(pk=seller.pk, channel=seller.channel, seller_id="OTHER")
    Seller.objects.bulk_create([row], update_conflicts=True, unique_fields=["pk"], update_fields=["seller_id"])


@pytest.mark.parametrize(
    "door",
    [
        saved,
        saved_by_field,
        saved_over,
        updated,
        updated_through_the_channel,
        updated_in_bulk,
        updated_or_created,
        created_over,
    ],
)
def test_no_door_changes_a_seller_id(door):
    seller = SellerFactory(seller_id="S1")

    with pytest.raises(ValidationError, match="never changes"), transaction.atomic():
        door(seller)

    assert Seller.objects.get().seller_id == "S1"


def test_what_else_a_seller_has_may_change():
    seller = SellerFactory(company_name="Old")

    Seller.objects.update(company_name="New")
    seller.refresh_from_db()
    seller.company_name = "Newer"
    Seller.objects.bulk_update([seller], ["company_name"])
    seller.save()

    assert Seller.objects.get().company_name == "Newer"


def test_a_new_seller_costs_one_statement(django_assert_num_queries):
    channel = ChannelFactory()

    with django_assert_num_queries(1, connection=connection):
        Seller.objects.create(channel=channel, seller_id="S1")
