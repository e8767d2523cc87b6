"""What `/metrics` tells of stock: levels that wait for their offer, and how long ago SCX was last asked for stock."""

from collections.abc import Iterable

from django.db.models import Count
from django.utils import timezone
from prometheus_client.core import Metric

from platforms.measures import age
from platforms.metrics import backlog, codes, gauge
from stock import cursors
from stock.models import StockLevel


def stock() -> Iterable[Metric]:
    """Levels without their offer, and the lag and refusals of polling, on the channels that poll."""
    now = timezone.now()
    channels = codes()
    rows = dict.fromkeys(((code, "waiting") for code in channels.values()), 0)
    orphans = StockLevel.objects.filter(offer_row=None, channel__in=channels).order_by().values_list("channel")
    for pk, number in orphans.annotate(Count("pk")):
        rows[channels[pk], "waiting"] = number
    yield backlog("stock", rows)
    lags = list(cursors.lags())
    yield gauge(
        "stock_poll_age_seconds",
        "Since SCX was last asked for stock: of the linked seller for whom that is longest, or of all; NaN before.",
        ("channel",),
        {(lag.channel.code,): age(lag.polled_at, now) for lag in lags},
    )
    yield gauge(
        "stock_poll_refused",
        "Sellers whose stock SCX refused or did not give when last asked.",
        ("channel",),
        {(lag.channel.code,): lag.refused for lag in lags},
    )
