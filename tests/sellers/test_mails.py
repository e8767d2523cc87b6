"""Mails to sellers: only the kinds a channel wants, in its words, and each once however the mail server behaves."""

import smtplib
from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from django.core import mail as outgoing
from django.core.management import call_command
from django.utils import timezone

from platforms import findings
from platforms.jobs import Run
from sellers import account_finders, endings, invitations, mail_texts, mails
from sellers.mail_texts import Text
from sellers.models import Invitation, Mail, Seller
from tests.factories import AccountFactory, ChannelFactory, MarketplaceFactory, PlatformFactory, SellerFactory

pytestmark = pytest.mark.django_db

ALL_ON = {kind: {"is_on": True} for kind in ("connected", "disconnected", "credentials")}


@pytest.fixture
def shop():
    return ChannelFactory(
        code="DEMOSHOP", display_name="Demo Shöp", mail_texts=ALL_ON, branding={"support": "help@shop.example"}
    )


@pytest.fixture
def seller(shop):
    return SellerFactory(channel=shop, seller_id="S1", company_name="Acme", contact_email="shop@acme.example")


@pytest.fixture
def account(shop):
    return AccountFactory(channel=shop, login="acme", email="boss@acme.example")


def send(channel, **how):
    run = Run(**how)
    mails.send(channel, run)
    return dict(run.counts)


def connected(seller):
    return mails.queue("connected", channel=seller.channel, seller=seller)


class Failing:
    """A mail backend that raises what it is told to."""

    error: Exception = OSError("no route to host")
    tries = 0

    def __init__(self, *args, **kwargs):
        pass

    def send_messages(self, messages):
        type(self).tries += 1
        raise self.error


@pytest.fixture
def failing(settings):
    settings.EMAIL_BACKEND = f"{__name__}.Failing"
    Failing.tries = 0

    def with_error(error):
        Failing.error = error
        return Failing

    return with_error


def test_a_mail_that_is_wanted_leaves_once(seller, shop):
    row = connected(seller)
    assert send(shop) == {"mails sent": 1}
    assert send(shop) == {}
    (message,) = outgoing.outbox
    assert message.to == ["shop@acme.example"]
    assert message.subject == "JTL-Wawi und Demo Shöp sind verbunden"
    assert "Acme ist jetzt mit Demo Shöp verbunden." in message.body
    assert "help@shop.example" in message.body
    assert message.reply_to == ["help@shop.example"]
    assert message.message()["From"].endswith("<portal@127.0.0.1>")
    assert message.message()["Auto-Submitted"] == "auto-generated"
    row.refresh_from_db()
    assert (row.sent_at is not None, row.attempts, row.error, row.leased_until) == (True, 1, "", None)


@pytest.mark.parametrize("kind", ["connected", "disconnected", "credentials"])
@pytest.mark.parametrize("texts", [{}, {"connected": {}}, {"connected": {"is_on": "yes"}}, {"connected": 7}, []])
def test_a_mail_nobody_wants_is_no_row(kind, texts, seller, shop):
    shop.mail_texts = texts
    assert mails.queue(kind, channel=shop, seller=seller) is None
    assert not Mail.objects.exists()


def test_without_an_address_there_is_no_mail(shop):
    assert connected(SellerFactory(channel=shop)) is None


def test_the_address_is_the_sellers_own_then_his_accounts(seller, shop, account):
    seller.account = account
    assert connected(seller).recipient == "shop@acme.example"
    seller.contact_email = ""
    assert connected(seller).recipient == "boss@acme.example"


@pytest.mark.parametrize(
    ("language", "languages", "expected"),
    [
        ("en", ["de", "en"], "en"),
        ("", ["en", "de"], "en"),
        ("", ["fr", "de"], "de"),
        ("fr", [], "en"),
        ("", None, "en"),
    ],
)
def test_the_language_is_the_sellers_then_the_channels(language, languages, expected, seller, shop):
    seller.language, shop.languages = language, languages
    seller.channel = shop
    assert connected(seller).language == expected


