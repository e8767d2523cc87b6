"""Sellers, the accounts they sign up with, their marketplaces, and SCX's one-time sessions."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.hashers import check_password, make_password
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from platforms import hiding
from platforms.fields import EncryptedJSONField, EncryptedTextField
from platforms.models import Channel, OutboxRow


class Account(models.Model):
    """A marketplace account that may sign up: a login and an access code, kept as a hash."""

    channel = models.ForeignKey(
        Channel,
        models.PROTECT,
        related_name="accounts",
        limit_choices_to={"kind__in": ["platform", "standalone"]},
        verbose_name=_("channel"),
    )
    login = models.CharField(_("login"), max_length=100)
    access_code_hash = models.CharField(max_length=200, editable=False)
    company_name = models.CharField(_("company"), max_length=200, blank=True)
    marketplaces = models.ManyToManyField(
        Channel,
        blank=True,
        related_name="+",
        limit_choices_to={"kind": "marketplace"},
        verbose_name=_("marketplaces"),
        help_text=_("Where the account may sell. None means every active marketplace of the platform."),
    )
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        ordering = ["channel", "login"]
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "login"],
                name="sellers_account_unique",
                violation_error_message=_("The channel has an account with this login already."),
            )
        ]

    def __str__(self) -> str:
        return self.login

    def set_access_code(self, access_code: str) -> None:
        hiding.remember(access_code)
        self.access_code_hash = make_password(access_code)

    def check_access_code(self, access_code: str) -> bool:
        hiding.remember(access_code)
        return check_password(access_code, self.access_code_hash)

    def clean(self) -> None:
        if self.channel_id and self.channel.kind == Channel.Kind.MARKETPLACE:
            raise ValidationError(
                {"channel": _("Accounts belong to a platform or a standalone channel, not to a marketplace.")}
            )


class SellerQuerySet(models.QuerySet["Seller"]):
    def of_channel(self, channel: Channel) -> SellerQuerySet:
        """The sellers that sell on the channel: those of its platform, or its own."""
        return self.filter(channel_id=channel.platform_id or channel.pk)


class Seller(models.Model):
    """A merchant linked to a platform or a standalone channel."""

    class State(models.TextChoices):
        LINKING = "linking", _("linking")
        ACTIVE = "active", _("active")
        INACTIVE = "inactive", _("inactive")
        UNLINKING = "unlinking", _("unlinking")
        UNLINKED = "unlinked", _("unlinked")
        REMOVED = "removed", _("removed")

    channel = models.ForeignKey(
        Channel,
        models.PROTECT,
        related_name="sellers",
        limit_choices_to={"kind__in": ["platform", "standalone"]},
        verbose_name=_("channel"),
    )
    seller_id = models.CharField(_("seller id"), max_length=50)
    jtl_account_id = models.BigIntegerField(_("JTL account"), null=True, blank=True)
    company_name = models.CharField(_("company"), max_length=200, blank=True)
    account = models.ForeignKey(
        Account, models.PROTECT, null=True, blank=True, related_name="sellers", verbose_name=_("account")
    )
    credentials = EncryptedJSONField(_("credentials"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.LINKING)
    state_changed_at = models.DateTimeField(_("state since"), default=timezone.now)
    state_reason = models.CharField(_("reason"), max_length=500, blank=True)
    # The last sign-up or update that SCX confirmed; an Unlinked event from an earlier second is superseded.
    linked_at = models.DateTimeField(_("linked"), null=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    objects: ClassVar[models.Manager[Seller]] = SellerQuerySet.as_manager()

    class Meta:
        verbose_name = _("seller")
        verbose_name_plural = _("sellers")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "seller_id"],
                name="sellers_seller_unique",
                violation_error_message=_("The channel has a seller with this id already."),
            ),
            models.CheckConstraint(condition=~Q(seller_id=""), name="sellers_seller_has_id"),
            models.CheckConstraint(
                condition=Q(state__in=["linking", "active", "inactive", "unlinking", "unlinked", "removed"]),
                name="sellers_seller_state",
            ),
        ]
        indexes = [
            models.Index(fields=["seller_id"], name="sellers_seller_by_id"),
            models.Index(fields=["jtl_account_id"], name="sellers_seller_by_jtl"),
        ]

    def __str__(self) -> str:
        return self.company_name or self.seller_id

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Saves; raises ValidationError for a seller id that differs from the stored one: SCX knows it by that id."""
        if self.pk and not self._state.adding:
            stored = Seller.objects.filter(pk=self.pk).values_list("seller_id", flat=True).first()
            if stored is not None and stored != self.seller_id:
                raise ValidationError({"seller_id": _("A seller id never changes.")})
        super().save(*args, **kwargs)

    @property
    def is_linked(self) -> bool:
        return self.state in {self.State.ACTIVE, self.State.INACTIVE}

    def change_state(self, state: str, reason: str = "") -> None:
        """Set the state with its time and reason, in memory."""
        self.state, self.state_changed_at, self.state_reason = state, timezone.now(), reason[:500]


