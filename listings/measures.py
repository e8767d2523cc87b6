"""What `/metrics` tells of offers on their way to the connector and of reports on their way to SCX."""

from collections.abc import Iterable

from django.db.models import Count, Max, Min, Q
from django.utils import timezone
from prometheus_client.core import Metric

from listings import progress, waiting
from listings.models import ListingReport
from platforms.measures import age
from platforms.metrics import attempted, backlog, codes, gauge, oldest


def offers() -> Iterable[Metric]:
    """Offers that are to be handed over. How many there are in each state would take a count of all offers."""
    now = timezone.now()
    channels = codes()
    rows = dict.fromkeys(((code, "pending") for code in channels.values()), 0)
    waits = dict.fromkeys(channels.values(), 0.0)
    for pk, number, since in waiting.handover(channels).values_list("channel").annotate(Count("pk"), Min("updated_at")):
        rows[channels[pk], "pending"] = number
        waits[channels[pk]] = age(since, now)
    yield backlog("handover", rows)
    yield oldest("handover", waits)


def answers() -> Iterable[Metric]:
    """Offers that wait too long for the marketplace: for an answer, or for its word that they are gone."""
    channels = codes()
    rows: dict[tuple[str, ...], float] = {}
    for errand, late in (("list", progress.late_answers()), ("take_down", progress.late_take_downs())):
        found = dict(late.values_list("channel").annotate(Count("pk")))
        rows |= {(code, errand): found.get(pk, 0) for pk, code in channels.items()}
    text = "Offers that wait for the marketplace for longer than the channel's limit, by what it is to do."
    yield gauge("offers_waiting_too_long", text, ("channel", "errand"), rows)


def reports() -> Iterable[Metric]:
    """The outbox of listing states."""
    now = timezone.now()
    channels = codes()
    State = ListingReport.State
    rows = dict.fromkeys(((code, state) for code in channels.values() for state in ("pending", "refused")), 0)
    tried, most = dict.fromkeys(channels.values(), 0), dict.fromkeys(channels.values(), 0)
    pending = ListingReport.objects.filter(channel__in=channels, state=State.PENDING).order_by().values_list("channel")
    in_vain = Count("pk", filter=Q(attempts__gt=0))
    for pk, number, attempts, number_tried in pending.annotate(Count("pk"), Max("attempts"), in_vain=in_vain):
        rows[channels[pk], "pending"] = number
        tried[channels[pk]], most[channels[pk]] = number_tried, attempts
    refused = ListingReport.objects.filter(channel__in=channels, state=State.REFUSED).order_by().values_list("channel")
    for pk, number in refused.annotate(Count("pk")):
        rows[channels[pk], "refused"] = number
    yield backlog("reports", rows)
    yield from attempted("reports", tried, most)
    yield oldest("reports", {channel.code: age(since or now, now) for channel, since in waiting.reports()})
