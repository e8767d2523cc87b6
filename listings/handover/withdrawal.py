"""Offers leave the marketplace when they are over, or while their seller does not sell there, and come back with him.

What is to leave is marked as withdrawn first, and taken down by the connector afterwards. So whatever became of that
call, what was marked comes back as pending, and its newest revision is handed over again.
"""

from collections.abc import Callable, Sequence

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from listings import rows
from listings.models import STANDING, TO_TAKE_DOWN, Offer, OfferQuerySet
from platforms.jobs import Run
from platforms.models import Channel
from sellers import selling
from sellers.models import Seller

State = Offer.State

AT_ONCE = 200
WITHDRAWN = Q(withdrawn_at__isnull=False)
BACK = (
    *("withdrawn_at", "taken_down_at", "take_down_told_at", "handed_over_revision"),
    *("state", "state_changed_at", "awaited_since", "progress_told", "errors"),
)


def mark(channel: Channel, run: Run) -> None:
    """Mark what is to leave the marketplace."""
    for seller in _having(selling.off(channel), channel, STANDING):
        _all(Offer.objects.filter(STANDING, channel=channel, seller=seller), _mark, run)


def take_back(channel: Channel, run: Run) -> None:
    """Make pending again what is to come back."""
    for seller in _having(selling.on(channel), channel, WITHDRAWN):
        _all(Offer.objects.filter(WITHDRAWN, channel=channel, seller=seller), _take_back, run)


def to_tell(channel: Channel) -> list[int]:
    """The sellers of whom the connector is to take listings down."""
    return _having(selling.off(channel), channel, TO_TAKE_DOWN)


def _all(offers: OfferQuerySet, change: Callable[[Sequence[int]], None], run: Run) -> None:
    """Change them piece by piece; what is changed is not among them any more."""
    keys = offers.order_by().values_list("pk", flat=True)
    while not run.expired and (piece := list(keys[:AT_ONCE])):
        change(piece)


def _having(sellers: QuerySet[Seller], channel: Channel, offers: Q) -> list[int]:
    """Those of the sellers who have such offers. There are far fewer sellers than offers, so they are asked."""
    of_seller = Offer.objects.filter(offers, channel=channel, seller=OuterRef("pk"))
    return list(sellers.filter(Exists(of_seller)).order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def _mark(keys: Sequence[int]) -> None:
    """Withdrawn from now on, with their variations, for readers of the feed too."""
    now = timezone.now()
    family = rows.lock(Q(pk__among=keys) | Q(parent__among=keys), ("state", "withdrawn_at"))
    leaving = [offer for offer in family if offer.withdrawn_at is None and offer.state != State.ENDED]
    for offer in leaving:
        offer.withdrawn_at = now
    rows.write(leaving, ("withdrawn_at",), now=now)


@transaction.atomic
def _take_back(keys: Sequence[int]) -> None:
    _make_pending([offer for offer in rows.lock(Q(pk__in=keys), BACK) if offer.withdrawn_at])


@transaction.atomic
def leave(keys: Sequence[int]) -> None:
    """Somebody is to take these listings down, and confirms that by `record`."""
    if keys:
        Offer.objects.filter(pk__in=keys).update(take_down_told_at=timezone.now())


@transaction.atomic
def record(keys: Sequence[int]) -> set[int]:
    """These listings were taken down, with their variations; returns the keys of those that are to be off.

    One that came back meanwhile is handed over again: perhaps that was done already, and undone by this.
    """
    family = rows.lock(Q(pk__among=keys) | Q(parent__among=keys), ("parent", *BACK))
    gone = [offer.pk for offer in family if _is_off(offer)]
    Offer.objects.filter(pk__among=gone).update(taken_down_at=timezone.now())
    _make_pending([offer for offer in family if not _is_off(offer) and offer.parent_id is None])
    return set(gone)


def _is_off(offer: Offer) -> bool:
    return offer.withdrawn_at is not None or offer.state == State.ENDED


def _make_pending(offers: Sequence[Offer]) -> None:
    """Off the list of what is withdrawn, and to be handed over; what ended stays ended."""
    now = timezone.now()
    for offer in offers:
        offer.withdrawn_at = None
        if offer.state == State.ENDED:
            continue
        offer.taken_down_at, offer.take_down_told_at, offer.handed_over_revision = None, None, 0
        offer.awaited_since, offer.progress_told = now, False
        if offer.state != State.PENDING:
            offer.state, offer.state_changed_at, offer.errors = State.PENDING, now, []
    rows.write(offers, BACK, now=now)
