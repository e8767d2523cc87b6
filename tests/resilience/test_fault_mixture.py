"""Faults of SCX mixed at random with everything that happens: in the end the portal is what the events made of it.

`MIXTURE_EXAMPLES=500 pytest -m slow tests/resilience/test_fault_mixture.py` looks further than CI does, each time anew.
"""

import os
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any, ClassVar

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from listings.models import ListingReport, Offer
from platforms import channels, findings, quota
from platforms.management.commands import sync
from platforms.models import Channel, Discrepancy, Event, QuotaBucket
from sellers.models import LinkSession, Membership, Seller
from stock.models import StockLevel
from tests import payloads
from tests.factories import ChannelFactory, MarketplaceFactory, MembershipFactory, PlatformFactory, SellerFactory
from tests.resilience.test_faults import NOT_HERE
from tests.sandbox_control import Sandbox
from tests.sellers.conftest import Browser, text_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(0), pytest.mark.django_db]

EXAMPLES = os.environ.get("MIXTURE_EXAMPLES")
MIXTURE = settings(
    max_examples=int(EXAMPLES or 6),
    stateful_step_count=25,
    derandomize=not EXAMPLES,
    database=None,
    deadline=None,
    # What was found is made smaller only where somebody looks on: it takes minutes.
    phases=[Phase.generate, Phase.shrink] if EXAMPLES else [Phase.generate],
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
FAULTS: tuple[dict[str, Any], ...] = (
    {"fault": "status", "status": 500},
    {"fault": "status", "status": 503},
    {"fault": "throttle"},
    {"fault": "throttle", "seconds": 45},
    {"fault": "throttle", "status": 426},
    {"fault": "drop_before"},
    {"fault": "drop_after"},
    {"fault": "truncate"},
    {"fault": "delay", "seconds": 0.02},
    {"fault": "html", "status": 502},
    {"fault": "html", "status": 200},
    {"fault": "revoke_token"},
    {"fault": "warnings"},
    {"fault": "null_errors"},
    {"fault": "duplicate"},
    {"fault": "out_of_order"},
    {"fault": "redeliver"},
    {"fault": "number_quantity"},
    {"fault": "unknown_type"},
    {"fault": "empty_payload"},
    {"fault": "offset_time"},
)
PATHS = ("", "/v1/auth", "/v1/channel/event", "/v1/channel/offer", "/v1/channel/seller")
CODES = ("shop_de", "mall_de", "mall_at")
Version = tuple[datetime, str]


@dataclass
class Truth:
    """What the events say of one offer, the newest of each aspect."""

    title: tuple[Version, str] | None = None
    price: tuple[Version, str] | None = None
    quantity: tuple[Version, str] | None = None
    end: tuple[Version, str] | None = None

    def tell(self, aspect: str, version: Version, value: str) -> None:
        known = getattr(self, aspect)
        if known is None or known[0] < version:
            setattr(self, aspect, (version, value))

    @property
    def is_ended(self) -> bool:
        return bool(self.title and self.end and self.end[0] > self.title[0])


@dataclass
class SignUp:
    jtl_account_id: int
    url: str
    marketplaces: dict[str, list[str]] = field(default_factory=dict)
    form: str = ""


class Mixture(RuleBasedStateMachine):
    scx: ClassVar[Sandbox]

    def __init__(self) -> None:
        super().__init__()
        self.rollback = transaction.atomic()
        self.rollback.__enter__()
        self.travel = time_machine.travel(timezone.now())
        self.clock = self.travel.start()
        quota.drop_all_blocks()
        self.scx.reset()
        self.scx.settings(strict=True, deliveryLimit=1000, sessionSeconds=1_000_000)
        self.truth: dict[tuple[str, str, int], Truth] = {}
        self.sign_ups: list[SignUp] = []
        self.events = 0

    @initialize()
    def set_up(self) -> None:
        self.shop = self.scx.adopt(ChannelFactory(code="shop_de", connector="demo", stock_source="per-seller"))
        self.platform = PlatformFactory(code="mall_all", connector="demo")
        mall = MarketplaceFactory(code="mall_de", platform=self.platform, connector="demo", stock_source="all-sellers")
        self.mall = self.scx.adopt(mall)
        self.scx.adopt(MarketplaceFactory(code="mall_at", platform=self.platform, connector="demo"))
        for channel, seller_id in ((self.shop, "S1"), (self.platform, "S2")):
            merchant = self.scx.merchant()
            links = [self.mall] if channel == self.platform else None
            self.scx.link(channel, seller_id, links, jtlAccountId=merchant.jtl_account_id)
            seller = SellerFactory(channel=channel, seller_id=seller_id, jtl_account_id=merchant.jtl_account_id)
            if channel == self.platform:
                MembershipFactory(seller=seller, marketplace=self.mall)

    # What happens at SCX

    @rule(
        code=st.sampled_from(CODES[:2]),
        kind=st.sampled_from(("New", "Update", "PriceUpdate", "StockUpdate", "End")),
        offer_id=st.integers(1, 3),
        minutes=st.integers(-9, 9),
        number=st.integers(1, 99),
        prefix=st.integers(0, 0xFFFF),
        has_picture=st.booleans(),
    )
    def emit(
        self, code: str, kind: str, offer_id: int, minutes: int, number: int, prefix: int, has_picture: bool
    ) -> None:
        """An event, as often older as newer than those before it."""
        seller_id = "S1" if code == "shop_de" else "S2"
        self.events += 1
        at = datetime(2026, 1, 1, 12, tzinfo=UTC) + timedelta(minutes=minutes)
        version = (at, f"{prefix:08x}{self.events:016x}")
        truth = self.truth.setdefault((code, seller_id, offer_id), Truth())
        price, quantity, title = f"{number}.50", f"{number}.00", f"Wanderschuh {self.events}"
        if kind in ("New", "Update"):
            pictures = {} if has_picture else {"mainPicture": "", "pictureList": []}
            lists = payloads.price_list(1, amount=price)
            payload = payloads.offer_small(
                seller_id, offer_id, title=title, quantity=quantity, priceList=lists, **pictures
            )
            for aspect, value in (("title", title), ("price", price), ("quantity", quantity)):
                truth.tell(aspect, version, value)
        elif kind == "PriceUpdate":
            payload = payloads.price_update(seller_id, offer_id, amount=price, steps=1)
            truth.tell("price", version, price)
        elif kind == "StockUpdate":
            payload = payloads.stock_update(seller_id, offer_id, quantity)
            truth.tell("quantity", version, quantity)
        else:
            payload = payloads.offer_end(seller_id, offer_id)
            truth.tell("end", version, "")
        body = {"channel": code, "type": f"Seller:Offer.{kind}", "event": payload, "id": version[1]}
        self.scx.emit_all([{**body, "createdAt": at.isoformat()}])

    @rule(on_platform=st.booleans())
    def sign_up(self, on_platform: bool) -> None:
        """A merchant comes to the pages, whatever they tell him now."""
        merchant = self.scx.merchant(f"Händler {len(self.sign_ups)}")
        home = self.platform if on_platform else self.shop
        wanted = {"marketplaces": ["mall_de", "mall_at"]} if on_platform else {}
        started = SignUp(merchant.jtl_account_id, merchant.start_sign_up(home), wanted)
        self.sign_ups.append(started)
        self.carry_on(started)

    @rule(
        fault=st.sampled_from(FAULTS),
        path=st.sampled_from(PATHS),
        code=st.sampled_from(CODES),
        rate=st.sampled_from((0.3, 0.7, 1)),
    )
    def fault(self, fault: dict[str, Any], path: str, code: str, rate: float) -> None:
        self.scx.fault(match={"path": path, "channel": code}, rate=rate, **fault)

    @rule()
    def clear_faults(self) -> None:
        self.scx.call("DELETE", "/control/faults")

    @rule(code=st.sampled_from(CODES), refresh_token=st.booleans())
    def revoke(self, code: str, refresh_token: bool) -> None:
        self.scx.call("POST", f"/control/channels/{code}/revoke", json={"refreshToken": refresh_token})

    # What happens here

    @rule(jobs=st.sampled_from(((), ("events",), ("apply", "handover"), ("reports",), ("sellers",))))
    def sync(self, jobs: tuple[str, ...]) -> None:
        # An error says which runs ended in one; what becomes of that is looked at in the end.
        with suppress(CommandError):
            call_command("sync", *jobs, stdout=StringIO(), stderr=StringIO())

    @rule(minutes=st.sampled_from((2, 6, 70)))
    def time_passes(self, minutes: int) -> None:
        self.clock.shift(timedelta(minutes=minutes))
        self.scx.advance(minutes * 60)

    @rule(code=st.sampled_from(CODES))
    def enter_token(self, code: str) -> None:
        token = self.scx.call("POST", "/control/channels", json={"code": code})["refreshToken"]
        channel = Channel.objects.get(code=code)
        channel.refresh_token = token
        channels.save(channel)

    @invariant()
    def nothing_is_acknowledged_that_is_not_stored(self) -> None:
        acknowledged = {
            event["id"] for event in self.scx.call("GET", "/control/events", params={"state": "acknowledged"})["events"]
        }
        assert acknowledged <= set(Event.objects.values_list("event_id", flat=True))

    # The end

    def teardown(self) -> None:
        try:
            self.heal()
            self.check()
        finally:
            self.travel.stop()
            transaction.set_rollback(True)
            self.rollback.__exit__(None, None, None)

    def heal(self) -> None:
        """All faults end, the tokens are good again, and time passes: nobody puts anything else right."""
        self.clear_faults()
        for code in CODES:
            self.enter_token(code)
        for _ in range(3):
            self.time_passes(70)
            self.sync(())
            for started in self.sign_ups:
                self.carry_on(started)
        self.time_passes(6)
        self.sync(())

    def carry_on(self, started: SignUp) -> None:
        browser = Browser(headers={"accept-language": "en"})
        browser.cookies["sign_up_browser"] = f"{started.jtl_account_id:043d}"
        if not started.form:
            entered = browser.enter(started.url)
            assert entered.status_code in (302, 503), text_of(entered)
            started.form = entered["Location"] if entered.status_code == 302 else ""
        if started.form and self.session_of(started).state == "open":
            sent = browser.post(started.form, {"company_name": "Händler", **started.marketplaces})
            assert sent.status_code in (302, 503), text_of(sent)

    def session_of(self, started: SignUp) -> LinkSession:
        return LinkSession.objects.get(ref=started.form.rstrip("/").rpartition("/")[2])

    def check(self) -> None:
        # Stock of an offer whose content was never sent is rightly told to staff.
        assert not Discrepancy.objects.exclude(comparison="offers").exists()
        assert [each.text for each in findings.found() if each.code != "differs-from-scx"] == []
        self.check_events()
        self.check_offers()
        self.check_reports()
        self.check_sellers()
        assert not Channel.objects.exclude(token_lease_until=None).exists()

    def check_events(self) -> None:
        at_scx = self.scx.call("GET", "/control/events", params={"limit": 10_000})["events"]
        assert {event["state"] for event in at_scx} <= {"acknowledged"}
        assert sorted(event["id"] for event in at_scx) == sorted(Event.objects.values_list("event_id", flat=True))
        assert set(Event.objects.values_list("state", flat=True)) <= {"done", "superseded", "ignored"}

    def check_offers(self) -> None:
        for (code, seller_id, offer_id), truth in self.truth.items():
            offer = Offer.objects.filter(channel__code=code, seller__seller_id=seller_id, offer_id=offer_id).first()
            if truth.title:
                assert offer is not None
                assert offer.title == truth.title[1]
                assert (offer.state == "ended") == truth.is_ended
            if truth.price:
                price = offer.prices.get(price_type="B2C") if offer else None
                assert price is not None
                assert price.amount == Decimal(truth.price[1])
            if truth.quantity:
                level = StockLevel.objects.get(channel__code=code, seller_id=seller_id, offer_id=offer_id)
                assert level.quantity == Decimal(truth.quantity[1])

    def check_reports(self) -> None:
        rows = ListingReport.objects.select_related("offer__seller", "channel")
        assert {row.state for row in rows} <= {"sent", "superseded"}
        assert not [row for row in rows if row.leased_until]
        sent = {
            (row.channel.code, row.offer.seller.seller_id, row.offer.offer_id, row.kind, row.at.replace(microsecond=0))
            for row in rows
            if row.state == "sent"
        }
        told = self.scx.call("GET", "/control/reports", params={"limit": 10_000})["reports"]
        assert sent == {
            (each["channel"], each["sellerId"], each["offerId"], each["state"], datetime.fromisoformat(each["at"]))
            for each in told
        }
        for offer in Offer.objects.listings().exclude(state="ended"):
            assert offer.state in ("listed", "failed")
            assert offer.reports.filter(state="sent").order_by("-pk").first().kind == offer.state

    def check_sellers(self) -> None:
        for started in self.sign_ups:
            assert self.session_of(started).state == "done"
        at_scx = {row["sellerId"]: row for row in self.scx.sellers()}
        assert set(at_scx) == set(Seller.objects.filter(state="active").values_list("seller_id", flat=True))
        assert set(Seller.objects.values_list("state", flat=True)) == {"active"}
        for membership in Membership.objects.select_related("seller", "marketplace"):
            links = at_scx[membership.seller.seller_id]["memberships"]
            is_active = any(
                link["channel"] == membership.marketplace.code and link["isActiveByChannel"] for link in links
            )
            assert membership.confirmed == membership.wanted == is_active
            assert membership.leased_until is None


def test_any_mixture_of_faults_ends_as_the_events_say(scx: Sandbox, settings, monkeypatch):
    settings.SCX_BASE_URL = scx.base_url
    settings.PORTAL_FINDERS = [name for name in settings.PORTAL_FINDERS if name not in NOT_HERE]
    monkeypatch.setattr(sync, "PATIENCE_SECONDS", 0)
    Mixture.scx = scx
    run_state_machine_as_test(Mixture, settings=MIXTURE)
    assert not QuotaBucket.objects.exists(), "the examples left something behind"
