"""What the overview of platforms tells of sellers: who is connected, and connections SCX has not confirmed."""

from collections import defaultdict
from collections.abc import Sequence

from django.db.models import Count
from django.utils.translation import ngettext

from platforms.display import grouped, list_url
from platforms.models import Channel
from platforms.overview_numbers import Column, Number, Numbers
from sellers.models import Membership, Seller


def sellers(channels: Sequence[Channel]) -> Numbers:
    """Active sellers of platforms and standalone channels; on a marketplace those whom SCX has confirmed there."""
    found: dict[int, list[Number]] = defaultdict(list)
    active = Seller.objects.filter(channel__in=channels, state=Seller.State.ACTIVE).order_by().values_list("channel")
    for pk, number in active.annotate(Count("pk")):
        url = list_url("sellers_seller", channel__id__exact=pk, state__exact=Seller.State.ACTIVE.value)
        found[pk].append(_connected(number, url))
    on = Membership.objects.filter(marketplace__in=channels, confirmed=True).order_by().values_list("marketplace")
    for pk, number in on.annotate(Count("pk")):
        url = list_url("sellers_membership", marketplace__id__exact=pk, confirmed__exact=1)
        found[pk].append(_connected(number, url))
    return found


def memberships(channels: Sequence[Channel]) -> Numbers:
    """Memberships that SCX holds otherwise than they are wanted; those it refused are told apart."""
    found: dict[int, list[Number]] = defaultdict(list)
    rows = Membership.objects.differing().filter(marketplace__in=channels).order_by("is_refused")
    for pk, is_refused, number in rows.values_list("marketplace", "is_refused").annotate(Count("pk")):
        text = (
            ngettext("%(number)s connection refused", "%(number)s connections refused", number)
            if is_refused
            else ngettext("%(number)s connection to confirm", "%(number)s connections to confirm", number)
        )
        url = list_url("sellers_membership", marketplace__id__exact=pk, settled="no", is_refused__exact=int(is_refused))
        kind = "danger" if is_refused else ""
        found[pk].append(Number(Column.BACKLOG, text % {"number": grouped(number)}, url, kind))
    return found


def _connected(number: int, url: str) -> Number:
    text = ngettext("%(number)s connected", "%(number)s connected", number)
    return Number(Column.SELLERS, text % {"number": grouped(number)}, url)
