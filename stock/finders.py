"""What may be late in polling; each function is a finder of `platforms.findings`."""

from collections.abc import Iterator
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from platforms.channel_finders import ERROR_CHARACTERS
from platforms.display import list_url, short
from platforms.findings import Finding
from platforms.models import Channel
from stock import cursors, line, remarks

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


def _polled_within(lag: cursors.Lag) -> timedelta:
    """A round through the sellers takes as long as SCX's quota makes it."""
    of_round = line.bound(lag.channel) if lag.channel.stock_source == Channel.StockSource.PER_SELLER else None
    return max(POLLED_WITHIN, of_round or POLLED_WITHIN)


def _cursors(lag: cursors.Lag) -> str:
    return list_url("stock_stockcursor", channel__id__exact=lag.channel.pk)