def test_a_connection_that_ends_is_told(seller, shop):
    endings.end(seller, shop, "no contract", removed=False)
    assert send(shop) == {"mails sent": 1}
    assert "Grund: no contract" in outgoing.outbox[0].body


def test_a_connection_that_ends_is_not_told_where_that_is_off(seller, shop):
    shop.mail_texts = {}
    endings.end(seller, shop, "no contract", removed=True)
    assert not Mail.objects.exists()


def test_what_a_mail_tells_must_still_be_so(seller, shop):
    told_too_late = connected(seller)
    Seller.objects.update(state="unlinked")
    assert send(shop) == {"mails given up": 1}
    told_too_late.refresh_from_db()
    assert (told_too_late.is_refused, told_too_late.error) == (True, "What it tells is over.")
    assert outgoing.outbox == []


def test_a_platforms_mails_leave_with_the_run_of_any_of_its_marketplaces():
    platform = PlatformFactory(mail_texts=ALL_ON)
    one, other = MarketplaceFactory.create_batch(2, platform=platform)
    connected(SellerFactory(channel=platform, contact_email="a@example.com"))
    assert send(other) == {"mails sent": 1}
    assert send(one) == {}


def test_a_mail_of_another_channel_stays(seller):
    connected(seller)
    assert send(ChannelFactory()) == {}
    assert outgoing.outbox == []


def test_the_job_sellers_sends(sandbox, seller, shop):
    sandbox.adopt(shop)
    connected(seller)
    call_command("sync", "sellers", "--channel", shop.code)
    assert len(outgoing.outbox) == 1


def test_while_the_mail_server_is_away_mails_stay_and_wait_longer_each_time(seller, shop, failing):
    backend = failing(ConnectionRefusedError("refused"))
    first, second = connected(seller), connected(seller)
    assert send(shop) == {"mails failed": 1}
    assert backend.tries == 1
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.attempts, first.is_refused, first.sent_at) == (1, False, None)
    assert first.error == "ConnectionRefusedError: refused"
    assert first.not_before > timezone.now()
    assert (second.attempts, second.leased_until) == (0, None)
    early = first.not_before - timezone.now()
    for _attempt in range(5):
        Mail.objects.filter(pk=first.pk).update(not_before=timezone.now())
        Mail.objects.filter(pk=second.pk).update(not_before=timezone.now() + timedelta(days=1))
        send(shop)
    first.refresh_from_db()
    assert first.not_before - timezone.now() > early
    assert first.not_before - timezone.now() <= timedelta(minutes=12)
    assert (first.attempts, len(first.answers)) == (6, 6)


def test_an_address_that_the_server_refuses_keeps_no_other(seller, shop, failing):
    backend = failing(smtplib.SMTPRecipientsRefused({"x": (550, b"no such user")}))
    connected(seller), connected(seller)
    assert send(shop) == {"mails given up": 2}
    assert backend.tries == 2
    assert set(Mail.objects.values_list("is_refused", flat=True)) == {True}


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (smtplib.SMTPRecipientsRefused({"x": (451, b"greylisted")}), "mails failed"),
        (smtplib.SMTPDataError(554, b"spam"), "mails given up"),
        (smtplib.SMTPDataError(452, b"full"), "mails failed"),
        (smtplib.SMTPAuthenticationError(535, b"wrong password"), "mails failed"),
        (smtplib.SMTPServerDisconnected("gone"), "mails failed"),
        (smtplib.SMTPNotSupportedError("no SMTPUTF8"), "mails given up"),
        (TimeoutError("timed out"), "mails failed"),
        (RuntimeError("a backend's own error"), "mails failed"),
    ],
)
def test_what_may_heal_is_tried_again_and_what_cannot_is_given_up(error, outcome, seller, shop, failing):
    failing(error)
    connected(seller)
    assert send(shop) == {outcome: 1}


def test_a_mail_that_cannot_be_sent_for_three_days_is_given_up(seller, shop, failing):
    connected(seller)
    Mail.objects.update(created_at=timezone.now() - timedelta(days=4))
    assert send(shop) == {"mails given up": 1}
    assert outgoing.outbox == []


