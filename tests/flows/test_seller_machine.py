"""Sellers, staff, SCX's events, faults and deaths at random: once things are quiet, portal and SCX agree.

`SELLER_EXAMPLES=500 pytest -m slow tests/flows/test_seller_machine.py` looks further than the suite, each time anew.
"""

import os
from contextlib import suppress
from typing import Any, ClassVar

import pytest
from django.core.exceptions import ValidationError
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from platforms.models import Channel
from sellers import memberships, openings, unlinking
from sellers.models import Membership, Seller, Unlinking
from sellers.opening_conditions import Conditions
from tests import credentials
from tests.feeds import Reader, commit
from tests.flows import agreement
from tests.flows.seller_world import ACCOUNTS, CALLS, JOBS, STEPS, Page, Trap, World, die, wait_in, watch
from tests.sandbox_control import Sandbox
from tests.sellers.conftest import CODE

pytestmark = [pytest.mark.timeout(0), pytest.mark.django_db]

EXAMPLES = os.environ.get("SELLER_EXAMPLES")
FAULTS: tuple[dict[str, Any], ...] = (
    {"fault": "status", "status": 500},
    {"fault": "status", "status": 503},
    {"fault": "throttle"},
    {"fault": "drop_before"},
    {"fault": "drop_after"},
    {"fault": "truncate"},
    {"fault": "html", "status": 502},
    {"fault": "delay", "seconds": 0.02},
    {"fault": "revoke_token"},
    {"fault": "null_errors"},
)
WHERE: tuple[dict[str, str], ...] = (
    {"method": "POST", "path": "/v1/channel/seller"},
    {"method": "PATCH", "path": "/v1/channel/seller"},
    {"method": "DELETE", "path": "/v1/channel/seller"},
    {"method": "POST", "path": "/v1/channel/seller/platform"},
    {"path": "/v1/channel/seller/list"},
    {"path": "/v1/channel/seller/update-session"},
    {"path": "/v1/channel/seller"},
    {"path": "/v1/channel/event"},
    {"path": "/v1/auth", "channel": "DEMOSHOP"},
    {"path": "/v1/auth", "channel": "mall-at"},
    {"path": "/v1/channel"},
)
# What befalls a form on its way to SCX, more often than chance would have it.
MISHAPS = (None, None, None, *FAULTS[:6])
MARKETPLACES = ("mall-at", "mall-de", "mall-uk")
CALL_PLACES = [f"{moment} SellerCalls.{name}" for name in CALLS for moment in ("before", "after")]
STEP_PLACES = [
    f"{moment} {owner.__name__.rpartition('.')[2]}.{name}" for owner, name in STEPS for moment in ("before", "after")
]

any_number = st.integers(0, 7)
chosen_marketplaces = st.lists(st.sampled_from(MARKETPLACES), min_size=1, unique=True)


