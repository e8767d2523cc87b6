"""What became of an opening: the memberships that name it, each with its result."""

from typing import Any

from django.db.models import Case, Count, Q, QuerySet, TextChoices, Value, When
from django.utils.translation import gettext_lazy as _

from sellers.models import Opening, Seller


class Result(TextChoices):
    """In the order in which it is looked at; the last is what is left."""

    OFF = "off", _("switched off since")
    DISCONNECTED = "disconnected", _("seller disconnected meanwhile")
    REFUSED = "refused", _("refused by SCX")
    PAUSED = "paused", _("paused")
    CONNECTED = "connected", _("connected")
    FAILING = "failing", _("SCX could not be told yet")
    WAITING = "waiting", _("being connected")


# As long as there is one of these, more is to come by itself.
UNDER_WAY = (Result.FAILING, Result.WAITING)

_WHENS = {
    Result.OFF: Q(wanted=False),
    Result.DISCONNECTED: ~Q(seller__state__in=Seller.LINKED),
    Result.REFUSED: Q(is_refused=True),
    Result.PAUSED: Q(seller__state=Seller.State.INACTIVE),
    Result.CONNECTED: Q(confirmed=True),
    Result.FAILING: Q(attempts__gt=0),
}


def of(opening: Opening) -> QuerySet[Any]:
    """The memberships the opening gave, with their `result`."""
    whens = [When(condition, then=Value(result)) for result, condition in _WHENS.items()]
    return opening.memberships.annotate(result=Case(*whens, default=Value(Result.WAITING)))


def counts(opening: Opening) -> dict[str, int]:
    """How many have which result; those that nobody has are left out."""
    found = dict(of(opening).order_by().values_list("result").annotate(Count("pk")))
    return {result: found[result] for result in reversed(Result.values) if result in found}


def is_under_way(opening: Opening, numbers: dict[str, int]) -> bool:
    """Whether sellers are still to be given the marketplace, or SCX to be told of them."""
    return opening.finished_at is None or any(numbers.get(result) for result in UNDER_WAY)
