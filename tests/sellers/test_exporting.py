"""What is stored of one seller, handed out whole and without secrets."""

import json

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from sellers import exporting
from sellers.models import Seller
from tests.admin import rows
from tests.admin.conftest import sign_in
from tests.factories import ChannelFactory, SellerFactory
from tests.sellers import traces
from tests.sellers.traces import MARK, NUMBER, SECRET

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def seller():
    traces.seller_with_traces(mark="Somebody Else", seller_id="S2")
    return traces.seller_with_traces()


def exported(seller):
    text = "".join(exporting.lines(seller))
    return text, json.loads(text)


def test_an_export_has_all_that_is_stored_of_the_seller_and_of_nobody_else(seller):
    text, data = exported(seller)

    assert {name: len(found) for name, found in data.items() if name != "exported_at"} == {
        "seller": 1,
        "account": 1,
        "memberships": 1,
        "sign_ups_and_updates": 1,
        "failure_pages": 1,
        "disconnections": 1,
        "messages": 1,
        "mails": 1,
        "differences_from_scx": 1,
        "webhook_deliveries": 1,
        "events": 2,
        "offers": 2,
        "prices": 1,
        "pictures": 1,
        "revisions": 1,
        "listing_reports": 1,
        "stock_levels": 2,
        "stock_updates": 1,
    }
    (person,) = data["seller"]
    assert (person["seller_id"], person["company_name"], person["jtl_account_id"]) == ("S1", MARK, NUMBER)
    assert person["contact_email"] == "zacharias@mustermann.example"
    assert person["channel"] == seller.channel.code
    assert data["account"][0]["login"] == seller.account.login
    assert data["events"][0]["payload"] == {"sellerId": "S1", "contact": MARK}
    assert "Somebody Else" not in text


def test_an_export_names_credentials_and_tells_no_secret_and_no_internal_note(seller):
    text, data = exported(seller)

    assert data["seller"][0]["credentials"] == ["api_key"]
    assert SECRET not in text
    assert seller.account.access_code_hash not in text
    assert "note of" not in text


def test_a_seller_with_nothing_is_exported_as_well(db):
    _text, data = exported(SellerFactory())

    assert len(data["seller"]) == 1
    assert not any(found for name, found in data.items() if name not in ("exported_at", "seller"))


def test_the_command_prints_the_export(seller, capsys):
    call_command("export_seller", "S1")

    assert json.loads(capsys.readouterr().out)["seller"][0]["company_name"] == MARK


def test_the_command_asks_for_the_channel_where_the_id_is_ambiguous(capsys):
    for code in ("SHOP-A", "SHOP-B"):
        SellerFactory(channel=ChannelFactory(code=code), seller_id="S1")

    with pytest.raises(CommandError, match=r"SHOP-A, SHOP-B.*--channel"):
        call_command("export_seller", "S1")
    call_command("export_seller", "S1", "--channel", "SHOP-B")
    assert json.loads(capsys.readouterr().out)["seller"][0]["channel"] == "SHOP-B"
    for arguments in (("S2",), ("S1", "--channel", "nowhere")):
        with pytest.raises(CommandError, match="There is no seller"):
            call_command("export_seller", *arguments)


def export(browser: Client, *sellers: Seller):
    body = {"action": "export", "_selected_action": [seller.pk for seller in sellers]}
    return browser.post(reverse("admin:sellers_seller_changelist"), body, follow=True)


def test_staff_download_the_export_of_one_seller(seller, admin_client: Client):
    answer = export(admin_client, seller)

    assert answer["Content-Type"] == "application/json; charset=utf-8"
    assert answer["Content-Disposition"] == f'attachment; filename="{seller.channel.code}-S1.json"'
    assert json.loads(answer.getvalue())["seller"][0]["company_name"] == MARK


def test_an_export_is_about_one_seller(seller, admin_client: Client):
    assert "Choose one seller" in export(admin_client, *Seller.objects.all()).content.decode()


def test_staff_of_another_channel_get_nothing(seller):
    answer = export(sign_in(rows.staff_of(ChannelFactory())), seller)

    assert answer["Content-Type"].startswith("text/html")
    assert MARK not in answer.content.decode()
