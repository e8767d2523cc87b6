"""Access codes: made, replaced, rotated, expired, locked; and nobody learns by trying which accounts exist."""

from datetime import timedelta

import pytest
from django.contrib.auth import hashers
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from platforms import hiding
from sellers import access_codes, accounts, invitations
from sellers.identification.base import Identity
from sellers.models import Account
from tests.factories import AccountFactory, ChannelFactory
from tests.sellers.conftest import CODE
from tests.sellers.test_identification import identify

pytestmark = pytest.mark.django_db

LIMIT = access_codes.WRONG_CODES_THAT_LOCK


@pytest.fixture
def channel():
    return ChannelFactory(code="DEMOSHOP", display_name="Demo Shop")


@pytest.fixture
def account(channel):
    return AccountFactory(channel=channel, login="acme")


def guess(channel, times, code="wrong"):
    for _number in range(times):
        cache.clear()
        identify(channel, code=code)


def test_made_codes_are_long_readable_and_never_the_same():
    codes = {access_codes.generate() for _number in range(500)}
    assert len(codes) == 500
    for code in codes:
        assert set(code) <= set(access_codes.ALPHABET) | {"-"}
        assert len(code.replace("-", "")) == 20
    assert len(access_codes.ALPHABET) ** 20 > 2**80
    assert not set("0o1il") & set(access_codes.ALPHABET)
    assert hiding.hide(f"the code is {code}") == "the code is ***"


def test_a_reset_replaces_the_code_and_unlocks(account, channel):
    Account.objects.filter(pk=account.pk).update(
        wrong_codes=LIMIT, locked_at=timezone.now(), access_code_expires_at=timezone.now() - timedelta(days=1)
    )
    code = accounts.reset_code(account)
    account.refresh_from_db()
    assert (account.wrong_codes, account.locked_at, account.access_code_expires_at) == (0, None, None)
    assert isinstance(identify(channel, code=code), Identity)
    assert identify(channel, code=CODE) == identify(channel, login="nobody")


def test_a_new_code_keeps_an_end_that_is_yet_to_come(account):
    end = timezone.now() + timedelta(days=1)
    accounts.save(Account.objects.get(), access_code="another")
    Account.objects.update(access_code_expires_at=end)
    accounts.reset_code(account)
    assert Account.objects.get().access_code_expires_at == end


def test_after_a_rotation_both_codes_work_until_the_old_one_ends(account, channel):
    code = accounts.rotate_code(account, old_works_until=timezone.now() + timedelta(hours=1))
    assert isinstance(identify(channel, code=code), Identity)
    assert isinstance(identify(channel, code=CODE), Identity)
    Account.objects.update(previous_code_until=timezone.now() - timedelta(seconds=1))
    assert isinstance(identify(channel, code=code), Identity)
    assert identify(channel, code=CODE) == identify(channel, login="nobody")


def test_a_rotation_does_not_lengthen_the_life_of_the_old_code(account, channel):
    Account.objects.update(access_code_expires_at=timezone.now() - timedelta(minutes=1))
    code = accounts.rotate_code(account, old_works_until=timezone.now() + timedelta(hours=1))
    assert identify(channel, code=CODE) == identify(channel, login="nobody")
    assert isinstance(identify(channel, code=code), Identity)


def test_a_second_rotation_ends_the_first_code(account, channel):
    until = timezone.now() + timedelta(hours=1)
    second = accounts.rotate_code(account, old_works_until=until)
    third = accounts.rotate_code(account, old_works_until=until)
    assert identify(channel, code=CODE) == identify(channel, login="nobody")
    assert isinstance(identify(channel, code=second), Identity)
    assert isinstance(identify(channel, code=third), Identity)


def test_what_cannot_be_rotated_is_said(account):
    with pytest.raises(ValidationError, match="passed already"):
        accounts.rotate_code(account, old_works_until=timezone.now())
    Account.objects.update(access_code_hash="")
    with pytest.raises(ValidationError, match="no access code yet"):
        accounts.rotate_code(account, old_works_until=timezone.now() + timedelta(hours=1))


def test_an_expired_code_is_told_to_who_knows_it_and_to_nobody_else(account, channel):
    Account.objects.update(access_code_expires_at=timezone.now() - timedelta(seconds=1))
    assert identify(channel).messages == {
        "access_code": "This access code has expired. Please ask Demo Shop for a new one."
    }
    assert identify(channel, code="wrong") == identify(channel, login="nobody")


def test_a_code_works_until_it_expires(account, channel):
    Account.objects.update(access_code_expires_at=timezone.now() + timedelta(minutes=1))
    assert isinstance(identify(channel), Identity)


