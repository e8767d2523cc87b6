"""The outbox of listing states to SCX."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from listings.models.offers import Offer
from platforms.models import Channel, OutboxRow
from sellers import selling


class ReportQuerySet(models.QuerySet["ListingReport"]):
    def sendable(self) -> ReportQuerySet:
        """Unsent reports of sellers who sell there, none while an older one of the same offer is on its way.

        Rows of other sellers are parked: they stay as they are until the seller sells there again.
        """
        State = ListingReport.State
        on_its_way = ListingReport.objects.filter(
            offer=models.OuterRef("offer"), state=State.PENDING, pk__lt=models.OuterRef("pk")
        )
        return self.filter(selling.rows("offer__seller", "channel"), ~models.Exists(on_its_way), state=State.PENDING)


class ListingReport(OutboxRow):
    """The outbox of listing states to SCX: one row for each state of an offer that SCX is to hear of."""

    class Kind(models.TextChoices):
        IN_PROGRESS = "in_progress", _("in progress")
        LISTED = "listed", _("listed")
        FAILED = "failed", _("failed")

    class State(models.TextChoices):
        PENDING = "pending", _("pending")
        SENT = "sent", _("sent")
        REFUSED = "refused", _("refused")
        SUPERSEDED = "superseded", _("superseded")

    channel = models.ForeignKey(Channel, models.PROTECT, related_name="reports", verbose_name=_("channel"))
    offer = models.ForeignKey(Offer, models.CASCADE, related_name="reports", verbose_name=_("offer"))
    kind = models.CharField(_("kind"), max_length=11, choices=Kind.choices)
    revision = models.PositiveIntegerField(_("revision"))
    # When the listing reached the state: what SCX gets as startedAt, listedAt or failedAt.
    at = models.DateTimeField(_("at"))
    # {"channel_offer_id", "listing_url"} of a listed offer, {"errors": […]} of a failed one.
    content = models.JSONField(_("content"), default=dict)
    # Who said so: "staff:" and the user, "key:" and the API key, "connector:" and its name, or a part of the portal.
    by = models.CharField(_("by"), max_length=200, blank=True, default="", db_default="")
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.PENDING)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    sent_at = models.DateTimeField(_("sent"), null=True)

    objects: ClassVar[models.Manager[ListingReport]] = ReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("listing report")
        verbose_name_plural = _("listing reports")
        ordering = ["-pk"]
        indexes = [
            models.Index(
                fields=["channel", "kind", "id"],
                name="listings_report_due",
                condition=Q(state="pending"),
            ),
            models.Index(fields=["channel", "state", "-id"], name="listings_report_list"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.offer_id}"

    @property
    def same(self) -> tuple[str, int, dict[str, Any]]:
        """What makes a report a repetition of another: kind, revision and content."""
        return self.kind, self.revision, self.content
