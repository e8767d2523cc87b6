"""Sellers, the accounts they sign up with, their marketplaces, and SCX's one-time sessions."""

from __future__ import annotations

from datetime import datetime
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
from sellers.feed_rows import SellerChange
from sellers.keeping import KeptQuerySet, same_id
from sellers.opening_rows import Opening
from sellers.outbox_rows import Mail, Notice, Unlinking

__all__ = [
    "Account",
    "Invitation",
    "LinkSession",
    "Mail",
    "Membership",
    "Notice",
    "Opening",
    "PageFailure",
    "Seller",
    "SellerChange",
    "Unlinking",
]


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
    email = models.EmailField(
        _("e-mail"),
        blank=True,
        default="",
        db_default="",
        help_text=_("Where invitations and new access codes are sent."),
    )
    is_active = models.BooleanField(_("active"), default=True)
    access_code_expires_at = models.DateTimeField(
        _("access code expires"), null=True, blank=True, help_text=_("Left empty, it does not expire.")
    )
    # After a rotation the old code opens the account until then.
    previous_code_hash = models.CharField(max_length=200, blank=True, default="", db_default="", editable=False)
    previous_code_until = models.DateTimeField(_("old access code works until"), null=True, editable=False)
    # Wrong codes in a row; too many of them lock the account until it gets another code or staff unlock it.
    wrong_codes = models.PositiveIntegerField(_("wrong codes in a row"), default=0, db_default=0, editable=False)
    locked_at = models.DateTimeField(_("locked"), null=True, editable=False)
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

    # What `set_access_code` changes.
    CODE_FIELDS: ClassVar = (
        *("access_code_hash", "access_code_expires_at", "previous_code_hash", "previous_code_until"),
        *("wrong_codes", "locked_at"),
    )

    @property
    def is_expired(self) -> bool:
        """Whether the access code does not work any more because of its age."""
        return self.access_code_expires_at is not None and self.access_code_expires_at <= timezone.now()

    def set_access_code(self, access_code: str) -> None:
        """Replace the code, in memory. The new one opens the account at once: unlocked, without an end that is past."""
        hiding.remember(access_code)
        self.access_code_hash = make_password(access_code)
        self.previous_code_hash, self.previous_code_until = "", None
        self.wrong_codes, self.locked_at = 0, None
        if self.is_expired:
            self.access_code_expires_at = None

    def check_access_code(self, access_code: str) -> bool:
        hiding.remember(access_code)
        return check_password(access_code, self.access_code_hash)

    def clean(self) -> None:
        if self.channel_id and self.channel.kind == Channel.Kind.MARKETPLACE:
            raise ValidationError(
                {"channel": _("Accounts belong to a platform or a standalone channel, not to a marketplace.")}
            )


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self, now: datetime) -> InvitationQuerySet:
        """Those whose link works: not used, not too old, of an account that is not blocked."""
        return self.filter(used_at=None, expires_at__gt=now, account__is_active=True)


class Invitation(models.Model):
    """A one-time link by which the person behind an account gets an access code; only its hash is kept."""

    class Purpose(models.TextChoices):
        INVITATION = "invitation", _("invitation")
        LOST_CODE = "lost-code", _("lost access code")

    account = models.ForeignKey(Account, models.CASCADE, related_name="invitations", verbose_name=_("account"))
    purpose = models.CharField(_("purpose"), max_length=10, choices=Purpose.choices)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    expires_at = models.DateTimeField(_("expires"))
    used_at = models.DateTimeField(_("used"), null=True)

    objects: ClassVar[models.Manager[Invitation]] = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.account} · {self.get_purpose_display()}"