class SellerMachine(RuleBasedStateMachine):
    scx: ClassVar[Sandbox]
    trap: ClassVar[Trap]
    patch: ClassVar[pytest.MonkeyPatch]
    is_strict: ClassVar[bool]

    @initialize(
        several=st.booleans(),
        removes=st.booleans(),
        connected=st.lists(st.tuples(st.booleans(), st.booleans(), chosen_marketplaces), min_size=1, max_size=3),
    )
    def begin(self, several: bool, removes: bool, connected: list[tuple[bool, bool, list[str]]]) -> None:
        self.trap.clear()
        self.world = World(self.scx, self.trap, is_strict=self.is_strict, several=several, removes=removes)
        wait_in(self.world, self.patch)
        self.pages: list[Page] = []
        self.ids: dict[int, str] = {}
        self.owners: dict[str, int | None] = {}
        # What sellers asked for again that SCX had ended, as long as nobody says otherwise.
        self.wanted_back: dict[int, list[str]] = {}
        self.reader = Reader("seller-changes", "reader", limit=500)
        for number, on_platform, marketplaces in connected:
            self.start_sign_up(number, on_platform)
            self.send(0, ACCOUNTS[number], CODE, marketplaces, "", False, False)

    # Merchants

    @rule(number=any_number, on_platform=st.booleans())
    def start_sign_up(self, number: int, on_platform: bool) -> None:
        home = self.world.homes[on_platform]
        merchant = self.world.merchant(list(self.world.tokens)[number % 2])
        self.come(Page(home, merchant.start_sign_up(home)))

    @rule(number=any_number)
    def start_update(self, number: int) -> None:
        there = self.world.at_scx()
        if not there:
            return
        seller = there[number % len(there)]
        merchant = self.world.merchant(seller["jtlAccountId"])
        home = next(home for home in self.world.homes if home.code == seller["channel"])
        named = {"sellerId": seller["sellerId"]}
        self.come(Page(home, merchant.call("PATCH", f"/v1/seller/channel/{home.code}", params=named)["updateUrl"]))

    def come(self, page: Page) -> None:
        self.world.enter(page)
        self.pages.append(page)

    def page(self, number: int) -> Page | None:
        """One of those that are open in a browser, the newest first."""
        shown = [page for page in reversed(self.pages) if page.form]
        return shown[number % len(shown)] if shown else None

    @rule(number=any_number, reloads=st.booleans())
    def come_back(self, number: int, reloads: bool) -> None:
        """Reload, or the back button."""
        if page := self.page(number):
            (self.world.reload if reloads else self.world.enter)(page)

    @rule(
        number=any_number,
        login=st.sampled_from(ACCOUNTS),
        code=st.sampled_from((CODE, CODE, CODE, "wrong")),
        marketplaces=chosen_marketplaces,
        company=st.sampled_from(("Firma Eins", "Firma Zwei")),
        paused=st.booleans(),
        new_credentials=st.booleans(),
        mishap=st.sampled_from(MISHAPS),
    )
    def send(
        self,
        number: int,
        login: str,
        code: str,
        marketplaces: list[str],
        company: str,
        paused: bool,
        new_credentials: bool,
        mishap: dict[str, Any] | None = None,
    ) -> None:
        page = self.page(number)
        if page is None:
            return
        if mishap:
            method = "POST" if page.link.kind == "sign-up" else "PATCH"
            self.scx.fault(match={"method": method, "path": "/v1/channel/seller"}, **mishap)
        seller = page.link.seller
        if page.link.kind == "sign-up":
            self.world.send(page, self.world.sign_up_form(login, code, marketplaces))
            return
        assert seller is not None
        self.wanted_back.pop(seller.pk, None)
        ended = seller.memberships.filter(is_refused=True, marketplace__code__in=marketplaces).exists()
        values = self.world.update_form(seller, company, paused, marketplaces, login if new_credentials else "")
        link = self.world.send(page, values)
        if link and link.state == "done":
            seller.refresh_from_db()
            assert seller.company_name == company
            assert (seller.state == "inactive") == paused
            if ended:
                self.wanted_back[seller.pk] = marketplaces

    @rule(number=any_number, where=any_number, removed=st.booleans())
    def disconnect(self, number: int, where: int, removed: bool) -> None:
        """In JTL-Wawi, or because a subscription ended: everywhere, or on one marketplace."""
        self.wanted_back.clear()
        there = self.world.at_scx()
        if there:
            seller = there[number % len(there)]
            channels = [seller["channel"], *(row["channel"] for row in seller["memberships"])]
            self.world.unlink_at_scx(seller, channels[where % len(channels)], removed=removed)

    # Staff

    def seller(self, number: int) -> Seller | None:
        sellers = list(Seller.objects.select_related("channel").order_by("-pk"))
        return sellers[number % len(sellers)] if sellers else None

    @rule(number=any_number, code=st.sampled_from(MARKETPLACES), wanted=st.booleans())
    def want(self, number: int, code: str, wanted: bool) -> None:
        self.wanted_back.clear()
        marketplace = next(each for each in self.world.mall.all if each.code == code)
        if seller := self.seller(number):
            with suppress(ValidationError):
                memberships.set_wanted(seller, marketplace, wanted)

    @rule(code=st.sampled_from(MARKETPLACES), with_declined=st.booleans(), is_cut_short=st.booleans())
    def open_marketplace(self, code: str, with_declined: bool, is_cut_short: bool) -> None:
        """For all sellers of the platform; cut short, the job does the rest."""
        self.wanted_back.clear()
        marketplace = next(each for each in self.world.mall.all if each.code == code)
        with self.world.killable():
            openings.give(
                marketplace, Conditions(with_declined=with_declined), "staff", seconds=0 if is_cut_short else 5
            )

    @rule(code=st.sampled_from(MARKETPLACES), new_sellers=st.sampled_from(Channel.NewSellers.values))
    def choose_for_new_sellers(self, code: str, new_sellers: str) -> None:
        Channel.objects.filter(code=code).update(new_sellers=new_sellers)

    @rule(number=any_number, asks_again=st.booleans())
    def unlink(self, number: int, asks_again: bool) -> None:
        self.wanted_back.clear()
        seller = self.seller(number)
        row = Unlinking.objects.filter(seller=seller).order_by("-pk").first()
        with suppress(ValidationError):
            if seller and not (asks_again and row):
                unlinking.request(seller, reason="contract", note="an internal note", by="staff")
            elif row:
                unlinking.retry(row)
        self.world.pass_time(2)

    # The portal, SCX and the world

    @rule(job=st.sampled_from(JOBS), number=any_number, is_asked_for=st.booleans())
    def run(self, job: str, number: int, is_asked_for: bool) -> None:
        self.world.run(job, self.world.channels[number % 4], ignore_backoff=is_asked_for)

    @rule()
    def run_all(self) -> None:
        self.world.run_all()

    @rule(fault=st.sampled_from(FAULTS), where=st.sampled_from(WHERE), count=st.integers(1, 3))
    def fault(self, fault: dict[str, Any], where: dict[str, str], count: int) -> None:
        self.scx.fault(match=where, count=count, **fault)

    @rule(seconds=st.sampled_from((2, 65, 700, 4000, 90_000)))
    def time_passes(self, seconds: int) -> None:
        self.world.pass_time(seconds)

    @rule(place=st.sampled_from(CALL_PLACES + STEP_PLACES))
    def will_die(self, place: str) -> None:
        self.trap.set(place, die)

    @rule(place=st.sampled_from(CALL_PLACES), number=any_number, seconds=st.sampled_from((0, 30)))
    def meanwhile_a_job_runs(self, place: str, number: int, seconds: int) -> None:
        def event() -> None:
            self.world.pass_time(seconds)
            self.world.run("sellers", self.world.channels[number % 4], ignore_backoff=False)

        self.trap.set(place, event)

    @rule(place=st.sampled_from(CALL_PLACES), number=any_number, login=st.sampled_from(ACCOUNTS))
    def meanwhile_a_form_is_sent(self, place: str, number: int, login: str) -> None:
        def event() -> None:
            self.send(number, login, CODE, ["mall-uk"], "Firma Drei", False, False)

        self.trap.set(place, event)

    @rule(
        place=st.sampled_from([place for place in CALL_PLACES if place.startswith("after")]),
        number=any_number,
        where=any_number,
        removed=st.booleans(),
    )
    def meanwhile_it_is_disconnected(self, place: str, number: int, where: int, removed: bool) -> None:
        def event() -> None:
            self.world.pass_time(2)
            self.disconnect(number, where, removed)
            self.world.run_all()

        self.trap.set(place, event)

    # What holds

    @invariant()
    def it_is_in_order(self) -> None:
        agreement.always(self.world)
        for pk, seller_id, jtl_account_id in Seller.objects.values_list("pk", "seller_id", "jtl_account_id"):
            assert self.ids.setdefault(pk, seller_id) == seller_id, "a seller id was changed"
            assert self.owners.setdefault(seller_id, jtl_account_id) == jtl_account_id, "a seller id was used again"

    @invariant()
    def the_feed_tells_whatever_changed(self) -> None:
        commit()
        known = self.reader.read_all()
        sellers = self.reader.client.get("/api/v1/sellers/", {"limit": 500}).json()["results"]
        told = {(channel, seller_id): {**row} for (channel, seller_id), row in known.items()}
        for row in told.values():
            del row["cursor"]
        assert told == {(row["channel"], row["seller_id"]): row for row in sellers if row["state"] != "linking"}

    def teardown(self) -> None:
        try:
            self.world.calm_down()
            agreement.once_quiet(self.world)
            for pk, codes in self.wanted_back.items():
                rows = Membership.objects.filter(seller=pk, marketplace__code__in=codes)
                assert set(rows.values_list("wanted", "is_refused")) == {(True, False)}, "ended once, ended for ever"
            for page in self.pages:
                if page.form:
                    self.world.reload(page)
            agreement.always(self.world)
            assert credentials.found_in_books(self.scx) == []
        finally:
            self.world.end()


