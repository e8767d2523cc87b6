"""Staff and accounts: codes shown once, invitations, files of many; and the words of mails."""

import re
from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from platforms.models import Channel
from sellers import access_codes, mail_texts
from sellers.models import Account, Mail
from tests.admin import rows
from tests.admin.test_actions import act
from tests.factories import AccountFactory, ChannelFactory, MarketplaceFactory, PlatformFactory, SellerFactory

pytestmark = pytest.mark.django_db

IMPORT = "/admin/sellers/account/import-csv/"
LIST = "/admin/sellers/account/"


def codes_on(page: str) -> list[str]:
    return re.findall(r'<code class="portal-copy">([^<]+)</code>', page)


def text_page(channel: Channel, kind: str) -> str:
    return reverse("admin:sellers_mail_text", args=[channel.pk, kind])


def run(browser: Client, action: str, *accounts: Account, **more: str):
    chosen = [account.pk for account in accounts]
    return browser.post(LIST, {"action": action, "_selected_action": chosen, **more})


def test_new_codes_are_shown_once_and_kept_nowhere(browser: Client):
    one, other = AccountFactory(), AccountFactory()
    assert "Make a new access code for each" in run(browser, "reset_code", one, other).content.decode()
    assert Account.objects.get(pk=one.pk).check_access_code("open sesame")

    answer = run(browser, "reset_code", one, other, confirmed="yes")

    codes = codes_on(answer.content.decode())
    assert "no-store" in answer["Cache-Control"]
    assert {Account.objects.get(login=one.login).check_access_code(code) for code in codes} == {True, False}
    assert len(codes) == 2
    assert not any(code in str(answer.cookies) + str(browser.session.items()) for code in codes)
    assert not any(code in browser.get(LIST).content.decode() for code in codes)


def test_shown_codes_can_be_kept_as_a_file_that_is_safe_to_open(browser: Client):
    account = AccountFactory(login="=1+1", company_name="@evil")
    page = run(browser, "reset_code", account, confirmed="yes").content.decode()
    (code,) = codes_on(page)
    sealed = re.search(r'name="codes" value="([^"]+)"', page)[1]
    assert code not in sealed

    answer = browser.post(IMPORT, {"codes": sealed})

    assert answer["Content-Disposition"] == 'attachment; filename="access-codes.csv"'
    assert "no-store" in answer["Cache-Control"]
    assert answer.content.decode("utf-8-sig") == f"login,company,access_code\r\n'=1+1,'@evil,{code}\r\n"


@pytest.mark.parametrize("sealed", ["x", "gAAAAA", "ü"])
def test_a_made_up_download_is_none(sealed, browser: Client):
    assert browser.post(IMPORT, {"codes": sealed}).status_code == 302


def test_a_rotation_says_for_how_long_the_old_code_works(browser: Client):
    account, without = AccountFactory(), AccountFactory(login="without", access_code_hash="")
    assert "more hours" in run(browser, "rotate_code", account).content.decode()
    assert "more hours" in run(browser, "rotate_code", account, confirmed="yes", hours="0").content.decode()
    assert Account.objects.get(pk=account.pk).previous_code_until is None

    page = run(browser, "rotate_code", account, without, confirmed="yes", hours="24").content.decode()

    account.refresh_from_db()
    assert access_codes.opens(account, codes_on(page)[0])
    assert access_codes.opens(account, "open sesame")
    assert 23 < (account.previous_code_until - timezone.now()).total_seconds() / 3600 <= 24
    assert "without: The account has no access code yet" in page


def test_staff_unlock_accounts(browser: Client):
    locked = AccountFactory(locked_at=timezone.now(), wrong_codes=20)
    fine = AccountFactory()
    page = act(browser, Account, "unlock", locked.pk, fine.pk)
    assert "1 account was unlocked." in page
    assert Account.objects.get(pk=locked.pk).locked_at is None


def test_staff_send_invitations_and_read_who_could_not_get_one(browser: Client):
    some, none = AccountFactory(email="a@example.com"), AccountFactory(login="nobody")
    page = act(browser, Account, "send_invitation", some.pk, none.pk)
    assert "1 invitation is on its way. 1 was not possible: nobody: The account has no e-mail address" in page
    assert Mail.objects.get().account == some


def test_the_list_shows_what_keeps_an_account_out(browser: Client):
    seller = SellerFactory(seller_id="S_LINKED")
    AccountFactory(login="linked", channel=seller.channel).sellers.add(seller)
    AccountFactory(login="stuck", locked_at=timezone.now())
    AccountFactory(login="late", access_code_expires_at=timezone.now())
    AccountFactory(login="empty", access_code_hash="")
    assert "S_LINKED" in browser.get(LIST).content.decode()
    for access, login in (("locked", "stuck"), ("expired", "late"), ("no-code", "empty")):
        found = browser.get(LIST, {"access": access}).context["cl"].result_list
        assert [account.login for account in found] == [login]