def test_a_code_that_would_never_work_is_refused(account):
    account.access_code_expires_at = timezone.now() - timedelta(days=1)
    with pytest.raises(ValidationError) as refused:
        accounts.save(account, access_code="another")
    assert list(refused.value.message_dict) == ["access_code_expires_at"]


def test_wrong_codes_in_a_row_lock_the_account(account, channel):
    guess(channel, LIMIT - 1)
    assert Account.objects.get().locked_at is None
    guess(channel, 1)
    account.refresh_from_db()
    assert (account.wrong_codes, account.locked_at is not None) == (LIMIT, True)
    cache.clear()
    assert identify(channel).messages["login"].startswith("This account is locked, because a wrong access code")
    assert "ask Demo Shop to unlock it" in identify(channel).messages["login"]
    assert identify(channel, code="wrong") == identify(channel, login="nobody")


def test_a_right_code_between_them_begins_the_count_anew(account, channel):
    guess(channel, LIMIT - 1)
    guess(channel, 1, code=CODE)
    guess(channel, LIMIT - 1)
    assert Account.objects.get().locked_at is None


def test_wrong_codes_that_come_at_once_are_all_counted(account, channel):
    stale = [Account.objects.get() for _number in range(3)]
    for _each in stale:
        access_codes.note_wrong(channel.code, "acme")
    assert Account.objects.get().wrong_codes == 3


def test_wrong_codes_counted_while_staff_edit_the_account_stay_counted(account, channel):
    edited = Account.objects.get()
    guess(channel, LIMIT)
    edited.company_name = "Other"
    accounts.save(edited)
    account.refresh_from_db()
    assert (account.company_name, account.wrong_codes, account.locked_at is not None) == ("Other", LIMIT, True)


def test_staff_unlock(account, channel):
    guess(channel, LIMIT)
    cache.clear()
    assert accounts.unlock(account) is True
    assert accounts.unlock(account) is False
    assert isinstance(identify(channel), Identity)


def test_an_account_without_a_code_opens_with_none(account, channel):
    Account.objects.update(access_code_hash="")
    for code in ("", " ", "None", "!", CODE):
        assert identify(channel, code=code) == identify(channel, login="nobody")


STATES = {
    "wrong code": {},
    "blocked": {"is_active": False},
    "locked": {"locked_at": timezone.now(), "wrong_codes": LIMIT},
    "expired": {"access_code_expires_at": timezone.now() - timedelta(days=1)},
    "invited": {"access_code_hash": ""},
    "rotated": {"previous_code_hash": "md5$a$b", "previous_code_until": timezone.now() + timedelta(days=1)},
}


@pytest.mark.parametrize("state", STATES)
def test_a_wrong_code_tells_nothing_and_costs_the_same_whatever_the_account(state, account, channel, monkeypatch):
    Account.objects.update(**STATES[state])
    checked = []
    real = hashers.check_password
    monkeypatch.setattr(access_codes, "check_password", lambda *args: checked.append(args[1]) or real(*args))
    identify(channel, login="warm-up")

    def answer(login):
        checked.clear()
        return identify(channel, login=login, code="wrong"), len(checked), all(checked)

    assert answer("acme") == answer("nobody")
    assert answer("nobody")[1:] == (2, True)


@pytest.mark.parametrize("state", STATES)
def test_a_wrong_code_costs_the_same_queries_whatever_the_account(state, account, channel):
    Account.objects.update(**STATES[state])

    def queries(login):
        with CaptureQueriesContext(connection) as captured:
            identify(channel, login=login, code="wrong")
        return [query["sql"].split(" WHERE ")[0].split()[0] for query in captured.captured_queries]

    assert queries("acme") == queries("nobody")


@pytest.mark.parametrize("state", STATES)
def test_the_page_is_the_same_for_an_unknown_account(state, browser, shop, merchant):
    AccountFactory(channel=shop, login="acme")
    Account.objects.update(**STATES[state])
    form_url = browser.form_url(merchant.start_sign_up(shop))

    def page(login):
        answer = browser.send(form_url, login, code="wrong")
        body = answer.content.decode().replace(login, "LOGIN")
        return answer.status_code, [line for line in body.splitlines() if "csrfmiddlewaretoken" not in line]

    assert page("acme") == page("nobody")


def test_another_address_ends_the_links_that_went_to_the_old_one(account):
    account.email = "old@example.com"
    accounts.save(account)
    invitations.invite(account)
    account.company_name = "Same address"
    accounts.save(account)
    assert account.invitations.filter(expires_at__gt=timezone.now()).count() == 1
    account.email = "new@example.com"
    accounts.save(account)
    assert not account.invitations.filter(expires_at__gt=timezone.now()).exists()
