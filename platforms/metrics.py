"""`/metrics` for Prometheus: computed from the database when asked for, so that every web process tells the same.

What is measured are the functions that `settings.PORTAL_MEASURES` names: each returns families made by the functions
below. Several may add to one family, such as the backlog of different jobs.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import cast

from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.utils.module_loading import import_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder

from platforms.models import Channel

logger = logging.getLogger(__name__)

PREFIX = "scx_portal_"

Measure = Callable[[], Iterable[Metric]]
Key = tuple[str, ...]


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """For those who bring METRICS_TOKEN in the Authorization header; nowhere else, because addresses are logged."""
    if not settings.METRICS_TOKEN:
        return _refusal(403, "Metrics are off. Set METRICS_TOKEN and send it as “Authorization: Bearer …”.")
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not constant_time_compare(token.strip(), settings.METRICS_TOKEN):
        refusal = _refusal(401, "Send METRICS_TOKEN as “Authorization: Bearer …”.")
        refusal["WWW-Authenticate"] = 'Bearer realm="metrics"'
        return refusal
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    # Of a registry, the encoders ask `collect` alone.
    return HttpResponse(encode(cast(CollectorRegistry, Scrape())), content_type=content_type)


def _refusal(status: int, text: str) -> HttpResponse:
    return HttpResponse(text + "\n", status=status, content_type="text/plain; charset=utf-8")


def gauge(name: str, text: str, labels: Key, values: Mapping[Key, float]) -> Metric:
    """A family of values that go up and down, by label values."""
    return _filled(GaugeMetricFamily(PREFIX + name, text, labels=labels), values)


def counter(name: str, text: str, labels: Key, values: Mapping[Key, float]) -> Metric:
    """A family of values that only grow; "_total" is added to the name."""
    return _filled(CounterMetricFamily(PREFIX + name, text, labels=labels), values)


def _filled(family: GaugeMetricFamily | CounterMetricFamily, values: Mapping[Key, float]) -> Metric:
    for key, value in values.items():
        family.add_metric(key, value)
    return family


def backlog(job: str, rows: Mapping[tuple[str, str], int]) -> Metric:
    """How many rows of a job are not settled, by channel code and state.

    The label is "work", because Prometheus has a "job" of its own.
    """
    return gauge(
        "backlog",
        "Rows that are not settled, by the job they are for: waiting for it, failed and tried again, or given up.",
        ("work", "channel", "state"),
        {(job, channel, state): number for (channel, state), number in rows.items()},
    )


def oldest(job: str, seconds: Mapping[str, float]) -> Metric:
    """For how long the oldest row of a job has waited, by channel code; 0 when none waits."""
    return gauge(
        "oldest_waiting_seconds",
        "Age of the oldest row that waits for the job and whose seller SCX takes data for; 0 when none waits.",
        ("work", "channel"),
        {(job, channel): max(0.0, age) for channel, age in seconds.items()},
    )


def attempted(job: str, rows: Mapping[str, int], most: Mapping[str, int]) -> list[Metric]:
    """How many unsettled rows of a job were tried in vain, and the most attempts one has, by channel code."""
    return [
        gauge(
            "backlog_attempted",
            "Rows of the backlog that were tried at least once, in vain.",
            ("work", "channel"),
            {(job, channel): number for channel, number in rows.items()},
        ),
        gauge(
            "backlog_attempts_max",
            "The most attempts that a row of the backlog has behind it.",
            ("work", "channel"),
            {(job, channel): number for channel, number in most.items()},
        ),
    ]


def codes() -> dict[int, str]:
    """The channels that work is done for, by primary key."""
    return dict(Channel.objects.callable().values_list("pk", "code"))


class Scrape:
    """One answer to Prometheus. A measure that fails is told as failed and costs the others nothing."""

    def collect(self) -> Iterator[Metric]:
        started = time.monotonic()
        is_up = _database_answers()
        yield gauge("database_up", "Whether the database answers; without it nothing else is told.", (), {(): is_up})
        if is_up:
            yield from self._measured()
        yield gauge("scrape_duration_seconds", "What this answer took.", (), {(): round(time.monotonic() - started, 4)})

    def _measured(self) -> Iterator[Metric]:
        families: dict[str, Metric] = {}
        parts: dict[Key, float] = {}
        for name in settings.PORTAL_MEASURES:
            try:
                measured = list(cast(Measure, import_string(name))())
            except Exception:
                logger.exception("Measure %s failed", name)
                measured = []
                parts[(name,)] = 0
            else:
                parts[(name,)] = 1
            for family in measured:
                if known := families.get(family.name):
                    known.samples += family.samples
                else:
                    families[family.name] = family
        yield from families.values()
        yield gauge("measure_up", "Whether this part of the metrics could be measured.", ("measure",), parts)


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error as error:
        logger.error("The database does not answer: %s", type(error).__name__)
        return False
    return True
