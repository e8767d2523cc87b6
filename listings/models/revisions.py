"""What listings were before their content was replaced."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from listings.models.offers import Offer


class Revision(models.Model):
    """A revision of a listing that a newer one has replaced; the newest is the offer itself.

    `changes` leads back to it from the next revision (`listings.merge_patch`). Prices change without a revision, so
    those it had at its end are kept whole: {offer id: {price type: {from quantity: "amount currency"}}}.
    """

    offer = models.ForeignKey(Offer, models.CASCADE, related_name="revisions", verbose_name=_("offer"))
    number = models.PositiveIntegerField(_("revision"))
    content_at = models.DateTimeField(_("content of"))
    content_event = models.CharField(max_length=100)
    replaced_at = models.DateTimeField(_("replaced"), default=timezone.now)
    changes = models.JSONField(_("changes"))
    prices = models.JSONField(_("prices"))

    class Meta:
        verbose_name = _("revision")
        verbose_name_plural = _("revisions")
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["offer", "number"], name="listings_revision_unique")]

    def __str__(self) -> str:
        return f"{self.offer_id} · {self.number}"
