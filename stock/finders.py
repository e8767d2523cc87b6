"""What may be late in polling; each function is a finder of `platforms.findings`."""

from collections.abc import Iterator
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from platforms.channel_finders import ERROR_CHARACTERS
from platforms.display import list_url, short
from platforms.findings import Finding
from stock import cursors

# A round through many sellers takes its time: SCX's quota allows so many calls a minute.
POLLED_WITHIN = timedelta(minutes=30)


def late_stock() -> Iterator[Finding]:
    """Channels where stock has not been asked for, for some seller, for long."""
    for lag in cursors.lags():
        if lag.polled_at and timezone.now() - lag.polled_at > POLLED_WITHIN:
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


def _cursors(lag: cursors.Lag) -> str:
    return list_url("stock_stockcursor", channel__id__exact=lag.channel.pk)
