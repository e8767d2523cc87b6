"""A process may be killed at any line: the next run ends as if nothing had happened."""

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

INTAKE = (
    "before platforms.scx.events.EventCalls.fetch",
    "after platforms.scx.events.EventCalls.fetch",
    "after platforms.inbox.store",
    "after platforms.scx.events.EventCalls.acknowledge",
)


@pytest.mark.parametrize("point", INTAKE)
def test_a_kill_while_events_are_taken_in(portal, point):
    shop = portal.channel("shop_de")
    portal.sellers(shop, "seller1")
    portal.emit_offers(shop, "seller1", *range(1, 31))

    portal.crash(point, "events")
    portal.scx.advance(3600)
    portal.sync("events", "apply")

    assert portal.count("platforms_event", "state = 'done'") == 30
    assert portal.count("listings_offer") == 30
    assert portal.events_at_scx(shop, "acknowledged") == 30
