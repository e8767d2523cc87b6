"""A merchant signs up on a hosted page, and SCX and the portal agree about it."""

import html
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.db import connection

from platforms.jobs import Run
from platforms.models import QuotaBucket
from platforms.quota import DatabaseQuota
from sellers import settlement
from sellers.models import Account, LinkSession, Membership, Seller
from tests.factories import AccountFactory, SellerFactory
from tests.sellers.conftest import Browser, session_of, text_of

pytestmark = pytest.mark.django_db


def settle_all(mall):
    for marketplace in mall.all:
        settlement.settle(marketplace, Run())


def test_a_merchant_signs_up_on_a_standalone_channel(browser, shop, account, merchant, sandbox):
    form_url = browser.form_url(merchant.start_sign_up(shop))
    answer = browser.send(form_url, "acme")

    assert (answer.status_code, answer["Location"]) == (302, form_url)
    page = browser.get(form_url)
    assert page.status_code == 200
    assert "You are connected" in text_of(page)
    assert "You can close this window." in text_of(page)
    seller = Seller.objects.get()
    assert (seller.state, seller.jtl_account_id, seller.account) == ("active", merchant.jtl_account_id, account)
    assert seller.linked_at == LinkSession.objects.get().submitted_at
    known = sandbox.sellers()
    assert [(row["sellerId"], row["state"], row["companyName"]) for row in known] == [
        (seller.seller_id, "linked", "Müller & Söhne GmbH")
    ]


def test_a_sign_up_is_dated_by_scx_s_clock_where_ours_is_off(browser, shop, account, merchant):
    form_url = browser.form_url(merchant.start_sign_up(shop))
    QuotaBucket.objects.filter(group="channel").update(clock_offset=3600)
    with pytest.MonkeyPatch.context() as patch:
        # What SCX answers while the form is sent says that our clock is right again.
        patch.setattr(DatabaseQuota, "observe", lambda *args, **kwargs: None)
        browser.send(form_url, "acme")
    assert Seller.objects.get().linked_at == LinkSession.objects.get().submitted_at + timedelta(hours=1)


def test_the_seller_id_is_what_scx_takes_and_nobody_guesses(browser, shop, account, merchant):
    browser.send(browser.form_url(merchant.start_sign_up(shop)), "acme")
    assert len(Seller.objects.get().seller_id) == 33
    assert Seller.objects.get().seller_id.isalnum()
    assert LinkSession.objects.get().ref not in Seller.objects.get().seller_id


def test_a_merchant_signs_up_on_a_platform_and_is_assigned_to_the_marketplaces_he_ticked(
    browser, mall, mall_account, merchant, sandbox
):
    form_url = browser.form_url(merchant.start_sign_up(mall.platform))
    browser.send(form_url, "acme", marketplaces=[mall.at, mall.uk])
    settle_all(mall)

    seller = Seller.objects.get()
    assert (seller.channel, seller.state) == (mall.platform, "active")
    rows = Membership.objects.order_by("marketplace__code").values_list("marketplace__code", "wanted", "confirmed")
    assert list(rows) == [("mall-at", True, True), ("mall-de", False, False), ("mall-uk", True, True)]
    at_scx = {row["channel"]: row["isActiveByChannel"] for row in sandbox.sellers()[0]["memberships"]}
    assert at_scx == {"mall-de": False, "mall-at": True, "mall-uk": True}


def test_the_last_page_names_the_marketplaces(browser, mall, mall_account, merchant):
    form_url = browser.form_url(merchant.start_sign_up(mall.platform))
    browser.send(form_url, "acme", marketplaces=[mall.at])
    assert "Marketplaces Mall AT What happens next" in text_of(browser.get(form_url))


def test_marketplaces_are_asked_for_once_it_is_known_who_asks(browser, mall, mall_account, merchant):
    form_url = browser.form_url(merchant.start_sign_up(mall.platform))
    assert "Marketplaces" not in text_of(browser.get(form_url))

    answer = browser.send(form_url, "acme")

    assert (answer.status_code, answer["Location"]) == (302, form_url)
    assert not Seller.objects.exists()
    page = browser.get(form_url)
    assert "Signed in as acme · Müller & Söhne GmbH" in html.unescape(text_of(page))
    assert "access_code" not in page.content.decode()


def test_all_marketplaces_the_account_allows_are_ticked_at_first_with_what_tells_them_apart(
    browser, mall, mall_account, merchant
):
    mall_account.marketplaces.set([mall.uk, mall.at])
    form_url = browser.form_url(merchant.start_sign_up(mall.platform))
    browser.send(form_url, "acme")
    page = browser.get(form_url)
    assert page.content.decode().count(" checked>") == 2
    assert "Mall AT AT · EUR · German, English Mall UK GB · GBP · German, English" in text_of(page)
    assert "Mall DE" not in text_of(page)


