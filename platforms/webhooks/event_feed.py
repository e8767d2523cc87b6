"""The inbox as a feed for endpoints: what SCX sent, as it came."""

from collections.abc import Iterable

from platforms.models import Event
from platforms.webhooks.messages import Message

TOPIC = "event.received"
IDS = ("id", "channel", "event_id", "type", "cursor")
FIELDS = ("number", "channel_id", "channel__code", "event_id", "type", "created_at", "received_at", "payload")
# Payloads of megabytes are read a few at a time.
CHARACTERS = 4_000_000


def read(after: int, channels: Iterable[int] | None, limit: int) -> tuple[list[Message], int]:
    """As `platforms.webhooks.messages.Reader`."""
    events = Event.objects.filter(number__gt=after).order_by("number")
    if channels is not None:
        events = events.filter(channel__in=channels)
    last, total = after, 0
    for number, size in events.values_list("number", "size")[:limit]:
        total += size
        if total > CHARACTERS and last > after:
            break
        last = number
    rows = events.filter(number__lte=last).select_related("channel").only(*FIELDS, "seller_id")
    return [_message(event) for event in rows], last


def _message(event: Event) -> Message:
    data = {
        "id": event.pk,
        "channel": event.channel.code,
        "event_id": event.event_id,
        "type": event.type,
        "created_at": event.created_at,
        "received_at": event.received_at,
        "payload": event.payload,
        "cursor": event.number,
    }
    subject = f"event {event.pk}"
    return Message(
        TOPIC, event.channel_id, subject, str(event.number), event.received_at, data, IDS, event.seller_id or ""
    )
