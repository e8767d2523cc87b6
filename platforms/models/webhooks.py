"""Webhooks: who is told of what, and each thing that is told."""

from __future__ import annotations

import json
import uuid
from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from platforms.fields import EncryptedTextField
from platforms.models.access import ApiKey
from platforms.models.channels import Channel
from platforms.models.work import OutboxRow


class WebhookEndpoint(models.Model):
    """An address that is told what happens on the channels of a key, by topics such as `offer.pending` or `offer.*`.

    Its pauses, and when it is given up, are in `platforms.webhooks.health`.
    """

    class Payload(models.TextChoices):
        THIN = "thin", _("ids only")
        FULL = "full", _("everything")

    class Reason(models.TextChoices):
        TAKES_NOTHING = "takes-nothing", _("It has taken no call for five days.")
        GONE = "gone", _("It answered that it is gone for good (410).")

    api_key = models.ForeignKey(
        ApiKey,
        models.CASCADE,
        related_name="webhook_endpoints",
        verbose_name=_("API key"),
        help_text=_("The endpoint is told of the channels of this key, for as long as the key may be used."),
    )
    url = models.CharField(_("address"), max_length=500)
    description = models.CharField(_("description"), max_length=200, blank=True)
    topics = models.JSONField(_("topics"), default=list)
    channels = models.ManyToManyField(
        Channel,
        blank=True,
        related_name="+",
        verbose_name=_("channels"),
        help_text=_("None means all of the key. A platform means its marketplaces, future ones too."),
    )
    # Told apart from "no channel left": one whose channels are gone is told nothing, not everything.
    is_bound = models.BooleanField(default=False, editable=False)
    payload = models.CharField(_("content"), max_length=4, choices=Payload.choices, default=Payload.FULL)
    concurrency = models.PositiveSmallIntegerField(_("calls at once"), default=4)
    owner_email = models.EmailField(
        _("e-mail of the owner"), blank=True, help_text=_("Who is told when the endpoint is switched off.")
    )
    secret = EncryptedTextField(_("secret"), editable=False)
    # Signs as well until its time is over, so that the receiver can change it without a gap.
    former_secret = EncryptedTextField(editable=False)
    former_secret_until = models.DateTimeField(_("former secret signs until"), null=True, editable=False)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    # Of the calls since the last one that was taken.
    failures = models.PositiveIntegerField(_("failures in a row"), default=0, editable=False)
    failing_since = models.DateTimeField(_("failing since"), null=True, editable=False)
    resting_until = models.DateTimeField(_("left alone until"), null=True, editable=False)
    disabled_at = models.DateTimeField(_("switched off at"), null=True, editable=False)
    disabled_reason = models.CharField(_("reason"), max_length=20, choices=Reason.choices, blank=True, editable=False)
    delivered_at = models.DateTimeField(_("last taken"), null=True, editable=False)

    FOLLOWS_CLOCK: ClassVar = ("failing_since", "resting_until")

    class Meta:
        verbose_name = _("webhook endpoint")
        verbose_name_plural = _("webhook endpoints")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(concurrency__range=(1, 20)), name="platforms_webhook_concurrency"),
        ]

    def __str__(self) -> str:
        return self.description or urlsplit(self.url).hostname or self.url


class WebhookPosition(models.Model):
    """How far an endpoint has been told of a feed; see `platforms.webhooks.following`."""

    endpoint = models.ForeignKey(WebhookEndpoint, models.CASCADE, related_name="positions")
    feed = models.CharField(_("feed"), max_length=20)
    number = models.BigIntegerField(_("feed number"))

    class Meta:
        verbose_name = _("webhook position")
        verbose_name_plural = _("webhook positions")
        constraints = [models.UniqueConstraint(fields=["endpoint", "feed"], name="platforms_webhookposition_unique")]

    def __str__(self) -> str:
        return f"{self.feed} {self.number}"


class WebhookDeliveryQuerySet(models.QuerySet["WebhookDelivery"]):
    def pending(self) -> WebhookDeliveryQuerySet:
        return self.filter(state=WebhookDelivery.State.PENDING)

    def again(self) -> int:
        """Put them back to be delivered now, from the first attempt on; returns how many. Those at work are left."""
        now = timezone.now()
        idle = self.filter(Q(leased_until=None) | Q(leased_until__lte=now))
        return idle.update(state=WebhookDelivery.State.PENDING, not_before=now, attempts=0, error="", leased_until=None)


class WebhookDelivery(OutboxRow):
    """One thing an endpoint is told: `topic`, `subject` and `version` name it, so that it is told once.

    What has the same subject is delivered in order. `answers` holds every attempt: when, the headers sent, status,
    answer, error and milliseconds.
    """

    LEASE: ClassVar = timedelta(seconds=60)

    class State(models.TextChoices):
        PENDING = "pending", _("pending")
        DELIVERED = "delivered", _("delivered")
        FAILED = "failed", _("failed")

    endpoint = models.ForeignKey(
        WebhookEndpoint, models.CASCADE, related_name="deliveries", db_index=False, verbose_name=_("webhook endpoint")
    )
    channel = models.ForeignKey(
        Channel, models.CASCADE, null=True, related_name="+", db_index=False, verbose_name=_("channel")
    )
    message_id = models.UUIDField(_("message id"), default=uuid.uuid4, unique=True, editable=False)
    topic = models.CharField(_("topic"), max_length=40)
    subject = models.CharField(_("subject"), max_length=100)
    version = models.CharField(max_length=120)
    # The seller it tells of, for when his data is erased.
    seller_id = models.CharField(_("seller id"), max_length=50, blank=True)
    body = models.TextField(_("body"))
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.PENDING)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    delivered_at = models.DateTimeField(_("delivered"), null=True, editable=False)

    objects: ClassVar[models.Manager[WebhookDelivery]] = WebhookDeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint", "topic", "subject", "version"], name="platforms_webhookdelivery_unique"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["pending", "delivered", "failed"]), name="platforms_webhookdelivery_state"
            ),
        ]
        indexes = [
            models.Index(
                fields=["endpoint", "subject", "id"],
                name="platforms_delivery_in_order",
                condition=Q(state="pending"),
            ),
            models.Index(
                fields=["endpoint", "not_before", "id"], name="platforms_delivery_due", condition=Q(state="pending")
            ),
            models.Index(
                fields=["endpoint", "leased_until"],
                name="platforms_delivery_in_hand",
                condition=Q(state="pending", leased_until__isnull=False),
            ),
            models.Index(fields=["endpoint", "id"], name="platforms_delivery_endpoint"),
            models.Index(fields=["endpoint", "state", "id"], name="platforms_delivery_state"),
            models.Index(fields=["seller_id"], name="platforms_delivery_seller", condition=~Q(seller_id="")),
            models.Index(fields=["created_at"], name="platforms_delivery_age"),
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.subject}"

    @property
    def webhook_id(self) -> str:
        """The header `webhook-id`, the same at every attempt: by it the receiver knows what it has had."""
        return f"msg_{self.message_id.hex}"

    @property
    def message(self) -> Any:
        """The body as the receiver reads it."""
        return json.loads(self.body)

    @property
    def attempts_made(self) -> list[dict[str, Any]]:
        """Every attempt, with its time."""
        return [{**answer, "at": datetime.fromisoformat(answer["at"])} for answer in self.answers]
