"""A marketplace that opens later: which sellers of its platform were given it, by whom and when."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from platforms.models import Channel


class Opening(models.Model):
    """A marketplace given to sellers of its platform in one go; they are those whose memberships name it.

    Begun and not `finished_at`, the job `sellers` goes on with it behind the seller `reached`.
    """

    marketplace = models.ForeignKey(
        Channel,
        models.PROTECT,
        related_name="openings",
        limit_choices_to={"kind": "marketplace"},
        verbose_name=_("marketplace"),
    )
    requested_at = models.DateTimeField(_("requested"), default=timezone.now)
    # A member of staff, or the name of an API key.
    requested_by = models.CharField(_("requested by"), max_length=150, blank=True)
    # What the sellers were chosen by, as `sellers.openings` reads it.
    conditions = models.JSONField(_("conditions"), default=dict)
    finished_at = models.DateTimeField(_("finished"), null=True, editable=False)
    # The key of the last seller who was looked at; they come by their keys.
    reached = models.BigIntegerField(default=0, db_default=0, editable=False)
    given = models.PositiveIntegerField(_("given to"), default=0)
    # {reason: number of sellers}
    left_out = models.JSONField(_("left out"), default=dict)

    class Meta:
        verbose_name = _("opening")
        verbose_name_plural = _("openings")
        ordering = ["-requested_at", "-pk"]
        indexes = [
            models.Index(fields=["marketplace"], name="sellers_opening_unfinished", condition=Q(finished_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.marketplace.code} · {self.requested_at:%Y-%m-%d}"