def test_the_second_page_connects_the_ticked_marketplaces(browser, mall, mall_account, merchant):
    form_url = browser.form_url(merchant.start_sign_up(mall.platform))
    browser.send(form_url, "acme")
    answer = browser.post(form_url, {"step": "connect", "marketplaces": ["mall-at"]})
    assert (answer.status_code, answer["Location"]) == (302, form_url)
    assert [row.marketplace for row in Membership.objects.filter(wanted=True)] == [mall.at]
    assert Seller.objects.get().account == mall_account


def test_no_marketplace_ticked_is_an_error_at_the_field(browser, mall, mall_account, merchant):
    form_url = browser.form_url(merchant.start_sign_up(mall.platform))
    browser.send(form_url, "acme")
    page = browser.post(form_url, {"step": "connect"})
    assert page.status_code == 200
    assert '<p class="error" id="marketplaces_error">Choose at least one marketplace.' in page.content.decode()
    assert not Seller.objects.exists()
    assert LinkSession.objects.get().state == "open"


def test_another_account_can_be_used_before_connecting(browser, mall, mall_account, merchant):
    other = AccountFactory(channel=mall.platform, login="other")
    form_url = browser.form_url(merchant.start_sign_up(mall.platform))
    browser.send(form_url, "acme")
    assert browser.post(form_url, {"step": "other-account"}).status_code == 302
    assert 'name="login"' in browser.get(form_url).content.decode()
    browser.send(form_url, "other", marketplaces=[mall.at])
    assert Seller.objects.get().account == other


def test_the_second_step_without_the_first_asks_who_it_is(browser, mall, merchant):
    form_url = browser.form_url(merchant.start_sign_up(mall.platform))
    assert browser.post(form_url, {"step": "connect", "marketplaces": ["mall-at"]}).status_code == 302
    assert 'name="login"' in browser.get(form_url).content.decode()
    assert not Seller.objects.exists()


def test_who_identified_is_kept_encrypted_until_the_outcome_and_no_longer(browser, mall, mall_account, merchant):
    form_url = browser.form_url(merchant.start_sign_up(mall.platform))
    browser.send(form_url, "acme")
    link = LinkSession.objects.get()
    assert link.identity["account_login"] == "acme"
    with connection.cursor() as cursor:
        cursor.execute("SELECT identity FROM sellers_linksession")
        assert "acme" not in cursor.fetchone()[0]
    browser.post(form_url, {"step": "connect", "marketplaces": ["mall-at"]})
    link.refresh_from_db()
    assert (link.state, link.identity, link.session) == ("done", {}, "")


@pytest.mark.parametrize("how", ["blocked", "deleted"])
def test_an_account_that_is_gone_before_connecting_is_told(browser, mall, mall_account, merchant, how):
    form_url = browser.form_url(merchant.start_sign_up(mall.platform))
    browser.send(form_url, "acme")
    if how == "deleted":
        mall_account.delete()
    else:
        Account.objects.update(is_active=False)
    page = browser.post(form_url, {"step": "connect", "marketplaces": ["mall-at"]})
    assert "This account has been closed in the meantime." in text_of(page)
    assert 'name="login"' in page.content.decode()
    assert not Seller.objects.exists()


def test_a_marketplace_the_account_may_not_use_is_refused_at_the_field(browser, mall, mall_account, merchant):
    mall_account.marketplaces.set([mall.de, mall.at])
    form_url = browser.form_url(merchant.start_sign_up(mall.platform))
    page = browser.send(form_url, "acme", marketplaces=[mall.de, mall.uk])
    assert page.status_code == 200
    assert "“mall-uk” is not among the marketplaces you can choose from." in text_of(page)
    assert 'value="mall-uk"' not in page.content.decode()
    assert not Seller.objects.exists()


def test_an_account_with_one_marketplace_gets_no_question(browser, mall, mall_account, merchant):
    mall_account.marketplaces.set([mall.uk])
    form_url = browser.form_url(merchant.start_sign_up(mall.platform))
    browser.send(form_url, "acme", marketplaces=[mall.de])
    assert [row.marketplace for row in Membership.objects.filter(wanted=True)] == [mall.uk]


def test_a_made_up_marketplace_is_an_error_at_the_field(browser, mall, mall_account, merchant):
    form_url = browser.form_url(merchant.start_sign_up(mall.platform))
    page = browser.post(form_url, {"login": "acme", "access_code": "open sesame", "marketplaces": ["elsewhere"]})
    assert "“elsewhere” is not among the marketplaces you can choose from." in text_of(page)
    assert not Seller.objects.exists()


