"""The pages behind the links in mails, and the one for a lost code: used once, leaking nothing, telling nobody."""

import logging
import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.core import mail as outgoing
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from platforms import logs
from platforms.jobs import Run
from sellers import access_codes, account_views, accounts, invitations, mails
from sellers.identification.base import Identity
from sellers.models import Account, Invitation, Mail
from tests.factories import AccountFactory, ChannelFactory, MarketplaceFactory, PlatformFactory, SellerFactory
from tests.sellers.conftest import CODE, Browser, text_of
from tests.sellers.test_identification import identify

pytestmark = pytest.mark.django_db

PAGE = "/invitation/DEMOSHOP/"
LOST = "/lost-code/DEMOSHOP/"


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr(account_views, "ANSWER_SECONDS", 0.0)


@pytest.fixture
def shop():
    return ChannelFactory(code="DEMOSHOP", display_name="Demo Shop", branding={"lost_code": "mail"})


@pytest.fixture
def account(shop):
    return AccountFactory(channel=shop, login="acme", company_name="Acme & Co", email="boss@acme.example")


def link_in_mail(channel):
    outgoing.outbox.clear()
    mails.send(channel, Run())
    (message,) = outgoing.outbox
    parts = urlsplit(re.search(r"http\S+token=\S+", message.body)[0])
    return f"{parts.path}?{parts.query}"


def invited(account):
    invitations.invite(account)
    return link_in_mail(account.channel)


def code_on(page):
    return re.search(r'class="access-code">([^<]+)<', page.content.decode())[1]


def test_an_invitation_leads_to_a_code_that_opens_the_account(browser, account, shop):
    link = invited(account)
    entered = browser.get(link)
    assert (entered.status_code, entered["Location"]) == (302, PAGE)
    page = browser.get(PAGE)
    assert page.status_code == 200
    assert "Welcome to Demo Shop" in text_of(page)
    assert "Acme &amp; Co Account acme" in text_of(page)
    shown = browser.post(PAGE)
    assert shown.status_code == 200
    assert "this page is shown once" in text_of(shown)
    assert "In JTL-Wawi, open the channel Demo Shop and start its sign-up." in text_of(shown)
    assert isinstance(identify(shop, code=code_on(shown)), Identity)
    assert identify(shop, code=CODE) == identify(shop, login="nobody")
    assert Invitation.objects.get().used_at is not None


def test_looking_at_a_link_uses_nothing_up(browser, account):
    link = invited(account)
    for _visit in range(3):
        Client().get(link, follow=True)
        Client().head(link, follow=True)
    assert Invitation.objects.get().used_at is None
    assert Account.objects.get().check_access_code(CODE)
    browser.get(link)
    assert browser.post(PAGE).status_code == 200


def test_a_link_works_once(browser, account):
    link = invited(account)
    other = Browser(headers={"accept-language": "en"})
    other.get(link)
    browser.get(link)
    code = code_on(browser.post(PAGE))
    for again in (browser.post(PAGE), browser.get(PAGE), other.post(PAGE), other.get(link, follow=True)):
        assert again.status_code == 410
        assert "This link no longer works" in text_of(again)
        assert code not in again.content.decode()
    assert Account.objects.get().check_access_code(code)


def test_two_tabs_that_ask_at_once_make_one_code(account):
    invitations.invite(account)
    found = invitations.find(account.channel, Mail.objects.get().secret)
    assert invitations.redeem(found) is not None
    assert invitations.redeem(found) is None


@pytest.mark.parametrize("made_invalid", ["expired", "withdrawn", "blocked", "reset", "moved", "replaced"])
def test_a_link_that_should_not_work_does_not(made_invalid, browser, account):
    link = invited(account)
    match made_invalid:
        case "expired":
            Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
        case "withdrawn":
            invitations.withdraw(account)
        case "blocked":
            Account.objects.update(is_active=False)
        case "reset":
            accounts.reset_code(account)
        case "moved":
            account.email = "other@example.com"
            accounts.save(account)
        case "replaced":
            browser.get(invited(account))
            assert browser.post(PAGE).status_code == 200
    before = Account.objects.get().access_code_hash
    page = browser.get(link, follow=True)
    assert page.status_code == 410
    assert browser.post(PAGE).status_code == 410
    assert "Reference for the support" in text_of(page)
    assert Account.objects.get().access_code_hash == before


def test_a_link_lives_for_a_week(account):
    invitations.invite(account)
    lives = Invitation.objects.get().expires_at - timezone.now()
    assert timedelta(days=6, hours=23) < lives <= timedelta(days=7)


