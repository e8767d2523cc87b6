"""The update page: what JTL-Wawi opens for the settings of a connection, and what comes of saving it."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.utils import timezone

from platforms import jobs
from platforms.jobs import Run
from platforms.models import Channel, Discrepancy
from sellers import handlers, settlement
from sellers.models import LinkSession, Membership, Seller
from tests.factories import AccountFactory, EventFactory, MarketplaceFactory
from tests.sellers.conftest import session_of, text_of

pytestmark = pytest.mark.django_db

UPDATE = {"method": "PATCH", "path": "/v1/channel/seller"}


def start_update(merchant, channel: Channel, seller: Seller) -> str:
    answer = merchant.call("PATCH", f"/v1/seller/channel/{channel.code}", params={"sellerId": seller.seller_id})
    return answer["updateUrl"]


@pytest.fixture
def seller(browser, shop, account, merchant) -> Seller:
    """Signed up on the standalone channel, as any seller is."""
    browser.send(browser.form_url(merchant.start_sign_up(shop)), "acme")
    return Seller.objects.get()


@pytest.fixture
def member(browser, mall, mall_account, merchant) -> Seller:
    """Signed up on the platform, on two of its three marketplaces."""
    form_url = browser.form_url(merchant.start_sign_up(mall.platform))
    browser.send(form_url, "acme", marketplaces=[mall.de, mall.at])
    settle(mall)
    return Seller.objects.get()


def settle(mall) -> None:
    for marketplace in mall.all:
        settlement.settle(marketplace, Run())


def sent(seller: Seller, **changes) -> dict[str, object]:
    """What a browser sends of the page as it stands, with the changes."""
    values = {"company_name": seller.company_name, "contact_name": "", "contact_email": "", "contact_phone": ""}
    wanted = seller.memberships.filter(wanted=True).values_list("marketplace__code", flat=True)
    return {**values, "marketplaces": list(wanted), **changes}


def patches(sandbox) -> list[dict]:
    return sandbox.books(path="/v1/channel/seller", method="PATCH")


def at_scx(sandbox, seller: Seller) -> dict:
    return next(row for row in sandbox.sellers() if row["sellerId"] == seller.seller_id)


def end_at_scx(merchant, channel: Channel, seller: Seller) -> None:
    merchant.call("DELETE", f"/v1/seller/channel/{channel.code}/{seller.seller_id}")
    Seller.objects.filter(pk=seller.pk).update(
        state="unlinked", state_reason="deactivated by Seller", ended_at=timezone.now() - timedelta(seconds=5)
    )


def test_it_shows_the_seller_and_hides_the_session(browser, shop, seller, merchant):
    url = start_update(merchant, shop, seller)
    form_url = browser.form_url(url)
    page = browser.get(form_url)
    assert page.status_code == 200
    assert "State connected" in text_of(page)
    assert f"Seller id {seller.seller_id}" in text_of(page)
    assert 'value="Müller &amp; Söhne GmbH"' in page.content.decode()
    assert session_of(url) not in page.content.decode() + form_url


def test_leaving_without_saving_changes_nothing(browser, shop, seller, merchant, sandbox):
    browser.get(browser.form_url(start_update(merchant, shop, seller)))
    before = (seller.state, seller.linked_at, seller.company_name)
    seller.refresh_from_db()
    assert (seller.state, seller.linked_at, seller.company_name) == before
    assert patches(sandbox) == []


def test_a_new_company_reaches_scx_and_then_the_portal(browser, shop, seller, merchant, sandbox):
    form_url = browser.form_url(start_update(merchant, shop, seller))
    answer = browser.post(form_url, sent(seller, company_name="Krämer AG"))
    assert (answer.status_code, answer["Location"]) == (302, form_url)
    assert "Your changes are saved, and your connection is active." in text_of(browser.get(form_url))
    seller.refresh_from_db()
    assert (seller.company_name, seller.state) == ("Krämer AG", "active")
    assert at_scx(sandbox, seller)["companyName"] == "Krämer AG"
    assert len(patches(sandbox)) == 1
    link = LinkSession.objects.get(kind="update")
    assert (link.state, link.session, link.intent) == ("done", "", {})
    assert seller.linked_at == link.submitted_at


def test_a_contact_is_kept_here_and_told_to_nobody(browser, shop, seller, merchant, sandbox):
    form_url = browser.form_url(start_update(merchant, shop, seller))
    browser.post(form_url, sent(seller, contact_name="Jo Krämer", contact_email="jo@example.com", contact_phone="0123"))
    seller.refresh_from_db()
    assert (seller.contact_name, seller.contact_email, seller.contact_phone) == ("Jo Krämer", "jo@example.com", "0123")
    assert patches(sandbox) == []
    assert "Saved" in text_of(browser.get(form_url))


def test_pausing_and_resuming_reach_scx(browser, shop, seller, merchant, sandbox):
    browser.post(browser.form_url(start_update(merchant, shop, seller)), sent(seller, is_paused="on"))
    seller.refresh_from_db()
    assert seller.state == "inactive"
    assert [row["isActiveByChannel"] for row in at_scx(sandbox, seller)["memberships"]] == [False]

    form_url = browser.form_url(start_update(merchant, shop, seller))
    assert "State paused" in text_of(browser.get(form_url))
    browser.post(form_url, sent(seller))
    seller.refresh_from_db()
    assert seller.state == "active"
    assert [row["isActiveByChannel"] for row in at_scx(sandbox, seller)["memberships"]] == [True]


def test_a_paused_seller_of_a_platform_is_off_on_every_marketplace_and_comes_back_where_he_was(
    browser, mall, member, merchant, sandbox
):
    browser.post(browser.form_url(start_update(merchant, mall.platform, member)), sent(member, is_paused="on"))
    settle(mall)
    rows = Membership.objects.order_by("marketplace__code").values_list("marketplace__code", "wanted", "confirmed")
    assert list(rows) == [("mall-at", True, False), ("mall-de", True, False), ("mall-uk", False, False)]

    member.refresh_from_db()
    browser.post(browser.form_url(start_update(merchant, mall.platform, member)), sent(member))
    settle(mall)
    assert list(rows.all()) == [("mall-at", True, True), ("mall-de", True, True), ("mall-uk", False, False)]
    active = {row["channel"]: row["isActiveByChannel"] for row in at_scx(sandbox, member)["memberships"]}
    assert active == {"mall-at": True, "mall-de": True, "mall-uk": False}


def test_a_pause_is_no_difference_from_scx(browser, mall, member, merchant):
    browser.post(browser.form_url(start_update(merchant, mall.platform, member)), sent(member, is_paused="on"))
    settle(mall)
    for marketplace in mall.all:
        jobs.run("reconcile", marketplace, Run(ignore_backoff=True))
    assert list(Discrepancy.objects.filter(comparison="sellers")) == []


def test_each_marketplace_has_a_switch_with_its_state_as_scx_confirmed_it(browser, mall, member, merchant):
    page = browser.get(browser.form_url(start_update(merchant, mall.platform, member)))
    text = text_of(page)
    assert "Mall AT on, confirmed by JTL" in text
    assert "Mall UK off, confirmed by JTL" in text
    assert page.content.decode().count(" checked>") == 2


def test_switching_a_marketplace_is_told_to_scx_by_its_assignment_alone(browser, mall, member, merchant, sandbox):
    form_url = browser.form_url(start_update(merchant, mall.platform, member))
    browser.post(form_url, sent(member, marketplaces=["mall-uk"]))
    settle(mall)
    active = {row["channel"]: row["isActiveByChannel"] for row in at_scx(sandbox, member)["memberships"]}
    assert active == {"mall-at": False, "mall-de": False, "mall-uk": True}
    assert patches(sandbox) == []


def test_no_marketplace_is_an_error_at_the_field(browser, mall, member, merchant):
    form_url = browser.form_url(start_update(merchant, mall.platform, member))
    page = browser.post(form_url, sent(member, marketplaces=[]))
    assert "Choose at least one marketplace. To sell nowhere for a while, pause instead." in text_of(page)
    assert Membership.objects.filter(wanted=True).count() == 2


def test_new_credentials_are_checked_before_they_are_stored(browser, shop, seller, account, merchant):
    other = AccountFactory(channel=shop, login="second")
    form_url = browser.form_url(start_update(merchant, shop, seller))
    page = browser.post(form_url, sent(seller, login="second", access_code="wrong", contact_name="Jo"))
    assert '<p class="error" id="id_access_code_error">Account and access code do not belong' in page.content.decode()
    seller.refresh_from_db()
    assert (seller.account, seller.contact_name) == (account, "")

    browser.post(form_url, sent(seller, login="second", access_code="open sesame", contact_name="Jo"))
    seller.refresh_from_db()
    assert (seller.account, seller.contact_name) == (other, "Jo")


def test_rejected_credentials_are_asked_for_first_and_new_ones_end_that(browser, shop, seller, merchant):
    Seller.objects.update(credentials_rejected_at=timezone.now(), credentials_rejection="expired")
    form_url = browser.form_url(start_update(merchant, shop, seller))
    assert "The marketplace no longer accepts your access data." in text_of(browser.get(form_url))
    page = browser.post(form_url, sent(seller, contact_name="Jo"))
    assert "The marketplace needs new access data from you" in text_of(page)

    browser.post(form_url, sent(seller, login="acme", access_code="open sesame"))
    seller.refresh_from_db()
    assert (seller.credentials_rejected_at, seller.credentials_rejection) == (None, "")


def test_an_account_linked_by_another_jtl_account_is_refused(browser, shop, seller, sandbox, merchant):
    AccountFactory(channel=shop, login="second")
    stranger = sandbox.merchant()
    browser.send(browser.form_url(stranger.start_sign_up(shop)), "second")
    form_url = browser.form_url(start_update(merchant, shop, seller))
    page = browser.post(form_url, sent(seller, login="second", access_code="open sesame"))
    assert "This account is linked to another JTL account." in text_of(page)
    seller.refresh_from_db()
    assert seller.account.login == "acme"


def test_an_unlinked_seller_sees_why_and_saving_connects_again(browser, shop, seller, merchant, sandbox):
    end_at_scx(merchant, shop, seller)
    form_url = browser.form_url(start_update(merchant, shop, seller))
    text = text_of(browser.get(form_url))
    assert "Disconnected on" in text
    assert "Reason: deactivated by Seller" in text

    browser.post(form_url, sent(seller))

    seller.refresh_from_db()
    assert (seller.state, seller.state_reason) == ("active", "")
    assert at_scx(sandbox, seller)["state"] == "linked"


def test_a_revived_seller_of_a_platform_is_assigned_again_as_ticked(browser, mall, member, merchant, sandbox):
    end_at_scx(merchant, mall.platform, member)
    Membership.objects.update(confirmed=False, is_refused=True, error="Disconnected by JTL")
    form_url = browser.form_url(start_update(merchant, mall.platform, member))
    browser.post(form_url, sent(member, marketplaces=["mall-at"]))
    settle(mall)
    rows = Membership.objects.order_by("marketplace__code").values_list("marketplace__code", "wanted", "confirmed")
    assert list(rows) == [("mall-at", True, True), ("mall-de", False, False), ("mall-uk", False, False)]
    active = {row["channel"]: row["isActiveByChannel"] for row in at_scx(sandbox, member)["memberships"]}
    assert active["mall-at"] is True
    assert active["mall-de"] is False


def test_a_marketplace_that_scx_ended_is_told_as_such_and_not_as_refused(browser, mall, member, merchant):
    Membership.objects.filter(marketplace=mall.at).update(
        confirmed=False, is_refused=True, attempts=0, error="Disconnected by JTL: no subscription"
    )
    text = text_of(browser.get(browser.form_url(start_update(merchant, mall.platform, member))))
    assert "disconnected by JTL; save with the tick to connect it again" in text
    assert "refused" not in text


@pytest.mark.parametrize(
    ("state", "words"), [("removed", "ended for good"), ("unlinking", "being ended"), ("linking", "being confirmed")]
)
def test_other_states_cannot_be_updated_and_are_told_what_to_do(browser, shop, seller, merchant, state, words):
    url = start_update(merchant, shop, seller)
    Seller.objects.update(state=state, credentials={})
    page = browser.get(browser.form_url(url))
    assert page.status_code == 409
    assert words in text_of(page)
    assert '<form method="post" novalidate' not in page.content.decode()


def test_an_unlinked_event_newer_than_the_update_is_not_undone_by_its_late_answer(
    browser, shop, seller, merchant, sandbox
):
    form_url = browser.form_url(start_update(merchant, shop, seller))
    link = LinkSession.objects.get(kind="update")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sellers.update._confirm", lambda link, change: link)
        browser.post(form_url, sent(seller, company_name="Krämer AG"))
    link.refresh_from_db()
    assert link.state == "submitted"
    later = link.submitted_at + timedelta(seconds=10)
    payload = {"sellerId": seller.seller_id, "reason": "no subscription", "unlinkedAt": later.isoformat()}
    event = EventFactory.build(channel=shop, type="Seller:Channel.Unlinked", payload=payload)
    handlers.unlinked(shop, [event])

    LinkSession.objects.filter(pk=link.pk).update(submitted_at=link.submitted_at - timedelta(minutes=2))
    settlement.settle(shop, Run())

    seller.refresh_from_db()
    link.refresh_from_db()
    assert (link.state, seller.state, seller.company_name) == ("done", "unlinked", "Krämer AG")


def test_scx_down_changes_nothing_and_keeps_what_was_entered(browser, shop, seller, merchant, sandbox):
    form_url = browser.form_url(start_update(merchant, shop, seller))
    sandbox.fault("status", match=UPDATE, status=429, count=10)
    page = browser.post(form_url, sent(seller, company_name="Krämer AG"))
    assert page.status_code == 503
    assert "Nothing was changed yet; what you entered is kept." in text_of(page)
    assert 'value="Krämer AG"' in page.content.decode()
    seller.refresh_from_db()
    assert seller.company_name == "Müller & Söhne GmbH"


@pytest.mark.parametrize("fault", ["drop_after", "truncate"])
def test_an_answer_lost_after_scx_did_the_work_is_found_out_at_once(browser, shop, seller, merchant, sandbox, fault):
    form_url = browser.form_url(start_update(merchant, shop, seller))
    sandbox.fault(fault, match=UPDATE, count=1)
    browser.post(form_url, sent(seller, company_name="Krämer AG"))
    seller.refresh_from_db()
    assert seller.company_name == "Krämer AG"
    assert at_scx(sandbox, seller)["companyName"] == "Krämer AG"
    assert len(patches(sandbox)) == 1


def test_saving_twice_saves_once(browser, shop, seller, merchant, sandbox):
    form_url = browser.form_url(start_update(merchant, shop, seller))
    browser.post(form_url, sent(seller, company_name="Krämer AG"))
    again = browser.post(form_url, sent(seller, company_name="Another AG"))
    assert (again.status_code, "Saved" in text_of(again)) == (200, True)
    assert len(patches(sandbox)) == 1


def test_an_expired_session_says_so_and_changes_nothing(browser, shop, seller, merchant, sandbox):
    form_url = browser.form_url(start_update(merchant, shop, seller))
    sandbox.call("POST", "/control/clock", json={"advance": 24 * 3600})
    page = browser.post(form_url, sent(seller, company_name="Krämer AG"))
    assert page.status_code == 410
    assert "Your changes could not be saved" in text_of(page)
    seller.refresh_from_db()
    assert seller.company_name == "Müller & Söhne GmbH"


def test_another_browser_sees_nothing(browser, client, shop, seller, merchant):
    form_url = browser.form_url(start_update(merchant, shop, seller))
    assert client.get(form_url).status_code == 410


def test_an_update_session_at_the_sign_up_address_goes_on_as_the_update(browser, shop, seller, merchant):
    url = start_update(merchant, shop, seller)
    answer = browser.get(f"/sign-up/{shop.code}/?session={session_of(url)}")
    assert answer.status_code == 302
    assert answer["Location"].startswith(f"/update/{shop.code}/")


def test_a_sign_up_session_at_the_update_address_goes_on_as_the_sign_up(browser, shop, merchant):
    session = session_of(merchant.start_sign_up(shop))
    answer = browser.get(f"/update/{shop.code}/?sid={session}")
    assert answer["Location"].startswith(f"/sign-up/{shop.code}/")


def test_a_session_for_neither_is_told(browser, shop):
    answer = browser.get(f"/update/{shop.code}/?session=made-up")
    assert (answer.status_code, "no longer works" in text_of(answer)) == (410, True)


def test_a_seller_only_scx_knows_is_adopted_and_may_update_and_nobody_else_is(browser, shop, merchant, sandbox):
    sandbox.link(shop, "S1", jtlAccountId=merchant.jtl_account_id)
    sandbox.link(shop, "S2")
    url = merchant.call("PATCH", f"/v1/seller/channel/{shop.code}", params={"sellerId": "S1"})["updateUrl"]
    page = browser.get(browser.form_url(url))
    assert page.status_code == 200
    assert Seller.objects.get().seller_id == "S1"


def test_a_marketplace_points_to_its_platform(browser):
    assert browser.get(f"/update/{MarketplaceFactory().code}/").status_code == 403


def test_an_unknown_channel_is_told(browser):
    assert browser.get("/update/nobody/").status_code == 404


def test_the_form_of_one_kind_leads_to_the_other_s_address(browser, shop, seller, merchant):
    form_url = browser.form_url(start_update(merchant, shop, seller))
    assert browser.get(form_url.replace("/update/", "/sign-up/"))["Location"] == form_url
    assert urlsplit(form_url).path == form_url
