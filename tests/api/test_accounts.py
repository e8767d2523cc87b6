import pytest

from sellers.models import Account
from tests.api.conftest import fields
from tests.factories import AccountFactory, ChannelFactory, MarketplaceFactory, PlatformFactory, SellerFactory


@pytest.fixture
def market(db):
    return MarketplaceFactory(code="amazon-de", platform=PlatformFactory(code="amazon"))


def test_an_account_is_made_and_its_access_code_never_told(api, market):
    body = {
        "channel": "amazon",
        "login": "mueller",
        "access_code": " open sesame ",
        "company_name": "Müller",
        "marketplaces": ["amazon-de"],
    }

    answer = api.post("accounts/", body)

    account = Account.objects.get()
    assert answer.status_code == 201
    assert answer.json() == {
        "id": account.pk,
        "channel": "amazon",
        "login": "mueller",
        "company_name": "Müller",
        "marketplaces": ["amazon-de"],
        "is_active": True,
        "created_at": answer.json()["created_at"],
    }
    assert account.check_access_code(" open sesame ")
    assert api.get(f"accounts/{account.pk}/").json() == answer.json()


def test_patch_changes_what_is_named_and_leaves_the_rest(api, market):
    account = AccountFactory(channel=market.platform, login="a", company_name="A")
    account.marketplaces.set([market])

    answer = api.patch(f"accounts/{account.pk}/", {"company_name": "B", "is_active": False})

    assert answer.status_code == 200
    account.refresh_from_db()
    assert (account.login, account.company_name, account.is_active) == ("a", "B", False)
    assert account.check_access_code("open sesame")
    assert list(account.marketplaces.all()) == [market]
    assert api.patch(f"accounts/{account.pk}/", {"access_code": "new", "marketplaces": []}).json()["marketplaces"] == []
    account.refresh_from_db()
    assert account.check_access_code("new")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"channel": "nothing"}, {"channel": "unknown_channel"}),
        ({"channel": "amazon-de"}, {"channel": "invalid"}),
        ({"login": ""}, {"login": "blank"}),
        ({"login": None}, {"login": "null"}),
        ({"login": "x" * 101}, {"login": "max_length"}),
        ({"access_code": ""}, {"access_code": "blank"}),
        ({"marketplaces": ["nothing"]}, {"marketplaces": "unknown_channel"}),
        ({"marketplaces": ["SHOP"]}, {"marketplaces": "invalid"}),
        ({"marketplaces": "amazon-de"}, {"marketplaces": "not_a_list"}),
        ({"created_at": "2026-01-01T00:00:00Z"}, {"created_at": "unknown"}),
    ],
)
def test_a_wrong_account_is_named_and_not_made(api, market, changes, expected):
    ChannelFactory(code="SHOP")
    body = {"channel": "amazon", "login": "mueller", "access_code": "open sesame", **changes}

    answer = api.post("accounts/", body)

    assert answer.status_code == 400
    assert fields(answer) == expected
    assert not Account.objects.exists()


def test_a_login_is_there_once_per_channel(api):
    account = AccountFactory(login="mueller")

    answer = api.post("accounts/", {"channel": account.channel.code, "login": "mueller", "access_code": "x"})

    assert answer.status_code == 400
    assert list(fields(answer)) == [""]
    assert Account.objects.count() == 1


def test_the_channel_of_an_account_stays(api):
    account = AccountFactory()

    assert fields(api.patch(f"accounts/{account.pk}/", {"channel": "other"})) == {"channel": "unknown"}


def test_an_account_is_deleted(api):
    account = AccountFactory()

    answer = api.delete(f"accounts/{account.pk}/")

    assert (answer.status_code, answer.content) == (204, b"")
    assert not Account.objects.exists()


def test_an_account_with_sellers_stays(api):
    account = AccountFactory()
    SellerFactory(channel=account.channel, account=account)

    answer = api.delete(f"accounts/{account.pk}/")

    assert (answer.status_code, answer.json()["code"]) == (409, "in_use")
    assert Account.objects.exists()


def test_a_key_of_a_marketplace_makes_no_account_of_the_platform(caller, market):
    answer = caller("write", market).post("accounts/", {"channel": "amazon", "login": "a", "access_code": "b"})

    assert fields(answer) == {"channel": "unknown_channel"}
    assert not Account.objects.exists()
