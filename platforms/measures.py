"""What `/metrics` tells of channels, their jobs, events, tokens and quota, and of the workers."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from django.db.models import Count, Max, Min, Q, Sum
from django.utils import timezone
from django_q.models import OrmQ
from prometheus_client.core import Metric

from platforms import findings, health, heartbeat
from platforms.metrics import Key, attempted, backlog, codes, counter, gauge, oldest
from platforms.models import (
    Batch,
    Channel,
    Event,
    FeedCounter,
    Heartbeat,
    JobStatus,
    QuotaBucket,
    WebhookDelivery,
    WebhookEndpoint,
)

# Clusters that ended are forgotten after a day; a row for each of them would only tell of the past.
CLUSTERS_SHOWN = timedelta(hours=1)

EVENT_STATES = (Event.State.PENDING, Event.State.WAITING, Event.State.FAILED, Event.State.DEAD)


def age(since: datetime | None, now: datetime) -> float:
    """Seconds since then, 0 for what lies ahead; NaN where nothing has been yet."""
    return float("nan") if since is None else max(0.0, (now - since).total_seconds())


def deliveries() -> Iterable[Metric]:
    """What endpoints are still to be told."""
    pending = WebhookDelivery.objects.pending().order_by().values("endpoint")
    waiting = pending.annotate(number=Count("pk"), since=Min("created_at")).values_list("endpoint", "number", "since")
    numbers: dict[Key, float] = {}
    ages: dict[Key, float] = {}
    now = timezone.now()
    for endpoint, number, since in waiting:
        numbers[str(endpoint),], ages[str(endpoint),] = number, age(since, now)
    labels = ("endpoint",)
    yield gauge("webhook_deliveries_pending", "What each webhook endpoint is still to be told.", labels, numbers)
    yield gauge("webhook_oldest_pending_seconds", "Since when the oldest of it waits.", labels, ages)
    failing = WebhookEndpoint.objects.values_list("pk", "failures")
    yield gauge(
        "webhook_failures",
        "Calls in a row that each webhook endpoint has not taken.",
        labels,
        {(str(pk),): failures for pk, failures in failing},
    )


def found() -> Iterable[Metric]:
    """The findings: everything that staff read in words is a metric too."""
    counts: dict[Key, float] = {}
    ages: dict[Key, float] = {}
    now = timezone.now()
    for finding in findings.found():
        key = (finding.code, finding.channel, finding.severity)
        counts[key] = counts.get(key, 0) + 1
        if finding.since:
            ages[key] = max(ages.get(key, 0.0), age(finding.since, now))
    labels = ("code", "channel", "severity")
    yield gauge("findings", "What is wrong now, as the admin's overview says it in words.", labels, counts)
    yield gauge("finding_age_seconds", "For how long it has been wrong.", labels, ages)


def workers() -> Iterable[Metric]:
    """Heartbeats, the queue between web and workers, and whether the tables fit the code."""
    now = timezone.now()
    beats = dict(Heartbeat.objects.filter(beat_at__gt=now - CLUSTERS_SHOWN).values_list("cluster", "beat_at"))
    alive = sum(now - beat_at <= heartbeat.DEAD_AFTER for beat_at in beats.values())
    yield gauge("workers_alive", "Task clusters that gave a sign of life in the last three minutes.", (), {(): alive})
    yield gauge(
        "heartbeat_age_seconds",
        "Since the last sign of life of each task cluster of the last hour.",
        ("cluster",),
        {(cluster,): age(beat_at, now) for cluster, beat_at in beats.items()},
    )
    queue = OrmQ.objects.aggregate(
        due=Count("pk", filter=Q(lock__lte=now)), taken=Count("pk", filter=Q(lock__gt=now)), oldest=Min("lock")
    )
    yield gauge(
        "queue_tasks",
        "Queued tasks: due ones wait for a worker, taken ones are a worker's. They are nudges: work lies in tables.",
        ("state",),
        {("due",): queue["due"], ("taken",): queue["taken"]},
    )
    waited = age(queue["oldest"], now) if queue["due"] else 0.0
    yield gauge("queue_oldest_seconds", "For how long the oldest due task has waited.", (), {(): waited})
    yield gauge(
        "migrations_pending", "Migrations to be run by `manage.py migrate`.", (), {(): health.pending_migrations()}
    )


def jobs() -> Iterable[Metric]:
    """The lag of each job of each channel, and whether it fails."""
    now = timezone.now()
    labels = ("work", "channel")
    statuses: dict[Key, JobStatus] = {
        (status.job, status.channel.code): status
        for status in JobStatus.objects.filter(channel__in=codes()).select_related("channel").defer("error")
    }
    yield gauge(
        "job_success_age_seconds",
        "Since the last run of the job that ended without an error and without waiting for SCX; NaN before the first.",
        labels,
        {key: age(status.succeeded_at, now) for key, status in statuses.items()},
    )
    yield gauge(
        "job_start_age_seconds",
        "Since the last run of the job began; NaN before the first.",
        labels,
        {key: age(status.started_at, now) for key, status in statuses.items()},
    )
    yield gauge(
        "job_failures",
        "How often the job failed since it last did not.",
        labels,
        {key: status.failures for key, status in statuses.items()},
    )
    yield gauge(
        "job_failing_seconds",
        "For how long every run of the job has failed; 0 when the last one did not.",
        labels,
        {key: age(status.failing_since or now, now) for key, status in statuses.items()},
    )
    deaths = Batch.objects.filter(deaths__gt=0).order_by().values_list("job", "channel__code").annotate(Sum("deaths"))
    killed: dict[Key, float] = {(job, code): number for job, code, number in deaths}
    yield gauge("processes_killed", "Processes that were killed over rows that are still to be done.", labels, killed)


def events() -> Iterable[Metric]:
    """The inbox: what is not settled, for how long the oldest event waits, and what was tried in vain."""
    now = timezone.now()
    channels = codes()
    rows = dict.fromkeys(((code, state.value) for code in channels.values() for state in EVENT_STATES), 0)
    waits = dict.fromkeys(channels.values(), 0.0)
    for pk, state, number, since in _unsettled_events(channels):
        rows[channels[pk], state] = number
        if state == Event.State.PENDING:
            waits[channels[pk]] = age(since, now)
    yield backlog("apply", rows)
    yield oldest("apply", waits)
    tried, most = dict.fromkeys(channels.values(), 0), dict.fromkeys(channels.values(), 0)
    in_vain = Event.objects.unsettled().filter(channel__in=channels, state__in=[Event.State.FAILED, Event.State.DEAD])
    grouped = in_vain.filter(attempts__gt=0).order_by().values_list("channel").annotate(Count("pk"), Max("attempts"))
    for pk, number, attempts in grouped:
        tried[channels[pk]], most[channels[pk]] = number, attempts
    yield from attempted("apply", tried, most)


def _unsettled_events(channels: Iterable[int]) -> Iterator[tuple[int, str, int, datetime]]:
    unsettled = Event.objects.unsettled().filter(channel__in=channels).order_by()
    yield from unsettled.values_list("channel", "state").annotate(Count("pk"), Min("received_at"))


def tokens() -> Iterable[Metric]:
    """Whether each channel has tokens that can be read, and for how long the access token is good."""
    now = timezone.now()
    channels = list(Channel.objects.callable())
    yield gauge(
        "refresh_token_present",
        "Whether the channel has a refresh token that the present ENCRYPTION_KEYS can read.",
        ("channel",),
        {(channel.code,): channel.has_token for channel in channels},
    )
    yield gauge(
        "refresh_token_refused_seconds",
        "For how long SCX has refused the channel's refresh token; 0 when it does not.",
        ("channel",),
        {(channel.code,): age(channel.token_refused_since or now, now) for channel in channels},
    )
    yield gauge(
        "refresh_token_age_seconds",
        "How long ago the channel's refresh token was entered; none for one entered before that was noted.",
        ("channel",),
        {
            (channel.code,): age(channel.refresh_token_entered_at, now)
            for channel in channels
            if channel.refresh_token_entered_at
        },
    )
    yield gauge(
        "refresh_token_accepted_seconds",
        "How long ago SCX last accepted the channel's refresh token; none before the first time.",
        ("channel",),
        {(channel.code,): age(channel.token_succeeded_at, now) for channel in channels if channel.token_succeeded_at},
    )
    yield gauge(
        "access_token_left_seconds",
        "For how long the channel's access token is good, negative once it has expired; none before the first.",
        ("channel",),
        {
            (channel.code,): (channel.access_token_expires_at - now).total_seconds()
            for channel in channels
            if channel.access_token_expires_at
        },
    )


def quota() -> Iterable[Metric]:
    """SCX's quota of each channel and route group, as its headers told it, and what was used of it."""
    now = timezone.now()
    labels = ("channel", "group")
    buckets: dict[Key, QuotaBucket] = {
        (bucket.channel.code, bucket.group): bucket
        for bucket in QuotaBucket.objects.filter(channel__in=codes()).select_related("channel")
    }
    known = {key: bucket for key, bucket in buckets.items() if bucket.limit and bucket.interval}
    yield gauge("quota_limit", "Calls SCX allows in an interval.", labels, {k: b.limit or 0 for k, b in known.items()})
    yield gauge("quota_interval_seconds", "That interval.", labels, {k: b.interval or 0 for k, b in known.items()})
    yield gauge(
        "quota_used",
        "Permits taken in the last interval, some of which may never have been used.",
        labels,
        {key: bucket.taken_since(now) for key, bucket in known.items()},
    )
    yield gauge(
        "quota_blocked_seconds",
        "For how long nothing may be asked because SCX said so (429, or nothing remaining); 0 when it did not.",
        labels,
        {
            key: max(0.0, (bucket.blocked_until - now).total_seconds()) if bucket.blocked_until else 0.0
            for key, bucket in buckets.items()
        },
    )
    yield counter(
        "quota_refusals",
        "How often SCX has refused a call for want of quota (429).",
        labels,
        {key: bucket.throttled for key, bucket in buckets.items()},
    )
    yield gauge(
        "scx_clock_offset_seconds",
        "How far SCX's clock was ahead of the portal's at its last answer.",
        labels,
        {key: bucket.clock_offset for key, bucket in buckets.items() if bucket.clock_offset is not None},
    )


def feeds() -> Iterable[Metric]:
    """How far the feeds are; their rate is the throughput."""
    numbers: dict[Key, float] = {(name,): value for name, value in FeedCounter.objects.values_list("name", "value")}
    yield counter("feed_number", "The number that the last row of the feed got.", ("feed",), numbers)
