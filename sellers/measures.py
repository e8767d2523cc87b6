"""What `/metrics` tells of sellers, sign-ups and memberships."""

from collections.abc import Iterable

from django.db.models import Count, Min
from django.utils import timezone
from prometheus_client.core import Metric

from platforms.measures import age
from platforms.metrics import Key, attempted, backlog, codes, gauge
from sellers.models import LinkSession, Membership, Seller


def sellers() -> Iterable[Metric]:
    """Sellers by state; sign-ups and updates under way; memberships that SCX has not confirmed as they are wanted."""
    channels = codes()
    grouped = Seller.objects.order_by().values_list("channel__code", "state").annotate(Count("pk"))
    numbers: dict[Key, float] = {(code, state): number for code, state, number in grouped}
    yield gauge("sellers", "Sellers, by platform or standalone channel.", ("channel", "state"), numbers)
    now = timezone.now()
    under_way = LinkSession.objects.filter(state=LinkSession.State.SUBMITTED)
    submitted = under_way.aggregate(number=Count("pk"), since=Min("submitted_at"))
    yield gauge(
        "sign_ups_under_way",
        "Sign-ups and updates whose outcome at SCX is not known yet.",
        (),
        {(): submitted["number"]},
    )
    waited = age(submitted["since"] or now, now)
    yield gauge("sign_ups_oldest_seconds", "For how long the oldest of them has been so.", (), {(): waited})
    yield from _memberships(channels)


def _memberships(channels: dict[int, str]) -> Iterable[Metric]:
    states = ("pending", "refused")
    rows = dict.fromkeys(((code, state) for code in channels.values() for state in states), 0)
    tried, most = dict.fromkeys(channels.values(), 0), dict.fromkeys(channels.values(), 0)
    memberships = Membership.objects.differing().filter(marketplace__in=channels)
    for pk, is_refused, attempts, number in (
        memberships.order_by().values_list("marketplace", "is_refused", "attempts").annotate(Count("pk"))
    ):
        rows[channels[pk], states[is_refused]] += number
        if attempts:
            tried[channels[pk]] += number
            most[channels[pk]] = max(most[channels[pk]], attempts)
    yield backlog("sellers", rows)
    yield from attempted("sellers", tried, most)
