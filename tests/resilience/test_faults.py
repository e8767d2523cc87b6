"""Whatever SCX does to a call: it ends right, or in a state that is seen and says why, and heals by itself."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
import time_machine
from django.utils import timezone, translation

from listings.models import ListingReport, Offer
from platforms import channels, findings, gateway, jobs, quota
from platforms.models import Channel, Event, QuotaBucket
from sellers.models import LinkSession, Membership, Seller
from stock.models import StockCursor, StockLevel
from tests import payloads
from tests.factories import (
    ChannelFactory,
    ListingReportFactory,
    MarketplaceFactory,
    MembershipFactory,
    OfferFactory,
    PlatformFactory,
    SellerFactory,
)
from tests.sandbox_control import Merchant, Sandbox
from tests.sellers.conftest import Browser, text_of

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

FAULTS: dict[str, dict[str, Any]] = {
    "500": {"fault": "status", "status": 500},
    "503": {"fault": "status", "status": 503},
    "429 without a hint": {"fault": "throttle"},
    "429 with a hint": {"fault": "throttle", "seconds": 45},
    "426": {"fault": "throttle", "status": 426},
    "401": {"fault": "status", "status": 401},
    "connection dropped before the work": {"fault": "drop_before"},
    "connection dropped after the work": {"fault": "drop_after"},
    "answer cut short": {"fault": "truncate"},
    "HTML with an error": {"fault": "html", "status": 502},
    "HTML with 200": {"fault": "html", "status": 200},
    "slow": {"fault": "delay", "seconds": 0.2},
    "slower than we wait": {"fault": "delay", "seconds": 30},
    "access token revoked": {"fault": "revoke_token"},
    "warnings beside success": {"fault": "warnings"},
    "errorList null": {"fault": "null_errors"},
}
# There is no worker here, the tests run the jobs themselves; and the Date that the embedded SCX sends in its headers is
# that of its web server, which does not leap with its clock.
NOT_HERE = ("platforms.finders.no_worker", "platforms.finders.idle_jobs", "platforms.clock.off")
# So long a call waits for its answer here; a fault of 30 s is cut short when it is cleared.
READ_TIMEOUT = 0.5
HOUR = 3600
_numbers = count(1)


class World:
    """A standalone channel and one marketplace of a platform, here and at SCX, each with a seller."""

    def __init__(self, scx: Sandbox) -> None:
        self.scx = scx
        self.shop = scx.adopt(ChannelFactory(code="shop_de", stock_source="per-seller", connector="demo"))
        platform = PlatformFactory(code="mall_all")
        self.mall = scx.adopt(MarketplaceFactory(code="mall_de", platform=platform, stock_source="all-sellers"))
        self.sibling = scx.adopt(MarketplaceFactory(code="mall_at", platform=platform))
        self.account = scx.call("POST", "/control/accounts", json={"companyName": "Müller & Söhne GmbH"})
        scx.link(self.shop, "S1", jtlAccountId=self.account["jtlAccountId"])
        self.seller = SellerFactory(channel=self.shop, seller_id="S1", jtl_account_id=self.account["jtlAccountId"])
        self.browser = Browser(headers={"accept-language": "en"})

    def merchant(self) -> Merchant:
        """Logged in anew: as time passes in leaps, his access token ends between two calls."""
        return Merchant(self.scx, self.account["jtlAccountId"], self.account["refreshToken"])

    def run(self, job: str, channel: Channel) -> jobs.Run:
        quota.drop_all_blocks()
        return jobs.run(job, Channel.objects.select_related("platform").get(pk=channel.pk), jobs.Run())

    def later(self, minutes: float = 15) -> Any:
        """So many minutes later, here and at SCX."""
        self.scx.call("DELETE", "/control/faults")
        self.scx.advance(minutes * 60)
        return time_machine.travel(timezone.now() + timedelta(minutes=minutes))


@dataclass
class Work:
    """Something to be done by a job through one route of SCX, and how to see that it was done once."""

    match: dict[str, str]
    job: str
    channel: Channel
    is_done: Callable[[], bool]


def _event(world: World, method: str, channel: Channel | None = None) -> Work:
    channel = channel or world.shop
    (event_id,) = world.scx.emit(channel, "System:Test", {"number": next(_numbers)})

    def is_done() -> bool:
        at_scx = {event["id"] for event in world.scx.events(channel, state="acknowledged", limit=10_000)}
        return Event.objects.filter(event_id=event_id).count() == 1 and event_id in at_scx

    return Work({"method": method, "path": "/v1/channel/event"}, "events", channel, is_done)


def _auth(world: World) -> Work:
    Channel.objects.update(access_token="", access_token_expires_at=None)
    work = _event(world, "GET")
    work.match = {"path": "/v1/auth"}
    return work


def _report(world: World, kind: str, path: str) -> Work:
    content = {"errors": [{"code": "GTIN", "message": "Die GTIN fehlt"}]} if kind == "failed" else {}
    offer = OfferFactory(channel=world.shop, seller=world.seller, offer_id=10_000 + next(_numbers))
    row = ListingReportFactory(offer=offer, kind=kind, content=content)

    def is_done() -> bool:
        row.refresh_from_db()
        told = world.scx.reports(world.shop, offerId=offer.offer_id)
        return row.state == "sent" and row.leased_until is None and {each["state"] for each in told} == {kind}

    return Work({"method": "POST", "path": path}, "reports", world.shop, is_done)


def _stock(world: World, channel: Channel, path: str) -> Work:
    number = next(_numbers)
    if channel.kind == "marketplace" and not Seller.objects.filter(channel=channel.home).exists():
        _link_to_mall(world, "S2")
    seller_id = "S1" if channel == world.shop else "S2"
    product = {"sku": f"SKU-{number}", "title": "Brötchen"}
    listing = {
        "channel": channel.code,
        "sellerId": seller_id,
        "offerId": number,
        "quantity": "1",
        "taxPercent": "19",
        "priceList": [{"id": "B2C", "quantityPriceList": [{"amount": "9.99", "currency": "EUR", "quantity": "1"}]}],
    }
    row = {"channel": channel.code, "sellerId": seller_id, "offerId": number, "quantity": "8"}
    world.scx.advance(2)
    merchant = world.merchant()
    merchant.call(
        "POST", "/v1/seller/offer", json={"offerList": [{"salesChannelOfferList": [listing], "product": product}]}
    )
    merchant.call("PUT", "/v1/seller/offer/stock", json={"offerList": [{**row, "channelOfferId": f"C-{number}"}]})

    def is_done() -> bool:
        level = StockLevel.objects.filter(channel=channel, offer_id=number).first()
        return level is not None and level.quantity == 8 and not StockCursor.objects.exclude(error="").exists()

    return Work({"method": "GET", "path": path}, "stock", channel, is_done)


def _link_to_mall(world: World, seller_id: str, *, known: bool = True) -> Seller:
    account = world.account["jtlAccountId"]
    world.scx.link(world.mall.home, seller_id, [world.mall] if known else [world.sibling], jtlAccountId=account)
    seller = SellerFactory(channel=world.mall.home, seller_id=seller_id, jtl_account_id=account)
    MembershipFactory(seller=seller, marketplace=world.mall, confirmed=known or None)
    return seller


def _assignment(world: World, path: str, *, account_known: bool) -> Work:
    seller = _link_to_mall(world, f"A{next(_numbers)}", known=False)
    if not account_known:
        Seller.objects.filter(pk=seller.pk).update(jtl_account_id=None)

    def is_done() -> bool:
        membership = Membership.objects.get(seller=seller, marketplace=world.mall)
        at_scx = next(row for row in world.scx.sellers() if row["sellerId"] == seller.seller_id)["memberships"]
        is_active = any(row["channel"] == world.mall.code and row["isActiveByChannel"] for row in at_scx)
        return bool(membership.confirmed) and is_active and membership.leased_until is None

    return Work({"path": path}, "sellers", world.mall, is_done)


WORKS: dict[str, Callable[[World], Work]] = {
    "login": _auth,
    "events fetched": lambda world: _event(world, "GET"),
    "events acknowledged": lambda world: _event(world, "DELETE"),
    "reported in progress": lambda world: _report(world, "in_progress", "/v1/channel/offer/in-progress"),
    "reported listed": lambda world: _report(world, "listed", "/v1/channel/offer/listed"),
    "reported failed": lambda world: _report(world, "failed", "/v1/channel/offer/listing-failed"),
    "stock of a seller": lambda world: _stock(world, world.shop, "/v1/channel/offer/stock-updates"),
    "stock of all": lambda world: _stock(world, world.mall, "/v1/channel/offer/stock-updates/all"),
    "assigned": lambda world: _assignment(world, "/v1/channel/seller/platform", account_known=True),
    "sellers listed": lambda world: _assignment(world, "/v1/channel/seller/list", account_known=False),
}


@pytest.fixture
def world(scx: Sandbox, settings, monkeypatch) -> World:
    settings.SCX_BASE_URL = scx.base_url
    settings.PORTAL_FINDERS = [name for name in settings.PORTAL_FINDERS if name not in NOT_HERE]
    monkeypatch.setattr(gateway, "_local", type(gateway._local)())
    return World(scx)


def impatient(monkeypatch: Any) -> None:
    monkeypatch.setattr(gateway, "TIMEOUT", (3.05, READ_TIMEOUT))
    monkeypatch.setattr(gateway, "_local", type(gateway._local)())


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_on_each_call_ends_right_or_is_seen_and_heals(world, fault, monkeypatch):
    works: dict[str, Work] = {}
    for name, prepare in WORKS.items():
        work = works[name] = prepare(world)
        world.scx.fault(match=work.match, **FAULTS[fault])
        with monkeypatch.context() as patch, translation.override("de" if fault == "500" else "en"):
            if fault == "slower than we wait":
                impatient(patch)
            run = world.run(work.job, work.channel)
        if run.error or not work.is_done():
            waits = QuotaBucket.objects.filter(channel=work.channel, blocked_until__gt=timezone.now())
            assert findings.found() or waits.exists(), f"{name}: {run} and nobody is told"
        # The calls of one group share a quota, which is not to spare the next call its fault.
        QuotaBucket.objects.update(blocked_until=None)

    for _ in range(3):
        with world.later():
            for job, channel in dict.fromkeys((work.job, work.channel) for work in works.values()):
                world.run(job, channel)
        late = [name for name, work in works.items() if not work.is_done()]
        if not late:
            break
    assert late == []
    assert [finding.text for finding in findings.found()] == []
    assert not Channel.objects.exclude(token_lease_until=None).exists()


SESSION = {"method": "GET", "path": "/v1/channel/seller/signup-session"}
CREATION = {"method": "POST", "path": "/v1/channel/seller"}
LIST = {"method": "GET", "path": "/v1/channel/seller/list"}
NOT_ASKED = ("JTL does not answer at the moment", "Nothing was changed, and your link stays valid.")
NOT_CONNECTED = ("You are not connected yet.", "Please send the form again in a minute.")
UNDER_WAY = ("We are waiting for JTL’s confirmation", "You do not need to send anything again.")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_sign_up_under_each_fault_tells_the_truth_and_connects_once(world, fault, monkeypatch):
    with monkeypatch.context() as patch:
        if fault == "slower than we wait":
            impatient(patch)
        merchant = world.scx.merchant()
        url = merchant.start_sign_up(world.shop)
        world.scx.fault(match=SESSION, **FAULTS[fault])
        entered = world.browser.enter(url)
        if entered.status_code != 302:
            assert entered.status_code == 503
            assert all(words in text_of(entered) for words in NOT_ASKED)
            assert not LinkSession.objects.exists()
        forget_waits(world)
        form = world.browser.form_url(url)

        world.scx.fault(match=CREATION, **FAULTS[fault])
        world.scx.fault(match=LIST, **FAULTS[fault])
        sent = world.browser.post(form, {"company_name": "Müller & Söhne GmbH"})
    link = LinkSession.objects.get()
    truth = {"open": NOT_CONNECTED, "submitted": UNDER_WAY}.get(link.state, ())
    assert sent.status_code == (503 if truth else 302)
    assert all(words in text_of(sent) for words in truth)
    assert Seller.objects.filter(state="linking").exists() == (link.state == "submitted")

    forget_waits(world)
    with world.later(2):
        world.run("sellers", world.shop)
    if LinkSession.objects.get().state == "open":
        assert world.browser.post(form, {"company_name": "Müller & Söhne GmbH"}).status_code == 302
    assert "You are connected" in text_of(world.browser.get(form))
    at_scx = [row["sellerId"] for row in world.scx.sellers() if row["jtlAccountId"] == merchant.jtl_account_id]
    here = Seller.objects.filter(jtl_account_id=merchant.jtl_account_id)
    assert at_scx == [seller.seller_id for seller in here if seller.state == "active"]
    assert LinkSession.objects.get().session == ""


@pytest.mark.parametrize("fault", ["duplicate", "out_of_order", "redeliver"])
def test_deliveries_that_are_doubled_or_disordered_are_applied_once_and_the_newest_wins(world, fault):
    at = timezone.now() - timedelta(minutes=9)
    told = [payloads.offer_small("S1", 1, title=f"Wanderschuh {number}") for number in range(6)]
    world.scx.emit_all(
        [
            {
                "channel": world.shop.code,
                "type": "Seller:Offer.Update" if number else "Seller:Offer.New",
                "event": payload,
                "createdAt": (at + timedelta(minutes=number)).isoformat(),
            }
            for number, payload in enumerate(told)
        ]
    )
    world.scx.fault(fault, count=1)

    for job in ("events", "events", "apply", "events", "apply"):
        assert world.run(job, world.shop).error == ""

    assert [each["left"] for each in world.scx.call("GET", "/control/faults")["faults"]] == [0]
    assert {event["state"] for event in world.scx.events(world.shop)} == {"acknowledged"}
    assert Event.objects.count() == 6
    assert set(Event.objects.values_list("state", flat=True)) <= {"done", "superseded"}
    assert Offer.objects.get().title == "Wanderschuh 5"


def test_an_access_token_that_scx_ended_early_is_renewed_at_once(world):
    world.run("events", world.shop)
    world.scx.advance(2 * HOUR)
    work = _event(world, "GET")

    assert world.run("events", world.shop).error == ""

    assert work.is_done()
    statuses = [call["status"] for call in world.scx.books(path="/v1/channel/event", method="GET")]
    assert statuses[:3] == [200, 401, 200]


def test_a_refusal_in_german_costs_the_report_it_names_alone(world):
    stranger = SellerFactory(channel=world.shop)
    for number, seller in enumerate((world.seller, stranger, world.seller), 1):
        ListingReportFactory(offer=OfferFactory(channel=world.shop, seller=seller, offer_id=number), kind="listed")

    with translation.override("de"):
        run = world.run("reports", world.shop)

    assert run.counts == {"sent": 2, "refused": 1}
    refused = ListingReport.objects.get(state="refused")
    assert refused.offer.seller == stranger
    assert "gibt es keinen verknüpften Verkäufer" in refused.error


def test_a_refused_refresh_token_stops_its_channel_alone_until_another_is_entered(world):
    refused, good = (_event(world, "GET", channel) for channel in (world.shop, world.sibling))
    world.scx.call("POST", f"/control/channels/{world.shop.code}/revoke", json={"refreshToken": True})

    assert "SCX does not accept the channel's token" in world.run("events", world.shop).error
    assert world.run("events", world.sibling).error == ""

    assert (refused.is_done(), good.is_done()) == (False, True)
    (finding,) = findings.found()
    assert (finding.code, finding.channel, finding.critical) == ("token-refused", world.shop.code, True)
    asked = len(world.scx.books(path="/v1/auth"))
    assert world.run("events", world.shop).error
    assert len(world.scx.books(path="/v1/auth")) <= asked + 1

    entered = Channel.objects.get(pk=world.shop.pk)
    entered.refresh_token = world.scx.call("POST", "/control/channels", json={"code": entered.code})["refreshToken"]
    channels.save(entered)
    assert world.run("events", world.shop).error == ""
    assert refused.is_done()
    assert findings.found() == []


def forget_waits(world: World) -> None:
    world.scx.call("DELETE", "/control/faults")
    QuotaBucket.objects.update(blocked_until=None)


def test_while_the_token_is_refused_the_page_says_so_and_the_session_lives_on(world):
    merchant = world.scx.merchant()
    url = merchant.start_sign_up(world.shop)
    world.scx.call("POST", "/control/channels/shop_de/revoke", json={"refreshToken": True})
    page = world.browser.enter(url)
    assert page.status_code == 503
    assert "The connection between Shop_De and JTL is interrupted." in text_of(page)
    assert "tell the support of Shop_De" in text_of(page)
    world.scx.adopt(Channel.objects.get(pk=world.shop.pk))
    Channel.objects.update(**Channel.TOKEN_ACCEPTED)
    form = world.browser.form_url(url)
    assert world.browser.post(form, {"company_name": "Müller"}).status_code == 302
