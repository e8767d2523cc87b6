"""What is wrong with polled stock now."""

from collections.abc import Iterator

from django.db.models import Count, QuerySet
from django.utils.translation import ngettext

from platforms.channel_findings import list_url, short
from platforms.findings import Finding
from platforms.models import Channel
from sellers.models import Seller
from stock.models import StockCursor


def cursors() -> Iterator[Finding]:
    """Sellers of channels polled per seller whose stock SCX does not tell."""
    failing = StockCursor.objects.exclude(error="").filter(
        channel__in=Channel.objects.callable().filter(stock_source=Channel.StockSource.PER_SELLER),
        seller__state=Seller.State.ACTIVE,
    )
    counts = dict(failing.order_by().values_list("channel").annotate(Count("pk")))
    for channel in Channel.objects.filter(pk__in=counts):
        yield _finding(channel, counts[channel.pk], failing.filter(channel=channel))


def _finding(channel: Channel, number: int, failing: QuerySet[StockCursor]) -> Finding:
    text = ngettext(
        "SCX does not tell the stock of %(number)s seller on %(channel)s: %(error)s It is asked again with every run.",
        "SCX does not tell the stock of %(number)s sellers on %(channel)s: %(error)s It is asked again with every run.",
        number,
    )
    error = failing.order_by("-polled_at").values_list("error", flat=True).first()
    names = {"number": number, "channel": str(channel), "error": short(error or "")}
    url = list_url("stock_stockcursor", channel__id=channel.pk)
    return Finding("stock-refused", text % names, channel=channel.code, url=url)