@pytest.mark.parametrize("token", ["", "x", "a" * 43, "ä%00", "../../admin"])
def test_a_made_up_link_is_a_failure_page(token, browser, shop):
    assert browser.get(PAGE, {"token": token}, follow=True).status_code == 410


def test_a_link_of_another_channel_does_not_work(browser, account):
    ChannelFactory(code="OTHER")
    link = invited(account).replace("DEMOSHOP", "OTHER")
    assert browser.get(link, follow=True).status_code == 410


def test_only_the_hash_of_a_token_is_kept(account):
    link = invited(account)
    token = link.partition("token=")[2]
    rows = [*Invitation.objects.values_list(), *Mail.objects.values_list()]
    assert token not in str(rows)


def test_the_token_is_in_no_log_header_or_page(browser, account, caplog):
    link = invited(account)
    token = link.partition("token=")[2]
    caplog.set_level(logging.DEBUG)
    entered = browser.get(link)
    assert entered["Referrer-Policy"] == "no-referrer"
    assert token not in entered["Location"] + entered.content.decode()
    cookie = entered.cookies["invitation"]
    assert (cookie["httponly"], cookie["path"], cookie["samesite"]) == (True, PAGE, "Lax")
    pages = [browser.get(PAGE), browser.post(PAGE)]
    assert token not in "".join(page.content.decode() + str(page.headers) for page in pages)
    assert all("no-store" in page["Cache-Control"] for page in [entered, *pages])
    assert token not in logs.mask(caplog.text)
    assert token not in caplog.text
    assert "DEMOSHOP" in caplog.text


def test_the_code_is_in_no_log(browser, account, caplog):
    link = invited(account)
    caplog.set_level(logging.DEBUG)
    browser.get(link)
    assert code_on(browser.post(PAGE)) not in caplog.text


def test_a_form_from_another_site_makes_no_code(account):
    strict = Client(enforce_csrf_checks=True)
    strict.get(invited(account))
    assert strict.post(PAGE).status_code == 403
    assert Account.objects.get().check_access_code(CODE)


def test_the_page_with_the_code_offers_no_switch_that_would_lose_it(browser, account):
    browser.get(invited(account))
    assert "Deutsch" in text_of(browser.get(PAGE))
    assert "Deutsch" not in text_of(browser.post(PAGE))


def test_the_language_can_be_switched_before(browser, account):
    browser.get(invited(account))
    browser.post(PAGE, {"language": "de"})
    assert browser.get(PAGE).headers["Content-Language"] == "de"
    assert Account.objects.get().check_access_code(CODE)


def test_a_locked_account_is_open_with_its_new_code(browser, account, shop):
    Account.objects.update(locked_at=timezone.now(), wrong_codes=access_codes.WRONG_CODES_THAT_LOCK)
    browser.get(invited(account))
    code = code_on(browser.post(PAGE))
    assert isinstance(identify(shop, code=code), Identity)


def test_who_is_connected_reads_that_nothing_else_is_to_be_done(browser, account, shop):
    SellerFactory(channel=shop, account=account)
    browser.get(invited(account))
    assert "Your connection goes on as before." in text_of(browser.post(PAGE))


@pytest.mark.parametrize("path", ["/invitation/nowhere/", "/lost-code/nowhere/"])
def test_an_unknown_channel_has_no_such_page(path, browser, db):
    assert browser.get(path).status_code == 404


def test_a_marketplace_has_none_of_its_own(browser):
    market = MarketplaceFactory(
        platform=PlatformFactory(branding={"lost_code": "mail"}), branding={"lost_code": "mail"}
    )
    for page in ("invitation", "lost-code"):
        assert browser.get(f"/{page}/{market.code}/").status_code == 404
        assert browser.get(f"/{page}/{market.platform.code}/").status_code == (410 if page == "invitation" else 200)


def test_who_lost_the_code_gets_a_link(browser, account, shop):
    assert "Enter your account." in text_of(browser.get(LOST))
    answer = browser.post(LOST, {"login": "acme"})
    assert answer.status_code == 200
    assert "Look into your mailbox" in text_of(answer)
    assert Account.objects.get().check_access_code(CODE)
    browser.get(link_in_mail(shop))
    assert outgoing.outbox[0].to == ["boss@acme.example"]
    assert outgoing.outbox[0].subject == "A new access code for Demo Shop"
    page = browser.get(PAGE)
    assert "the old one no longer works" in text_of(page)
    assert isinstance(identify(shop, code=code_on(browser.post(PAGE))), Identity)


def test_a_mail_for_a_lost_code_has_the_language_of_the_page(account, shop):
    german = Client(headers={"accept-language": "de"})
    german.post(LOST, {"login": "acme"})
    link_in_mail(shop)
    assert outgoing.outbox[0].subject == "Ein neuer Zugangscode für Demo Shop"


