"""A world of merchants, staff, SCX and the portal in which anything may be interrupted, and what must hold in it."""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import transaction
from django.utils import timezone

from platforms import jobs, outbox, quota
from platforms.jobs import Run
from platforms.models import Channel, JobStatus
from platforms.scx.sellers import SellerCalls
from sellers import endings, memberships, openings, sessions, sign_up, unlinking, update, waiting
from sellers.models import LinkSession, Seller
from tests.factories import AccountFactory, ChannelFactory
from tests.sandbox_control import Merchant, Sandbox
from tests.sellers.conftest import CODE, Browser, make_mall, text_of

# Calls of SCX: there is no transaction around them, so anything may happen right before and after.
CALLS = ("create", "update", "assign", "unlink", "list", "signup_session", "update_session")
# Steps of ours, most of them within a transaction: a process may die there, but nobody else sees what it has done.
STEPS: tuple[tuple[Any, str], ...] = (
    (sign_up, "_reserve"),
    (sign_up, "_make_seller"),
    (sign_up, "_confirm"),
    (sign_up, "_announce"),
    (sign_up, "_give_back"),
    (sign_up, "_fail"),
    (update, "_reserve"),
    (update, "_take_over"),
    (update, "_confirm"),
    (update, "_give_back"),
    (update, "_fail"),
    (sessions, "end"),
    (endings, "end"),
    (memberships, "_confirmed"),
    (unlinking, "_taken"),
    (openings, "_give_next"),
    (openings, "_want"),
    (outbox, "claim"),
)
ACCOUNTS = ("acme", "second")
JOBS = ("events", "apply", "sellers")


class Killed(BaseException):
    """The process is no more."""


class Trap:
    """What happens, once, when the portal comes by a place: it dies there, or somebody does something meanwhile."""

    def __init__(self) -> None:
        self.place = ""
        self.event: Callable[[], None] | None = None
        self.sprung = 0

    def set(self, place: str, event: Callable[[], None]) -> None:
        self.place, self.event = place, event

    def clear(self) -> None:
        self.place, self.event = "", None

    def watch(self, patch: pytest.MonkeyPatch, owner: Any, name: str) -> None:
        function = getattr(owner, name)
        label = f"{owner.__name__.rpartition('.')[2]}.{name}"

        @functools.wraps(function)
        def watched(*args: Any, **kwargs: Any) -> Any:
            self._come_by(f"before {label}")
            result = function(*args, **kwargs)
            self._come_by(f"after {label}")
            return result

        patch.setattr(owner, name, watched)

    def _come_by(self, place: str) -> None:
        event = self.event
        if event and place == self.place:
            self.clear()
            self.sprung += 1
            event()


def die() -> None:
    raise Killed


@dataclass
class Page:
    """One of SCX's sessions in a merchant's browser."""

    home: Channel
    url: str
    browser: Browser = field(default_factory=lambda: Browser(headers={"accept-language": "en"}))
    form: str = ""

    @property
    def link(self) -> LinkSession:
        return LinkSession.objects.get(ref=self.form.rstrip("/").rpartition("/")[2])


