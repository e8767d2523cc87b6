"""A sign-up cannot be left half done: connected exactly once, or not at all with a page that says what to do."""

from datetime import timedelta

import pytest
from django.utils import timezone

from platforms import gateway
from platforms.jobs import Run
from platforms.models import Event
from sellers import settlement, sign_up
from sellers.identification.base import Identity
from sellers.models import LinkSession, Membership, Seller
from tests.factories import AccountFactory, EventFactory
from tests.sellers.conftest import text_of

pytestmark = pytest.mark.django_db

CREATE = {"method": "POST", "path": "/v1/channel/seller"}
LIST = {"path": "/v1/channel/seller/list"}
ASSIGN = {"method": "POST", "path": "/v1/channel/seller/platform"}


@pytest.fixture
def shop_form(browser, shop, account, merchant):
    return browser.form_url(merchant.start_sign_up(shop))


@pytest.fixture
def mall_form(browser, mall, mall_account, merchant):
    return browser.form_url(merchant.start_sign_up(mall.platform))


def creations(sandbox):
    return [row for row in sandbox.books(path="/v1/channel/seller", method="POST") if row["path"].endswith("seller")]


def let_a_minute_pass():
    LinkSession.objects.update(submitted_at=timezone.now() - timedelta(seconds=61))


def test_a_lost_answer_on_a_standalone_channel_is_found_in_the_list(browser, shop_form, sandbox):
    sandbox.fault("drop_after", match=CREATE)
    assert browser.send(shop_form, "acme").status_code == 302
    assert Seller.objects.get().state == "active"
    assert [row["sellerId"] for row in sandbox.sellers()] == [Seller.objects.get().seller_id]


def test_a_lost_answer_on_a_platform_is_found_by_assigning_the_first_wanted_marketplace(
    browser, mall, mall_form, sandbox
):
    sandbox.fault("drop_after", match=CREATE)
    assert browser.send(mall_form, "acme", marketplaces=[mall.de, mall.uk]).status_code == 302
    assert Seller.objects.get().state == "active"
    assert Membership.objects.get(marketplace=mall.de).confirmed is True
    assert len(creations(sandbox)) == 1


@pytest.mark.parametrize(
    ("fault", "values"), [("status", {"status": 500}), ("drop_before", {}), ("html", {"status": 502}), ("throttle", {})]
)
def test_a_sign_up_that_did_not_reach_scx_can_be_sent_again(browser, shop_form, sandbox, fault, values):
    sandbox.fault(fault, match=CREATE, **values)
    page = browser.send(shop_form, "acme")
    assert (page.status_code, page["Retry-After"]) == (503, "30")
    assert "Please send the form again in a minute." in text_of(page)
    assert "Connect now" in text_of(page)
    assert not Seller.objects.exists()
    assert LinkSession.objects.get().state == "open"


def test_after_such_a_page_the_form_sent_again_connects(browser, shop_form, sandbox):
    sandbox.fault("status", match=CREATE)
    browser.send(shop_form, "acme")
    assert browser.send(shop_form, "acme").status_code == 302
    assert len(sandbox.sellers()) == Seller.objects.filter(state="active").count() == 1


def test_a_platform_closes_the_session_with_the_next_marketplaces_token(browser, mall, mall_form, sandbox):
    sandbox.fault("throttle", match=CREATE)
    assert browser.send(mall_form, "acme", marketplaces=mall.all).status_code == 302
    assert [(row["channel"], row["status"]) for row in creations(sandbox)] == [("mall-at", 429), ("mall-de", 201)]


def test_after_an_uncertain_answer_the_next_token_is_used_only_once_scx_was_asked(browser, mall, mall_form, sandbox):
    sandbox.fault("status", match=CREATE, status=500)
    assert browser.send(mall_form, "acme", marketplaces=[mall.uk]).status_code == 302
    calls = [
        (row["method"], row["channel"], row["status"])
        for row in sandbox.books(path="/v1/channel/seller", method="POST")
    ]
    assert calls == [("POST", "mall-at", 500), ("POST", "mall-uk", 404), ("POST", "mall-de", 201)]


def test_a_session_that_expired_while_the_form_was_open_leaves_nothing_behind(browser, shop_form, sandbox):
    sandbox.advance(3601)
    page = browser.send(shop_form, "acme")
    assert page.status_code == 410
    assert "Open this channel there once more, to sign up or to change something." in text_of(page)
    assert not Seller.objects.exists()
    link = LinkSession.objects.get()
    assert (link.state, link.session, link.seller) == ("failed", "", None)
    assert browser.get(shop_form).status_code == 410


def test_a_refusal_after_an_answer_was_lost_is_looked_into(browser, shop_form, sandbox):
    # SCX did the work, its answer got lost and its list too was not to be had: the form comes back, and is sent again.
    sandbox.fault("drop_after", match=CREATE)
    sandbox.fault("status", match=LIST)
    assert browser.send(shop_form, "acme").status_code == 503
    assert LinkSession.objects.get().state == "submitted"
    let_a_minute_pass()
    assert "You are connected" in text_of(browser.get(shop_form))
    assert Seller.objects.get().state == "active"


def test_the_same_session_leads_to_the_same_seller_so_a_late_first_answer_makes_no_second_one(
    browser, shop_form, shop, account, sandbox
):
    sandbox.fault("status", match=CREATE)
    browser.send(shop_form, "acme")
    link = LinkSession.objects.get()
    # What was taken for lost arrives at SCX after all.
    gateway.client(shop).sellers.create(link.session, sign_up.seller_id_of(link))
    assert browser.send(shop_form, "acme").status_code == 302
    assert [row["sellerId"] for row in sandbox.sellers()] == [Seller.objects.get().seller_id]


