"""What waits to be handed over and to be reported, on all channels at once: for those who watch, not for the jobs."""

from collections.abc import Collection, Iterator
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, Subquery

from listings.models import ListingReport, Offer, OfferQuerySet
from platforms.models import Channel
from sellers.models import Membership, Seller


def handover(channels: Collection[int]) -> OfferQuerySet:
    """What is to be handed over now on these channels, in no order."""
    confirmed = Membership.objects.filter(seller=OuterRef("seller"), marketplace=OuterRef("channel"), confirmed=True)
    due = Offer.objects.not_handed_over().filter(
        Q(channel__kind=Channel.Kind.STANDALONE) | Exists(confirmed),
        channel__in=channels,
        seller__state__in=[Seller.State.ACTIVE, Seller.State.INACTIVE],
    )
    return due.order_by()


def reports() -> Iterator[tuple[Channel, datetime | None]]:
    """Each active channel, and since when its oldest report waits that may be sent; None where none does."""
    first = ListingReport.objects.sendable().filter(channel=OuterRef("pk")).order_by("pk").values("created_at")[:1]
    for channel in Channel.objects.callable().annotate(waiting_since=Subquery(first)):
        yield channel, channel.waiting_since
