"""What waits to be handed over and to be reported, on all channels at once: for those who watch, not for the jobs."""

from collections.abc import Collection, Iterator
from datetime import datetime

from django.db.models import OuterRef, Subquery

from listings.models import ListingReport, Offer, OfferQuerySet
from platforms.models import Channel
from sellers import selling


def handover(channels: Collection[int]) -> OfferQuerySet:
    """What is to be handed over now on these channels, in no order."""
    due = Offer.objects.not_handed_over().filter(
        selling.rows("seller", "channel"), channel__in=channels, seller__credentials_rejected_at=None
    )
    return due.order_by()


def reports() -> Iterator[tuple[Channel, datetime | None]]:
    """Each active channel, and since when its oldest report waits that may be sent; None where none does."""
    first = ListingReport.objects.sendable().filter(channel=OuterRef("pk")).order_by("pk").values("created_at")[:1]
    for channel in Channel.objects.callable().annotate(waiting_since=Subquery(first)):
        yield channel, channel.waiting_since
