"""Keys of the REST API, and the calls that came with a key of their own."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from platforms.fields import EncryptedBodyField
from platforms.models.channels import Channel


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def usable(self, now: datetime) -> ApiKeyQuerySet:
        return self.filter(revoked_at=None).filter(Q(expires_at=None) | Q(expires_at__gt=now))


class ApiKey(models.Model):
    """A key of the REST API, kept as a short public prefix and a hash; shown once, when it is made."""

    class Scope(models.TextChoices):
        READ = "read", _("read")
        WRITE = "write", _("read and write")
        NONE = "none", _("only what is chosen")

    class Family(models.TextChoices):
        """The resources that are given together."""

        CHANNELS = "channels", _("channels")
        SELLERS = "sellers", _("sellers")
        OFFERS = "offers", _("offers")
        STOCK = "stock", _("stock")
        EVENTS = "events", _("events")
        WEBHOOKS = "webhooks", _("webhooks")

    name = models.CharField(_("name"), max_length=100)
    prefix = models.CharField(_("prefix"), max_length=16, unique=True, editable=False)
    hash = models.CharField(max_length=64, editable=False)
    scope = models.CharField(_("scope"), max_length=5, choices=Scope.choices, default=Scope.READ)
    # Such as "offers:write", beside what `scope` allows; write includes read.
    scopes = models.JSONField(_("also"), default=list, db_default=models.Value([], models.JSONField()), blank=True)
    channels = models.ManyToManyField(
        Channel,
        blank=True,
        related_name="+",
        verbose_name=_("channels"),
        help_text=_("None means all. A platform means its marketplaces, future ones too."),
    )
    # Told apart from "no channel left": a bound key whose channels are gone sees nothing, not everything.
    is_bound = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, editable=False)
    # The first of the keys that followed each other by rotation; None for that one itself.
    origin = models.ForeignKey("self", models.SET_NULL, null=True, editable=False, related_name="+")

    objects: ClassVar[models.Manager[ApiKey]] = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        ordering = ["name"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    def may(self, family: str, *, write: bool) -> bool:
        """Whether the key may read, or write, the resources of this family."""
        in_general = self.scope == self.Scope.WRITE or (self.scope == self.Scope.READ and not write)
        wanted = {f"{family}:write"} if write else {f"{family}:read", f"{family}:write"}
        return in_general or not wanted.isdisjoint(self.scopes)

    @property
    def rights(self) -> str:
        """What the key may do, in words."""
        general = [] if self.scope == self.Scope.NONE else [str(self.get_scope_display())]
        return ", ".join([*general, *self.scopes]) or str(_("nothing"))

    @classmethod
    def all_scopes(cls) -> list[str]:
        """Every scope of a single family."""
        return [f"{family}:{act}" for family in cls.Family.values for act in ("read", "write")]

    @property
    def line(self) -> int:
        """What a key has in common with those it was rotated from."""
        return self.origin_id or self.pk


class IdempotentCallQuerySet(models.QuerySet["IdempotentCall"]):
    FORGOTTEN_AT_ONCE = 20_000

    def forget(self) -> int:
        """Delete calls that are not answered from here any more, not too many at a time; returns how many."""
        old = self.filter(created_at__lte=timezone.now() - IdempotentCall.KEPT_FOR).order_by("created_at")
        return self.filter(pk__among=list(old.values_list("pk", flat=True)[: self.FORGOTTEN_AT_ONCE])).delete()[0]


class IdempotentCall(models.Model):
    """A write by REST that came with an `Idempotency-Key`, and what it was answered; see `platforms.rest.idempotency`.

    It has a lease while it is at work, then a status.
    """

    KEPT_FOR: ClassVar[timedelta] = timedelta(hours=24)
    # Longer than gunicorn lets a request last, and than any that asks another system does.
    LEASE: ClassVar[timedelta] = timedelta(seconds=60)
    FOLLOWS_CLOCK: ClassVar = ("created_at", "leased_until")

    api_key = models.ForeignKey(
        ApiKey, models.CASCADE, related_name="idempotent_calls", db_index=False, verbose_name=_("API key")
    )
    key = models.CharField(_("idempotency key"), max_length=255)
    method = models.CharField(_("method"), max_length=7)
    path = models.TextField(_("path"))
    body_hash = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField(_("first sent"), default=timezone.now)
    leased_until = models.DateTimeField(_("at work until"), null=True)
    status = models.PositiveSmallIntegerField(_("status"), null=True)
    headers = models.JSONField(_("headers"), default=dict)
    body = EncryptedBodyField(editable=False)

    objects: ClassVar[IdempotentCallQuerySet] = IdempotentCallQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("repeatable call")
        verbose_name_plural = _("repeatable calls")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["api_key", "key"], name="platforms_idempotentcall_unique"),
            models.CheckConstraint(
                condition=Q(leased_until=None, status__isnull=False) | Q(leased_until__isnull=False, status=None),
                name="platforms_idempotentcall_leased_or_answered",
            ),
        ]
        indexes = [models.Index(fields=["created_at"], name="platforms_idempotent_age")]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"
