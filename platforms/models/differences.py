"""Where the portal and SCX differ, and what nobody knows after a restore."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from platforms.models.channels import Channel


class Discrepancy(models.Model):
    """Where the portal and SCX differ, as the last reconciliation saw it; gone when they agree again.

    `comparison`, a key of `settings.PORTAL_COMPARISONS`, and `kind` say what differs; `subject` says whose it is, such
    as a seller id.
    """

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="discrepancies", verbose_name=_("channel"))
    comparison = models.CharField(_("comparison"), max_length=20)
    kind = models.CharField(_("kind"), max_length=40)
    subject = models.CharField(_("subject"), max_length=100, blank=True)
    ours = models.JSONField(_("here"), null=True)
    theirs = models.JSONField(_("at SCX"), null=True)
    found_at = models.DateTimeField(_("found"), default=timezone.now)
    seen_at = models.DateTimeField(_("last seen"), default=timezone.now)

    class Meta:
        verbose_name = _("difference from SCX")
        verbose_name_plural = _("differences from SCX")
        ordering = ["found_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "comparison", "kind", "subject"], name="platforms_discrepancy_unique"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}".strip()


class OpenPoint(models.Model):
    """What nobody can know any more after a database was restored from a backup, until a person has seen to it.

    The gap lies between `backup_at` and `restored_at`; `subject` says whose it is, such as a seller id.
    """

    class Kind(models.TextChoices):
        ACCESS = "access", _("access rights")
        OFFERS = "offers", _("changes of offers")
        RESULTS = "results", _("listing results")
        SELLER = "seller", _("new seller")

    backup_at = models.DateTimeField(_("backup of"))
    restored_at = models.DateTimeField(_("restored"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    channel = models.ForeignKey(
        Channel, models.CASCADE, null=True, related_name="open_points", verbose_name=_("channel")
    )
    subject = models.CharField(_("subject"), max_length=100, blank=True)
    settled_at = models.DateTimeField(_("settled"), null=True)
    settled_by = models.CharField(_("settled by"), max_length=150, blank=True)

    class Meta:
        verbose_name = _("open point after a restore")
        verbose_name_plural = _("open points after a restore")
        ordering = ["-restored_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["backup_at", "kind", "channel", "subject"], name="platforms_openpoint_of_channel"
            ),
            models.UniqueConstraint(
                fields=["backup_at", "kind", "subject"],
                condition=Q(channel=None),
                name="platforms_openpoint_of_portal",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.subject}".strip()
