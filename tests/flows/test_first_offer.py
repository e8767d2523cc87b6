"""From an empty portal and JTL's token to the first listed offer, by doing what the assistant says and nothing else."""

from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from listings.models import Offer
from platforms.models import Channel, Heartbeat
from platforms.readiness import CHECK_ADDRESSES, EXCHANGE, Step
from sellers.models import Seller
from tests import payloads
from tests.admin import rows
from tests.admin.conftest import sign_in
from tests.admin.test_channels import ADD, form
from tests.sandbox_control import Sandbox
from tests.sellers.conftest import Browser

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

CODE = "FIRSTSHOP"
STEPS_AT_MOST = 20


class Newcomer:
    """Staff, merchant and server of a marketplace that starts today: each does only what the page says."""

    def __init__(self, sandbox: Sandbox, portal: str) -> None:
        self.sandbox = sandbox
        self.portal = portal
        self.staff: Client = sign_in(rows.user(is_staff=True, is_superuser=True))
        self.told: list[str] = []

    @property
    def channel(self) -> Channel:
        return Channel.objects.get(code=CODE)

    @property
    def page(self) -> str:
        return reverse("admin:platforms_channel_assistant", args=[self.channel.pk])

    def next_step(self) -> Step | None:
        answer = self.staff.get(self.page)
        assert answer.status_code == 200
        step: Step | None = answer.context["found"].next_step
        return step

    def follow(self, step: Step) -> None:
        self.told.append(f"{step.code} {step.state}")
        deeds: dict[str, Callable[[Step], None]] = {
            "worker": self.start_worker,
            "token": self.enter_token,
            "price-type": self.enter_price_type,
            "account": self.make_account,
            "seller": self.sign_up,
            "event": self.offer,
            "listing": self.list_offer,
        }
        if step.action == EXCHANGE:
            self.exchange()
        elif step.action == CHECK_ADDRESSES:
            self.staff.post(self.page, {"action": step.action})
        else:
            deeds[step.code](step)

    def start_worker(self, step: Step) -> None:
        Heartbeat.objects.create(cluster="one", beat_at=timezone.now())

    def exchange(self) -> None:
        """The button, and what the worker does of it."""
        self.staff.post(self.page, {"action": EXCHANGE})
        self.work()

    def work(self) -> None:
        call_command("sync", stdout=StringIO(), stderr=StringIO())

    def enter_token(self, step: Step) -> None:
        """JTL has set the channel up, and given the token."""
        body = {
            "code": CODE,
            "displayName": "First Shop",
            "signUpUrl": self.channel.effective_sign_up_url,
            "updateUrl": self.channel.effective_update_url,
        }
        token = self.sandbox.call("POST", "/control/channels", json=body)["refreshToken"]
        address = step.url.partition("#")[0]
        assert self.staff.post(address, form(code=CODE, new_refresh_token=token)).status_code == 302

    def enter_price_type(self, step: Step) -> None:
        address = step.url.partition("#")[0]
        rows = {"price_types-TOTAL_FORMS": "1", "price_types-INITIAL_FORMS": "0"}
        rows |= {"price_types-0-price_type_id": "B2C", "price_types-0-display_name": "Retail"}
        assert self.staff.post(address, form(code=CODE) | rows).status_code == 302

    def make_account(self, step: Step) -> None:
        body = {"channel": self.channel.pk, "login": "acme", "is_active": "on", "new_access_code": "open sesame"}
        assert f'value="{self.channel.pk}" selected' in self.staff.get(step.url).content.decode()
        assert self.staff.post(step.url, body).status_code in {200, 302}

    def sign_up(self, step: Step) -> None:
        self.merchant = self.sandbox.merchant()
        browser = Browser(headers={"accept-language": "en"})
        browser.send(browser.form_url(self.merchant.start_sign_up(self.channel)), "acme")

    def offer(self, step: Step) -> None:
        offer = payloads.offer_small(Seller.objects.get().seller_id, 1)
        offer["priceList"] = [price for price in offer["priceList"] if price["id"] == "B2C"]
        body = {"offerList": [payloads.seller_offer(CODE, offer)]}
        self.merchant.call("POST", "/v1/seller/offer", json=body)
        self.work()

    def list_offer(self, step: Step) -> None:
        offer = Offer.objects.get()
        assert offer.title in self.staff.get(step.url).content.decode()
        fields = {f"revision_{offer.pk}": "1", f"listing_url_{offer.pk}": "https://first.example/1"}
        mark = {"action": "mark_listed", "_selected_action": [offer.pk], "confirmed": "yes", **fields}
        self.staff.post(reverse("admin:listings_offer_changelist"), mark)


def test_a_newcomer_gets_to_a_listed_offer_by_following_the_assistant(sandbox: Sandbox, live_server, settings):
    settings.PORTAL_URL = live_server.url
    newcomer = Newcomer(sandbox, live_server.url)
    made = newcomer.staff.post(reverse(ADD), form(code=CODE))
    assert made["Location"] == newcomer.page

    while step := newcomer.next_step():
        assert len(newcomer.told) < STEPS_AT_MOST, newcomer.told
        newcomer.follow(step)

    assert newcomer.told == [
        "worker todo",
        "token todo",
        "at-scx unknown",
        "addresses-reached todo",
        "price-type todo",
        "price-type unknown",
        "account todo",
        "seller todo",
        "event todo",
        "listing todo",
        "listing unknown",
    ]
    assert [report["state"] for report in sandbox.reports(newcomer.channel)] == ["listed"]
    assert "All is done" in newcomer.staff.get(newcomer.page).content.decode()
