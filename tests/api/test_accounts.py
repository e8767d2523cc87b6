import pytest
from django.utils import timezone

from sellers import access_codes
from sellers.models import Account, Mail
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
        "email": "",
        "marketplaces": ["amazon-de"],
        "is_active": True,
        "has_access_code": True,
        "access_code_expires_at": None,
        "old_access_code_until": None,
        "locked_at": None,
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
        ({"email": "nobody"}, {"email": "invalid"}),
        ({"invite": True}, {"email": "no-email"}),
        ({"invite": True, "email": "a@example.com", "is_active": False}, {"": "blocked"}),
        ({"access_code_expires_at": "2020-01-01T00:00:00Z"}, {"access_code_expires_at": "past"}),
        ({"access_code_expires_at": "2099-01-01T00:00:00"}, {"access_code_expires_at": "offset"}),
        ({"locked_at": None}, {"locked_at": "unknown"}),
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


def test_an_account_needs_a_code_or_an_invitation(api, market):
    body = {"channel": "amazon", "login": "mueller", "email": "m@example.com"}

    assert fields(api.post("accounts/", body)) == {"access_code": "required"}
    assert fields(api.post("accounts/", body | {"invite": False})) == {"access_code": "required"}
    assert not Account.objects.exists()

    answer = api.post("accounts/", body | {"invite": True, "access_code_expires_at": "2099-01-01T00:00:00Z"})

    assert (answer.status_code, answer.json()["has_access_code"]) == (201, False)
    assert answer.json()["access_code_expires_at"] == "2099-01-01T00:00:00Z"
    assert Mail.objects.get().recipient == "m@example.com"


def test_an_invitation_is_mailed(api):
    account = AccountFactory(email="m@example.com")

    answer = api.post(f"accounts/{account.pk}/invite/")

    assert (answer.status_code, answer.json()["login"]) == (202, account.login)
    assert [(mail.kind, mail.recipient) for mail in Mail.objects.all()] == [("invitation", "m@example.com")]
    assert Mail.objects.get().secret not in answer.content.decode()
    assert Account.objects.get().check_access_code("open sesame")


@pytest.mark.parametrize("changes", [{"email": ""}, {"is_active": False}])
def test_nobody_is_invited_to_an_account_that_cannot_be(api, changes):
    account = AccountFactory(**{"email": "m@example.com", **changes})

    assert api.post(f"accounts/{account.pk}/invite/").status_code == 409
    assert not Mail.objects.exists()


def test_a_new_code_is_told_once_and_the_old_one_ends(api):
    account = AccountFactory(locked_at=timezone.now())

    answer = api.post(f"accounts/{account.pk}/reset-code/")

    assert (answer.status_code, list(answer.json()), answer["Cache-Control"]) == (200, ["access_code"], "no-store")
    account.refresh_from_db()
    assert account.check_access_code(answer.json()["access_code"])
    assert not account.check_access_code("open sesame")
    assert account.locked_at is None
    assert answer.json()["access_code"] not in api.get(f"accounts/{account.pk}/").content.decode()


def test_the_old_code_may_go_on_for_a_while(api):
    account = AccountFactory()

    answer = api.post(f"accounts/{account.pk}/reset-code/", {"old_works_until": "2099-01-01T00:00:00Z"})

    assert answer.status_code == 200
    assert api.get(f"accounts/{account.pk}/").json()["old_access_code_until"] == "2099-01-01T00:00:00Z"
    account.refresh_from_db()
    assert access_codes.opens(account, "open sesame")
    assert access_codes.opens(account, answer.json()["access_code"])


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"old_works_until": "2020-01-01T00:00:00Z"}, {"old_works_until": "past"}),
        ({"old_works_until": "soon"}, {"old_works_until": "invalid"}),
        ({"access_code": "mine"}, {"access_code": "unknown"}),
    ],
)
def test_a_wrong_reset_changes_nothing(api, body, expected):
    account = AccountFactory()

    assert fields(api.post(f"accounts/{account.pk}/reset-code/", body)) == expected
    assert Account.objects.get().check_access_code("open sesame")


def test_an_account_without_a_code_has_none_that_could_go_on(api):
    account = AccountFactory()
    Account.objects.update(access_code_hash="")

    answer = api.post(f"accounts/{account.pk}/reset-code/", {"old_works_until": "2099-01-01T00:00:00Z"})

    assert answer.status_code == 409
    assert api.post(f"accounts/{account.pk}/reset-code/").status_code == 200


def test_a_locked_account_is_unlocked(api):
    account = AccountFactory(locked_at=timezone.now(), wrong_codes=20)
    assert api.get(f"accounts/{account.pk}/").json()["locked_at"] is not None

    answer = api.post(f"accounts/{account.pk}/unlock/")

    assert (answer.status_code, answer.json()["locked_at"]) == (200, None)
    assert Account.objects.get().wrong_codes == 0


def test_a_patch_names_no_code_and_unlocks_nothing(api):
    account = AccountFactory(locked_at=timezone.now(), wrong_codes=20)

    assert api.patch(f"accounts/{account.pk}/", {"email": "m@example.com"}).json()["locked_at"] is not None
    assert Account.objects.get().email == "m@example.com"