def test_an_account_whose_marketplaces_are_all_switched_off_is_told_so(browser, mall, mall_account, merchant):
    mall_account.marketplaces.set([mall.uk])
    mall.uk.is_active = False
    mall.uk.save()
    form_url = browser.form_url(merchant.start_sign_up(mall.platform))
    page = browser.send(form_url, "acme", marketplaces=[mall.de, mall.at])
    assert "No marketplace is open to this account at the moment." in text_of(page)


def test_a_platform_with_one_marketplace_asks_nothing(browser, mall, mall_account, merchant):
    for marketplace in (mall.de, mall.at):
        marketplace.is_active = False
        marketplace.save()
    form_url = browser.form_url(merchant.start_sign_up(mall.platform))
    assert "checkbox" not in browser.get(form_url).content.decode()
    browser.send(form_url, "acme")
    assert [row.marketplace for row in Membership.objects.filter(wanted=True)] == [mall.uk]


def test_the_demo_welcomes_any_merchant(browser, mall, merchant, sandbox):
    mall.platform.connector = "demo"
    mall.platform.save()
    form_url = browser.form_url(merchant.start_sign_up(mall.platform))
    browser.post(form_url, {"company_name": "Krämer & Co", "marketplaces": ["mall-de", "mall-at", "mall-uk"]})
    assert Seller.objects.get().account is None
    assert sandbox.sellers()[0]["companyName"] == "Krämer & Co"
    assert Membership.objects.filter(wanted=True).count() == 3


def test_a_wrong_code_leaves_the_session_usable(browser, shop, account, merchant):
    form_url = browser.form_url(merchant.start_sign_up(shop))
    page = browser.send(form_url, "acme", code="wrong")
    assert page.status_code == 200
    assert '<p class="error" id="id_access_code_error">Account and access code do not belong' in page.content.decode()
    assert browser.send(form_url, "acme").status_code == 302
    assert Seller.objects.get().state == "active"


def test_reloading_and_sending_again_after_success_shows_the_success(browser, shop, account, merchant, sandbox):
    form_url = browser.form_url(merchant.start_sign_up(shop))
    browser.send(form_url, "acme")
    again = browser.send(form_url, "acme")
    assert (again.status_code, "You are connected" in text_of(again)) == (200, True)
    assert Seller.objects.count() == 1
    assert len(sandbox.books(path="/v1/channel/seller", method="POST")) == 1


def test_opening_the_same_session_again_after_success_shows_the_success(browser, shop, account, merchant):
    url = merchant.start_sign_up(shop)
    form_url = browser.form_url(url)
    browser.send(form_url, "acme")
    assert browser.form_url(url) == form_url
    assert "You are connected" in text_of(browser.get(form_url))


def test_who_opens_a_used_link_in_another_browser_is_told_to_look_in_jtl_wawi_first(browser, shop, account, merchant):
    url = merchant.start_sign_up(shop)
    browser.send(browser.form_url(url), "acme")
    page = Browser(headers={"accept-language": "en"}).enter(url)
    assert page.status_code == 410
    assert "look there first whether the channel is connected" in text_of(page)
    assert Seller.objects.get().state == "active"


def test_the_same_account_again_under_the_same_jtl_account_is_told_to_open_the_update(browser, shop, account, merchant):
    browser.send(browser.form_url(merchant.start_sign_up(shop)), "acme")
    page = browser.send(browser.form_url(merchant.start_sign_up(shop)), "acme")
    assert page.status_code == 409
    assert "choose the update instead of the sign-up" in text_of(page)
    assert Seller.objects.count() == 1


def test_who_was_disconnected_and_signs_up_again_is_told_that_the_update_connects_again(
    browser, shop, account, merchant
):
    SellerFactory(channel=shop, account=account, jtl_account_id=merchant.jtl_account_id, state="unlinked")
    page = browser.send(browser.form_url(merchant.start_sign_up(shop)), "acme")
    assert "were disconnected since" in text_of(page)
    assert "choose the update instead of the sign-up" in text_of(page)
    assert "are linked already" not in text_of(page)


@pytest.mark.parametrize("state", ["active", "inactive", "unlinking", "unlinked"])
def test_every_seller_but_a_removed_one_counts_as_linked(browser, shop, account, merchant, state):
    SellerFactory(channel=shop, account=account, jtl_account_id=merchant.jtl_account_id, state=state)
    page = browser.send(browser.form_url(merchant.start_sign_up(shop)), "acme")
    assert page.status_code == 409
    assert Seller.objects.count() == 1


