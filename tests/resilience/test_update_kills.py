"""A web server killed in the midst of an update has saved it once, or not at all and with what was entered kept."""

import time

import pytest
import requests

from tests.resilience.merchant_browser import MerchantBrowser
from tests.resilience.portal import Portal
from tests.resilience.test_sign_up_kills import in_between, portal
from tests.sandbox_control import Merchant

__all__ = ["portal"]

pytestmark = pytest.mark.slow

# Where the change is kept here, where SCX takes it, where it is taken over here; and whether SCX has it by then.
UPDATE = {
    "before sellers.update._reserve": False,
    "after sellers.update._reserve": False,
    "before platforms.scx.sellers.SellerCalls.update": False,
    "after platforms.scx.sellers.SellerCalls.update": True,
    "before sellers.update._take_over": True,
    "before sellers.sessions.end": True,
    "after sellers.update._confirm": True,
    "after sellers.update.submit": True,
}
# Killed there, nothing had been kept yet.
UNSENT = "before sellers.update._reserve"


def connected(portal: Portal, channel: str) -> Merchant:
    wawi = portal.scx.merchant()
    portal.secrets[f"merchant {len(portal.secrets)}"] = wawi.headers["Authorization"].split()[1]
    url = wawi.call("POST", f"/v1/seller/channel/{channel}")["signUpUrl"]
    browser = MerchantBrowser(portal.session_of(url))
    browser.send(company_name="Firma", marketplaces=["mallde", "mallat"])
    assert browser.title == "You are connected"
    return wawi


def killed_over_the_form(
    portal: Portal, wawi: Merchant, channel: str, point: str, **answers: object
) -> MerchantBrowser:
    url = wawi.call("PATCH", f"/v1/seller/channel/{channel}")["updateUrl"]
    browser = MerchantBrowser(portal.session_of(url))
    portal.fuse.write_text(point)
    with pytest.raises(requests.ConnectionError):
        browser.send(**answers)
    assert not portal.fuse.exists()
    return browser


def saved(portal: Portal, channel: str) -> tuple[str, str]:
    """The company here and at SCX."""
    (at_scx,) = portal.scx.sellers(channel=channel)
    return portal.value("SELECT company_name FROM sellers_seller"), at_scx["companyName"]


def taken(portal: Portal) -> int:
    """How many updates SCX has taken."""
    patches = portal.scx.books(path="/v1/channel/seller", method="PATCH")
    return len([patch for patch in patches if patch["status"] < 300])


def test_the_seller_sees_whether_the_update_is_saved_and_can_go_on(portal):
    shop = portal.channel("myshop")
    portal.start_web("--preload", crash_at=";".join(UPDATE))
    wawi = connected(portal, shop)
    before = "Firma"

    for number, (point, known) in enumerate(UPDATE.items(), 1):
        company = f"Firma {number}"
        browser = killed_over_the_form(portal, wawi, shop, point, company_name=company)

        browser.look_again()

        assert in_between(portal) == 0, point
        if not known:
            assert saved(portal, shop) == (before, before), point
            assert browser.title == "Your connection with Myshop", point
            kept = before if point == UNSENT else company
            assert f'name="company_name" value="{kept}"' in browser.page.text, point
            browser.send(company_name=company)
        assert browser.title == "Saved", point
        assert saved(portal, shop) == (company, company), point
        assert taken(portal) == number, point
        before = company


def test_the_next_run_settles_updates_of_an_ended_seller_of_a_platform(portal):
    mall = portal.channel("mymall", kind="platform")
    for code in ("mallat", "mallde"):
        portal.channel(code, kind="marketplace", platform=mall)
    portal.start_web("--preload", crash_at=";".join(UPDATE))
    wawi = connected(portal, mall)

    for number, (point, known) in enumerate(UPDATE.items()):
        portal.sync("sellers")
        (seller,) = portal.scx.sellers(channel=mall)
        wawi.call("DELETE", f"/v1/seller/channel/{mall}/{seller['sellerId']}")
        portal.sync("events", "apply")
        assert portal.value("SELECT state FROM sellers_seller") == "unlinked"
        # What is sent in the second of an end counts as older than it.
        time.sleep(1.1)
        answers = {"company_name": f"Firma {number}", "marketplaces": ["mallat"]}
        browser = killed_over_the_form(portal, wawi, mall, point, **answers)

        portal.sync("sellers")

        assert in_between(portal) == 0, point
        assert portal.value("SELECT state FROM sellers_seller") == ("active" if known else "unlinked"), point
        if not known:
            browser.look_again()
            browser.send(**answers)
            portal.sync("sellers")
        (there,) = portal.scx.sellers(channel=mall)
        assert saved(portal, mall) == (f"Firma {number}", f"Firma {number}"), point
        on = {row["channel"]: row["isActiveByChannel"] for row in there["memberships"] if row["isActiveByJTL"]}
        assert on == {"mallat": True, "mallde": False}, point
        assert portal.count("sellers_membership", "confirmed <> wanted OR is_refused") == 0, point