def test_an_account_may_be_made_with_an_invitation_in_place_of_a_code(browser: Client):
    channel = ChannelFactory()
    body = {"channel": channel.pk, "login": "anna", "invite": "on", "is_active": "on"}
    add = reverse("admin:sellers_account_add")
    assert "no e-mail address" in browser.post(add, body).content.decode()
    assert not Account.objects.exists()
    browser.post(add, body | {"email": "a@example.com"})
    assert (Account.objects.get().access_code_hash, Mail.objects.get().recipient) == ("", "a@example.com")


def test_a_code_with_a_date_in_the_past_is_an_error_at_the_date(browser: Client):
    body = {
        "channel": ChannelFactory().pk,
        "login": "anna",
        "is_active": "on",
        "new_access_code": "open sesame",
        "access_code_expires_at_0": "2020-01-01",
        "access_code_expires_at_1": "00:00",
    }
    answer = browser.post(reverse("admin:sellers_account_add"), body)
    assert list(answer.context["adminform"].form.errors) == ["access_code_expires_at"]
    assert "open sesame" not in answer.content.decode()


def test_editing_an_account_keeps_its_lock(browser: Client):
    account = AccountFactory(locked_at=timezone.now(), wrong_codes=20)
    body = {"channel": account.channel.pk, "login": "anna", "is_active": "on"}
    browser.post(reverse("admin:sellers_account_change", args=[account.pk]), body)
    account.refresh_from_db()
    assert (account.login, account.wrong_codes, account.locked_at is not None) == ("anna", 20, True)


def upload(browser: Client, channel: Channel, text: str, empty: str = "generate"):
    file = SimpleUploadedFile("accounts.csv", text.encode())
    return browser.post(IMPORT, {"channel": channel.pk, "file": file, "empty": empty})


def sealed_in(answer) -> str:
    return re.search(r'name="sealed" value="([^"]+)"', answer.content.decode())[1]


def test_a_file_is_looked_at_then_made(browser: Client):
    channel = ChannelFactory(display_name="Demo Shop")
    assert IMPORT in browser.get(LIST).content.decode()
    assert browser.get(IMPORT).status_code == 200

    looked = upload(browser, channel, "login;access_code;company\nanna;my own code;<b>Anna</b>\nbert;;\n")

    page = looked.content.decode()
    assert "2 accounts of Demo Shop" in page
    assert "&lt;b&gt;Anna&lt;/b&gt;" in page
    assert "my own code" not in page
    assert not Account.objects.exists()

    made = browser.post(IMPORT, {"sealed": sealed_in(looked)})

    (code,) = codes_on(made.content.decode())
    assert "no-store" in made["Cache-Control"]
    assert Account.objects.get(login="bert").check_access_code(code)
    assert Account.objects.get(login="anna").check_access_code("my own code")
    assert "my own code" not in made.content.decode()

    again = browser.post(IMPORT, {"sealed": sealed_in(looked)})
    assert "Line 2, login: The channel has an account with this login already." in again.content.decode()
    assert Account.objects.count() == 2


def test_a_file_with_mistakes_names_them_and_makes_nothing(browser: Client):
    page = upload(browser, ChannelFactory(), "login,email\nanna,x\n<script>alert(1)</script>,y\n").content.decode()
    assert "Nothing was imported." in page
    assert "Line 2, email: Enter a valid email address." in page
    assert "Line 3, email" in page
    assert "<script>alert(1)" not in page
    assert 'name="sealed"' not in page


def test_a_file_of_invitations_leads_back_to_the_list(browser: Client):
    looked = upload(browser, ChannelFactory(), "login,email\nanna,a@example.com\n", empty="invite")
    answer = browser.post(IMPORT, {"sealed": sealed_in(looked)}, follow=True)
    assert "1 account was made." in answer.content.decode()
    assert Mail.objects.count() == 1


@pytest.mark.parametrize("sealed", ["x", "gAAAAA", "ü"])
def test_what_nobody_looked_at_is_not_made(sealed, browser: Client):
    assert "Choose it again." in browser.post(IMPORT, {"sealed": sealed}).content.decode()
    assert not Account.objects.exists()


def test_staff_import_for_their_own_channels_only(browser_of: Callable[[User], Client]):
    own, other = ChannelFactory(), ChannelFactory()
    limited = browser_of(rows.staff_of(own))
    assert "Select a valid choice" in upload(limited, other, "login\nanna\n").content.decode()
    theirs = sealed_in(upload(browser_of(rows.user(is_staff=True, is_superuser=True)), other, "login\nanna\n"))
    limited.post(IMPORT, {"sealed": theirs})
    assert not Account.objects.exists()
    assert limited.post(IMPORT, {"sealed": sealed_in(upload(limited, own, "login\nanna\n"))}).status_code == 200
    assert Account.objects.get().channel == own


