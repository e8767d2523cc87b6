"""An account with a connected seller is neither blocked nor deleted, and the refusal names the seller."""

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from sellers import accounts
from sellers.models import Account, Seller
from tests.factories import AccountFactory, ChannelFactory, SellerFactory

pytestmark = pytest.mark.django_db

CONNECTED = ["linking", "active", "inactive", "unlinking"]
ENDED = ["unlinked", "removed"]


@pytest.fixture
def account():
    return AccountFactory(channel=ChannelFactory(code="SHOP"), login="acme")


@pytest.fixture
def seller(account):
    return SellerFactory(channel=account.channel, account=account, seller_id="S77", company_name="Acme GmbH")


@pytest.mark.parametrize("state", CONNECTED)
def test_blocking_is_refused_while_a_seller_is_connected(account, seller, state):
    Seller.objects.update(state=state)
    account.is_active = False

    with pytest.raises(ValidationError, match=r"Acme GmbH \(S77\)"):
        accounts.save(account)

    assert Account.objects.get().is_active


@pytest.mark.parametrize("state", ENDED)
def test_blocking_is_possible_once_the_seller_has_ended(account, seller, state):
    Seller.objects.update(state=state)
    account.is_active = False

    accounts.save(account)

    assert not Account.objects.get().is_active


def test_an_account_that_is_blocked_already_can_still_be_changed(account, seller):
    Account.objects.update(is_active=False)
    account.is_active, account.company_name = False, "New"

    accounts.save(account)

    assert Account.objects.get().company_name == "New"


def test_the_admins_form_refuses_at_the_field(account, seller, admin_client: Client):
    url = reverse("admin:sellers_account_change", args=[account.pk])
    values = {"channel": account.channel.pk, "login": "acme", "company_name": "x"}

    answer = admin_client.post(url, values)

    assert "Acme GmbH (S77)" in str(answer.context["adminform"].form.errors["is_active"])
    assert Account.objects.get().is_active


@pytest.mark.parametrize("state", [*CONNECTED, *ENDED])
def test_the_admin_deletes_no_account_with_a_seller_and_names_it(account, seller, state, admin_client: Client):
    Seller.objects.update(state=state)
    url = reverse("admin:sellers_account_delete", args=[account.pk])
    assert "Acme GmbH" in admin_client.get(url).content.decode()
    admin_client.post(url, {"post": "yes"})

    page = admin_client.post(
        reverse("admin:sellers_account_changelist"),
        {"action": "delete_selected", "_selected_action": account.pk, "post": "yes"},
        follow=True,
    )

    assert "Acme GmbH" in page.content.decode()
    assert Account.objects.exists()


def test_an_account_without_a_seller_goes(account, admin_client: Client):
    admin_client.post(reverse("admin:sellers_account_delete", args=[account.pk]), {"post": "yes"})

    assert not Account.objects.exists()
