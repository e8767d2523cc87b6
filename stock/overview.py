"""What the overview of platforms tells of stock: levels that wait for their offer."""

from collections.abc import Sequence

from django.db.models import Count
from django.utils.translation import ngettext

from platforms.display import grouped, list_url
from platforms.models import Channel
from platforms.overview_numbers import Column, Number, Numbers
from stock.models import StockLevel


def levels(channels: Sequence[Channel]) -> Numbers:
    """Levels whose offer SCX has not sent: an offer that comes takes them up."""
    rows = StockLevel.objects.filter(offer_row=None, channel__in=channels).order_by().values_list("channel")
    return {pk: [_waiting(pk, number)] for pk, number in rows.annotate(Count("pk"))}


def _waiting(pk: int, number: int) -> Number:
    text = ngettext("%(number)s stock level without offer", "%(number)s stock levels without offer", number)
    url = list_url("stock_stocklevel", channel__id__exact=pk, offer_row__isnull=1)
    return Number(Column.BACKLOG, text % {"number": grouped(number)}, url)
