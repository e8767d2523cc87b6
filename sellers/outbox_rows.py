"""What leaves for SCX and for people on behalf of sellers, each a row first: disconnections, notices, mails."""

from __future__ import annotations

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from platforms.fields import EncryptedTextField
from platforms.models import Channel, OutboxRow


class Unlinking(OutboxRow):
    """We disconnect a seller from one marketplace or standalone channel: one DELETE to SCX, with its own answer.

    `sent_at` says that SCX took it; the connection ends with the Unlinked event that follows (contract 7.5).
    """

    class Reason(models.TextChoices):
        CREDENTIALS = "credentials", _("credentials invalid or revoked")
        CONTRACT = "contract", _("no active contract or subscription")
        SUSPICIOUS = "suspicious", _("suspicious behaviour")
        OTHER = "other", _("other")

    seller = models.ForeignKey("sellers.Seller", models.CASCADE, related_name="unlinkings", verbose_name=_("seller"))
    channel = models.ForeignKey(Channel, models.PROTECT, related_name="unlinkings", verbose_name=_("channel"))
    reason = models.CharField(_("reason"), max_length=11, choices=Reason.choices)
    text = models.CharField(
        _("public text"), max_length=500, blank=True, help_text=_("What SCX and the seller are told for “other”.")
    )
    note = models.TextField(_("internal note"), blank=True, help_text=_("For staff only; it never leaves the portal."))
    requested_by = models.CharField(_("asked for by"), max_length=150, blank=True)
    requested_at = models.DateTimeField(_("asked for"), default=timezone.now)
    sent_at = models.DateTimeField(_("taken by SCX"), null=True)
    is_refused = models.BooleanField(_("refused"), default=False)

    FOLLOWS_CLOCK: ClassVar = (*OutboxRow.FOLLOWS_CLOCK, "requested_at")

    class Meta:
        verbose_name = _("disconnection")
        verbose_name_plural = _("disconnections")
        ordering = ["-requested_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["seller", "channel"],
                condition=Q(sent_at=None, is_refused=False),
                name="sellers_unlinking_one_open",
                violation_error_message=_("This disconnection is on its way already."),
            ),
            models.CheckConstraint(
                condition=~Q(reason="other") | ~Q(text=""),
                name="sellers_unlinking_other_has_text",
                violation_error_message=_("For the reason “other”, enter a text that the seller may read."),
            ),
            models.CheckConstraint(
                condition=Q(reason__in=["credentials", "contract", "suspicious", "other"]),
                name="sellers_unlinking_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["channel", "not_before"],
                name="sellers_unlinking_due",
                condition=Q(sent_at=None, is_refused=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.seller} · {self.channel.code}"


class Notice(OutboxRow):
    """A message to a seller in JTL-Wawi, sent as SCX's channel notification (contract 11)."""

    class Severity(models.TextChoices):
        INFO = "INFO", _("information")
        WARNING = "WARNING", _("warning")
        ERROR = "ERROR", _("error")

    seller = models.ForeignKey("sellers.Seller", models.CASCADE, related_name="notices", verbose_name=_("seller"))
    channel = models.ForeignKey(Channel, models.PROTECT, related_name="notices", verbose_name=_("channel"))
    severity = models.CharField(_("severity"), max_length=7, choices=Severity.choices, default=Severity.INFO)
    message = models.TextField(_("message"))
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    sent_at = models.DateTimeField(_("sent"), null=True)
    is_refused = models.BooleanField(_("refused"), default=False)

    class Meta:
        verbose_name = _("message in JTL-Wawi")
        verbose_name_plural = _("messages in JTL-Wawi")
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(
                fields=["channel", "not_before"],
                name="sellers_notice_due",
                condition=Q(sent_at=None, is_refused=False),
            )
        ]

    def __str__(self) -> str:
        return self.message[:60]


class Mail(OutboxRow):
    """An e-mail to a seller or to the person behind an account. Its text is made when it is sent.

    `secret`, the token of a link, is wiped once the mail has left or never will.
    """

    class Kind(models.TextChoices):
        CONNECTED = "connected", _("connected")
        DISCONNECTED = "disconnected", _("disconnected")
        CREDENTIALS = "credentials", _("credentials rejected")
        INVITATION = "invitation", _("invitation")
        LOST_CODE = "lost-code", _("lost access code")

    channel = models.ForeignKey(Channel, models.PROTECT, related_name="mails", verbose_name=_("channel"))
    seller = models.ForeignKey(
        "sellers.Seller", models.CASCADE, null=True, related_name="mails", verbose_name=_("seller")
    )
    account = models.ForeignKey(
        "sellers.Account", models.CASCADE, null=True, related_name="mails", verbose_name=_("account")
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    recipient = models.EmailField(_("recipient"))
    language = models.CharField(_("language"), max_length=2)
    secret = EncryptedTextField(editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    sent_at = models.DateTimeField(_("sent"), null=True)
    # Given up: the mail server refused it for good, or what it told of is over.
    is_refused = models.BooleanField(_("refused"), default=False)

    class Meta:
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(sent_at=None, is_refused=False) | Q(secret=""), name="sellers_mail_secret_wiped"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["connected", "disconnected", "credentials", "invitation", "lost-code"]),
                name="sellers_mail_kind",
            ),
        ]
        indexes = [
            models.Index(
                fields=["channel", "not_before"],
                name="sellers_mail_due",
                condition=Q(sent_at=None, is_refused=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.recipient}"

    def clean(self) -> None:
        if self.seller_id is None and self.account_id is None:
            raise ValidationError(_("A mail is about a seller or an account."))
