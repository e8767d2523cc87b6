"""Delayed requests wait, but never all threads with them, and no longer than their fault is in force."""

from collections import Counter
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

import pytest

ROUTE = "/v1/channel"
MOST = 48
MINUTES_10 = 600


@pytest.fixture
def clients(scx):
    """More clients than may wait; whatever still waits for the emulator is let go in the end."""
    with ThreadPoolExecutor(2 * MOST) as clients:
        yield clients
        scx.control("DELETE", "faults", 204)


def delay(scx, **values):
    return scx.control("POST", "faults", 201, json={"fault": "delay", "seconds": MINUTES_10, "rate": 1, **values})["id"]


def played(scx):
    return sum(fault["played"] for fault in scx.control("GET", "faults")["faults"])


def test_delays_leave_threads_to_steer_the_emulator_by(scx, shop, clients):
    delay(scx)
    requests = [clients.submit(shop, "GET", ROUTE) for _request in range(MOST + 5)]
    refused = set()
    while len(refused) < 5:
        done, _waiting = wait(set(requests) - refused, return_when=FIRST_COMPLETED)
        refused |= done
    assert {(answer.result().status_code, answer.result().json()["errorList"][0]["code"]) for answer in refused} == {
        (503, "GEN503")
    }
    assert played(scx) == MOST + 5
    scx.control("DELETE", "faults", 204)
    assert Counter(answer.result().status_code for answer in requests) == {200: MOST, 503: 5}
    assert Counter(book["status"] for book in scx.books(path=ROUTE)) == {200: MOST, 503: 5}


def test_clearing_one_fault_wakes_its_own_requests_alone(scx, shop, clients):
    short = delay(scx, match={"method": "GET"})
    delay(scx, match={"method": "DELETE"})
    read, acknowledge = (clients.submit(shop, method, f"{ROUTE}/event") for method in ("GET", "DELETE"))
    while played(scx) < 2:
        assert not read.done()
    scx.control("DELETE", f"faults/{short}", 204)
    assert read.result().status_code == 200
    assert not acknowledge.done()
    scx.control("DELETE", "faults", 204)
    assert acknowledge.result().status_code == 400


def test_a_request_that_waited_through_a_reset_finds_its_channel_gone(scx, shop, clients):
    delay(scx)
    waiting = clients.submit(shop, "POST", f"{ROUTE}/price", json={"priceTypeId": "B2C", "displayName": "Endkunde"})
    while played(scx) < 1:
        assert not waiting.done()
    scx.control("POST", "reset", 204, json={})
    assert waiting.result().status_code == 401