class World:
    """One standalone channel and one platform of three marketplaces, two merchants, two accounts on each home."""

    def __init__(self, scx: Sandbox, trap: Trap, *, is_strict: bool, several: bool, removes: bool) -> None:
        self.scx, self.trap = scx, trap
        self.rollback = transaction.atomic()
        self.rollback.__enter__()
        self.travel = time_machine.travel(timezone.now())
        self.clock = self.travel.start()
        self.seconds = 0.0
        quota.drop_all_blocks()
        cache.clear()
        scx.reset()
        scx.settings(strict=is_strict, deliveryLimit=1000, permanentlyRemovedByChannel=removes)
        self.shop = scx.adopt(ChannelFactory(code="DEMOSHOP", several_sellers_per_account=several))
        self.mall = make_mall(scx)
        Channel.objects.filter(pk=self.mall.platform.pk).update(several_sellers_per_account=several)
        for home in self.homes:
            for login in ACCOUNTS:
                AccountFactory(channel=home, login=login, company_name=f"Firma {login}")
        accounts = [scx.call("POST", "/control/accounts", json={"companyName": f"Händler {n}"}) for n in range(2)]
        self.tokens = {account["jtlAccountId"]: account["refreshToken"] for account in accounts}

    @property
    def homes(self) -> list[Channel]:
        return [self.shop, self.mall.platform]

    @property
    def channels(self) -> list[Channel]:
        return [self.shop, *self.mall.all]

    def end(self) -> None:
        self.travel.stop()
        transaction.set_rollback(True)
        self.rollback.__exit__(None, None, None)

    # Time

    def pass_time(self, seconds: float) -> None:
        self.seconds += seconds
        self.clock.shift(timedelta(seconds=seconds))
        self.scx.advance(seconds)

    @property
    def time(self) -> SimpleNamespace:
        """In place of the module `time`, for those who wait: they wait in this world's time."""
        return SimpleNamespace(monotonic=lambda: self.seconds, sleep=lambda seconds: self.pass_time(max(seconds, 5)))

    # The portal at work

    @contextmanager
    def killable(self) -> Iterator[None]:
        """A request or a job: if it dies, that is all that happens."""
        with suppress(Killed):
            yield

    def run(self, job: str, channel: Channel, *, ignore_backoff: bool) -> None:
        with self.killable():
            run = jobs.run(job, channel, Run(ignore_backoff=ignore_backoff))
            at_scx = JobStatus.objects.get(job=job, channel=channel).is_failing_at_scx
            assert not run.error or at_scx, run.error

    def run_all(self) -> None:
        for job in JOBS:
            for channel in self.channels:
                self.run(job, channel, ignore_backoff=True)

    # SCX

    def at_scx(self) -> list[dict[str, Any]]:
        """The sellers as SCX has them; when a row was written is no part of it."""
        return [{name: row[name] for name in row if name != "updatedAt"} for row in self.scx.sellers()]

    def unlink_at_scx(self, seller: dict[str, Any], channel: str, *, removed: bool) -> None:
        body = {"channel": channel, "sellerId": seller["sellerId"], "permanentlyRemoved": removed}
        self.scx.call("POST", "/control/sellers/unlink", json=body)
        # SCX's times are told in whole seconds.
        self.pass_time(2)

    # Merchants

    def merchant(self, jtl_account_id: int) -> Merchant:
        """Logged in anew: days may have passed."""
        return Merchant(self.scx, jtl_account_id, self.tokens[jtl_account_id])

    def enter(self, page: Page) -> None:
        """What JTL-Wawi does; also when the merchant comes back to the address."""
        with self.killable():
            answer = page.browser.enter(page.url)
            assert answer.status_code in (302, 404, 410, 503), text_of(answer)
            page.form = answer["Location"] if answer.status_code == 302 else page.form

    def reload(self, page: Page) -> None:
        with self.killable():
            self.look(page.browser.get(page.form))

    def send(self, page: Page, data: dict[str, Any]) -> LinkSession | None:
        """Send the form; the session if the merchant was told an outcome, and nothing else happened meanwhile."""
        # As above: what is sent in the second of an end is taken for older than the end.
        self.pass_time(2)
        before, sprung = self.at_scx(), self.trap.sprung
        was_open = page.link.state == "open"
        with self.killable():
            self.look(page.browser.post(page.form, data))
        if self.trap.sprung > sprung or not was_open:
            return None
        link = page.link
        if link.state in ("open", "failed"):
            assert self.at_scx() == before, f"{link.kind} is {link.state}: {link.outcome}"
        return link

    def look(self, answer: Any) -> None:
        """Whatever happens, there is a page, and it says what to do."""
        assert answer.status_code in (200, 302, 409, 410, 429, 503), text_of(answer)
        if answer.status_code != 302:
            assert len(text_of(answer)) > 100, text_of(answer)

    def sign_up_form(self, login: str, code: str, marketplaces: list[str]) -> dict[str, Any]:
        return {"login": login, "access_code": code, "marketplaces": marketplaces}

    def update_form(self, seller: Seller, company: str, paused: bool, marketplaces: list[str], login: str) -> Any:
        values: dict[str, Any] = {
            "company_name": company,
            "contact_name": "Jo",
            "contact_email": "",
            "contact_phone": "",
        }
        if seller.channel.is_platform:
            values["marketplaces"] = marketplaces
        if paused:
            values["is_paused"] = "on"
        return values | ({"login": login, "access_code": CODE} if login else {})

    # The end

    def calm_down(self) -> None:
        """Faults end, nobody dies, time passes and jobs run, until nothing changes any more."""
        self.trap.clear()
        self.scx.call("DELETE", "/control/faults")
        seen: Any = None
        for _round in range(8):
            # SCX sends again what was not acknowledged after five minutes.
            self.pass_time(400)
            self.run_all()
            now = self.here(), self.at_scx()
            if now == seen:
                return
            seen = now
        raise AssertionError("It does not come to rest.")

    def here(self) -> list[Any]:
        sellers = Seller.objects.order_by("pk").values_list("seller_id", "state", "company_name")
        links = LinkSession.objects.order_by("pk").values_list("ref", "state", "outcome")
        members = [
            (row.pk, row.wanted, row.confirmed, row.is_refused)
            for seller in Seller.objects.order_by("pk")
            for row in seller.memberships.order_by("pk")
        ]
        return [list(sellers), list(links), members]


def watch(patch: pytest.MonkeyPatch, trap: Trap) -> None:
    for name in CALLS:
        trap.watch(patch, SellerCalls, name)
    for owner, name in STEPS:
        trap.watch(patch, owner, name)


def wait_in(world: World, patch: pytest.MonkeyPatch) -> None:
    for module in (waiting, outbox):
        patch.setattr(module, "time", world.time)
