"""An update of a platform's seller whose answer was lost: what became of it is found out, not guessed."""

import pytest
from django.db import transaction
from django.utils import timezone

from platforms import jobs
from platforms.jobs import Run
from sellers import endings, settlement, unlinking, update
from sellers.models import LinkSession, Membership, Seller
from tests.factories import MarketplaceFactory, MembershipFactory, PlatformFactory, SellerFactory
from tests.sellers.conftest import text_of
from tests.sellers.test_endings import fresh, member, save, settle
from tests.sellers.test_faults import let_a_minute_pass
from tests.sellers.test_update_page import at_scx, sent, start_update

__all__ = ["fresh", "member"]

pytestmark = pytest.mark.django_db

UPDATE = {"method": "PATCH", "path": "/v1/channel/seller"}


@pytest.fixture
def paused(browser, mall, member, merchant):
    save(browser, mall, merchant, member, is_paused="on")
    assert member.state == "inactive"
    return member


def test_one_who_resumes_is_active_although_no_list_shows_it(browser, mall, paused, merchant, sandbox):
    form_url = browser.form_url(start_update(merchant, mall.platform, paused))
    sandbox.fault("drop_after", match=UPDATE)
    assert browser.post(form_url, sent(paused)).status_code == 302
    settle(mall)
    paused.refresh_from_db()
    on = {row["channel"]: row["isActiveByChannel"] for row in at_scx(sandbox, paused)["memberships"]}
    assert (paused.state, on) == ("active", {"mall-at": False, "mall-de": False, "mall-uk": True})


def test_one_whose_session_expired_over_it_stays_paused_everywhere(browser, mall, paused, merchant, sandbox):
    form_url = browser.form_url(start_update(merchant, mall.platform, paused))
    sandbox.fault("status", match=UPDATE, status=500)
    sandbox.fault("status", match={"path": "/v1/channel/seller/update-session"}, count=3)
    assert browser.post(form_url, sent(paused)).status_code == 503
    assert LinkSession.objects.get(kind="update", ended_at=None).state == "submitted"
    sandbox.advance(4000)
    let_a_minute_pass()

    settle(mall)

    paused.refresh_from_db()
    assert paused.state == "inactive"
    assert {row["isActiveByChannel"] for row in at_scx(sandbox, paused)["memberships"]} == {False}
    assert set(Membership.objects.values_list("confirmed", "is_refused")) == {(False, False)}
    assert browser.post(form_url, sent(paused)).status_code == 410


def test_a_marketplace_that_was_ended_comes_back_although_only_another_was_still_to_come(
    browser, mall, mall_account, merchant, sandbox
):
    browser.send(browser.form_url(merchant.start_sign_up(mall.platform)), "acme", marketplaces=[mall.de, mall.uk])
    settlement.settle(mall.de, Run())
    member = Seller.objects.get()
    # The one he picked, and the one whose token closed the session; the third is still to come.
    for marketplace in (mall.de, mall.at):
        ended = {"channel": marketplace.code, "sellerId": member.seller_id}
        sandbox.call("POST", "/control/sellers/unlink", json=ended)
        for job in ("events", "apply"):
            jobs.run(job, marketplace, Run(ignore_backoff=True))
    member.refresh_from_db()
    assert member.state == "active"
    form_url = browser.form_url(start_update(merchant, mall.platform, member))
    sandbox.fault("drop_after", match=UPDATE)

    assert browser.post(form_url, sent(member, marketplaces=["mall-de"])).status_code == 302

    settle(mall)
    on = {row["channel"]: row["isActiveByChannel"] for row in at_scx(sandbox, member)["memberships"]}
    assert on["mall-de"] is True
    assert Membership.objects.get(marketplace=mall.de).confirmed is True


def test_who_comes_back_to_an_update_that_did_not_happen_is_told_so(browser, mall, paused, merchant, sandbox):
    form_url = browser.form_url(start_update(merchant, mall.platform, paused))
    sandbox.fault("status", match=UPDATE, status=500)
    sandbox.fault("status", match={"path": "/v1/channel/seller/update-session"}, count=3)
    assert browser.post(form_url, sent(paused, company_name="Acme & Sons")).status_code == 503
    let_a_minute_pass()
    settle(mall)

    text = text_of(page := browser.get(form_url))

    assert "Nothing was changed yet; what you entered is kept." in text
    assert "Acme &amp; Sons" in page.content.decode()
    assert page.status_code == 200


def test_an_answer_that_comes_while_we_disconnect_him_brings_no_ended_marketplace_back():
    platform = PlatformFactory()
    seller = SellerFactory(channel=platform, company_name="Before")
    ended, held = (MarketplaceFactory(platform=platform) for _number in range(2))
    gone = MembershipFactory(seller=seller, marketplace=ended, wanted=True, confirmed=False, is_refused=True)
    MembershipFactory(seller=seller, marketplace=held, wanted=True, confirmed=True)
    link = LinkSession.objects.create(
        ref="r", channel=platform, kind="update", seller=seller, state="submitted", submitted_at=timezone.now()
    )
    unlinking.request(seller, reason="contract")

    change = update.Change("After", wanted=(ended.code, held.code))
    assert update._confirm(link, change).state == "done"

    gone.refresh_from_db()
    seller.refresh_from_db()
    assert (seller.state, seller.company_name, gone.is_refused) == ("unlinking", "After", True)
    with transaction.atomic():
        endings.end(seller, held, "no contract", removed=False)
    assert seller.state == "unlinked"


def test_one_whom_jtl_has_ended_everywhere_before_its_events_came_is_found_revived(
    browser, mall, fresh, merchant, sandbox
):
    settle(mall)
    form_url = browser.form_url(start_update(merchant, mall.platform, fresh))
    for marketplace in mall.all:
        ended = {"channel": marketplace.code, "sellerId": fresh.seller_id}
        sandbox.call("POST", "/control/sellers/unlink", json=ended)
    sandbox.fault("drop_after", match=UPDATE)

    answer = browser.post(form_url, sent(fresh, company_name="Krämer AG"))

    assert answer.status_code == 302
    fresh.refresh_from_db()
    assert (fresh.state, fresh.company_name) == ("active", "Krämer AG")
