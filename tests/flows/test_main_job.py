"""The main job from end to end, in this process, against the embedded SCX: nothing between the parts is faked."""

import json
import logging
from io import StringIO
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.management import call_command
from django.db import connection

from listings.models import ListingReport, Offer
from platforms import api_keys
from platforms.models import Channel, Event
from sellers.models import LinkSession, Seller
from stock.models import StockLevel
from tests import payloads
from tests.factories import AccountFactory, MarketplaceFactory, StockSyncGroupFactory
from tests.sellers.conftest import Browser

ACCESS_CODE = "a-code-nobody-guesses"

pytestmark = pytest.mark.django_db


class Walk:
    """Everything the walk wrote or was told, to be searched for secrets afterwards."""

    def __init__(self, sandbox, caplog) -> None:
        caplog.set_level(logging.DEBUG)
        self.sandbox = sandbox
        self.caplog = caplog
        self.browser = Browser(headers={"accept-language": "de"}, raise_request_exception=False)
        self.pages: list[str] = []
        self.secrets: dict[str, str] = {}

    def page(self, answer):
        self.pages.append(answer.content.decode())
        return answer

    def sync(self, *jobs: str) -> None:
        out = StringIO()
        call_command("sync", *jobs, stdout=out, stderr=out)
        self.pages.append(out.getvalue())

    def api(self, path: str, **options):
        headers = {"authorization": f"Bearer {self.secrets['API key']}"}
        answer = self.page(self.browser.get(f"/api/v1/{path}", headers=headers, **options))
        assert answer.status_code == 200, answer.content
        return answer.json()


@pytest.fixture
def walk(sandbox, caplog):
    return Walk(sandbox, caplog)


@pytest.fixture
def mall(sandbox) -> list[Channel]:
    """Three marketplaces of one platform that lists by itself; the first two share stock."""
    first = MarketplaceFactory(code="mall_de", connector="demo")
    platform = first.platform
    platform.connector = "manual"
    platform.save()
    group = StockSyncGroupFactory(platform=platform, label="MALL-EU")
    Channel.objects.filter(pk=first.pk).update(stock_sync_group=group)
    second = MarketplaceFactory(code="mall_at", platform=platform, connector="demo", stock_sync_group=group)
    third = MarketplaceFactory(code="mall_uk", platform=platform, connector="demo", currency="GBP")
    first.refresh_from_db()
    return [sandbox.adopt(channel) for channel in (first, second, third)]


def sign_up(walk: Walk, merchant, mall: list[Channel]) -> Seller:
    AccountFactory(channel=mall[0].platform, login="muster", access_code=ACCESS_CODE, company_name="Müller & Söhne")
    url = merchant.start_sign_up(mall[0].platform)
    walk.secrets["session"] = parse_qs(urlsplit(url).query)["session"][0]
    walk.secrets["access code"] = ACCESS_CODE
    form = walk.browser.form_url(url)
    walk.page(walk.browser.get(form))
    # The sender of a real log would hold a wrong code as much as a right one.
    walk.page(walk.browser.send(form, "muster", "wrong-" + ACCESS_CODE, marketplaces=mall[:2]))
    done = walk.page(walk.browser.send(form, "muster", ACCESS_CODE, marketplaces=mall[:2]))
    assert done.status_code in {200, 302}
    walk.page(walk.browser.get(form))
    return Seller.objects.get()


def test_a_seller_signs_up_an_offer_is_listed_and_stock_stays_true(walk, sandbox, mall):
    walk.secrets["API key"] = api_keys.make("the marketplace", "write")[1]
    merchant = sandbox.merchant("Müller & Söhne GmbH")

    seller = sign_up(walk, merchant, mall)
    walk.sync("sellers")

    assert seller.state == Seller.State.ACTIVE
    assert LinkSession.objects.get().session == ""
    known = sandbox.sellers(channel=mall[0].platform.code)
    assert [(row["sellerId"], row["state"], row["jtlAccountId"]) for row in known] == [
        (seller.seller_id, "linked", merchant.jtl_account_id)
    ]
    at_scx = {row["channel"]: row["isActiveByChannel"] for row in known[0]["memberships"]}
    assert at_scx["mall_de"] is at_scx["mall_at"] is True
    assert not at_scx.get("mall_uk")

    good = payloads.offer_new(seller.seller_id, 1, gtin="4006381333931", title="Kopfhörer „Nordlicht“", variations=0)
    bad = payloads.offer_small(
        seller.seller_id, 2, mainPicture="", pictureList=[], title="Ohne Bild", gtin="4006381333931"
    )
    merchant.call(
        "POST",
        "/v1/seller/offer",
        json={"offerList": [payloads.seller_offer("mall_de", good), payloads.seller_offer("mall_de", bad)]},
    )
    walk.sync("events", "apply", "handover", "reports")

    listed, failed = Offer.objects.order_by("offer_id")
    assert (listed.state, failed.state) == (Offer.State.LISTED, Offer.State.FAILED)
    assert listed.description == good["description"]
    assert listed.pictures.count() == 50
    assert {report["offerId"]: report["state"] for report in sandbox.reports(mall[0])} == {1: "listed", 2: "failed"}
    assert sandbox.reports(mall[0], offerId=2)[0]["errorList"][0]["message"]
    assert set(ListingReport.objects.values_list("state", flat=True)) == {ListingReport.State.SENT}
    assert set(Event.objects.values_list("state", flat=True)) == {Event.State.DONE}

    sandbox.advance(2)
    stock = {"channel": "mall_de", "sellerId": seller.seller_id, "offerId": 1, "quantity": "3", "channelOfferId": "x"}
    merchant.call("PUT", "/v1/seller/offer/stock", json={"offerList": [stock]})
    walk.sync("events", "apply", "stock")

    assert StockLevel.objects.get(channel=mall[0], offer_id=1).quantity == 3
    told = walk.api("stock-levels/", data={"channel": "mall_de", "sku": listed.sku})["results"]
    assert [(row["offer_id"], row["quantity"]) for row in told] == [(1, "3")]
    offers = {row["offer_id"]: row for row in walk.api("offers/", data={"channel": "mall_de"})["results"]}
    assert (offers[1]["state"], offers[2]["state"]) == ("listed", "failed")
    assert offers[2]["errors"]

    no_secret_is_told(walk, mall)


def no_secret_is_told(walk: Walk, mall: list[Channel]) -> None:
    """None of the secrets of the walk stands in a log line, a page, an API answer or, for our own, a call to SCX."""
    for channel in Channel.objects.filter(pk__in=[channel.pk for channel in mall]):
        walk.secrets[f"refresh token of {channel}"] = channel.refresh_token
        if channel.access_token:
            walk.secrets[f"access token of {channel}"] = channel.access_token
    for cookie in walk.browser.cookies.values():
        if cookie.key != "csrftoken":
            walk.secrets[f"cookie {cookie.key}"] = cookie.value
    assert any(name.startswith("access token") for name in walk.secrets)
    logged = "\n".join(f"{record.getMessage()} {record.exc_text or ''}" for record in walk.caplog.records)
    told = {"log": logged, "pages": "\n".join(walk.pages), "database": stored_in_clear()}
    found = [(name, where) for name, secret in walk.secrets.items() for where, text in told.items() if secret in text]
    assert found == []
    assert ACCESS_CODE not in json.dumps(walk.sandbox.books())


def stored_in_clear() -> str:
    """Every row of every table as it lies in the database."""
    rows = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            rows += cursor.fetchall()
    return str(rows)