class SellerQuerySet(KeptQuerySet["Seller"]):
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

    # The states in which SCX takes and gives data of the seller.
    LINKED: ClassVar = (State.ACTIVE, State.INACTIVE)

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
    # Whom to write to, and in which language; the seller's own words.
    contact_name = models.CharField(_("contact"), max_length=200, blank=True, default="", db_default="")
    contact_email = models.EmailField(_("e-mail"), blank=True, default="", db_default="")
    contact_phone = models.CharField(_("telephone"), max_length=50, blank=True, default="", db_default="")
    language = models.CharField(_("language"), max_length=2, blank=True, default="", db_default="")
    # Since when the marketplace does not accept the stored credentials, and why.
    credentials_rejected_at = models.DateTimeField(_("credentials rejected"), null=True)
    credentials_rejection = models.CharField(
        _("why credentials were rejected"), max_length=500, blank=True, default="", db_default=""
    )
    # The JTL-Wawi version of the newest event, and the day of it.
    client_version = models.CharField(_("client version"), max_length=100, blank=True, default="", db_default="")
    client_seen_on = models.DateField(_("client last seen"), null=True)
    # When the personal data of a removed seller was purged, and how many rows of what: {"events": 12, …}.
    purged_at = models.DateTimeField(_("purged"), null=True)
    purged = models.JSONField(_("what was purged"), null=True)
    # The last sign-up or update that SCX confirmed; an Unlinked event from an earlier second is superseded.
    linked_at = models.DateTimeField(_("linked"), null=True)
    # When SCX ended the connection last, by its clock: an update sent before that does not revive.
    ended_at = models.DateTimeField(_("ended"), null=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    FOLLOWS_CLOCK: ClassVar = ("credentials_rejected_at",)

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
            models.CheckConstraint(
                condition=~Q(state="removed") | Q(credentials=""), name="sellers_seller_removed_has_no_credentials"
            ),
        ]
        indexes = [
            models.Index(fields=["seller_id"], name="sellers_seller_by_id"),
            models.Index(fields=["jtl_account_id"], name="sellers_seller_by_jtl"),
            # What the job `sellers` looks for each minute.
            models.Index(fields=["state_changed_at"], name="sellers_seller_unlinking", condition=Q(state="unlinking")),
            models.Index(
                fields=["state_changed_at"],
                name="sellers_seller_to_purge",
                condition=Q(state="removed", purged_at=None),
            ),
            models.Index(
                fields=["channel", "credentials_rejected_at"],
                name="sellers_seller_rejected",
                condition=Q(credentials_rejected_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.company_name or self.seller_id

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Saves; raises ValidationError for a seller id that differs from the stored one: SCX knows it by that id."""
        if self.pk:
            same_id(self)
        super().save(*args, **kwargs)

    @property
    def is_linked(self) -> bool:
        return self.state in self.LINKED

    def change_state(self, state: str, reason: str = "") -> None:
        """Set the state with its time and reason, in memory."""
        self.state, self.state_changed_at, self.state_reason = state, timezone.now(), reason[:500]


class MembershipQuerySet(models.QuerySet["Membership"]):
    def differing(self) -> MembershipQuerySet:
        """Memberships SCX has not confirmed as they shall be, of sellers it knows. A paused seller is on nowhere."""
        active, paused = Q(seller__state=Seller.State.ACTIVE), Q(seller__state=Seller.State.INACTIVE)
        differs = Q(confirmed=None) | ~Q(confirmed=models.F("wanted"))
        return self.filter(active & differs | paused & (Q(confirmed=None) | Q(confirmed=True)))

    def unsettled(self) -> MembershipQuerySet:
        """Those of them that SCX is to be told of."""
        return self.differing().filter(is_refused=False)


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
    # Whether somebody has decided. Where the seller was never asked, the row is there so that SCX hears he is off.
    is_chosen = models.BooleanField(_("decided"), default=True, db_default=True, editable=False)
    # SCX said no for good: due again when the wish changes or staff ask.
    is_refused = models.BooleanField(_("refused"), default=False)
    # That gave the marketplace to this seller without a sign-up session.
    opening = models.ForeignKey(
        Opening,
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="memberships",
        verbose_name=_("opening"),
    )

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
            ),
        ]

    def __str__(self) -> str:
        return f"{self.seller} · {self.marketplace.code}"

    @property
    def shall_be_active(self) -> bool:
        """What SCX is to hold: wanted, and the seller has not paused."""
        return self.wanted and self.seller.state == Seller.State.ACTIVE

    @property
    def is_ended(self) -> bool:
        """Whether SCX ended the membership by itself; a call that it refused has counted an attempt."""
        return self.is_refused and self.attempts == 0


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
    # Who identified, {"login", "company_name", "marketplaces", "credentials"}, until the seller has said the rest.
    identity = EncryptedJSONField(editable=False, db_default="")
    # An update as it was sent, until SCX has confirmed it.
    intent = EncryptedJSONField(editable=False, db_default="")
    # What a sign-in at the marketplace's own pages must bring back, and the hash it is found by.
    sign_in = EncryptedJSONField(editable=False, db_default="")
    sign_in_hash = models.CharField(max_length=64, blank=True, default="", db_default="", editable=False)
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
                condition=Q(state__in=["open", "submitted"]) | Q(session="", identity="", intent="", sign_in=""),
                name="sellers_linksession_wiped_at_outcome",
            ),
        ]
        indexes = [
            models.Index(fields=["channel", "session_hash"], name="sellers_linksession_by_hash"),
            models.Index(fields=["submitted_at"], name="sellers_linksession_open", condition=Q(state="submitted")),
            models.Index(
                fields=["channel", "created_at"], name="sellers_linksession_unsent", condition=Q(state="open")
            ),
            models.Index(fields=["sign_in_hash"], name="sellers_linksession_sign_in", condition=~Q(sign_in_hash="")),
        ]

    def __str__(self) -> str:
        return self.ref[:8]


class PageFailure(models.Model):
    """A failure page that was shown, under the reference that stands on it and in the log."""

    reference = models.CharField(_("reference"), max_length=64)
    channel = models.ForeignKey(Channel, models.CASCADE, related_name="page_failures", verbose_name=_("channel"))
    link = models.ForeignKey(
        LinkSession, models.SET_NULL, null=True, related_name="failures", verbose_name=_("link session")
    )
    page = models.CharField(_("page"), max_length=40)
    status = models.PositiveSmallIntegerField(_("status"))
    detail = models.CharField(_("detail"), max_length=500, blank=True)
    at = models.DateTimeField(_("shown"), default=timezone.now)

    class Meta:
        verbose_name = _("failure page")
        verbose_name_plural = _("failure pages")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["reference"], name="sellers_pagefailure_reference"),
            models.Index(fields=["channel", "at"], name="sellers_pagefailure_by_age"),
        ]

    def __str__(self) -> str:
        return self.reference