def test_who_may_only_view_accounts_imports_none(browser_of: Callable[[User], Client]):
    reader = rows.user(is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_account"))
    browser = browser_of(reader)
    assert IMPORT not in browser.get(LIST).content.decode()
    assert browser.get(IMPORT).status_code == 403
    assert browser.post(IMPORT, {"codes": "x"}).status_code == 403
    account = AccountFactory()
    run(browser, "reset_code", account, confirmed="yes")
    assert Account.objects.get().check_access_code("open sesame")


def body_of(kind: str, **more: str) -> dict[str, str]:
    texts = {}
    for code in mail_texts.LANGUAGES:
        base = mail_texts.default(kind, code)
        texts |= {f"subject_{code}": base.subject, f"text_{code}": base.text}
    return {**texts, "save": "1", **more}


def test_staff_switch_a_mail_on_and_give_it_their_words(browser: Client):
    channel = PlatformFactory(display_name="Demo Mall")
    MarketplaceFactory(platform=channel, display_name="Mall DE")
    overview = browser.get(reverse("admin:sellers_mail_texts")).content.decode()
    assert text_page(channel, "connected") in overview
    assert "Mall DE" not in overview
    body = body_of("connected", is_on="on", subject_en="Hi {company}", text_en="")

    answer = browser.post(text_page(channel, "connected"), body)

    channel.refresh_from_db()
    assert answer.status_code == 302
    assert channel.mail_texts == {"connected": {"is_on": True, "en": {"subject": "Hi {company}"}}}
    assert "own text" in browser.get(reverse("admin:sellers_mail_texts")).content.decode()


def test_a_mail_is_looked_at_before_it_is_saved(browser: Client):
    channel = ChannelFactory(display_name="Demo Shop")
    body = body_of("connected", is_on="on", subject_en="Hi {company} <b>", text_de="Guten Tag {company}")
    del body["save"]

    page = browser.post(text_page(channel, "connected"), {**body, "preview": "1"}).content.decode()

    assert "Hi Example Ltd &lt;b&gt;" in page
    assert "Guten Tag" in page
    channel.refresh_from_db()
    assert channel.mail_texts == {}


@pytest.mark.parametrize(
    ("kind", "changes", "field"),
    [
        ("connected", {"subject_de": "{nothing}"}, "subject_de"),
        ("connected", {"text_en": "{company} {reason}"}, "text_en"),
        ("connected", {"text_en": "a\x00b"}, "text_en"),
        ("invitation", {"text_de": "Willkommen {company}"}, "text_de"),
        ("invitation", {"subject_de": "{link}"}, "subject_de"),
        ("connected", {"subject_de": "x" * 201}, "subject_de"),
    ],
)
def test_a_text_that_would_not_work_is_an_error_at_its_field(kind, changes, field, browser: Client):
    channel = ChannelFactory()
    answer = browser.post(text_page(channel, kind), body_of(kind, **changes))
    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == [field]
    channel.refresh_from_db()
    assert channel.mail_texts == {}


def test_an_invitation_cannot_be_switched_off(browser: Client):
    channel = ChannelFactory()
    assert 'name="is_on"' not in browser.get(text_page(channel, "invitation")).content.decode()
    browser.post(text_page(channel, "invitation"), body_of("invitation"))
    channel.refresh_from_db()
    assert mail_texts.is_on(channel, "invitation")


def test_each_kind_keeps_its_own_words(browser: Client):
    channel = ChannelFactory()
    browser.post(text_page(channel, "connected"), body_of("connected", is_on="on"))
    browser.post(text_page(channel, "disconnected"), body_of("disconnected"))
    channel.refresh_from_db()
    assert channel.mail_texts == {"connected": {"is_on": True}, "disconnected": {"is_on": False}}


def test_staff_see_the_mails_of_their_channels_only(browser_of: Callable[[User], Client]):
    own, other = ChannelFactory(), ChannelFactory()
    browser = browser_of(rows.staff_of(own))
    page = browser.get(reverse("admin:sellers_mail_texts")).content.decode()
    assert text_page(own, "connected") in page
    assert text_page(other, "connected") not in page
    assert browser.get(text_page(other, "connected")).status_code == 404
    assert browser.get(text_page(own, "connected")).status_code == 200
    assert browser.get(f"/admin/sellers/mail/texts/{own.pk}/unheard-of/").status_code == 404


def test_the_words_of_mails_are_for_who_may_change_channels(browser_of: Callable[[User], Client]):
    channel = ChannelFactory()
    reader = rows.user(is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_mail"))
    browser = browser_of(reader)
    assert browser.get("/admin/sellers/mail/").status_code == 200
    for page in (reverse("admin:sellers_mail_texts"), text_page(channel, "connected")):
        assert browser.get(page).status_code == 403
    assert browser.post(text_page(channel, "connected"), body_of("connected", is_on="on")).status_code == 403
    channel.refresh_from_db()
    assert channel.mail_texts == {}


def test_staff_send_a_mail_again_that_was_given_up(browser: Client):
    given_up, waiting = rows.mail(), rows.mail()
    Mail.objects.filter(pk=given_up.pk).update(is_refused=True, attempts=3)
    page = act(browser, Mail, "send_again", given_up.pk, waiting.pk)
    assert "1 mail will be sent again." in page
    assert "Only mails that were given up can be" in page
    given_up.refresh_from_db()
    assert (given_up.is_refused, given_up.attempts) == (False, 0)


def test_the_channels_page_leads_to_its_mails(browser: Client):
    page = browser.get(reverse("admin:platforms_channel_change", args=[ChannelFactory().pk])).content.decode()
    assert reverse("admin:sellers_mail_texts") in page