def test_while_nobody_can_say_the_page_waits_and_the_job_finishes(browser, shop, shop_form, sandbox):
    sandbox.fault("drop_after", match=CREATE)
    sandbox.fault("status", match=LIST)
    page = browser.send(shop_form, "acme")
    assert page.status_code == 503
    assert "We are waiting for JTL’s confirmation" in text_of(page)
    assert page["Refresh"] == "30"
    assert Seller.objects.get().state == "linking"

    settlement.settle(shop, Run())
    assert Seller.objects.get().state == "linking", "its request may still be running"
    let_a_minute_pass()
    settlement.settle(shop, Run())
    assert Seller.objects.get().state == "active"
    assert "You are connected" in text_of(browser.get(shop_form))


def test_a_portal_killed_before_scx_heard_of_it_gives_the_form_back(browser, shop, shop_form, monkeypatch, sandbox):
    class Killed(BaseException):
        pass

    def kill(*args, **kwargs):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(sign_up, "_complete", kill)
        with pytest.raises(Killed):
            browser.send(shop_form, "acme")
    assert Seller.objects.get().state == "linking"
    let_a_minute_pass()
    settlement.settle(shop, Run())
    assert not Seller.objects.exists()
    assert browser.send(shop_form, "acme").status_code == 302
    assert len(sandbox.sellers()) == 1


def test_who_comes_back_to_a_sign_up_that_did_not_happen_is_told_so(browser, shop, shop_form, sandbox):
    sandbox.fault("drop_before", match=CREATE)
    sandbox.fault("status", match=LIST, status=503)
    assert browser.send(shop_form, "acme").status_code == 503
    let_a_minute_pass()
    settlement.settle(shop, Run())

    text = text_of(browser.get(shop_form))

    assert "You are not connected yet. Please send the form again" in text
    assert "Connect now" in text
    assert not Seller.objects.exists()


def test_a_portal_killed_after_scx_heard_of_it_is_finished_by_the_job(browser, mall, mall_form, monkeypatch, sandbox):
    class Killed(BaseException):
        pass

    def kill(*args, **kwargs):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(sign_up, "_confirm", kill)
        with pytest.raises(Killed):
            browser.send(mall_form, "acme", marketplaces=[mall.de])
    let_a_minute_pass()
    settlement.settle(mall.uk, Run())
    assert Seller.objects.get().state == "active"
    assert "You are connected" in text_of(browser.get(mall_form))


def test_a_platform_seller_nobody_can_ask_about_stays_until_somebody_can(browser, mall, mall_form, sandbox):
    sandbox.fault("drop_after", match=CREATE)
    sandbox.fault("status", match=ASSIGN, count=2)
    browser.send(mall_form, "acme", marketplaces=[mall.de, mall.uk])
    assert Seller.objects.get().state == "linking"
    let_a_minute_pass()
    run = Run()
    settlement.settle(mall.de, run)
    assert run.counts["sign-ups done"] == 1
    assert Seller.objects.get().state == "active"


def test_an_answer_that_comes_after_the_sign_up_was_given_up_still_counts(shop, account, merchant, browser, shop_form):
    link = LinkSession.objects.select_related("channel").get()
    application = sign_up.Application(Identity("acme", "Acme"))
    reserved = sign_up._reserve(link, application)
    seller_id = reserved.seller.seller_id
    sign_up._give_back(reserved, in_doubt=True)
    assert not Seller.objects.exists()
    sign_up._confirm(reserved, application)
    assert (Seller.objects.get().seller_id, Seller.objects.get().state) == (seller_id, "active")
    assert LinkSession.objects.get().state == "done"


def test_events_that_came_before_the_seller_are_due_once_he_is_there(browser, shop, shop_form):
    waiting = EventFactory(
        channel=shop, seller_id=sign_up.seller_id_of(LinkSession.objects.get()), state="waiting", not_before=None
    )
    browser.send(shop_form, "acme")
    assert Event.objects.get(pk=waiting.pk).state == "pending"


def test_an_event_that_missed_the_wake_up_is_woken_by_the_job(browser, shop, shop_form):
    browser.send(shop_form, "acme")
    waiting = EventFactory(channel=shop, seller_id=Seller.objects.get().seller_id, state="waiting", not_before=None)
    stranger = EventFactory(channel=shop, seller_id="nobody", state="waiting", not_before=None)
    settlement.settle(shop, Run())
    assert Event.objects.get(pk=waiting.pk).state == "pending"
    assert Event.objects.get(pk=stranger.pk).state == "waiting"


def test_sessions_nobody_used_are_wiped_after_a_day(shop, shop_form):
    LinkSession.objects.update(created_at=timezone.now() - timedelta(hours=25))
    run = Run()
    settlement.settle(shop, run)
    link = LinkSession.objects.get()
    assert (link.state, link.session) == ("failed", "")
    assert run.summary == "1 abandoned sessions wiped"


def test_a_sign_up_of_the_same_account_that_is_under_way_is_not_started_twice(
    browser, shop, shop_form, merchant, sandbox
):
    sandbox.fault("drop_after", match=CREATE)
    sandbox.fault("status", match=LIST)
    browser.send(shop_form, "acme")
    page = browser.send(browser.form_url(merchant.start_sign_up(shop)), "acme")
    assert page.status_code == 409
    assert "A sign-up of this account is being confirmed right now." in text_of(page)


def test_another_account_of_the_same_jtl_account_may_be_linked(browser, shop, shop_form, merchant):
    AccountFactory(channel=shop, login="second")
    browser.send(shop_form, "acme")
    browser.send(browser.form_url(merchant.start_sign_up(shop)), "second")
    assert Seller.objects.filter(state="active").count() == 2
