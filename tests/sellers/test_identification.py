"""Account and access code: checked without telling which accounts exist, and not open to guessing."""

import pytest

from sellers.identification import guesses
from sellers.identification.base import FieldErrors, Identity
from sellers.identification.manual import ManualIdentification
from sellers.identification.registry import described, identification_of
from tests.factories import AccountFactory, ChannelFactory, MarketplaceFactory, PlatformFactory
from tests.sellers.conftest import CODE, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def channel():
    return ChannelFactory(code="DEMOSHOP")


def identify(channel, login="acme", code=CODE, address="192.0.2.1"):
    answers = {"login": login, "access_code": code}
    return ManualIdentification().identify(described(channel), answers, address=address)


def test_the_right_code_names_the_account(channel):
    AccountFactory(channel=channel, login="acme", company_name="Acme")
    assert identify(channel) == Identity("acme", "Acme", ())


def test_an_unknown_account_and_a_wrong_code_look_the_same(channel):
    AccountFactory(channel=channel, login="acme")
    assert identify(channel, code="wrong") == identify(channel, login="nobody")


def test_an_account_of_another_channel_does_not_count(channel):
    AccountFactory(channel=ChannelFactory(), login="acme")
    assert isinstance(identify(channel), FieldErrors)


def test_a_blocked_account_is_told_so_only_with_the_right_code(channel):
    AccountFactory(channel=channel, login="acme", is_active=False)
    assert "blocked" in identify(channel).messages["login"]
    assert identify(channel, code="wrong") == identify(channel, login="nobody")


def test_an_account_may_sell_where_it_says_among_the_active_marketplaces():
    platform = PlatformFactory()
    de, at = (MarketplaceFactory(platform=platform, code=code) for code in ("mall-de", "mall-at"))
    off = MarketplaceFactory(platform=platform, is_active=False)
    AccountFactory(channel=platform, login="anywhere")
    AccountFactory(channel=platform, login="some").marketplaces.set([at, off])
    assert set(identify(platform, "anywhere").marketplaces) == {de.code, at.code}
    assert identify(platform, "some").marketplaces == (at.code,)


def test_guessing_at_one_account_ends_even_with_the_right_code(channel):
    AccountFactory(channel=channel, login="acme")
    for number in range(guesses.TRIES_PER_LOGIN):
        assert "access_code" in identify(channel, code="wrong", address=f"192.0.2.{number}").messages
    stopped = identify(channel, address="198.51.100.1")
    assert stopped.retry_after == 900
    assert "Please wait 15 minutes" in stopped.messages[""]


def test_guessing_from_one_address_ends(channel):
    for number in range(guesses.TRIES_PER_ADDRESS):
        identify(channel, login=f"account-{number}")
    assert identify(channel, login="another").retry_after == 900
    assert identify(channel, login="another", address="192.0.2.2").retry_after is None


def test_the_case_of_a_login_does_not_give_more_tries(channel):
    AccountFactory(channel=channel, login="acme")
    for number in range(guesses.TRIES_PER_LOGIN):
        identify(channel, login="ACME" if number % 2 else "Acme", code="wrong", address=f"192.0.2.{number}")
    assert identify(channel, address="198.51.100.1").retry_after == 900


def test_a_right_code_forgets_the_tries_before_it(channel):
    AccountFactory(channel=channel, login="acme")
    for _round in range(3):
        for number in range(guesses.TRIES_PER_LOGIN - 1):
            identify(channel, code="wrong", address=f"192.0.2.{number}")
        assert isinstance(identify(channel, address="198.51.100.1"), Identity)


def test_an_ipv6_subscriber_is_one_address_whatever_end_of_it_he_uses(channel):
    for number in range(guesses.TRIES_PER_ADDRESS):
        identify(channel, login=f"account-{number}", address=f"2001:db8:1:2::{number:x}")
    assert identify(channel, login="another", address="2001:db8:1:2:ffff::1").retry_after == 900
    assert identify(channel, login="another", address="2001:db8:1:3::1").retry_after is None


def test_an_ipv4_address_written_as_ipv6_is_the_same(channel):
    for number in range(guesses.TRIES_PER_ADDRESS):
        identify(channel, login=f"account-{number}", address="::ffff:192.0.2.1")
    assert identify(channel, login="another", address="192.0.2.1").retry_after == 900


def test_many_merchants_behind_one_address_do_not_lock_each_other_out(channel):
    AccountFactory(channel=channel, login="acme")
    for _number in range(guesses.TRIES_PER_ADDRESS + 5):
        assert isinstance(identify(channel), Identity)


def test_the_page_says_when_to_try_again(browser, shop, account, merchant):
    form_url = browser.form_url(merchant.start_sign_up(shop))
    for _number in range(guesses.TRIES_PER_LOGIN):
        browser.send(form_url, "acme", code="wrong")
    page = browser.send(form_url, "acme")
    assert (page.status_code, page["Retry-After"]) == (429, "900")
    assert "There were too many tries with a wrong access code." in text_of(page)


def test_the_connector_names_the_identification(channel):
    assert type(identification_of(channel)).__name__ == "ManualIdentification"
    channel.connector = "demo"
    assert type(identification_of(channel)).__name__ == "DemoIdentification"
    assert identification_of(channel) is identification_of(channel)
