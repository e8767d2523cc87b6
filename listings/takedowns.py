"""Listings that somebody takes off the marketplace, and confirms: what a connector left for staff or their systems."""

from collections.abc import Collection

from django.utils.translation import gettext_lazy as _

from listings.handover import withdrawal
from listings.models import Claim, Offer, OfferQuerySet
from platforms.jobs import nudge
from platforms.models import Channel

TAKEN_DOWN, LISTED_AGAIN, UNKNOWN = "taken_down", "listed_again", "unknown"
OUTCOMES = [
    (TAKEN_DOWN, _("taken down")),
    (LISTED_AGAIN, _("handed over again")),
    (UNKNOWN, _("unknown")),
]


def confirm(keys: Collection[int], offers: OfferQuerySet) -> dict[int, str]:
    """These listings, of the offers that the caller may answer for, are off the marketplace; the outcome of each known.

    One that came back meanwhile is handed over again, so that it stands there after all.
    """
    known = dict(offers.filter(pk__in=keys, parent=None, content_at__isnull=False).values_list("pk", "channel"))
    off = withdrawal.record(list(known))
    Claim.objects.filter(offer__in=off).delete()
    back = {channel for key, channel in known.items() if key not in off}
    for channel in Channel.objects.filter(pk__in=back):
        nudge("handover", channel)
    return {key: TAKEN_DOWN if key in off else LISTED_AGAIN for key in known}


def to_confirm(keys: Collection[int]) -> list[int]:
    """Those of the offers whose removal is to be confirmed."""
    return list(Offer.objects.to_confirm().filter(pk__in=keys).values_list("pk", flat=True))
