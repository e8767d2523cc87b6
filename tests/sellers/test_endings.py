"""When a platform's seller ends: with the last marketplace, in whatever order SCX tells it, and never before."""

import pytest

from platforms import inbox
from platforms.jobs import Run
from sellers import settlement, unlinking
from sellers.models import Membership, Seller
from tests.sellers.test_update_page import at_scx, patches, sent, start_update

pytestmark = pytest.mark.django_db


@pytest.fixture
def fresh(browser, mall, mall_account, merchant) -> Seller:
    """Signed up for mall-uk alone; the token of mall-at closed the session, and no job has run yet."""
    form_url = browser.form_url(merchant.start_sign_up(mall.platform))
    browser.send(form_url, "acme", marketplaces=[mall.uk])
    seller = Seller.objects.get()
    seller.credentials = {"key": "of the marketplace"}
    seller.save()
    return seller


@pytest.fixture
def member(fresh, mall) -> Seller:
    """The same once SCX has confirmed each marketplace: on at mall-uk, off elsewhere."""
    settle(mall)
    return fresh


def settle(mall) -> None:
    for marketplace in mall.all:
        settlement.settle(marketplace, Run(ignore_backoff=True))


def hear(mall) -> None:
    for marketplace in mall.all:
        inbox.fetch(marketplace, Run())
        inbox.apply(marketplace, Run(ignore_backoff=True))


def end_at_scx(sandbox, channel, seller, *, removed: bool) -> None:
    # SCX's times are told in whole seconds: an end within the second of the sign-up counts.
    body = {"channel": channel.code, "sellerId": seller.seller_id, "permanentlyRemoved": removed}
    sandbox.call("POST", "/control/sellers/unlink", json=body)


def save(browser, mall, merchant, seller, **changes):
    seller.refresh_from_db()
    answer = browser.post(browser.form_url(start_update(merchant, mall.platform, seller)), sent(seller, **changes))
    assert answer.status_code == 302
    settle(mall)
    seller.refresh_from_db()


def test_removed_where_he_sold_he_is_unlinked_as_long_as_scx_has_him_elsewhere(mall, member, sandbox):
    end_at_scx(sandbox, mall.uk, member, removed=True)
    hear(mall)
    member.refresh_from_db()
    assert (member.state, member.credentials) == ("unlinked", {"key": "of the marketplace"})
    assert [row["channel"] for row in at_scx(sandbox, member)["memberships"]] == ["mall-at", "mall-de"]

    end_at_scx(sandbox, mall.platform, member, removed=True)
    hear(mall)
    member.refresh_from_db()
    assert (member.state, member.credentials) == ("removed", {})
    assert sandbox.sellers() == []


@pytest.mark.parametrize("removed", [False, True])
def test_a_paused_seller_stays_paused_when_one_of_his_marketplaces_ends(
    browser, mall, member, merchant, sandbox, removed
):
    save(browser, mall, merchant, member, marketplaces=["mall-uk", "mall-de"], is_paused="on")
    end_at_scx(sandbox, mall.uk, member, removed=removed)
    hear(mall)
    member.refresh_from_db()
    assert (member.state, member.credentials) == ("inactive", {"key": "of the marketplace"})

    save(browser, mall, merchant, member)
    on = {row["channel"]: row["isActiveByChannel"] for row in at_scx(sandbox, member)["memberships"]}
    assert (member.state, on) == ("active", {"mall-at": False, "mall-de": True, "mall-uk": True})


def test_forgotten_before_his_marketplaces_were_assigned_he_is_removed(mall, fresh, sandbox):
    end_at_scx(sandbox, mall.platform, fresh, removed=True)
    hear(mall)
    fresh.refresh_from_db()
    assert fresh.state == "active", "mall-uk may still come"

    settle(mall)

    fresh.refresh_from_db()
    assert (fresh.state, fresh.credentials) == ("removed", {})
    assert "404" in fresh.state_reason


def test_unlinked_before_his_marketplaces_were_assigned_he_is_unlinked(mall, fresh, sandbox):
    end_at_scx(sandbox, mall.platform, fresh, removed=False)
    hear(mall)
    settle(mall)
    fresh.refresh_from_db()
    assert (fresh.state, fresh.credentials) == ("unlinked", {"key": "of the marketplace"})
    assert at_scx(sandbox, fresh)["state"] == "unlinked"


def test_a_refused_marketplace_alone_ends_nobody(mall, fresh, sandbox):
    sandbox.fault("status", match={"method": "POST", "path": "/v1/channel/seller/platform"}, status=400, count=3)
    settle(mall)
    fresh.refresh_from_db()
    assert fresh.state == "active"
    assert set(Membership.objects.values_list("is_refused", flat=True)) == {True}


def test_disconnecting_a_seller_reaches_the_marketplace_that_scx_was_not_told_of_yet(mall, fresh, sandbox):
    sandbox.settings(permanentlyRemovedByChannel=False)
    rows = unlinking.request(fresh, reason="contract")
    assert [row.channel.code for row in rows] == ["mall-at", "mall-de", "mall-uk"]
    settle(mall)
    hear(mall)
    fresh.refresh_from_db()
    assert fresh.state == "unlinked"
    assert [row["isActiveByJTL"] for row in at_scx(sandbox, fresh)["memberships"]] == [False]


def test_a_marketplace_that_scx_ended_comes_back_when_the_seller_saves(browser, mall, member, merchant, sandbox):
    save(browser, mall, merchant, member, marketplaces=["mall-uk", "mall-de"])
    end_at_scx(sandbox, mall.de, member, removed=False)
    hear(mall)
    sandbox.advance(2)

    save(browser, mall, merchant, member)

    assert len(patches(sandbox)) == 1
    ended = Membership.objects.get(marketplace=mall.de)
    assert (ended.wanted, ended.confirmed, ended.is_refused) == (True, True, False)
    on = {row["channel"]: row["isActiveByChannel"] for row in at_scx(sandbox, member)["memberships"]}
    assert on == {"mall-at": False, "mall-de": True, "mall-uk": True}
