"""What a killed emulator remembers when it comes back: everything but the counts of its quota windows."""

import os
import signal
import threading
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest
import requests

from tests.sandbox.conftest import Party, Scx
from tests.sandbox_process import free_port, run_sandbox

# Each starts processes of its own.
pytestmark = pytest.mark.slow


class Mortal:
    """An emulator that can be killed and started again on the same file and port."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder, self.stack, self.port = folder, stack, free_port()
        self.scx = Scx(self.start())

    def start(self) -> str:
        return self.stack.enter_context(run_sandbox(self.folder, port=self.port))

    def restart(self) -> None:
        """Without a chance to tidy up: the server and the worker it forked get SIGKILL."""
        server = max(psutil.Process().children(), key=lambda child: child.create_time())
        doomed = [*server.children(recursive=True), server]
        for process in doomed:
            os.kill(process.pid, signal.SIGKILL)
        psutil.wait_procs(doomed, timeout=20)
        self.start()


@pytest.fixture
def mortal(tmp_path):
    with ExitStack() as stack:
        yield Mortal(tmp_path, stack)


def test_queues_leases_tokens_sessions_settings_and_clock_outlive_a_kill(mortal):
    scx = mortal.scx
    shop, merchant = scx.channel(), scx.merchant(jtlAccountId=1001)
    first, second = scx.emit("DEMOSHOP", 2)
    scx.settings(redeliverySeconds=200)
    scx.advance(50)
    assert [event["id"] for event in shop.events()] == [first, second]
    shop("DELETE", "/v1/channel/event", 204, json={"eventIdList": [first]})
    session = merchant("POST", "/v1/seller/channel/DEMOSHOP", 201)["signUpUrl"].split("session=")[1].split("&")[0]
    offset = scx.control("GET", "clock")["offset"]
    books = scx.books()

    mortal.restart()

    assert scx.control("GET", "clock")["offset"] == offset == 50
    assert scx.control("GET", "settings")["redeliverySeconds"] == 200
    assert scx.books() == books
    assert shop.events() == []
    shop("POST", "/v1/channel/seller", 201, json={"session": session, "sellerId": "S1"})
    assert [seller["sellerId"] for seller in merchant("GET", "/v1/seller", 200)["sellerList"]] == ["S1"]
    assert Party(scx.base_url, shop.refresh_token).events() == []
    scx.advance(201)
    assert [event["id"] for event in shop.events()] == [second]


def test_a_kill_in_the_middle_of_a_load_loses_no_event_and_brings_back_none_that_was_acknowledged(mortal):
    scx = mortal.scx
    shop = scx.channel()
    ids = scx.emit("DEMOSHOP", 3000)
    acknowledged: list[str] = []
    under_way = threading.Event()

    def consume() -> None:
        try:
            while page := [event["id"] for event in shop.events()]:
                shop("DELETE", "/v1/channel/event", 204, json={"eventIdList": page})
                acknowledged.extend(page)
                if len(acknowledged) >= 500:
                    under_way.set()
        except requests.RequestException:
            under_way.set()

    consumer = threading.Thread(target=consume)
    consumer.start()
    assert under_way.wait(30)
    mortal.restart()
    consumer.join(30)

    scx.advance(301)
    left = []
    while page := [event["id"] for event in shop.events()]:
        left += page
    assert not set(left) & set(acknowledged)
    # Of the last page the emulator may have noted the acknowledgement without having answered it.
    assert len(set(ids) - set(left) - set(acknowledged)) <= 100
    states = scx.control("GET", "events", params={"limit": 5000})["events"]
    assert {event["id"] for event in states} == set(ids)
