"""Offers that systems of the marketplace take for themselves, so that two workers never list one offer twice.

A claim is a lease on offers: on those to be listed, oldest first, or on those to be taken down.
"""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Least
from django.utils import timezone

from listings.models import AWAITED, Claim, Offer, OfferQuerySet
from platforms.models import Channel
from sellers import selling

MOST_AT_ONCE = 200
Errand = Claim.Errand


@dataclass(frozen=True)
class Taken:
    """What one call has taken: the offers' keys, oldest first; without any there is no token."""

    token: uuid.UUID | None
    leased_until: datetime | None
    keys: Sequence[int] = ()


NOTHING = Taken(None, None)


def take(
    channels: Sequence[Channel], errand: str, holder: str, *, most: int, lease: timedelta, seller: str = ""
) -> Taken:
    """Take up to `most` offers of these channels that nobody has, for so long.

    To be listed is what the connector was given and nobody has answered, and what another holder marked as in progress
    and let go of. To be taken down is what the connector left for that. `seller`: only of this seller id.
    """
    found = _free(errand, channels)
    if seller:
        found = found.filter(seller__seller_id=seller)
    return _take(found, errand, holder, most, lease)


@transaction.atomic
def _take(found: OfferQuerySet, errand: str, holder: str, most: int, lease: timedelta) -> Taken:
    # Another process that takes offers now has its own: nobody waits.
    locked = found.select_for_update(of=("self",), no_key=True, skip_locked=True).values_list("pk", "revision")
    revisions: dict[int, int] = dict(locked[:most])
    if not revisions:
        return NOTHING
    now = timezone.now()
    token, until = uuid.uuid4(), now + lease
    Claim.objects.filter(offer__in=revisions, leased_until__lte=now).delete()
    Claim.objects.bulk_create(
        (
            Claim(
                offer_id=key,
                token=token,
                errand=errand,
                revision=revision,
                holder=holder,
                claimed_at=now,
                leased_until=until,
            )
            for key, revision in revisions.items()
        ),
        # Who looked before another's claim was committed sees the row here at the latest.
        ignore_conflicts=True,
    )
    mine = set(Claim.objects.filter(token=token).values_list("offer", flat=True))
    return Taken(token, until, [key for key in revisions if key in mine]) if mine else NOTHING


def renew(claims: Collection[Claim], lease: timedelta) -> datetime:
    """Hold what these claims still hold for so long from now; returns until when."""
    until = timezone.now() + lease
    Claim.objects.filter(pk__in=[claim.pk for claim in claims]).update(leased_until=until)
    return until


def let_go(claims: Collection[Claim]) -> None:
    """Whoever asks next may take the offers; that their holder had begun with them stays known."""
    held = Claim.objects.filter(pk__in=[claim.pk for claim in claims])
    held.update(leased_until=Least("leased_until", timezone.now()))


def settle(revisions: Mapping[int, int]) -> None:
    """Offers were answered for good for these revisions: who took them for one is done, also with an older one."""
    held = Claim.objects.filter(offer__in=list(revisions), errand=Errand.LIST).values_list("pk", "offer", "revision")
    done = [pk for pk, offer, revision in held if revision <= revisions[offer]]
    if done:
        Claim.objects.filter(pk__in=done).delete()


def _free(errand: str, channels: Sequence[Channel]) -> OfferQuerySet:
    """What may be taken, the longest waiting first."""
    claimed = Claim.objects.filter(offer=OuterRef("pk"))
    held = Exists(claimed.filter(leased_until__gt=timezone.now()))
    offers = Offer.objects.filter(~held, channel__in=[channel.pk for channel in channels])
    if errand == Errand.TAKE_DOWN:
        return offers.to_confirm().order_by("take_down_told_at", "pk")
    pending = Q(state=Offer.State.PENDING, handed_over_revision__gte=F("revision"))
    abandoned = Q(Exists(claimed.filter(errand=Errand.LIST)), state=Offer.State.IN_PROGRESS)
    sells = selling.rows("seller", "channel") & Q(seller__credentials_rejected_at=None)
    return offers.filter(AWAITED).filter(pending | abandoned, sells).order_by("awaited_since", "pk")
