"""The channels' queues as a developer looks at them, and how he puts events of his own into them."""

from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from platforms.sandbox import arrangement, clock, events, shapes
from platforms.sandbox.arrangement import Impossible
from platforms.sandbox.events import Draft
from platforms.sandbox.models import Channel, Event
from platforms.sandbox.validation import listing, validated

# Delivered means on lease; back from a lease an event waits again.
STATES = {
    "waiting": gettext_lazy("waiting"),
    "delivered": gettext_lazy("delivered"),
    "acknowledged": gettext_lazy("acknowledged"),
    "dead": gettext_lazy("dead"),
}
# Those this project knows to exist (contract 5.4); a channel must survive any other.
TYPES = (
    "Seller:Offer.New",
    "Seller:Offer.Update",
    "Seller:Offer.End",
    "Seller:Offer.StockUpdate",
    "Seller:Offer.PriceUpdate",
    "Seller:Channel.Unlinked",
    "System:Test",
    "System:Notification",
    "Seller:Order.Confirmed",
    "Seller:Order.Shipping",
    "Seller:Order.Payment",
    "Seller:Order.Cancellation.Request",
    "Seller:Order.Cancellation.Accepted",
    "Seller:Order.Cancellation.Denied",
    "Seller:Order.Refund",
    "Seller:Order.Invoice",
    "Seller:Order.ReturnReceived",
    "Seller:Report.Request",
    "Seller:Meta.SellerAttributesUpdateRequest",
    "Seller:Ticket.Reply",
)


def in_state(state: str) -> Q:
    """Which events are in one of STATES; Impossible for another word. Call `events.bury_dead` first."""
    now = clock.steady()
    conditions = {
        "waiting": Q(state=Event.State.OPEN, visible_at__lte=now),
        "delivered": Q(state=Event.State.OPEN, visible_at__gt=now),
        "acknowledged": Q(state=Event.State.ACKNOWLEDGED),
        "dead": Q(state=Event.State.DEAD),
    }
    if state not in conditions:
        raise Impossible(_("state is one of %(states)s.") % {"states": ", ".join(conditions)})
    return conditions[state]


def found(channel: str = "", type: str = "", state: str = "") -> QuerySet[Event]:
    """The events that fit all that is given."""
    rows = Event.objects.select_related("channel")
    rows = rows.filter(channel__code=channel) if channel else rows
    rows = rows.filter(type=type) if type else rows
    return rows.filter(in_state(state)) if state else rows


def state_of(event: Event) -> str:
    """One of STATES. Call `events.bury_dead` first."""
    if event.state != Event.State.OPEN:
        return event.state
    return "delivered" if event.visible_at > clock.steady() else "waiting"


def counts() -> list[dict[str, Any]]:
    """How many events of each state every channel with a queue has; a platform has none. Buries the dead first."""
    events.bury_dead()
    numbers = {state: Count("pk", filter=in_state(state)) for state in STATES}
    by_channel = {row["channel"]: row for row in Event.objects.values("channel").annotate(**numbers)}
    nothing = dict.fromkeys(STATES, 0)
    return [
        {"code": channel.code, **nothing, **by_channel.get(channel.pk, {})}
        for channel in Channel.objects.filter(is_platform=False).order_by("code")
    ]


def emit(given: Any, channel_code: str = "") -> list[str]:
    """Queue what was given: one event, a list, or `{"eventList": […]}` as SCX itself answers it. Gives the ids.

    An event is `{channel, type, event}`, if need be with `id`, `createdAt` and `clientVersion`; those that name no
    channel go to `channel_code`. Refusal and Impossible say what is wrong, and then nothing is queued.
    """
    captured = isinstance(given, dict) and "eventList" in given
    items = given["eventList"] if captured else given if isinstance(given, list) else [given]
    # What SCX sent without a version is sent again without one.
    defaults = {"channel": channel_code or None, **({"clientVersion": None} if captured else {})}
    if isinstance(items, list):
        items = [{**defaults, **item} if isinstance(item, dict) else item for item in items]
    shape = shapes.CAPTURED_EVENT if captured else shapes.CONTROL_EVENT
    wishes = validated(listing(shape), items, "eventList" if captured else "")
    channels = {code: _with_queue(code) for code in {wish["channel"] for wish in wishes}}
    return events.raise_events(_draft(wish, item, channels) for wish, item in zip(wishes, items, strict=True))


def _with_queue(code: str) -> Channel:
    channel = arrangement.channel_named(code)
    if channel.is_platform:
        raise Impossible(_("%(channel)s is a platform; platforms are virtual and own no events.") % {"channel": code})
    return channel


def _draft(wish: dict[str, Any], item: dict[str, Any], channels: dict[str, Channel]) -> Draft:
    # Here null does not mean absent: it asks for an envelope without a version.
    version = {"client_version": item["clientVersion"]} if "clientVersion" in item else {}
    return Draft(
        channels[wish["channel"]],
        wish["type"],
        wish["event"],
        event_id=wish.get("id"),
        created_at=wish.get("createdAt"),
        raw=wish.get("raw", ""),
        **version,
    )