def page_for(login):
    # The reference and the form's token differ with every answer.
    answer = Client(headers={"accept-language": "en"}).post(LOST, {"login": login})
    body = re.sub(r'value="\w{64}"|<code>\w+</code>', "", answer.content.decode())
    return answer.status_code, body, sorted(answer.cookies)


@pytest.mark.parametrize("state", [{}, {"email": ""}, {"is_active": False}, {"locked_at": timezone.now()}])
def test_the_answer_tells_nobody_which_accounts_exist(state, account):
    Account.objects.update(**state)
    assert page_for("acme") == page_for("nobody")


def test_the_answer_takes_as_long_whether_a_mail_was_written_or_not(account, monkeypatch):
    waits = []
    monkeypatch.setattr(account_views, "ANSWER_SECONDS", 5.0)
    monkeypatch.setattr(account_views.time, "sleep", waits.append)
    page_for("acme")
    page_for("nobody")
    assert len(waits) == 2
    assert all(0 < wait <= 5 for wait in waits)


@pytest.mark.parametrize("state", [{"email": ""}, {"is_active": False}])
def test_an_account_that_cannot_be_written_to_gets_no_mail(state, account):
    Account.objects.update(**state)
    page_for("acme")
    page_for("nobody")
    assert not Mail.objects.exists()
    assert not Invitation.objects.exists()


@pytest.mark.parametrize("login", ["acme", "nobody"])
def test_links_are_not_mailed_without_end(login, account):
    for _number in range(account_views.LOST_CODES.per_login):
        assert page_for(login)[0] == 200
    status, body, _cookies = page_for(login)
    assert (status, "Please wait 15 minutes" in body) == (429, True)
    assert Mail.objects.count() == (account_views.LOST_CODES.per_login if login == "acme" else 0)


def test_one_address_asks_for_so_many_accounts_and_no_more(account):
    for number in range(account_views.LOST_CODES.per_address):
        assert page_for(f"account-{number}")[0] == 200
    assert page_for("acme")[0] == 429
    assert not Mail.objects.exists()


def test_asking_for_a_link_uses_up_no_tries_at_the_code(account, shop):
    for _number in range(account_views.LOST_CODES.per_login + 1):
        page_for("acme")
    assert isinstance(identify(shop, address="127.0.0.1"), Identity)
    cache.clear()


def test_earlier_links_go_on_working_until_one_is_used(browser, account, shop):
    page_for("acme")
    first = link_in_mail(shop)
    page_for("acme")
    second = link_in_mail(shop)
    browser.get(first)
    assert browser.post(PAGE).status_code == 200
    assert browser.get(second, follow=True).status_code == 410


@pytest.mark.parametrize("lost_code", ["", "https://shop.example/help", "help@shop.example", "Call us.", {"de": ""}, 7])
def test_the_page_is_there_only_where_the_channel_mails_links(lost_code, browser, account, shop):
    shop.branding = {"lost_code": lost_code}
    shop.save()
    assert browser.get(LOST).status_code == 404
    assert browser.post(LOST, {"login": "acme"}).status_code == 404
    assert not Mail.objects.exists()


def test_a_dead_link_leads_on_to_a_new_one_where_the_channel_mails_them(browser, shop):
    assert f'href="{LOST}"' in browser.get(PAGE).content.decode()
    shop.branding = {}
    shop.save()
    assert LOST not in browser.get(PAGE).content.decode()


@pytest.mark.parametrize("login", ["", " ", "x" * 101, "a\x00b"])
def test_an_impossible_login_is_an_error_at_its_field(login, browser, account):
    page = browser.post(LOST, {"login": login})
    assert page.status_code == 200
    assert 'class="error" id="id_login_error"' in page.content.decode()
    assert not Mail.objects.exists()


def test_nobody_is_invited_who_cannot_be(account):
    for changes, said in (({"email": ""}, "no e-mail address"), ({"is_active": False}, "blocked")):
        for name, value in changes.items():
            setattr(account, name, value)
        with pytest.raises(invitations.ValidationError, match=said):
            invitations.invite(account)
    assert not Invitation.objects.exists()


def test_invitations_long_over_are_forgotten(account, shop):
    invitations.invite(account)
    invitations.invite(account)
    first = Invitation.objects.earliest("pk")
    Invitation.objects.filter(pk=first.pk).update(expires_at=timezone.now() - timedelta(days=91))
    assert invitations.forget_old(shop) == 1
    assert not Invitation.objects.filter(pk=first.pk).exists()
    assert Invitation.objects.count() == 1