def test_a_removed_seller_gets_a_new_one(browser, shop, account, merchant):
    old = SellerFactory(channel=shop, account=account, jtl_account_id=merchant.jtl_account_id, state="removed")
    browser.send(browser.form_url(merchant.start_sign_up(shop)), "acme")
    new = Seller.objects.exclude(pk=old.pk).get()
    assert new.state == "active"
    assert new.seller_id != old.seller_id


def test_the_same_account_from_another_jtl_account_is_refused_with_an_explanation(
    browser, shop, account, merchant, sandbox
):
    SellerFactory(channel=shop, account=account, jtl_account_id=merchant.jtl_account_id + 1)
    page = browser.send(browser.form_url(merchant.start_sign_up(shop)), "acme")
    assert page.status_code == 200
    assert "This account is linked to another JTL account." in text_of(page)
    assert Seller.objects.count() == 1
    assert sandbox.books(path="/v1/channel/seller", method="POST") == []


def test_two_sign_ups_in_two_tabs_do_not_mix(browser, shop, account, merchant, sandbox):
    AccountFactory(channel=shop, login="second")
    other = sandbox.merchant("Zweite GmbH")
    first, second = (browser.form_url(one.start_sign_up(shop)) for one in (merchant, other))
    browser.send(second, "second")
    browser.send(first, "acme")
    linked = Seller.objects.order_by("jtl_account_id").values_list("jtl_account_id", "account__login")
    assert dict(linked) == {merchant.jtl_account_id: "acme", other.jtl_account_id: "second"}


def test_the_form_works_only_in_the_browser_that_opened_it(browser, shop, account, merchant):
    form_url = browser.form_url(merchant.start_sign_up(shop))
    stranger = Browser(headers={"accept-language": "en"})
    for answer in (stranger.get(form_url), stranger.send(form_url, "acme")):
        assert answer.status_code == 410
        assert "This page belongs to another browser" in text_of(answer)
        assert '<form method="post" novalidate' not in answer.content.decode()
    assert not Seller.objects.exists()


def test_a_stranger_who_has_a_session_of_his_own_does_not_see_another_one(shop, merchant, sandbox):
    mine, his = Browser(), Browser()
    form_url = mine.form_url(merchant.start_sign_up(shop))
    his.form_url(sandbox.merchant().start_sign_up(shop))
    assert his.get(form_url).status_code == 410


def test_a_form_of_one_channel_does_not_open_on_another(browser, shop, mall, merchant):
    form_url = browser.form_url(merchant.start_sign_up(shop))
    assert browser.get(form_url.replace(shop.code, mall.platform.code)).status_code == 410


def test_a_sent_form_needs_its_csrf_token(shop, account, merchant):
    browser = Browser(enforce_csrf_checks=True, headers={"accept-language": "en"})
    form_url = browser.form_url(merchant.start_sign_up(shop))
    answer = browser.send(form_url, "acme")
    assert answer.status_code == 403
    assert "The form could not be accepted" in text_of(answer)
    assert not Seller.objects.exists()


def test_the_session_is_wiped_at_the_end_and_in_no_page_log_or_link(browser, shop, account, merchant, caplog):
    caplog.set_level("DEBUG")
    url = merchant.start_sign_up(shop)
    session = session_of(url)
    entered = browser.enter(url)
    form = browser.get(entered["Location"])
    wrong = browser.send(entered["Location"], "acme", code="a wrong secret")
    sent = browser.send(entered["Location"], "acme", code="open sesame")
    done = browser.get(entered["Location"])
    for answer in (entered, form, wrong, sent, done):
        seen = answer.content.decode() + str(dict(answer.items())) + answer.cookies.output()
        for secret in (session, "open sesame", "a wrong secret", shop.refresh_token):
            assert secret not in seen
    assert all(secret not in caplog.text for secret in (session, "open sesame", "a wrong secret", shop.refresh_token))
    link = LinkSession.objects.get()
    assert (link.state, link.session) == ("done", "")
    assert session not in urlsplit(entered["Location"]).path


def test_no_access_code_ever_leaves_for_scx(browser, mall, mall_account, merchant, sandbox):
    form_url = browser.form_url(merchant.start_sign_up(mall.platform))
    browser.send(form_url, "acme", code="a wrong secret", marketplaces=mall.all)
    browser.send(form_url, "acme", marketplaces=mall.all)
    settle_all(mall)
    books = str(sandbox.books())
    assert "open sesame" not in books
    assert "a wrong secret" not in books
    assert "acme" not in books
