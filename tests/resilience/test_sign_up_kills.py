"""A web server killed in the midst of a sign-up leaves a merchant who is connected or not, and a page that tells."""

import pytest
import requests

from tests.resilience.merchant_browser import MerchantBrowser
from tests.resilience.portal import Portal

pytestmark = pytest.mark.slow

# Where the seller is reserved here, where SCX makes him, where he is confirmed here; and whether SCX knows him by then.
SIGN_UP = {
    "before sellers.sign_up._make_seller": False,
    "after sellers.sign_up._make_seller": False,
    "after sellers.sign_up._reserve": False,
    "before platforms.scx.sellers.SellerCalls.create": False,
    "after platforms.scx.sellers.SellerCalls.create": True,
    "before sellers.sign_up._announce": True,
    "before sellers.sessions.end": True,
    "after sellers.sign_up._confirm": True,
    "after sellers.sign_up.submit": True,
}
ASSIGNMENT = (
    "after platforms.outbox.claim",
    "before platforms.scx.sellers.SellerCalls.assign",
    "after platforms.scx.sellers.SellerCalls.assign",
    "after sellers.memberships._confirmed",
)


@pytest.fixture
def portal(portal: Portal) -> Portal:
    portal.installed.environment |= {
        "CRASH_FUSE": str(portal.fuse),
        "SHORTENED": "platforms.models.OutboxRow.LEASE=1 sellers.waiting.REQUEST_LASTS_AT_MOST=1.5",
    }
    return portal


def killed_over_the_form(portal: Portal, channel: str, point: str) -> MerchantBrowser:
    """A merchant whose form killed the web server at the point; its next process serves already."""
    wawi = portal.scx.merchant()
    portal.secrets[f"merchant {len(portal.secrets)}"] = wawi.headers["Authorization"].split()[1]
    url = wawi.call("POST", f"/v1/seller/channel/{channel}")["signUpUrl"]
    browser = MerchantBrowser(portal.session_of(url))
    portal.fuse.write_text(point)
    with pytest.raises(requests.ConnectionError):
        browser.send(company_name=f"Firma {wawi.jtl_account_id}", marketplaces=["mallde", "mallat"])
    assert not portal.fuse.exists()
    return browser


def in_between(portal: Portal) -> int:
    return portal.count("sellers_seller", "state = 'linking'") + portal.count(
        "sellers_linksession", "state = 'submitted'"
    )


def test_the_merchant_sees_whether_he_is_connected_and_can_go_on(portal):
    shop = portal.channel("myshop")
    portal.start_web("--preload", crash_at=";".join(SIGN_UP))

    for number, (point, known) in enumerate(SIGN_UP.items(), 1):
        browser = killed_over_the_form(portal, shop, point)

        browser.look_again()

        assert in_between(portal) == 0, point
        assert portal.count("sellers_seller", "state = 'active'") == number - (not known), point
        if not known:
            assert browser.title == "Connect JTL-Wawi with Myshop", point
            browser.send(company_name="Firma")
        assert browser.title == "You are connected", point
        at_scx = [seller["sellerId"] for seller in portal.scx.sellers(channel=shop)]
        assert sorted(at_scx) == sorted(portal.column("SELECT seller_id FROM sellers_seller")), point
        assert len(at_scx) == number, point


def test_the_next_run_settles_sign_ups_and_assignments_on_a_platform(portal):
    mall = portal.channel("mymall", kind="platform")
    for code in ("mallat", "mallde"):
        portal.channel(code, kind="marketplace", platform=mall)
    portal.start_web("--preload", crash_at=";".join(SIGN_UP))

    for point, known in SIGN_UP.items():
        before = portal.count("sellers_seller")
        killed_over_the_form(portal, mall, point)

        portal.sync("sellers")

        assert in_between(portal) == 0, point
        assert portal.count("sellers_seller", "state = 'active'") == before + known, point
        assert portal.count("sellers_membership", "confirmed") == 2 * (before + known), point

    for number, point in enumerate(ASSIGNMENT):
        wanted = bool(number % 2)
        portal.shell(
            "from sellers import memberships; from sellers.models import Membership;"
            f"[memberships.set_wanted(each.seller, each.marketplace, {wanted}) for each in Membership.objects.all()]"
        )
        done = portal.attempt("sync", "sellers", crash_at=f"{point} 3", CRASH_FUSE="")
        assert done.returncode == -9, point

        portal.sync("sellers")

        assert portal.count("sellers_membership", "confirmed <> wanted OR leased_until IS NOT NULL") == 0, point
        trading = {
            membership["isActiveByChannel"]
            for seller in portal.scx.sellers(channel=mall)
            for membership in seller["memberships"]
        }
        assert trading == {wanted}, point
