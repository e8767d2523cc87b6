"""The address JTL-Wawi opens for the settings of a connection: says who changes them, and touches nothing."""

import pytest

from tests.factories import MarketplaceFactory
from tests.sellers.conftest import session_of, text_of

pytestmark = pytest.mark.django_db


def start_update(merchant, channel, seller_id: str) -> str:
    answer = merchant.call("PATCH", f"/v1/seller/channel/{channel.code}", params={"sellerId": seller_id})
    return answer["updateUrl"]


def test_it_says_who_changes_settings_and_uses_no_session(browser, merchant, shop, sandbox):
    sandbox.link(shop, "S1", jtlAccountId=merchant.jtl_account_id)
    url = start_update(merchant, shop, "S1")

    answer = browser.enter(url)

    assert answer.status_code == 200
    assert "Tell the support of Demo Shop what shall change." in text_of(answer)
    assert session_of(url) not in answer.content.decode()
    assert answer["Referrer-Policy"] == "no-referrer"
    assert sandbox.books(path="/v1/channel/seller") == []


def test_a_marketplace_points_to_its_platform(browser):
    assert browser.get(f"/update/{MarketplaceFactory().code}/").status_code == 403


def test_an_unknown_channel_is_told(browser):
    assert browser.get("/update/nobody/").status_code == 404