def test_a_mail_that_was_given_up_is_sent_again_when_staff_ask(seller, shop, failing, settings):
    failing(smtplib.SMTPDataError(554, b"spam"))
    connected(seller)
    send(shop)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert mails.send_again(Mail.objects.all()) == 1
    assert send(shop) == {"mails sent": 1}


def test_the_token_of_a_link_is_gone_once_the_mail_has_left(account, shop):
    mail = invitations.invite(account)
    token = mail.secret
    assert len(token) == 43
    assert send(shop) == {"mails sent": 1}
    assert f"http://127.0.0.1:8000/invitation/DEMOSHOP/?token={token}" in outgoing.outbox[0].body
    assert Mail.objects.get().secret == ""
    assert token not in Invitation.objects.get().token_hash


def test_the_token_stays_until_then_and_is_in_no_error(account, shop, failing):
    mail = invitations.invite(account)
    token = mail.secret
    failing(OSError(f"cannot send ...?token={token}"))
    send(shop)
    mail.refresh_from_db()
    assert mail.secret == token
    assert token not in mail.error + str(mail.answers)
    failing(smtplib.SMTPDataError(554, b"spam"))
    send(shop, ignore_backoff=True)
    mail.refresh_from_db()
    assert (mail.secret, mail.is_refused) == ("", True)
    assert mails.send_again(Mail.objects.all()) == 0


def test_a_link_that_does_not_work_any_more_is_not_mailed(account, shop):
    invitations.invite(account)
    invitations.withdraw(account)
    assert send(shop) == {"mails given up": 1}
    assert (Mail.objects.get().secret, outgoing.outbox) == ("", [])


def test_a_link_whose_key_is_lost_is_given_up(account, shop, settings):
    invitations.invite(account)
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    assert send(shop) == {"mails given up": 1}
    assert "Send another invitation" in Mail.objects.get().error


def test_a_mail_holds_no_credential_and_no_code(seller, account, shop):
    seller.credentials = {"password": "open-sesame-password"}
    seller.account = account
    seller.save()
    connected(seller)
    invitations.invite(account)
    send(shop)
    text = "".join(message.message().as_string() + message.body for message in outgoing.outbox)
    assert "open-sesame-password" not in text
    assert "open sesame" not in text


HOSTILE = "Acme\r\nBcc: victim@example.com {seller_id} {0.__class__} %(x)s ${y} {company.__init__}\x00\u202e"


@pytest.mark.parametrize("kind", ["connected", "disconnected", "credentials"])
@pytest.mark.parametrize("language", ["de", "en"])
def test_a_hostile_company_name_is_only_text(kind, language, shop):
    shop.display_name = "Shop\r\nBcc: x@example.com"
    values = dict.fromkeys(mail_texts.PLACEHOLDERS[kind], HOSTILE)
    made = mail_texts.filled(Text("{company} {unknown} {company.__class__}", "Hello {company}"), values)
    assert "\n" not in made.subject
    assert "\r" not in made.subject
    assert made.subject.startswith("Acme Bcc: victim@example.com {seller_id} {0.__class__} %(x)s ${y}")
    assert made.text.count("\n") == 1
    assert "\u202e" not in made.subject + made.text


def test_a_hostile_name_makes_no_header(seller, shop):
    Seller.objects.update(company_name="Acme\nBcc: victim@example.com")
    shop.display_name = "Shop\r\nBcc: x@example.com"
    shop.mail_texts = {"connected": {"is_on": True, "de": {"subject": "{company}\nBcc: y@example.com", "text": "x"}}}
    shop.save()
    seller.refresh_from_db()
    connected(seller)
    assert send(shop) == {"mails sent": 1}
    message = outgoing.outbox[0].message()
    assert message["Bcc"] is None
    assert outgoing.outbox[0].recipients() == ["shop@acme.example"]