def explore(sandbox: Sandbox, request: pytest.FixtureRequest, patch: pytest.MonkeyPatch, **profile: Any) -> None:
    SellerMachine.scx, SellerMachine.patch, SellerMachine.trap = sandbox, patch, Trap()
    SellerMachine.is_strict = "strict" in request.node.name
    watch(patch, SellerMachine.trap)
    how = settings(database=None, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True, **profile)
    run_state_machine_as_test(SellerMachine, settings=how)
    assert not Seller.objects.exists(), "the examples left something behind"


def test_portal_and_scx_agree_once_things_are_quiet(sandbox, request, monkeypatch):
    explore(
        sandbox,
        request,
        monkeypatch,
        max_examples=4,
        stateful_step_count=14,
        derandomize=True,
        phases=[Phase.generate],
    )


@pytest.mark.slow
@pytest.mark.parametrize("sandbox", ["strict"], indirect=True)
def test_they_agree_after_long_walks_as_well(sandbox, request, monkeypatch):
    explore(
        sandbox,
        request,
        monkeypatch,
        max_examples=int(EXAMPLES or 10),
        stateful_step_count=40,
        derandomize=not EXAMPLES,
        # What was found is made smaller only where somebody looks on: it takes minutes.
        phases=[Phase.generate, Phase.shrink] if EXAMPLES else [Phase.generate],
    )
