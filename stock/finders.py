"""What may be late in polling; each function is a finder of `platforms.findings`."""

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Count, Min
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from platforms.channel_finders import ERROR_CHARACTERS
from platforms.display import grouped, list_url, short
from platforms.findings import Finding
from platforms.models import Channel
from stock import cursors, history, line, news, remarks
from stock.models import SellerNews, StockUpdate

# A round through many sellers takes its time: SCX's quota allows so many calls a minute.
POLLED_WITHIN = timedelta(minutes=30)


def late_stock() -> Iterator[Finding]:
    """Channels where stock has not been asked for, for some seller, for long."""
    for lag in cursors.lags():
        if lag.polled_at and timezone.now() - lag.polled_at > _polled_within(lag):
            text = _(
                "The stock of %(channel)s is not up to date: for at least one seller SCX has not been asked for long. "
                "The job “stock” says why; with many sellers, polling for all at once is faster."
            ) % {"channel": lag.channel.display_name}
            yield Finding("stock-late", text, since=lag.polled_at, channel=lag.channel.code, url=_cursors(lag))


def refused_stock() -> Iterator[Finding]:
    """Sellers whose stock SCX does not give."""
    for lag in cursors.lags():
        if lag.refused:
            text = ngettext(
                "SCX does not give the stock of %(number)s seller of %(channel)s: %(error)s It is asked again each "
                "minute.",
                "SCX does not give the stock of %(number)s sellers of %(channel)s: %(error)s It is asked again each "
                "minute.",
                lag.refused,
            )
            names = {
                "number": lag.refused,
                "channel": lag.channel.display_name,
                "error": short(lag.error, ERROR_CHARACTERS),
            }
            yield Finding("stock-refused", text % names, channel=lag.channel.code, url=_cursors(lag))


def stuck_stock() -> Iterator[Finding]:
    """Cursors that do not move although there is news."""
    for lag in cursors.lags():
        if lag.stuck:
            text = ngettext(
                "The stock of %(channel)s may be incomplete: for %(number)s cursor SCX sends news but names no later "
                "time to go on from. Set how far its stock is known to a later time, and tell JTL.",
                "The stock of %(channel)s may be incomplete: for %(number)s cursors SCX sends news but names no later "
                "time to go on from. Set how far their stock is known to a later time, and tell JTL.",
                lag.stuck,
            )
            names = {"number": lag.stuck, "channel": lag.channel.display_name}
            yield Finding(
                "stock-stuck", text % names, since=lag.stuck_since, channel=lag.channel.code, url=_cursors(lag)
            )


def odd_stock() -> Iterator[Finding]:
    """What SCX sent within a day that could be used in part only."""
    for lag in cursors.lags():
        if lag.odd:
            text = _("SCX's answers about the stock of %(channel)s were not all in order: %(remark)s") % {
                "channel": lag.channel.display_name,
                "remark": short(remarks.text(lag.remarks), ERROR_CHARACTERS),
            }
            yield Finding("stock-odd", text, channel=lag.channel.code, url=_cursors(lag))


def impossible_quantities() -> Iterator[Finding]:
    """Quantities of the last day that no stock can have, by event or by polling."""
    since = timezone.now() - history.SHORTEST
    rows = StockUpdate.objects.filter(said__isnull=False, received_at__gte=since).order_by()
    for pk, code, name, number, first in rows.values_list("channel", "channel__code", "channel__display_name").annotate(
        Count("pk"), Min("received_at")
    ):
        text = ngettext(
            "SCX sent %(number)s quantity for %(channel)s that no stock can have, such as a negative one; it counts as "
            "the nearest that can be. The list says which; ask the seller to look at it in JTL-Wawi.",
            "SCX sent %(number)s quantities for %(channel)s that no stock can have, such as negative ones; they count "
            "as the nearest that can be. The list says which; ask the sellers to look at them in JTL-Wawi.",
            number,
        )
        names = {"number": grouped(number), "channel": name}
        url = list_url("stock_stockupdate", channel__id__exact=pk, impossible="yes")
        yield Finding("stock-impossible", text % names, since=first, channel=code, url=url)


def silent_sellers() -> Iterator[Finding]:
    """Sellers of whom no stock was heard for longer than usual."""
    silent = SellerNews.objects.filter(news.is_silent()).order_by()
    for pk, code, name, number, first in silent.values_list(
        "seller__channel", "seller__channel__code", "seller__channel__display_name"
    ).annotate(Count("pk"), Min("last_at")):
        text = ngettext(
            "%(number)s seller of %(channel)s has told no stock for longer than usual: his levels may be out of date. "
            "The page says for how long; ask him whether JTL-Wawi still runs its marketplace synchronisation.",
            "%(number)s sellers of %(channel)s have told no stock for longer than usual: their levels may be out of "
            "date. The page says for how long; ask them whether JTL-Wawi still runs its marketplace synchronisation.",
            number,
        )
        names = {"number": grouped(number), "channel": name}
        url = list_url("stock_sellernews", seller__channel__id__exact=pk, silent="yes")
        yield Finding("stock-silent", text % names, since=first, channel=code, url=url)


def _polled_within(lag: cursors.Lag) -> timedelta:
    """A round through the sellers takes as long as SCX's quota makes it."""
    of_round = line.bound(lag.channel) if lag.channel.stock_source == Channel.StockSource.PER_SELLER else None
    return max(POLLED_WITHIN, of_round or POLLED_WITHIN)


def _cursors(lag: cursors.Lag) -> str:
    return list_url("stock_stockcursor", channel__id__exact=lag.channel.pk)
