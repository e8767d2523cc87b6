"""`manage.py sandbox_load` as a process of its own, beside the running emulator or before it starts."""

import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import requests

from tests import payloads
from tests.sandbox.conftest import LATE, Party
from tests.sandbox_process import ROOT, run_sandbox

# Each starts processes of its own.
pytestmark = pytest.mark.slow

ALL_STOCK = "/v1/channel/offer/stock-updates/all"


class Loader:
    """Runs the command on the database file in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        environment = {**os.environ, "SANDBOX_DATABASE": str(self.folder / "sandbox.sqlite3")}
        environment.pop("DJANGO_SETTINGS_MODULE", None)
        return subprocess.Popen(
            [sys.executable, "manage.py", "sandbox_load", *arguments],
            cwd=ROOT,
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def __call__(self, *arguments: str) -> str:
        """What it said; it must have succeeded."""
        process = self.start(*arguments)
        said, _nothing = process.communicate(timeout=60)
        assert process.returncode == 0, said
        return said


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("load")


@pytest.fixture(scope="module")
def sandbox_process(folder: Path) -> Iterator[str]:
    """An emulator of this file's own, whose database the command can be pointed at."""
    with run_sandbox(folder) as base_url:
        yield base_url


@pytest.fixture
def load(folder: Path) -> Loader:
    return Loader(folder)


def drained(channel: Party) -> list[dict]:
    """All events of the channel, fetched and acknowledged page by page."""
    found = []
    while page := channel.events():
        found += page
        channel("DELETE", "/v1/channel/event", 204, json={"eventIdList": [event["id"] for event in page]})
    return found


def test_a_shop_is_made_when_nobody_trades_and_its_token_is_told(scx, load):
    said = load("--offers", "250")
    token = re.search(r"LOADSHOP: 1 seller\(s\), refresh token (\S+)", said)[1]
    found = drained(Party(scx.base_url, token))
    assert {event["type"] for event in found} == {"Seller:Offer.New"}
    assert [event["id"] for event in found] == sorted(event["id"] for event in found)
    assert len({event["event"]["offerId"] for event in found}) == 250
    assert "Sent 250 " in said


def test_the_file_is_made_when_no_emulator_has_run_and_serves_one_later(tmp_path):
    token = re.search(r"token (\S+)", Loader(tmp_path)("--offers", "3"))[1]
    with run_sandbox(tmp_path) as base_url:
        assert len(drained(Party(base_url, token))) == 3


def test_a_channel_without_a_price_type_is_given_one(scx, linked, load):
    scx.channel(priceTypes=[])
    assert "DEMOSHOP: had no price type; B2C is created." in load("--offers", "2")
    assert "price type" not in load("--offers", "2")
    prices = [event["event"]["priceList"] for event in drained(linked)]
    assert [[each["id"] for each in of_offer] for of_offer in prices] == [["B2C"]] * 4


def test_every_kind_comes_in_the_number_wished_for(scx, linked, load):
    load("--offers", "20", "--updates", "7", "--stock", "45", "--prices", "5", "--ends", "2")
    found = drained(linked)
    assert Counter(event["type"].removeprefix("Seller:Offer.") for event in found) == {
        "New": 20,
        "Update": 7,
        "StockUpdate": 45,
        "PriceUpdate": 5,
        "End": 2,
    }
    kinds = [event["type"] for event in found]
    assert set(kinds[:20]) == {"Seller:Offer.New"}
    assert set(kinds[-2:]) == {"Seller:Offer.End"}
    known = {event["event"]["offerId"] for event in found[:20]}
    assert {event["event"]["offerId"] for event in found} == known
    states = Counter(offer["state"] for offer in scx.control("GET", "offers")["offers"])
    assert states == {"sent": 18, "ended": 2}


def test_a_second_run_adds_offers_and_changes_those_of_the_first(linked, load):
    load("--offers", "3")
    load("--offers", "2", "--stock", "5")
    new = [event["event"]["offerId"] for event in drained(linked) if event["type"] == "Seller:Offer.New"]
    assert len(set(new)) == 5
    rows = linked("GET", ALL_STOCK, 200, params=LATE)["stockUpdateList"]
    assert sorted(row["offerId"] for row in rows) == sorted(new)


