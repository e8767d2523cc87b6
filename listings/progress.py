"""Telling SCX by itself that an offer is in progress, and what has waited too long for an answer.

A merchant whose offer shows nothing in JTL-Wawi for minutes would send it again.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from listings import rows
from listings.models import AWAITED, ListingReport, Offer, OfferQuerySet
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


def late_answers() -> OfferQuerySet:
    """Listings of sellers who sell there that have no answer for longer than their channel's limit."""
    return Offer.objects.filter(AWAITED, _over_limit("awaited_since"), selling.rows("seller", "channel")).order_by()


def late_take_downs() -> OfferQuerySet:
    """Listings that somebody was to take down for longer than their channel's limit."""
    return Offer.objects.to_confirm().filter(_over_limit("take_down_told_at")).order_by()


def _over_limit(since: str) -> Q:
    """Offers of active channels that wait for longer than their channel allows."""
    now = timezone.now()
    condition = Q(pk__in=[])
    for pk, hours in Channel.objects.callable().values_list("pk", "waiting_limit_hours"):
        condition |= Q(**{"channel": pk, f"{since}__lte": now - timedelta(hours=hours)})
    return condition


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
            channel=channel,
            offer=offer,
            kind=Kind.IN_PROGRESS,
            revision=offer.revision,
            at=now,
            not_before=now,
            by="portal",
        )
        for offer in awaited
        if (offer.pk, offer.revision) not in listed
    )
    Offer.objects.filter(pk__in=keys).update(progress_told=True)
