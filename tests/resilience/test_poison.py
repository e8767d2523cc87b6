"""An event that kills the process which handles it is found out and parked, and costs nobody else."""

import signal

import pytest

from tests import payloads
from tests.resilience.portal import Portal
from tests.runtime.installation import eventually, terminate

pytestmark = pytest.mark.slow

KILLS, OVERFLOWS, EATS = "kills-its-process", "overflows-the-stack", "eats-all-memory"
FATES = f"kill-on platforms.inbox.handle {KILLS}; overflow-on platforms.inbox.handle {OVERFLOWS}"
FATES = f"{FATES}; eat-on platforms.inbox.handle {EATS}"
NEW, UPDATE = "Seller:Offer.New", "Seller:Offer.Update"
DEEP = '{"sellerId":"seller1","offerId":901,"deep":' + '{"in":[' * 5_000 + "]}" * 5_000 + "}"


def state_of(portal: Portal, event_id: str) -> str:
    return str(portal.value(f"SELECT state FROM platforms_event WHERE event_id = '{event_id}'"))


def end_by_signal(portal: Portal, number: int) -> None:
    done = portal.attempt("sync", "apply", crash_at=FATES)
    assert done.returncode == -number, done.stdout + done.stderr


def test_a_worker_finds_out_what_kills_it_while_the_others_are_applied(portal):
    shop, other = portal.channel("shop_de"), portal.channel("shop_at")
    portal.sellers(shop, "seller1")
    portal.sellers(other, "seller2")
    portal.emit_offers(shop, "seller1", *range(1, 151))
    poison = portal.emit(shop, NEW, payloads.offer_small("seller1", 902, title=KILLS))
    glutton = portal.emit(shop, NEW, payloads.offer_small("seller1", 903, title=EATS))
    deep = portal.emit(shop, NEW, {}, raw=DEEP)
    portal.emit_offers(shop, "seller1", *range(151, 301))
    portal.emit_offers(other, "seller2", *range(1, 51))

    worker = portal.start_worker(crash_at=FATES)
    portal.eventually("SELECT COUNT(*) = 350 FROM platforms_event WHERE state = 'done'", "all good events applied", 120)
    portal.eventually("SELECT deaths >= 4 FROM platforms_batch WHERE deaths > 3", "the poison alone, to the last", 60)
    assert terminate(worker) == 0

    assert portal.count("listings_offer") == 350
    assert state_of(portal, deep) == "failed"
    payload = portal.value(f"SELECT payload FROM platforms_event WHERE event_id = '{deep}'")
    assert "nested too deep" in str(payload)
    assert portal.events_at_scx(shop, "acknowledged") == 303
    # Memory that runs out inside Python is an exception: the event fails as any other does, and kills nobody.
    assert state_of(portal, glutton) == "failed"
    assert "MemoryError" in portal.value(f"SELECT error FROM platforms_event WHERE event_id = '{glutton}'")

    def parked() -> bool:
        portal.attempt("sync", "apply", crash_at=FATES)
        return state_of(portal, poison) == "dead"

    eventually(parked, "the poison parked")
    # One for each death at least: with several processes an event may be begun twice.
    assert portal.value(f"SELECT attempts FROM platforms_event WHERE event_id = '{poison}'") >= 5
    assert "ended from outside each time" in portal.value(
        f"SELECT error FROM platforms_event WHERE event_id = '{poison}'"
    )
    portal.manage("replay_events", "--id", poison)
    portal.sync("apply")
    assert state_of(portal, poison) == "done"


def test_a_stack_that_overflows_in_c_is_counted_before_the_work_as_any_death(portal):
    shop = portal.channel("shop_de")
    portal.sellers(shop, "seller1")
    portal.emit_offers(shop, "seller1", *range(1, 101))
    poison = portal.emit(shop, UPDATE, payloads.offer_small("seller1", 900, title=OVERFLOWS))
    portal.sync("events")
    for _death in range(5):
        end_by_signal(portal, signal.SIGSEGV)
    portal.sync("apply")
    assert portal.count("platforms_event", "state = 'done'") == 100
    assert state_of(portal, poison) == "dead"
    assert portal.count("platforms_batch") == 0


def test_an_offer_that_kills_the_connector_holds_up_no_other(portal):
    shop = portal.channel("shop_de")
    portal.sellers(shop, "seller1")
    portal.emit_offers(shop, "seller1", *range(1, 101))
    portal.emit(shop, NEW, payloads.offer_small("seller1", 900, title=KILLS))
    portal.emit_offers(shop, "seller1", *range(101, 201))
    portal.sync("events", "apply")
    fate = f"kill-on listings.handover.job._hand_over {KILLS}"
    for _death in range(5):
        assert portal.attempt("sync", "handover", crash_at=fate).returncode == -signal.SIGKILL
    assert portal.count("listings_offer", "state <> 'pending'") == 200
    assert "“handover” of shop_de" in portal.shell(
        "from platforms import findings; print([finding.text for finding in findings.found()])"
    )
    portal.sync("handover")
    assert portal.count("listings_offer", "state <> 'pending'") == 201
