"""Which system has taken which offers, to list them or to take them down."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from listings.models.offers import Offer


class Claim(models.Model):
    """A system of the marketplace works on an offer until its lease ends; until then nobody else gets it.

    The row goes with the answer, or when it is given back. One whose lease has ended stays until somebody else takes
    the offer: what its holder began is not forgotten.
    """

    class Errand(models.TextChoices):
        LIST = "list", _("to be listed")
        TAKE_DOWN = "take_down", _("to be taken down")

    offer = models.OneToOneField(Offer, models.CASCADE, related_name="claim", verbose_name=_("offer"))
    # One for all offers that were taken at once.
    token = models.UUIDField(_("claim"), default=uuid.uuid4)
    errand = models.CharField(_("errand"), max_length=9, choices=Errand.choices)
    revision = models.PositiveIntegerField(_("revision"))
    holder = models.CharField(_("holder"), max_length=100)
    claimed_at = models.DateTimeField(_("claimed"), default=timezone.now)
    leased_until = models.DateTimeField(_("leased until"))

    class Meta:
        verbose_name = _("claim")
        verbose_name_plural = _("claims")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["token"], name="listings_claim_token")]

    def __str__(self) -> str:
        return f"{self.holder} · {self.offer_id}"
