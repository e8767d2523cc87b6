"""A marketplace opened later: given to many sellers of its platform at once, without a sign-up session.

What is given are memberships, wanted from now on; the job `sellers` tells SCX of each (`sellers.memberships`). An
opening is done in short transactions, each of which notes how far it came: whoever finds one unfinished goes on.
"""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _

from platforms import jobs
from platforms.jobs import Run
from platforms.models import Channel
from sellers import opening_results, selling
from sellers.memberships import DUE
from sellers.models import Membership, Opening, Seller
from sellers.opening_conditions import GIVEN, Conditions, LeftOut

# Sellers of one transaction: they are locked as long as it lasts, and a sign-up may wait for them.
CHUNK = 500
# For so long who asks waits; then the job `sellers` does the rest.
SECONDS = 5.0
NAMED = 20
NAMED_LEFT_OUT = 5


@dataclass(frozen=True)
class Preview:
    """What an opening would do. `paused`: how many of those given it hear of it when they resume.

    `first` and `first_left_out`: the first of them, by the order in which they came.
    """

    marketplace: Channel
    given: int = 0
    paused: int = 0
    first: Sequence[Seller] = ()
    left_out: dict[LeftOut, int] = field(default_factory=dict)
    first_left_out: dict[LeftOut, list[Seller]] = field(default_factory=dict)
    unknown_ids: Sequence[str] = ()


def check(marketplace: Channel) -> None:
    """Raises ValidationError where nobody can be given the marketplace."""
    if marketplace.kind != Channel.Kind.MARKETPLACE:
        raise ValidationError(
            _("%(channel)s is no marketplace of a platform: there is nothing that could be given to sellers."),
            code="no-marketplace",
            params={"channel": marketplace.display_name},
        )
    if not marketplace.is_active:
        raise ValidationError(
            _("%(channel)s is switched off here. Switch the channel on first."),
            code="inactive",
            params={"channel": marketplace.display_name},
        )


def preview(marketplace: Channel, conditions: Conditions) -> Preview:
    """Who would get the marketplace, and who would not and why. Raises ValidationError where nobody can."""
    check(marketplace)
    sellers = conditions.with_fates(marketplace)
    numbers: Counter[str] = Counter()
    paused = 0
    for row in sellers.order_by().values("fate", "state").annotate(number=Count("pk")):
        numbers[row["fate"]] += row["number"]
        paused += row["number"] if (row["fate"], row["state"]) == (GIVEN, Seller.State.INACTIVE) else 0
    left_out = {reason: numbers[reason] for reason in LeftOut if numbers[reason]}

    def first(fate: str, number: int) -> list[Seller]:
        return list(sellers.filter(fate=fate).order_by("pk").only("seller_id", "company_name", "state")[:number])

    return Preview(
        marketplace=marketplace,
        given=numbers[GIVEN],
        paused=paused,
        first=first(GIVEN, NAMED),
        left_out=left_out,
        first_left_out={reason: first(reason, NAMED_LEFT_OUT) for reason in left_out},
        unknown_ids=conditions.unknown_ids(marketplace),
    )


def give(marketplace: Channel, conditions: Conditions, by: str, *, seconds: float = SECONDS) -> Opening:
    """Give the marketplace to whom `preview` names; `by`: who asks. Raises ValidationError where nobody can get it.

    Doing it again gives it to those who meet the conditions and lack it then. What takes longer than `seconds` is left
    to the job `sellers`.
    """
    check(marketplace)
    with transaction.atomic():
        opening = Opening.objects.create(
            marketplace=marketplace, conditions=conditions.as_data(), requested_by=by[:150]
        )
        jobs.nudge("sellers", marketplace)
    until = time.monotonic() + seconds
    while _give_next(opening) and time.monotonic() < until:
        pass
    opening.refresh_from_db()
    return opening


def carry_on(marketplace: Channel, run: Run) -> None:
    """Go on with openings that whoever began them could not finish."""
    for opening in Opening.objects.filter(marketplace=marketplace, finished_at=None).order_by("pk"):
        while not run.expired and _give_next(opening):
            pass
        run.count("openings carried on")


def retry(opening: Opening) -> int:
    """Ask SCX again about those whom it refused; returns how many. Raises ValidationError as `give` does."""
    check(opening.marketplace)
    refused = opening_results.of(opening).filter(result=opening_results.Result.REFUSED)
    done = 0
    for keys in _chunks(list(refused.order_by("seller_id").values_list("seller", flat=True))):
        with transaction.atomic():
            _lock(keys)
            again = refused.filter(seller__in=keys).values("pk")
            done += Membership.objects.filter(pk__in=list(again.values_list("pk", flat=True))).update(
                **DUE, not_before=timezone.now()
            )
            jobs.nudge("sellers", opening.marketplace)
    return done


def _give_next(opening: Opening) -> bool:
    """Give it to the next sellers; False where there are no more, or the marketplace was switched off meanwhile.

    Two who do so at once take turns by the opening's lock.
    """
    with transaction.atomic():
        locked = Opening.objects.select_for_update(of=("self",)).select_related("marketplace").get(pk=opening.pk)
        marketplace, conditions = locked.marketplace, Conditions.of(locked.conditions)
        if locked.finished_at or not marketplace.is_active:
            return False
        behind = conditions.sellers(marketplace).filter(pk__gt=locked.reached).order_by("pk")
        keys = list(behind.select_for_update(of=("self",)).values_list("pk", flat=True)[:CHUNK])
        fates = _fates(conditions, marketplace, keys)
        locked.given += _want(locked, [key for key, fate in fates.items() if fate == GIVEN])
        locked.left_out = dict(Counter(locked.left_out) + Counter(fate for fate in fates.values() if fate != GIVEN))
        locked.reached = keys[-1] if keys else locked.reached
        locked.finished_at = timezone.now() if len(keys) < CHUNK else None
        locked.save(update_fields=["given", "left_out", "reached", "finished_at"])
        jobs.nudge("sellers", marketplace)
        selling.changed([marketplace])
    return locked.finished_at is None


def _fates(conditions: Conditions, marketplace: Channel, keys: Sequence[int]) -> dict[int, str]:
    """Read once the sellers are locked: what another process did to them before counts."""
    rows = conditions.with_fates(marketplace).filter(pk__in=keys).order_by("pk")
    return dict(rows.values_list("pk", "fate"))


def _want(opening: Opening, keys: Sequence[int]) -> int:
    """The marketplace wanted by these locked sellers, due now; returns how many memberships it gave."""
    changes = {"wanted": True, "is_chosen": True, "opening": opening, **DUE, "not_before": timezone.now()}
    here = Membership.objects.filter(marketplace=opening.marketplace, seller__in=keys)
    # An adoption that comes meanwhile may have made the row first; then SCX told it what is wanted.
    known = set(here.values_list("seller", flat=True))
    made = [Membership(seller_id=key, marketplace=opening.marketplace, **changes) for key in keys if key not in known]
    Membership.objects.bulk_create(made, ignore_conflicts=True)
    here.filter(wanted=False).update(**changes)
    return here.filter(opening=opening).count()


def _lock(keys: Sequence[int]) -> None:
    list(Seller.objects.select_for_update(of=("self",)).filter(pk__in=keys).order_by("pk").values_list("pk"))


def _chunks(keys: Sequence[int]) -> Iterator[Sequence[int]]:
    return (keys[start : start + CHUNK] for start in range(0, len(keys), CHUNK))
