"""What endpoints are told of offers: that one waits to be listed, that one is to go, that an answer is overdue."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from django.utils import timezone

from listings.handover import plain
from listings.handover.base import OfferData, OfferRef
from listings.models import AWAITED, Offer
from platforms.models import Channel
from platforms.webhooks import noting
from platforms.webhooks.messages import Message
from sellers import selling

PENDING, ENDED, OVERDUE = "offer.pending", "offer.ended", "offer.overdue"
IDS = ("id", "channel", "seller", "offer_id")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def tell_pending(channel: Channel, offers: Sequence[OfferData]) -> None:
    """Tell of those of the offers that the connector has and whose answer is awaited; in the caller's transaction."""
    if not noting.is_wanted(PENDING):
        return
    given = {offer.key: offer for offer in offers}
    awaited = Offer.objects.filter(pk__in=given, state=Offer.State.PENDING, awaited_since__isnull=False)
    noting.put(
        [
            Message(
                PENDING, channel.pk, f"offer {pk}", f"{revision} {since.isoformat()}", since,
                plain.offer(given[pk]), (*IDS, "revision"), given[pk].seller,
            )
            for pk, revision, since in awaited.values_list("pk", "handed_over_revision", "awaited_since")
            if revision == given[pk].revision and since
        ]
    )  # fmt: skip


def tell_ended(channel: Channel, offers: Sequence[OfferRef]) -> None:
    """Tell that these listings are to leave the marketplace; in the caller's transaction."""
    if not noting.is_wanted(ENDED):
        return
    given = {offer.key: offer for offer in offers}
    times = Offer.objects.filter(pk__in=given).values_list("pk", "withdrawn_at", "end_at", "end_event")
    noting.put(
        [
            Message(
                ENDED, channel.pk, f"offer {pk}", _end(given[pk], withdrawn, ended, event),
                (ended if given[pk].is_over else withdrawn) or timezone.now(),
                plain.reference(given[pk]), IDS, given[pk].seller,
            )
            for pk, withdrawn, ended, event in times
        ]
    )  # fmt: skip


def _end(offer: OfferRef, withdrawn: datetime | None, ended: datetime | None, event: str) -> str:
    return f"over {ended} {event}" if offer.is_over else f"withdrawn {withdrawn}"


def read_overdue(after: int, channels: Iterable[int] | None, limit: int) -> tuple[list[Message], int]:
    """As `platforms.webhooks.messages.Reader`; the numbers are microseconds since 1970, when an answer was due."""
    now = timezone.now()
    since = EPOCH + after * MICROSECOND
    wanted = Channel.objects.callable() if channels is None else Channel.objects.callable().filter(pk__in=channels)
    found: list[tuple[datetime, Offer]] = []
    for channel in wanted.only("code", "waiting_limit_hours"):
        patience = timedelta(hours=channel.waiting_limit_hours)
        awaited = Offer.objects.filter(
            AWAITED,
            selling.rows("seller", "channel"),
            channel=channel,
            awaited_since__gt=since - patience,
            awaited_since__lte=now - patience,
        )
        # Those that have waited as long as the last of them are read along.
        times = list(awaited.order_by("awaited_since").values_list("awaited_since", flat=True)[:limit])
        last = times[-1] if times else now
        rows = awaited.filter(awaited_since__lte=last).select_related("seller", "channel")
        found += [(row.awaited_since + patience, row) for row in rows if row.awaited_since]
    found.sort(key=lambda pair: (pair[0], pair[1].pk))
    until = found[limit - 1][0] if len(found) >= limit else now
    return [_overdue(at, offer) for at, offer in found if at <= until], (until - EPOCH) // MICROSECOND


def _overdue(at: datetime, offer: Offer) -> Message:
    data = {
        "id": offer.pk,
        "channel": offer.channel.code,
        "seller": offer.seller.seller_id,
        "offer_id": offer.offer_id,
        "revision": offer.revision,
        "state": offer.state,
        "sku": offer.sku,
        "title": offer.title,
        "awaited_since": offer.awaited_since,
    }
    version = f"{offer.revision} {at.isoformat()}"
    return Message(OVERDUE, offer.channel_id, f"offer {offer.pk}", version, at, data, IDS, offer.seller.seller_id)
