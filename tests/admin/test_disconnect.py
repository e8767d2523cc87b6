"""Staff disconnect sellers: asked why first, told what JTL and the seller hear, and what came of it."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from sellers.models import Seller, Unlinking
from tests.admin import rows
from tests.admin.test_actions import act
from tests.factories import MembershipFactory, PlatformFactory, SellerFactory

pytestmark = pytest.mark.django_db


def test_the_page_asks_why_and_says_who_is_told_what(browser: Client):
    seller = SellerFactory()
    page = act(browser, Seller, "disconnect", seller.pk)

    assert "Disconnect these sellers?" in page
    for text in ("JTL and the seller are told these very words", "It never leaves the portal", 'name="note"'):
        assert text in page
    assert Seller.objects.get().state == "active"
    assert (
        'value="disconnect"' in browser.get(reverse("admin:sellers_seller_change", args=[seller.pk])).content.decode()
    )


def test_chosen_sellers_are_disconnected_in_the_name_of_who_asked(browser: Client):
    one, other = SellerFactory(), SellerFactory()
    page = act(browser, Seller, "disconnect", one.pk, other.pk, confirmed="yes", reason="suspicious", note="call first")

    assert "2 sellers are being disconnected." in page
    assert set(Seller.objects.values_list("state", flat=True)) == {"unlinking"}
    row = Unlinking.objects.get(seller=one)
    assert (row.reason, row.text, row.note) == ("suspicious", "", "call first")
    assert row.requested_by == User.objects.get().username


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"reason": ""}, "This field is required."),
        ({"reason": "other"}, "Say why, in words that JTL and the seller may read."),
        ({"reason": "other", "text": "key a-marketplace-secret"}, "This text holds credentials of the seller"),
        ({"reason": "contract", "text": "x"}, "Only the reason “other” takes a text"),
    ],
)
def test_a_wrong_answer_stands_at_its_field_and_changes_nothing(browser: Client, fields, error):
    seller = SellerFactory(credentials={"key": "a-marketplace-secret"})
    page = act(browser, Seller, "disconnect", seller.pk, confirmed="yes", **fields)

    assert error in page
    assert Seller.objects.get().state == "active"


def test_those_that_cannot_be_disconnected_are_named_and_the_others_are(browser: Client):
    linked, gone = SellerFactory(), SellerFactory(state="removed", company_name="Gone GmbH")
    page = act(browser, Seller, "disconnect", linked.pk, gone.pk, confirmed="yes", reason="contract")

    assert "1 seller is being disconnected. 1 was not possible: Gone GmbH: The seller is removed" in page
    assert set(Seller.objects.values_list("state", flat=True)) == {"unlinking", "removed"}


def test_for_a_seller_whose_credentials_are_rejected_that_reason_is_offered(browser: Client):
    seller = SellerFactory(credentials_rejected_at=timezone.now())

    page = act(browser, Seller, "disconnect", seller.pk)

    assert 'value="credentials" selected' in page


def test_staff_of_one_marketplace_cannot_end_the_others(browser_of):
    seller = SellerFactory(channel=PlatformFactory())
    mine, _other = (MembershipFactory(seller=seller).marketplace for _number in range(2))
    page = act(browser_of(rows.staff_of(mine)), Seller, "disconnect", seller.pk, confirmed="yes", reason="contract")

    assert "marketplaces that you may not see" in page
    assert Seller.objects.get().state == "active"


def test_a_refused_disconnection_is_sent_again_and_others_say_why_not(browser: Client):
    refused = Unlinking.objects.create(
        seller=SellerFactory(state="unlinking"), channel=rows.ChannelFactory(), reason="contract", is_refused=True
    )
    sent = Unlinking.objects.create(
        seller=SellerFactory(state="unlinking"),
        channel=rows.ChannelFactory(),
        reason="contract",
        sent_at=timezone.now(),
    )
    page = act(browser, Unlinking, "retry", refused.pk, sent.pk)

    assert "SCX is told again of 1 disconnection. 1 was not possible:" in page
    for outcome in ("on its way", "taken by SCX"):
        assert outcome in page
    refused.refresh_from_db()
    assert (refused.is_refused, refused.attempts) == (False, 0)


def test_nothing_in_the_admin_deletes_a_seller_or_changes_its_id(browser: Client):
    seller = SellerFactory(seller_id="S1", state="removed")
    change = reverse("admin:sellers_seller_change", args=[seller.pk])

    assert browser.post(reverse("admin:sellers_seller_delete", args=[seller.pk]), {"post": "yes"}).status_code == 403
    assert browser.post(change, {"seller_id": "OTHER"}).status_code == 403
    act(browser, Seller, "delete_selected", seller.pk, post="yes")
    assert Seller.objects.get().seller_id == "S1"