def test_channels_are_named_or_all_that_trade_and_sellers_are_made_as_wanted(scx, linked, load):
    other, third = scx.channel("OTHERSHOP"), scx.channel("THIRDSHOP")
    load("--offers", "10", "--channel", "OTHERSHOP", "--sellers", "5")
    spread = Counter(event["event"]["sellerId"] for event in drained(other))
    assert sorted(spread.values()) == [2, 2, 2, 2, 2]
    load("--offers", "12")
    assert len(drained(linked)) == 2
    assert Counter(event["event"]["sellerId"] for event in drained(other)).total() == 10
    assert drained(third) == []


def test_marketplaces_of_a_platform_can_be_filled_but_not_the_platform(scx, load):
    m_de, m_fr = scx.platform("m-de", "m-fr")
    load("--offers", "4", "--channel", "m-de", "--channel", "m-fr")
    assert len(drained(m_de)) == len(drained(m_fr)) == 2
    said = load.start("--offers", "1", "--channel", "plat").communicate(timeout=60)[0]
    assert "plat is a platform, which has no events; name its marketplaces." in said


def test_a_channel_that_reads_stock_rows_gets_no_stock_events(scx, linked, load):
    scx.channel(featureList={"stockUpdateWithoutEventSupported": True})
    load("--offers", "3", "--stock", "3")
    assert {event["type"] for event in drained(linked)} == {"Seller:Offer.New"}
    assert len(linked("GET", ALL_STOCK, 200, params=LATE)["stockUpdateList"]) == 3


@pytest.mark.parametrize("payload", ["small", "full"])
def test_an_event_is_what_the_seller_api_would_have_made(scx, linked, merchant, load, payload):
    load("--offers", "1", "--payload", payload, "--url", scx.base_url)
    [loaded] = drained(linked)
    body = {"offerList": [payloads.seller_offer("DEMOSHOP", loaded["event"])]}
    merchant("POST", "/v1/seller/offer", 201, json=body, headers={"User-Agent": f"Wawi/{loaded['clientVersion']}"})
    [sent] = drained(linked)
    assert sent.keys() == loaded.keys()
    assert sent["event"] == loaded["event"]
    assert sent["clientVersion"] == loaded["clientVersion"]


def test_a_full_offer_is_at_the_limits_and_its_pictures_are_there(scx, linked, load):
    load("--offers", "1", "--payload", "full", "--url", scx.base_url)
    [event] = drained(linked)
    assert len(event["event"]["description"]) == 50_000
    assert len(event["event"]["pictureList"]) == 50
    assert requests.get(event["event"]["pictureList"][-1], timeout=30).headers["Content-Type"] == "image/png"


def test_the_clock_of_the_emulator_counts(scx, linked, load):
    scx.emit("DEMOSHOP")
    scx.advance(1800)
    load("--offers", "1")
    before, loaded = (datetime.fromisoformat(event["createdAt"]) for event in drained(linked))
    assert loaded - before >= timedelta(seconds=1800)


def test_with_a_rate_events_come_no_faster(linked, load):
    begin = time.monotonic()
    load("--offers", "30", "--rate", "20")
    # The first lot is sent at once, the last when its time has come.
    assert time.monotonic() - begin > 28 / 20
    assert len(drained(linked)) == 30


def test_ctrl_c_ends_a_paced_run_and_tells_what_was_sent(scx, linked, load):
    process = load.start("--offers", "100000", "--rate", "50")
    while not scx.control("GET", "events", params={"limit": 1})["events"]:
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    said, _nothing = process.communicate(timeout=60)
    assert process.returncode == 0, said
    number = re.search(r"Stopped at (\d+) of 100000", said)[1]
    assert len(drained(linked)) == int(number)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ((), "Say how many of what: --offers N, --updates N"),
        (("--offers", "ten"), "ten is not a whole number of 0 or more"),
        (("--offers", "1", "--rate", "0"), "0 is not a number of events per second above 0"),
        (("--offers", "1", "--sellers", "0"), "must be 1 or more"),
        (("--offers", "1", "--channel", "NOWHERE"), "There is no channel NOWHERE. There are: DEMOSHOP."),
        (("--stock", "5"), "There are no offers left that could be changed or ended; 5 were still to come."),
    ],
)
def test_a_wish_that_cannot_be_is_refused_with_its_reason(linked, load, arguments, reason):
    process = load.start(*arguments)
    said, _nothing = process.communicate(timeout=60)
    assert process.returncode != 0
    assert reason in said
    assert "Traceback" not in said


def test_help_is_found_under_the_portals_command_line():
    answer = subprocess.run(
        [sys.executable, "manage.py", "help", "sandbox_load"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "--rate EVENTS_PER_SECOND" in answer.stdout
