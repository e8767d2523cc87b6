"""What the events of a channel itself mean here."""

import logging

from platforms.models import Channel, Event

logger = logging.getLogger(__name__)


def log_test(channel: Channel, events: list[Event]) -> None:
    """`System:Test`: JTL asks whether events arrive; the log says they do."""
    for event in events:
        logger.info("Test event %s arrived at channel %s", event.event_id, channel.code)
