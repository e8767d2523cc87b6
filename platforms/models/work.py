"""What carries work between processes: outbox rows, batches, jobs, quota, heartbeats."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from platforms.models.channels import Channel


class OutboxRow(models.Model):
    """What an outbox row knows of its own fate; claiming and recording are in `platforms.outbox`."""

    LEASE: ClassVar[timedelta] = timedelta(seconds=30)
    # Times of our clock that decide when something happens (`platforms.clock`).
    FOLLOWS_CLOCK: ClassVar[tuple[str, ...]] = ("not_before", "leased_until")

    not_before = models.DateTimeField(_("not before"), default=timezone.now)
    leased_until = models.DateTimeField(null=True, editable=False)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    error = models.TextField(_("error"), blank=True)
    # [{"at": …, "status": …, "error": …}, …] of the last attempts, oldest first.
    answers = models.JSONField(_("answers"), default=list, editable=False)

    class Meta:
        abstract = True


class Batch(models.Model):
    """Rows that a process has begun to work on, committed before the work; see `platforms.batches`.

    One that stays behind tells of a process that was killed over them. `began_at` is None while it waits to be begun
    again.
    """

    job = models.CharField(_("job"), max_length=20)
    channel = models.ForeignKey(Channel, models.CASCADE, related_name="batches", verbose_name=_("channel"))
    keys = models.JSONField(_("rows"))
    deaths = models.PositiveSmallIntegerField(_("processes killed"), default=0)
    began_at = models.DateTimeField(_("begun"), null=True)
    not_before = models.DateTimeField(_("not before"), default=timezone.now)

    FOLLOWS_CLOCK: ClassVar = ("began_at", "not_before")

    class Meta:
        verbose_name = _("batch")
        verbose_name_plural = _("batches")
        indexes = [models.Index(fields=["job", "channel"], name="platforms_batch_job")]

    def __str__(self) -> str:
        return f"{self.job} {self.channel.code}"


class JobStatus(models.Model):
    """One job of one channel: whether a nudge for it is queued, and how its last run went."""

    job = models.CharField(_("job"), max_length=20)
    channel = models.ForeignKey(Channel, models.CASCADE, related_name="job_statuses", verbose_name=_("channel"))
    queued_at = models.DateTimeField(_("queued"), null=True)
    started_at = models.DateTimeField(_("started"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    # The last run that ended without an error and without waiting for SCX.
    succeeded_at = models.DateTimeField(_("succeeded"), null=True)
    # Of the runs since the last good one; whether it was SCX that failed, or something here.
    failures = models.PositiveIntegerField(_("failures in a row"), default=0, db_default=0)
    failing_since = models.DateTimeField(_("failing since"), null=True)
    is_failing_at_scx = models.BooleanField(default=False, db_default=False, editable=False)
    summary = models.CharField(_("summary"), max_length=200, blank=True)
    error = models.TextField(_("error"), blank=True)
    # The processes that may run the job at once each lease a seat (`platforms.seats`).
    seat_until = models.DateTimeField(_("seat taken until"), null=True, editable=False)
    second_seat_until = models.DateTimeField(_("second seat taken until"), null=True, editable=False)

    FOLLOWS_CLOCK: ClassVar = ("queued_at", "started_at", "finished_at", "succeeded_at", "failing_since")

    class Meta:
        verbose_name = _("job status")
        verbose_name_plural = _("job statuses")
        ordering = ["channel", "job"]
        constraints = [models.UniqueConstraint(fields=["job", "channel"], name="platforms_jobstatus_unique")]

    def __str__(self) -> str:
        return f"{self.job} {self.channel.code}"


class QuotaBucket(models.Model):
    """What SCX allows one channel in one route group, and the permits taken from it; see `platforms.quota`."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="quota_buckets", verbose_name=_("channel"))
    group = models.CharField(_("route group"), max_length=40)
    limit = models.PositiveIntegerField(_("limit"), null=True)
    interval = models.PositiveIntegerField(_("interval in seconds"), null=True)
    blocked_until = models.DateTimeField(_("blocked until"), null=True)
    # [[seconds since the epoch, permits], …], oldest first, none older than the interval.
    taken = models.JSONField(_("permits taken"), default=list)
    # While SCX has named no limit: whether it has answered at all, and until when the call goes alone that finds out.
    is_answered = models.BooleanField(default=False, db_default=False, editable=False)
    trial_until = models.DateTimeField(null=True, editable=False)
    throttled = models.PositiveBigIntegerField(_("refusals by SCX for want of quota"), default=0, db_default=0)
    throttled_at = models.DateTimeField(_("last refusal"), null=True)
    # Since when SCX has refused everything.
    throttled_since = models.DateTimeField(null=True, editable=False)
    # Seconds by which SCX's clock was ahead of ours at its last answer.
    clock_offset = models.IntegerField(null=True, editable=False)

    FOLLOWS_CLOCK: ClassVar = ("blocked_until", "throttled_at", "throttled_since")

    class Meta:
        verbose_name = _("quota bucket")
        verbose_name_plural = _("quota buckets")
        ordering = ["channel", "group"]
        constraints = [models.UniqueConstraint(fields=["channel", "group"], name="platforms_quotabucket_unique")]

    def __str__(self) -> str:
        return f"{self.channel.code} {self.group}"

    def taken_since(self, now: datetime) -> int:
        """The permits taken in the interval that ends now."""
        since = now.timestamp() - (self.interval or 0)
        return sum(permits for at, permits in self.taken if at > since)


class Heartbeat(models.Model):
    """A task cluster's sign of life: written by a task, so it proves that tasks run."""

    cluster = models.CharField(_("cluster"), max_length=100, unique=True)
    beat_at = models.DateTimeField(_("last beat"))

    FOLLOWS_CLOCK: ClassVar = ("beat_at",)

    class Meta:
        verbose_name = _("heartbeat")
        verbose_name_plural = _("heartbeats")

    def __str__(self) -> str:
        return self.cluster
