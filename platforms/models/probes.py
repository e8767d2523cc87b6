"""Whether the addresses that merchants are led to reach the portal, as it found out by calling them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from platforms.models.channels import Channel


class AddressProbe(models.Model):
    """What became of the last call to one address of a platform or standalone channel (`platforms.probes`)."""

    class Kind(models.TextChoices):
        SIGN_UP = "sign-up", _("sign-up")
        UPDATE = "update", _("update")

    class Problem(models.TextChoices):
        NONE = "", _("none")
        NO_ANSWER = "no-answer", _("no answer")
        CERTIFICATE = "certificate", _("no valid certificate")
        NOT_ALLOWED = "not-allowed", _("not a public address")
        REDIRECTS = "redirects", _("too many redirects")
        SESSION_LOST = "session-lost", _("session lost on the way")
        OTHER_CHANNEL = "other-channel", _("another channel’s page")
        OTHER_PAGE = "other-page", _("not the portal’s page")

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="address_probes", verbose_name=_("channel"))
    kind = models.CharField(_("kind"), max_length=7, choices=Kind.choices)
    # The address as it was, with {SESSION}: once it is another, nothing is known of that one.
    url = models.CharField(_("address"), max_length=600)
    at = models.DateTimeField(_("checked"), default=timezone.now)
    problem = models.CharField(_("problem"), max_length=13, choices=Problem.choices, blank=True)
    # The host that was met, with the status where that tells something; of another channel's page that one's code.
    detail = models.CharField(_("where"), max_length=300, blank=True)

    FOLLOWS_CLOCK: ClassVar = ("at",)

    class Meta:
        verbose_name = _("address check")
        verbose_name_plural = _("address checks")
        ordering = ["channel", "kind"]
        constraints = [models.UniqueConstraint(fields=["channel", "kind"], name="platforms_addressprobe_unique")]

    def __str__(self) -> str:
        return f"{self.channel.code} · {self.get_kind_display()}"
