"""Telling SCX by itself that an offer is in progress, and what has waited too long for an answer.

A merchant whose offer shows nothing in JTL-Wawi for minutes would send it again.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from listings import rows
from listings.models import ListingReport, Offer, OfferQuerySet
from platforms.models import Channel
from sellers import selling

# What takes longer is in progress.
QUICK = timedelta(minutes=5)
AT_ONCE = 500
READ = ("revision", "state", "awaited_since", "progress_told", "withdrawn_at")
Kind = ListingReport.Kind


def tell(channel: Channel) -> None:
    """Write the reports "in progress" that are due; the offers themselves stay as they are.

    Due is what has no answer for five minutes, or, where the channel says so, what the connector has.
    """
    while keys := list(_due(channel, timezone.now()).values_list("pk", flat=True)[:AT_ONCE]):
        _tell(channel, keys)


def waiting_too_long(channel: Channel) -> OfferQuerySet:
    """Listings of sellers who sell there that have no answer for longer than the channel's limit, oldest first."""
    until = timezone.now() - timedelta(hours=channel.waiting_limit_hours)
    return Offer.objects.awaited(channel, until).filter(seller__in=selling.on(channel).values("pk"))


def to_confirm_too_long(channel: Channel) -> OfferQuerySet:
    """Listings that somebody was to take down for longer than the channel's limit."""
    until = timezone.now() - timedelta(hours=channel.waiting_limit_hours)
    return Offer.objects.to_confirm().filter(channel=channel, take_down_told_at__lte=until)


def _due(channel: Channel, now: datetime) -> OfferQuerySet:
    untold = Offer.objects.awaited(channel, now).filter(
        progress_told=False, seller__in=selling.on(channel).values("pk")
    )
    if channel.in_progress_report == Channel.InProgress.AT_HAND_OVER:
        return untold.filter(Q(handed_over_revision__gte=F("revision")) | Q(awaited_since__lte=now - QUICK))
    return untold.filter(awaited_since__lte=now - QUICK)


@transaction.atomic
def _tell(channel: Channel, keys: list[int]) -> None:
    now = timezone.now()
    awaited = [offer for offer in rows.lock(Q(pk__in=keys), READ) if offer.awaited_since and not offer.progress_told]
    # SCX does not hear that a revision it knows as listed is worked on again.
    told = ListingReport.objects.filter(offer__in=awaited, kind=Kind.LISTED).exclude(
        state=ListingReport.State.SUPERSEDED
    )
    listed = set(told.values_list("offer", "revision"))
    ListingReport.objects.bulk_create(
        ListingReport(
            channel=channel, offer=offer, kind=Kind.IN_PROGRESS, revision=offer.revision, at=now, not_before=now
        )
        for offer in awaited
        if (offer.pk, offer.revision) not in listed
    )
    Offer.objects.filter(pk__in=keys).update(progress_told=True)
