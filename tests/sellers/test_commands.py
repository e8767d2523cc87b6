"""Commands: make an account, adopt the sellers SCX lists."""

import json

import pytest
from django.core.management import CommandError, call_command

from platforms.models import Event
from sellers.models import Account, Membership, Seller
from tests.factories import ChannelFactory, EventFactory, MarketplaceFactory, PlatformFactory, SellerFactory

pytestmark = pytest.mark.django_db


def run(capsys, *arguments):
    call_command(*arguments)
    return capsys.readouterr().out


def create(capsys, *more, code="open sesame"):
    return run(capsys, "create_account", "mall", "acme", "--access-code", code, *more)


@pytest.fixture
def platform():
    platform = PlatformFactory(code="mall")
    MarketplaceFactory(code="mall-de", platform=platform)
    return platform


def test_an_account_is_made_and_its_code_not_repeated(platform, capsys):
    said = create(capsys, "--company", "Acme GmbH", "--marketplace", "mall-de")
    account = Account.objects.get()
    assert said == "Account acme on mall: made.\n"
    assert (account.company_name, account.check_access_code("open sesame")) == ("Acme GmbH", True)
    assert [row.code for row in account.marketplaces.all()] == ["mall-de"]
    assert "sesame" not in account.access_code_hash


def test_the_same_account_again_is_left_as_it_is(platform, capsys):
    create(capsys, "--marketplace", "mall-de")
    assert (
        create(capsys, "--marketplace", "mall-de") == "Account acme on mall: was there already, with the same values.\n"
    )


@pytest.mark.parametrize("more", [["--company", "Other"], ["--marketplace", "mall-de"]])
def test_an_account_with_other_values_is_an_error(platform, capsys, more):
    create(capsys)
    with pytest.raises(CommandError, match="has an account “acme” already, with other values"):
        create(capsys, *more)
    with pytest.raises(CommandError) as refused:
        create(capsys, code="another code")
    assert "another code" not in str(refused.value)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere", "acme", "--access-code", "x"], "There is no channel nowhere."),
        (["mall", "acme", "--access-code", ""], "The access code is empty."),
        (["mall-de", "acme", "--access-code", "x"], "Accounts belong to a platform or a standalone channel"),
        (
            ["mall", "acme", "--access-code", "x", "--marketplace", "else"],
            "else: no marketplace of mall has this code.",
        ),
        (["mall", "a" * 101, "--access-code", "x"], "at most 100 characters"),
    ],
)
def test_what_cannot_be_made_is_said(platform, arguments, said):
    with pytest.raises(CommandError) as refused:
        call_command("create_account", *arguments)
    assert said in str(refused.value)
    assert not Account.objects.exists()


def test_sellers_of_a_standalone_channel_are_adopted(shop, merchant, sandbox, capsys):
    sandbox.link(shop, "OLD_1", jtlAccountId=merchant.jtl_account_id, companyName="Alt & Söhne")
    waiting = EventFactory(channel=shop, seller_id="OLD_1", state="waiting", not_before=None)
    said = run(capsys, "import_sellers")
    seller = Seller.objects.get()
    assert said == "DEMOSHOP: 1 listed by SCX, 1 adopted, 0 memberships.\n"
    assert (seller.seller_id, seller.state, seller.company_name) == ("OLD_1", "active", "Alt & Söhne")
    assert (seller.channel, seller.jtl_account_id) == (shop, merchant.jtl_account_id)
    assert seller.linked_at == seller.created_at
    assert Event.objects.get(pk=waiting.pk).state == "pending"


def test_sellers_of_a_platform_are_adopted_once_with_their_memberships(mall, merchant, sandbox, capsys):
    sandbox.link(mall.platform, "OLD_1", [mall.de, mall.uk], jtlAccountId=merchant.jtl_account_id)
    said = run(capsys, "import_sellers", "--channel", "themall", "--json")
    assert {code: row["adopted"] for code, row in json.loads(said).items()} == {
        "mall-at": 0,
        "mall-de": 1,
        "mall-uk": 0,
    }
    assert Seller.objects.get().channel == mall.platform
    rows = Membership.objects.order_by("marketplace__code").values_list("marketplace__code", "wanted", "confirmed")
    assert list(rows) == [("mall-de", True, True), ("mall-uk", True, True)]
    assert not Membership.objects.unsettled().exists()


def test_known_sellers_are_not_touched(shop, merchant, sandbox, capsys):
    sandbox.link(shop, "S1", jtlAccountId=merchant.jtl_account_id, companyName="Theirs")
    SellerFactory(channel=shop, seller_id="S1", company_name="Ours", state="inactive")
    assert "1 listed by SCX, 0 adopted" in run(capsys, "import_sellers", "--channel", "DEMOSHOP")
    assert (Seller.objects.get().company_name, Seller.objects.get().state) == ("Ours", "inactive")


def test_a_seller_jtl_switched_off_is_adopted_as_unlinked(shop, merchant, sandbox, capsys):
    sandbox.link(shop, "S1", jtlAccountId=merchant.jtl_account_id)
    sandbox.call("POST", "/control/sellers/unlink", json={"channel": shop.code, "sellerId": "S1"})
    run(capsys, "import_sellers")
    assert Seller.objects.get().state == "unlinked"


def test_an_adopted_seller_is_as_alive_as_his_liveliest_marketplace(mall, merchant, sandbox, capsys):
    sandbox.link(mall.platform, "S1", [mall.at, mall.de], jtlAccountId=merchant.jtl_account_id)
    sandbox.call("POST", "/control/sellers/unlink", json={"channel": "mall-at", "sellerId": "S1"})
    run(capsys, "import_sellers")
    assert Seller.objects.get().state == "active"
    at = Membership.objects.get(marketplace=mall.at)
    assert (at.confirmed, at.is_refused) == (False, True)
    assert not Membership.objects.unsettled().exists()


def test_a_channel_that_cannot_be_read_does_not_stop_the_others(mall, merchant, sandbox, capsys):
    sandbox.link(mall.platform, "S1", [mall.de], jtlAccountId=merchant.jtl_account_id)
    mall.at.refresh_token, mall.at.access_token = "CHANNEL:revoked", ""
    mall.at.save()
    with pytest.raises(CommandError, match="sellers of mall-at; the others are done"):
        call_command("import_sellers")
    said = capsys.readouterr().out
    assert "check the refresh token" in said
    assert "revoked" not in said
    assert Seller.objects.get().seller_id == "S1"


def test_an_unknown_channel_is_an_error(db):
    ChannelFactory(code="CLOSED", is_active=False)
    for code in ("nowhere", "CLOSED"):
        with pytest.raises(CommandError, match=f"There is no active channel {code}"):
            call_command("import_sellers", "--channel", code)
