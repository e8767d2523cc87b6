"""What `manage.py benchmark events` and `benchmark reports` measure."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Max
from django.test import override_settings
from django.utils import timezone

from listings import benchmark_rows, reports
from listings.models import ListingReport, Offer, Picture, Price, Revision
from platforms import benchmark_scx, benchmarks, inbox
from platforms.benchmarks import Figure, Mark, Setting, Table
from platforms.jobs import Run
from platforms.models import Channel, Event
from sellers.models import Seller

PAGE = benchmark_scx.EVENTS_A_PAGE
BATCH = 500
REPORTS_A_CALL = 1000
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def events(setting: Setting) -> Iterator[Figure]:
    """New offers, then updates of the same: from the wire to acknowledged, and from the wire to applied."""
    channel, seller = _shop()
    benchmark_rows.preload(channel, seller, setting.rows)
    first = setting.rows + 1
    for what, kind, minutes in (("events", "New", 0), ("updates", "Update", 1)):
        offer_ids, at = range(first, first + setting.number), BEGAN + timedelta(minutes=minutes)
        envelopes = (_envelope(seller.seller_id, offer_id, kind, at) for offer_id in offer_ids)
        last = Event.objects.aggregate(last=Max("pk"))["last"] or 0
        with benchmark_scx.running(envelopes) as url, override_settings(SCX_BASE_URL=url):
            taken = benchmarks.seconds(lambda: inbox.fetch(channel, Run()))
        applied = benchmarks.seconds(lambda: inbox.apply(channel, Run()))
        memory = benchmarks.memory_mb()
        raw_taken, raw_applied = _raw(last, first)
        number = setting.number
        yield Figure(f"{what} acknowledged", number / taken, number / raw_taken, memory, setting.rows)
        both, raw_both = taken + applied, raw_taken + raw_applied
        yield Figure(f"{what} applied", number / both, number / raw_both, memory, setting.rows)


def listing_reports(setting: Setting) -> Iterator[Figure]:
    """Reports that are due, from the table to SCX and back."""
    channel, seller = _shop()
    benchmark_rows.preload(channel, seller, max(setting.rows, setting.number))
    keys = _due(channel, setting.number)
    with benchmark_scx.running([]) as url, override_settings(SCX_BASE_URL=url):
        took = benchmarks.seconds(lambda: reports.send(channel, Run()))
    memory = benchmarks.memory_mb()
    sent = benchmarks.table_of(ListingReport, models.Q(pk__among=keys))
    raw = benchmarks.raw_seconds(_claimed_and_recorded(sent, _due(channel, setting.number)))
    number = len(keys)
    yield Figure("reports", number / took, number / raw, memory, setting.rows)


def _due(channel: Channel, number: int) -> list[int]:
    """Reports about the newest offers, due now; their keys."""
    now = timezone.now()
    offers = Offer.objects.order_by("-pk").values_list("pk", flat=True)[:number]
    content = {"channel_offer_id": "M-1", "listing_url": "https://marketplace.example/1"}
    last = ListingReport.objects.aggregate(last=Max("pk"))["last"] or 0
    ListingReport.objects.bulk_create(
        ListingReport(channel=channel, offer_id=key, kind="listed", revision=1, at=now, content=content, not_before=now)
        for key in offers
    )
    benchmarks.settle()
    return list(ListingReport.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True))


def _claimed_and_recorded(sent: Table, keys: Sequence[int]) -> Iterator[list[Table | Mark]]:
    """What a bare program writes for the reports of these keys, which are due: a lease before each call, so that no
    other process sends the same, and after it what became of those that were sent."""
    until = sent.rows[0][sent.columns.index("sent_at")]
    rows = [(key, *row[1:]) for key, row in zip(keys, sent.rows, strict=True)]
    for part in benchmarks.pieces(Table(sent.model, sent.columns, rows), REPORTS_A_CALL):
        yield [Mark(part.model, "leased_until", until, [row[0] for row in part.rows])]
        yield [part]


def _raw(last: int, first: int) -> tuple[float, float]:
    """What a bare program takes for the rows that came: the events, then the offers with all that hangs on them."""
    came = benchmarks.table_of(Event, models.Q(pk__gt=last))
    of_offers = models.Q(offer__offer_id__gte=first)
    fresh: list[tuple[type[models.Model], models.Q]] = [
        (Offer, models.Q(offer_id__gte=first)),
        *((model, of_offers) for model in (Price, Picture, Revision)),
    ]
    tables = [benchmarks.table_of(model, condition) for model, condition in fresh]
    for model, condition in reversed(fresh):
        model._default_manager.filter(condition).delete()
    Event.objects.filter(pk__gt=last).delete()
    batches = -(-len(came.rows) // BATCH)
    parts = [benchmarks.shares(table, batches) for table in (came, *tables)]
    taken = benchmarks.raw_seconds((page,) for page in benchmarks.pieces(came, PAGE))
    return taken, benchmarks.raw_seconds(zip(*parts, strict=True))


def _shop() -> tuple[Channel, Seller]:
    channel = Channel.objects.create(code="BENCHMARK", kind="standalone", display_name="Benchmark", currency="EUR")
    channel.refresh_token = f"{channel.code}:none"
    channel.save()
    seller = Seller.objects.create(channel=channel, seller_id="benchmark", state=Seller.State.ACTIVE)
    return channel, seller


def _envelope(seller_id: str, offer_id: int, kind: str, at: datetime) -> dict[str, Any]:
    """An offer with a price, two pictures, three attributes, and a text of a paragraph."""
    return {
        "id": f"{kind}-{offer_id}",
        "type": f"Seller:Offer.{kind}",
        "createdAt": at.isoformat(),
        "event": {
            "sellerId": seller_id,
            "offerId": offer_id,
            "sku": f"SKU-{offer_id}",
            "gtin": f"{offer_id:013d}",
            "title": f"Kopfhörer „Nordlicht“ {offer_id}, {kind}",
            "description": "<p>Große Ohrmuscheln, weiche Polster und 40 Stunden Laufzeit.</p>" * 4,
            "channelCategoryId": "4355",
            "taxPercent": "19.00",
            "priceList": [{"id": "B2C", "quantityPriceList": [{"amount": "14.65", "currency": "EUR"}]}],
            "pictureList": [f"https://pictures.example/{offer_id}-{n}.jpg" for n in (1, 2)],
            "channelAttributeList": [{"attributeId": name, "value": "ja"} for name in ("a", "b", "c")],
        },
    }