@pytest.mark.parametrize("kind", Mail.Kind.values)
@pytest.mark.parametrize("language", ["de", "en"])
def test_each_text_of_the_portal_is_complete(kind, language, shop):
    text = mail_texts.default(kind, language)
    assert text.subject
    assert not mail_texts.unknown_placeholders(text.subject + text.text, kind)
    needed = mail_texts.NEEDED.get(kind)
    assert not needed or f"{{{needed}}}" in text.text
    filled = mail_texts.example(shop, kind, language, text)
    assert "{" not in filled.subject + filled.text
    assert mail_texts.default(kind, "de") != mail_texts.default(kind, "en")


def test_a_channels_own_words_stand_in_for_the_portals_as_far_as_it_has_some(seller, shop):
    shop.mail_texts = {"connected": {"is_on": True, "de": {"subject": "Hallo {company}", "text": 7}, "en": "x"}}
    shop.save()
    seller.refresh_from_db()
    connected(seller)
    send(shop)
    assert outgoing.outbox[0].subject == "Hallo Acme"
    assert "So geht es weiter" in outgoing.outbox[0].body


def test_old_rows_are_forgotten_and_waiting_ones_kept(seller, shop):
    old = timezone.now() - timedelta(days=91)
    for _number in range(3):
        connected(seller)
    first, second, _third = Mail.objects.order_by("pk")
    Mail.objects.filter(pk=first.pk).update(created_at=old, sent_at=old)
    Mail.objects.filter(pk=second.pk).update(created_at=old)
    assert mails.forget_old(shop) == 1
    assert not Mail.objects.filter(pk=first.pk).exists()
    assert Mail.objects.count() == 2


def test_staff_are_told_of_mails_that_do_not_arrive(seller, shop):
    late, given_up, fresh = connected(seller), connected(seller), connected(seller)
    hours = timezone.now() - timedelta(hours=2)
    Mail.objects.filter(pk=late.pk).update(created_at=hours, attempts=3, error="no route")
    Mail.objects.filter(pk=given_up.pk).update(created_at=hours, attempts=1, is_refused=True)
    found = {finding.code: finding for finding in account_finders.undelivered_mails()}
    assert found.keys() == {"mails-late", "mails-given-up"}
    assert found["mails-late"].text.startswith("1 mail to a seller of Demo Shöp (DEMOSHOP) cannot be sent: no route")
    assert found["mails-late"].channel == "DEMOSHOP"
    assert fresh.attempts == 0
    Mail.objects.filter(pk__in=[late.pk, given_up.pk]).delete()
    assert list(account_finders.undelivered_mails()) == []


def test_staff_are_told_of_locked_accounts(account, shop):
    assert list(account_finders.locked_accounts()) == []
    account.locked_at = timezone.now()
    account.save()
    (finding,) = account_finders.locked_accounts()
    assert (finding.code, finding.severity, finding.channel) == ("accounts-locked", "warning", "DEMOSHOP")
    assert "accounts-locked" in {found.code for found in findings.found()}


def test_a_sign_up_is_told_once_however_often_it_is_sent(browser, mall, mall_account, merchant):
    mall.platform.mail_texts = ALL_ON
    mall.platform.save()
    mall_account.email = "boss@acme.example"
    mall_account.save()
    form_url = browser.form_url(merchant.start_sign_up(mall.platform))
    for _time in range(2):
        browser.send(form_url, "acme", marketplaces=[mall.de, mall.uk])
    assert send(mall.at) == {"mails sent": 1}
    (message,) = outgoing.outbox
    assert message.to == ["boss@acme.example"]
    assert "Mall DE, Mall UK" in message.body
    assert "Mall AT" not in message.body
    assert Seller.objects.get().seller_id in message.body


def test_a_sign_up_that_comes_to_nothing_is_not_told(browser, mall, mall_account, merchant):
    mall.platform.mail_texts = ALL_ON
    mall.platform.save()
    form_url = browser.form_url(merchant.start_sign_up(mall.platform))
    browser.send(form_url, "acme", code="wrong", marketplaces=mall.all)
    assert not Mail.objects.exists()
