"""Which channels a member of staff may see."""

from collections.abc import Sequence
from typing import TypeVar

from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest

from platforms.models import Channel, StaffAccess

M = TypeVar("M", bound=Model)

_CACHE = "_portal_staff_channels"


def channels_of(request: HttpRequest) -> frozenset[int] | None:
    """The primary keys of the channels the request's user is limited to; None: every channel.

    A platform means its marketplaces as well. Looked up once a request.
    """
    if not hasattr(request, _CACHE):
        setattr(request, _CACHE, _look_up(request))
    return getattr(request, _CACHE)


def _look_up(request: HttpRequest) -> frozenset[int] | None:
    access = StaffAccess.objects.filter(user=request.user.pk).first()
    if access is None:
        return None
    named = access.channels.values("pk")
    return frozenset(Channel.objects.filter(Q(pk__in=named) | Q(platform__in=named)).values_list("pk", flat=True))


def limit(rows: QuerySet[M], lookups: Sequence[str], channels: frozenset[int] | None) -> QuerySet[M]:
    """The rows of these channels, by one or more lookups from the row to a channel; without lookups none."""
    if channels is None:
        return rows
    if len(lookups) == 1:
        return rows.filter(**{f"{lookups[0]}__in": channels})
    wanted = Q(pk__in=[])
    for lookup in lookups:
        wanted |= Q(**{f"{lookup}__in": channels})
    # Of its own, because a lookup to many would double the rows.
    return rows.filter(pk__in=rows.model._default_manager.filter(wanted).values("pk"))
