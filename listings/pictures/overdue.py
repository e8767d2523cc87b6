"""Pictures whose links have died unfetched: the seller and the staff are told."""

from collections import defaultdict
from collections.abc import Iterable

from django.db import transaction
from django.db.models import Exists, Q, QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from listings import results, rows
from listings.handover.base import ListingError, Result
from listings.models import STANDING, Offer, Picture
from platforms.models import Channel

NOT_FETCHED = "PICTURE_NOT_FETCHED"
# Listings that the marketplace has not answered for good.
UNDECIDED = ("pending", "in_progress")
BATCH = 200


def give_up(channel: Channel) -> int:
    """Fail the pictures whose last link has died, and with them the listings that wait for an answer.

    What the marketplace has listed stays listed: it took the offer as it is. Returns how many pictures.
    """
    given_up = 0
    while keys := list(_dead(channel).order_by("deadline").values_list("pk", flat=True)[:BATCH]):
        given_up += _fail(channel, keys)
    return given_up


def _dead(channel: Channel) -> QuerySet[Picture]:
    now = timezone.now()
    alive = Picture.objects.same().filter(deadline__gt=now)
    return Picture.objects.filter(~Exists(alive), channel=channel, state=Picture.State.PENDING, deadline__lte=now)


@transaction.atomic
def _fail(channel: Channel, keys: list[int]) -> int:
    pictures = list(
        Picture.objects.filter(pk__in=keys)
        .select_related("offer")
        .defer("offer__description")
        .order_by("offer_id", "position")
    )
    listings = {picture.offer.parent_id or picture.offer_id for picture in pictures}
    # Offers before pictures, as whoever applies events locks them.
    locked = rows.lock(Q(pk__in=listings))
    failed = Picture.objects.filter(pk__in=keys, state=Picture.State.PENDING).update(
        state=Picture.State.FAILED, leased_until=None
    )
    undecided = Offer.objects.filter(STANDING, pk__in=[offer.pk for offer in locked], state__in=UNDECIDED)
    waiting = set(undecided.values_list("pk", flat=True))
    with translation.override(next(iter(channel.languages), None)):
        found = _errors(pictures)
    answers = [(pk, Result("failed", errors=tuple(errors))) for pk, errors in found.items() if pk in waiting]
    results.record_all(answers, by="pictures")
    return failed


def _errors(pictures: Iterable[Picture]) -> dict[int, list[ListingError]]:
    """By the listing's primary key, one for each of its pictures."""
    found: dict[int, dict[str, ListingError]] = defaultdict(dict)
    for picture in pictures:
        names = {"name": picture.name, "sku": picture.offer.sku or picture.offer.offer_id, "why": picture.error}
        text = _("The picture “%(name)s” of %(sku)s could not be fetched while its link lived.") % names
        cure = _("Send the offer again from JTL-Wawi, which makes a fresh link.")
        found[picture.offer.parent_id or picture.offer_id][picture.name] = ListingError(
            NOT_FETCHED, text, f"{text} {picture.error} {cure}".replace("  ", " ")
        )
    return {listing: list(errors.values()) for listing, errors in found.items()}