class MembershipQuerySet(models.QuerySet["Membership"]):
    def unsettled(self) -> MembershipQuerySet:
        """Memberships SCX has not confirmed as they are wanted, of sellers it knows."""
        return self.filter(Q(confirmed=None) | ~Q(confirmed=models.F("wanted"))).filter(
            is_refused=False, seller__state__in=[Seller.State.ACTIVE, Seller.State.INACTIVE]
        )


class Membership(OutboxRow):
    """A seller on a marketplace: what is wanted here, what SCX confirmed, and the call that brings them together."""

    seller = models.ForeignKey(Seller, models.CASCADE, related_name="memberships", verbose_name=_("seller"))
    marketplace = models.ForeignKey(
        Channel,
        models.PROTECT,
        related_name="memberships",
        limit_choices_to={"kind": "marketplace"},
        verbose_name=_("marketplace"),
    )
    wanted = models.BooleanField(_("wanted"), default=True)
    confirmed = models.BooleanField(_("confirmed"), null=True)
    confirmed_at = models.DateTimeField(_("confirmed since"), null=True)
    # SCX said no for good: due again when the wish changes or staff ask.
    is_refused = models.BooleanField(_("refused"), default=False)

    FOLLOWS_CLOCK = (*OutboxRow.FOLLOWS_CLOCK, "confirmed_at")

    objects: ClassVar[models.Manager[Membership]] = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        ordering = ["seller", "marketplace"]
        constraints = [
            models.UniqueConstraint(fields=["seller", "marketplace"], name="sellers_membership_unique"),
        ]
        indexes = [
            models.Index(
                fields=["marketplace", "not_before"],
                name="sellers_membership_due",
                condition=Q(confirmed=None) | ~Q(confirmed=models.F("wanted")),
            )
        ]

    def __str__(self) -> str:
        return f"{self.seller} · {self.marketplace.code}"


class LinkSession(models.Model):
    """One of SCX's one-time sessions, bound to the browser that brought it; its value is wiped at the outcome."""

    class Kind(models.TextChoices):
        SIGN_UP = "sign-up", _("sign-up")
        UPDATE = "update", _("update")

    class State(models.TextChoices):
        OPEN = "open", _("open")
        SUBMITTED = "submitted", _("submitted")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    ref = models.CharField(_("reference"), max_length=43, unique=True)
    channel = models.ForeignKey(Channel, models.PROTECT, related_name="link_sessions", verbose_name=_("channel"))
    kind = models.CharField(_("kind"), max_length=7, choices=Kind.choices)
    session = EncryptedTextField(_("session"), editable=False)
    session_hash = models.CharField(max_length=64, editable=False)
    browser_hash = models.CharField(max_length=64, editable=False)
    jtl_account_id = models.BigIntegerField(_("JTL account"), null=True)
    seller = models.ForeignKey(
        Seller, models.SET_NULL, null=True, related_name="link_sessions", verbose_name=_("seller")
    )
    expires_at = models.DateTimeField(_("expires"), null=True)
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.OPEN)
    outcome = models.CharField(_("outcome"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    submitted_at = models.DateTimeField(_("submitted"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)

    FOLLOWS_CLOCK: ClassVar = ("submitted_at",)

    class Meta:
        verbose_name = _("link session")
        verbose_name_plural = _("link sessions")
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["open", "submitted"]) | Q(session=""),
                name="sellers_linksession_wiped_at_outcome",
            ),
        ]
        indexes = [
            models.Index(fields=["channel", "session_hash"], name="sellers_linksession_by_hash"),
            models.Index(fields=["submitted_at"], name="sellers_linksession_open", condition=Q(state="submitted")),
        ]

    def __str__(self) -> str:
        return self.ref[:8]
