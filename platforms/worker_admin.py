"""The admin of the worker's own tables: what runs, how it went, what SCX lets through."""

from typing import Any

from django.contrib.admin import ModelAdmin as AnyModelAdmin
from django.db.models import Model
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_q.models import Failure, OrmQ, Schedule, Success

from platforms import display, heartbeat
from platforms.back_office import ModelAdmin, ReadOnlyAdmin, RelatedFilter
from platforms.models import Batch, FeedCounter, Heartbeat, JobStatus, QuotaBucket
from platforms.theme import display as column


class QuotaBucketAdmin(ReadOnlyAdmin):
    list_display = ("shown_channel", "group", "limit", "interval", "taken_now", "blocked_until", "throttled")
    list_select_related = ("channel",)
    list_filter = (("channel", RelatedFilter),)
    fields = ("channel", "group", "limit", "interval", "taken_now", "blocked_until", "throttled", "throttled_at")

    @column(description=_("taken in the last interval"))
    def taken_now(self, bucket: QuotaBucket) -> int:
        return bucket.taken_since(timezone.now())


class JobStatusAdmin(ReadOnlyAdmin):
    list_display = (
        "job",
        "shown_channel",
        "queued_at",
        "started_at",
        "finished_at",
        "failing_since",
        "summary",
        "shown_error",
    )
    list_select_related = ("channel",)
    list_filter = (("channel", RelatedFilter),)
    search_fields = ("job", "channel__code")
    fields = (
        "job",
        "channel",
        "queued_at",
        "started_at",
        "finished_at",
        "succeeded_at",
        "failures",
        "failing_since",
        "summary",
        "error",
    )

    @column(description=_("error"))
    def shown_error(self, status: JobStatus) -> str:
        return display.short(status.error)


class BatchAdmin(ReadOnlyAdmin):
    list_display = ("job", "shown_channel", "number_of_rows", "deaths", "began_at", "not_before")
    list_select_related = ("channel",)
    list_filter = (("channel", RelatedFilter),)
    ordering = ("-deaths", "pk")
    fields = ("job", "channel", "number_of_rows", "keys", "deaths", "began_at", "not_before")

    @column(description=_("number of rows"))
    def number_of_rows(self, batch: Batch) -> int:
        return len(batch.keys)


class HeartbeatAdmin(ReadOnlyAdmin):
    channel_lookups = ()
    list_display = ("cluster", "beat_at", "is_alive")
    ordering = ("-beat_at",)
    fields = ("cluster", "beat_at", "is_alive")

    @column(description=_("alive"), boolean=True)
    def is_alive(self, beat: Heartbeat) -> bool:
        return timezone.now() - beat.beat_at <= heartbeat.DEAD_AFTER


class FeedCounterAdmin(ReadOnlyAdmin):
    channel_lookups = ()
    list_display = ("name", "shown_value")
    ordering = ("name",)
    fields = ("name", "shown_value")

    @column(description=_("value"))
    def shown_value(self, counter: FeedCounter) -> int:
        return counter.value


class ScheduleAdmin(ReadOnlyAdmin):
    """`migrate` writes the schedules; a person changes nothing here that would last."""

    channel_lookups = ()
    list_display = ("name", "func", "minutes", "next_run")
    ordering = ("name",)
    fields = ("name", "func", "args", "minutes", "next_run")


class TaskAdmin(ReadOnlyAdmin):
    channel_lookups = ()
    list_display = ("name", "func", "cluster", "started", "stopped", "short_result")
    search_fields = ("name", "func")
    fields = ("name", "func", "shown_args", "cluster", "started", "stopped", "attempt_count", "shown_result")

    @column(description=_("arguments"))
    def shown_args(self, task: Any) -> str:
        return ", ".join(map(str, task.args or ())) or display.EMPTY

    @column(description=_("result"))
    def short_result(self, task: Any) -> str:
        return display.short(str(task.result or ""))

    @column(description=_("result"))
    def shown_result(self, task: Any) -> str:
        return str(task.result or display.EMPTY)


class FailedTaskAdmin(TaskAdmin):
    """Nothing depends on a failed task, the tables carry the work: whoever has read it may delete it."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return ModelAdmin.has_delete_permission(self, request, obj)


class QueuedTaskAdmin(ReadOnlyAdmin):
    channel_lookups = ()
    list_display = ("name", "key", "func", "lock")
    ordering = ("pk",)
    fields = ("name", "key", "func", "shown_args", "lock")

    @column(description=_("arguments"))
    def shown_args(self, task: OrmQ) -> str:
        return ", ".join(map(str, task.args() or ())) or display.EMPTY


PAGES: dict[type[Model], type[AnyModelAdmin]] = {
    QuotaBucket: QuotaBucketAdmin,
    JobStatus: JobStatusAdmin,
    Batch: BatchAdmin,
    Heartbeat: HeartbeatAdmin,
    FeedCounter: FeedCounterAdmin,
    Schedule: ScheduleAdmin,
    Success: TaskAdmin,
    Failure: FailedTaskAdmin,
    OrmQ: QueuedTaskAdmin,
}
