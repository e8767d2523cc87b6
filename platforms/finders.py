"""What may be wrong with the worker, the jobs and the inbox; each function is a finder of `platforms.findings`."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Min
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from platforms import display, health, heartbeat
from platforms.findings import LATE_AFTER, Finding
from platforms.models import Channel, Event, JobStatus


def no_worker() -> Iterator[Finding]:
    """No task cluster gives a sign of life."""
    if not heartbeat.is_anyone_alive():
        text = _(
            "No worker is alive: nothing is fetched from SCX, applied or reported. Start “manage.py worker”; if one is "
            "running, its log says why it does not work."
        )
        url = reverse("admin:platforms_heartbeat_changelist")
        yield Finding("no-worker", text, critical=True, since=heartbeat.youngest(), url=url)


def unapplied_migrations() -> Iterator[Finding]:
    """The code is newer than the tables."""
    if health.pending_migrations():
        text = _("The tables are older than the program: run “manage.py migrate”. Until then, pages and jobs may fail.")
        yield Finding("migrations-pending", text, critical=True)


def idle_jobs() -> Iterator[Finding]:
    """Jobs that no worker has begun for long although there is one: too much work for it, or a queue that is stuck."""
    if not heartbeat.is_anyone_alive():
        return
    idle: dict[Channel, list[JobStatus]] = defaultdict(list)
    for status in JobStatus.objects.filter(channel__in=Channel.objects.callable()).select_related("channel"):
        if is_overdue(status, timezone.now()):
            idle[status.channel].append(status)
    for channel, statuses in idle.items():
        text = _(
            "A worker is alive, but the jobs %(jobs)s of %(channel)s have not been begun for long. There is more work "
            "than it can do, or the queue is stuck: start more workers, or start it again."
        ) % {"jobs": ", ".join(status.job for status in statuses), "channel": channel.display_name}
        url = reverse("admin:django_q_ormq_changelist")
        since = min(moment for status in statuses if (moment := status.started_at or status.queued_at))
        yield Finding("jobs-idle", text, since=since, channel=channel.code, url=url)


def is_overdue(status: JobStatus, now: datetime) -> bool:
    """Whether the job should have begun long ago."""
    minutes = {job: minutes for job, _function, minutes in settings.PORTAL_JOBS}.get(status.job)
    begun = status.started_at or status.queued_at
    return minutes is not None and begun is not None and now - begun > LATE_AFTER + timedelta(minutes=minutes)


def late_events() -> Iterator[Finding]:
    """Events that wait for longer than they should; those that failed are told by themselves."""
    for channel, number, since in _events(Event.State.PENDING):
        text = ngettext(
            "%(number)s event of %(channel)s waits to be applied, for longer than it should. It is applied as soon as "
            "the worker gets to it; if the number does not fall, start more workers.",
            "%(number)s events of %(channel)s wait to be applied, the oldest for longer than it should. They are "
            "applied as soon as the worker gets to them; if the number does not fall, start more workers.",
            number,
        )
        yield _of_events("events-late", Event.State.PENDING, channel, text, number, since)


def failed_events() -> Iterator[Finding]:
    """Events whose handling failed and that are tried again."""
    for channel, number, since in _events(Event.State.FAILED):
        text = ngettext(
            "%(number)s event of %(channel)s could not be applied. Its page says why, and when it is tried again; "
            "“Replay” tries at once.",
            "%(number)s events of %(channel)s could not be applied. Their pages say why, and when they are tried "
            "again; “Replay” tries at once.",
            number,
        )
        yield _of_events("events-failed", Event.State.FAILED, channel, text, number, since)


def _events(state: str) -> list[tuple[Channel, int, datetime]]:
    """Channels with events in this state that came long ago: how many in all, and when the oldest came."""
    channels = Channel.objects.callable().in_bulk()
    rows = Event.objects.unsettled().filter(state=state, channel__in=channels).order_by().values_list("channel")
    grouped = rows.annotate(Count("pk"), Min("received_at"))
    late = timezone.now() - LATE_AFTER
    return [(channels[pk], number, since) for pk, number, since in grouped if since < late]


def _of_events(code: str, state: str, channel: Channel, text: str, number: int, since: datetime) -> Finding:
    return Finding(
        code,
        text % {"number": number, "channel": channel.display_name},
        since=since,
        channel=channel.code,
        url=display.list_url("platforms_event", channel__id__exact=channel.pk, state__exact=state),
    )
