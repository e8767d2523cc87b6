"""The inbox: SCX's events, and the numbers of the feeds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.expressions import RawSQL
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from platforms.models.channels import Channel


class EventQuerySet(models.QuerySet["Event"]):
    CLAIMABLE = ("pending", "failed")
    UNSETTLED = ("pending", "waiting", "failed", "dead")

    def _in_states(self, states: Sequence[str]) -> EventQuerySet:
        """Those in one of the states, read from the partial index whose condition names the same, in the same order."""
        # SQLite takes a partial index only for the very text of its condition, not for parameters.
        literals = ", ".join(f"'{state}'" for state in states)
        condition = f"platforms_event.state IN ({literals})"
        return self.filter(RawSQL(condition, (), output_field=models.BooleanField()))  # noqa: S611  constants

    def unsettled(self) -> EventQuerySet:
        """Events nothing has become of yet, whatever the reason."""
        return self._in_states(self.UNSETTLED)

    def due(self, now: datetime, *, ignore_backoff: bool = False) -> EventQuerySet:
        """What waits to be applied. An event without `not_before` is applied only when a person replays it."""
        claimable = self._in_states(self.CLAIMABLE).filter(not_before__isnull=False)
        return claimable if ignore_backoff else claimable.filter(not_before__lte=now)

    def replay(self) -> int:
        """Put the events back to pending, whatever became of them; returns how many."""
        return self.update(state=Event.State.PENDING, not_before=timezone.now(), attempts=0, error="")


class Event(models.Model):
    """The inbox: one SCX event, stored before it is acknowledged."""

    class State(models.TextChoices):
        PENDING = "pending", _("pending")
        WAITING = "waiting", _("waiting")
        DONE = "done", _("done")
        SUPERSEDED = "superseded", _("superseded")
        FAILED = "failed", _("failed")
        DEAD = "dead", _("dead")
        IGNORED = "ignored", _("ignored")

    channel = models.ForeignKey(Channel, models.PROTECT, related_name="events", verbose_name=_("channel"))
    event_id = models.CharField(_("event id"), max_length=100)
    type = models.CharField(_("type"), max_length=100)
    payload = models.JSONField(_("payload"), default=dict)
    seller_id = models.CharField(_("seller id"), max_length=100, blank=True)
    created_at = models.DateTimeField(_("created at SCX"))
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    client_version = models.CharField(_("client version"), max_length=100, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.PENDING)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    not_before = models.DateTimeField(_("not before"), null=True, default=timezone.now)
    error = models.TextField(_("error"), blank=True)
    number = models.BigIntegerField(_("feed number"), unique=True)
    # About how many characters the payload has: who reads many events knows beforehand what memory they take.
    size = models.PositiveIntegerField(_("size"), default=0, db_default=0, editable=False)

    FOLLOWS_CLOCK: ClassVar = ("not_before", "received_at")

    objects: ClassVar[models.Manager[Event]] = EventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["channel", "event_id"], name="platforms_event_unique"),
        ]
        indexes = [
            models.Index(
                fields=["channel", "type", "created_at", "event_id"],
                name="platforms_event_due",
                condition=Q(state__in=["pending", "failed"]),
            ),
            models.Index(fields=["channel", "seller_id"], name="platforms_event_waiting", condition=Q(state="waiting")),
            models.Index(
                fields=["channel", "state", "received_at"],
                name="platforms_event_unsettled",
                condition=Q(state__in=["pending", "waiting", "failed", "dead"]),
            ),
            models.Index(fields=["seller_id", "-number"], name="platforms_event_seller"),
            models.Index(fields=["type", "-number"], name="platforms_event_type"),
            models.Index(fields=["state", "-number"], name="platforms_event_state"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"

    @property
    def version(self) -> tuple[datetime, str]:
        """What decides which of two events is newer: SCX's time, then the event id."""
        return self.created_at, self.event_id


class FeedCounter(models.Model):
    """The number that the last row of a feed got; see `platforms.feeds`."""

    name = models.CharField(max_length=20, primary_key=True)
    value = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("feed counter")
        verbose_name_plural = _("feed counters")

    def __str__(self) -> str:
        return self.name
