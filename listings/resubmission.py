"""Submitting failed listings again, with the revision they have: after a rule or a catalogue of ours was mended."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from listings import rows
from listings.models import FAILED, Offer, OfferQuerySet
from platforms.jobs import nudge
from platforms.models import Channel

# A request that takes more would be given up by whoever waits for it.
AT_ONCE = 5_000
PIECE = 500
# An outcome that was reported already is not reported again; that is for `listings.results`.
WRITTEN = (
    *("state", "state_changed_at", "awaited_since", "progress_told"),
    *("errors", "failed_codes", "handed_over_revision"),
)
READ = (*WRITTEN, "parent", "content_at", "content_event", "end_at", "end_event")


@dataclass(frozen=True)
class Resubmitted:
    """How many listings are handed over anew, and whether there are more than go at once."""

    number: int
    has_more: bool = False


def resubmit(offers: OfferQuerySet, *, most: int = AT_ONCE) -> Resubmitted:
    """Hand over anew, after validation, those of the offers that are failed listings, the oldest first.

    Each outcome is reported by the usual rules: the same failure again says nothing new to SCX.
    """
    keys = list(offers.filter(FAILED, content_at__isnull=False).order_by("pk").values_list("pk", flat=True)[: most + 1])
    number = sum(_resubmit(piece) for piece in rows.pieces(keys[:most], PIECE))
    return Resubmitted(number, len(keys) > most)


@transaction.atomic
def _resubmit(keys: list[int]) -> int:
    """Variations share their listing's state. What was answered or ended meanwhile is left alone."""
    now = timezone.now()
    locked = rows.lock(Q(pk__in=keys) | Q(parent__in=keys), READ)
    listings = {offer.pk: offer for offer in locked if offer.parent_id is None and _is_failed(offer)}
    variations = [offer for offer in locked if offer.parent_id in listings and _is_failed(offer)]
    changed = [*listings.values(), *variations]
    for offer in changed:
        offer.state, offer.state_changed_at = Offer.State.PENDING, now
        offer.errors, offer.failed_codes, offer.handed_over_revision = [], "", 0
        offer.await_answer(now)
    rows.write(changed, WRITTEN, now=now)
    for channel in Channel.objects.filter(pk__in={offer.channel_id for offer in listings.values()}):
        nudge("handover", channel)
    return len(listings)


def _is_failed(offer: Offer) -> bool:
    return offer.state == Offer.State.FAILED and not offer.is_ended
