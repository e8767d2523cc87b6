"""Channels and what hangs on them: stock sync groups, and who of the staff may see them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from platforms import kind_rules
from platforms.fields import EncryptedJSONField, EncryptedTextField
from platforms.models import row_rules, spelling
from platforms.models.row_rules import SESSION_PLACEHOLDER

HOURS_OF_A_YEAR = 365 * 24
MOST_HELD_BACK = 1_000_000

SPELLING: dict[str, Callable[[Any], Any]] = {
    "sign_up_url": spelling.url_problem,
    "update_url": spelling.url_problem,
    "languages": spelling.languages_problem,
    "countries": spelling.countries_problem,
}


def default_languages() -> list[str]:
    return ["de", "en"]


class StockSyncGroup(models.Model):
    """Marketplaces of one platform that share stock: JTL-Wawi tells the stock of a SKU to one of them only."""

    platform = models.ForeignKey(
        "Channel", models.PROTECT, related_name="stock_sync_groups", verbose_name=pgettext_lazy("channel", "platform")
    )
    label = models.CharField(_("label"), max_length=100)

    class Meta:
        verbose_name = _("stock sync group")
        verbose_name_plural = _("stock sync groups")
        ordering = ["platform", "label"]
        constraints = [
            models.UniqueConstraint(
                fields=["platform", "label"],
                name="platforms_stocksyncgroup_unique",
                violation_error_message=_("The platform has a stock sync group with this label already."),
            ),
            models.CheckConstraint(
                condition=~Q(label=""),
                name="platforms_stocksyncgroup_labelled",
                violation_error_message=_("A stock sync group has a label."),
            ),
        ]

    def __str__(self) -> str:
        return self.label


class ChannelQuerySet(models.QuerySet["Channel"]):
    def active(self) -> ChannelQuerySet:
        return self.filter(is_active=True)

    def callable(self) -> ChannelQuerySet:
        """Channels SCX can be asked about: a platform is virtual and has no token."""
        return self.active().exclude(kind=Channel.Kind.PLATFORM)

    def of_codes(self, codes: list[str] | None) -> ChannelQuerySet:
        return self if codes is None else self.filter(code__in=codes)

    def with_marketplaces(self, codes: list[str] | None) -> ChannelQuerySet:
        """The channels of these codes and, of those that are platforms, their marketplaces."""
        return self if codes is None else self.filter(Q(code__in=codes) | Q(platform__code__in=codes))


class Channel(models.Model):
    """One SCX channel: a platform, one of its marketplaces, or a standalone channel.

    URLs that are empty are computed: a marketplace has its platform's, an update URL falls back to the sign-up URL.
    """

    class Kind(models.TextChoices):
        PLATFORM = "platform", pgettext_lazy("channel", "platform")
        MARKETPLACE = "marketplace", _("marketplace")
        STANDALONE = "standalone", _("standalone")

    class StockSource(models.TextChoices):
        EVENTS = "events", _("stock events")
        PER_SELLER = "per-seller", _("polling per seller")
        ALL_SELLERS = "all-sellers", _("polling for all sellers")

    class InProgress(models.TextChoices):
        LATE = "late", _("when the decision takes more than five minutes")
        AT_HAND_OVER = "at-hand-over", _("as soon as the connector has the offer")

    class NewSellers(models.TextChoices):
        NEVER = "never", _("never")
        IF_PICKED = "if-picked", _("if they pick it")
        ALWAYS = "always", _("always")

    code = models.CharField(
        _("code"),
        max_length=30,
        unique=True,
        validators=[
            RegexValidator(
                r"\A[A-Za-z0-9_-]{2,30}\Z",
                _("A code is 2 to 30 letters, digits, hyphens or underscores, as SCX has it."),
            )
        ],
        help_text=_("The channel's name in SCX."),
    )
    kind = models.CharField(_("kind"), max_length=11, choices=Kind.choices)
    platform = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="marketplaces",
        verbose_name=pgettext_lazy("channel", "platform"),
    )
    display_name = models.CharField(_("display name"), max_length=100)
    currency = models.CharField(
        _("currency"),
        max_length=3,
        blank=True,
        validators=[RegexValidator(r"\A[A-Z]{3}\Z", _("A currency is three capital letters, such as EUR."))],
    )
    languages = models.JSONField(_("languages"), default=default_languages, blank=True)
    countries = models.JSONField(_("countries"), default=list, blank=True)
    sign_up_url = models.CharField(_("sign-up URL"), max_length=500, blank=True)
    update_url = models.CharField(_("update URL"), max_length=500, blank=True)
    stock_sync_group = models.ForeignKey(
        StockSyncGroup,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="channels",
        verbose_name=_("stock sync group"),
    )
    stock_source = models.CharField(
        _("stock source"), max_length=11, choices=StockSource.choices, default=StockSource.EVENTS
    )
    stock_buffer = models.PositiveIntegerField(
        _("stock held back"),
        default=0,
        db_default=0,
        validators=[MaxValueValidator(MOST_HELD_BACK)],
        help_text=_("So many pieces fewer are offered than SCX tells, against overselling."),
    )
    stock_minimum = models.PositiveIntegerField(
        _("nothing offered below"),
        default=0,
        db_default=0,
        validators=[MaxValueValidator(MOST_HELD_BACK)],
        help_text=_("Where SCX tells a stock of fewer pieces than this, none are offered."),
    )
    # When either was last changed.
    held_back_since = models.DateTimeField(_("held back since"), null=True, editable=False)
    new_sellers = models.CharField(
        _("new sellers"),
        max_length=9,
        choices=NewSellers.choices,
        default=NewSellers.IF_PICKED,
        db_default="if-picked",
        help_text=_("Whether a merchant who signs up with the platform sells on this marketplace."),
    )
    minimum_client_versions = models.JSONField(_("minimum client versions"), default=list, blank=True)
    feature_flags = models.JSONField(_("feature flags"), default=dict, blank=True)
    refresh_token = EncryptedTextField(_("refresh token"))
    refresh_token_entered_at = models.DateTimeField(_("token entered"), null=True, editable=False)
    # When SCX last took the refresh token.
    token_succeeded_at = models.DateTimeField(_("token last accepted"), null=True, editable=False)
    access_token = EncryptedTextField(_("access token"), editable=False)
    access_token_expires_at = models.DateTimeField(null=True, editable=False)
    # Who may renew the access token now; a lease, so that a killed process does not keep it.
    token_lease_until = models.DateTimeField(null=True, editable=False)
    # That SCX refuses the refresh token, why, and when it is shown again.
    token_refused_since = models.DateTimeField(_("token refused since"), null=True, editable=False)
    token_refusal = models.TextField(_("refusal of the token"), blank=True, default="", db_default="", editable=False)
    token_retry_at = models.DateTimeField(null=True, editable=False)
    connector = models.CharField(_("connector"), max_length=50, default="manual")
    connector_settings = EncryptedJSONField(_("connector settings"))
    branding = models.JSONField(_("branding"), default=dict, blank=True)
    retention_days = models.PositiveIntegerField(
        _("retention"), default=90, help_text=_("Days after which the data of a removed seller is purged.")
    )
    in_progress_report = models.CharField(
        _("tell merchants “in progress”"),
        max_length=12,
        choices=InProgress.choices,
        default=InProgress.LATE,
        db_default="late",
        help_text=_("When SCX is told by itself that an offer is being worked on; a result may say so at any time."),
    )
    waiting_limit_hours = models.PositiveSmallIntegerField(
        _("offers wait at most"),
        default=48,
        db_default=48,
        validators=[MinValueValidator(1), MaxValueValidator(HOURS_OF_A_YEAR)],
        help_text=_(
            "Hours after which an offer without an answer, or one to be taken down, counts as waiting too long."
        ),
    )
    several_sellers_per_account = models.BooleanField(
        _("several sellers per account"),
        default=False,
        db_default=False,
        help_text=_("Whether one marketplace account may be linked by more than one JTL account."),
    )
    unlink_rejected_after_days = models.PositiveSmallIntegerField(
        _("disconnect after rejected credentials"),
        null=True,
        blank=True,
        help_text=_(
            "Days after which a seller is disconnected whose credentials the marketplace rejects. "
            "Empty: never by itself."
        ),
    )
    # {kind of mail: {"is_on": bool, language: {"subject", "text"}}}; what is missing is off, or the portal's own text.
    mail_texts = models.JSONField(_("mails to sellers"), default=dict, db_default={}, blank=True)
    # The minimum client versions as SCX last confirmed them, null while it was never told any.
    client_versions_confirmed = models.JSONField(null=True, editable=False)
    client_versions_confirmed_at = models.DateTimeField(_("versions confirmed"), null=True, editable=False)
    mfa_pin_requested_at = models.DateTimeField(_("pin requested"), null=True, editable=False)
    is_active = models.BooleanField(_("active"), default=True)
    reconciled_at = models.DateTimeField(_("compared with SCX"), null=True, editable=False)

    # What the row says of its refresh token once SCX accepts it, or a person entered another.
    TOKEN_ACCEPTED: ClassVar[dict[str, Any]] = {
        "token_refused_since": None,
        "token_refusal": "",
        "token_retry_at": None,
    }
    FOLLOWS_CLOCK: ClassVar = (
        *("access_token_expires_at", "token_lease_until"),
        *("token_refused_since", "token_retry_at", "reconciled_at"),
    )

    objects: ClassVar[models.Manager[Channel]] = ChannelQuerySet.as_manager()

    class Meta:
        verbose_name = _("channel")
        verbose_name_plural = _("channels")
        ordering = ["code"]
        constraints = row_rules.OF_CHANNELS

    def __str__(self) -> str:
        return f"{self.display_name} ({self.code})"

    @property
    def is_platform(self) -> bool:
        return self.kind == self.Kind.PLATFORM

    @property
    def home(self) -> Channel:
        """The channel whose sellers sell here: the platform of a marketplace, else the channel itself."""
        return self.platform if self.kind == self.Kind.MARKETPLACE and self.platform else self

    @property
    def effective_sign_up_url(self) -> str:
        home = self.home
        return home.sign_up_url or f"{settings.PORTAL_URL}/sign-up/{home.code}/?session={SESSION_PLACEHOLDER}"

    @property
    def effective_update_url(self) -> str:
        """The update URL; without one of its own, the sign-up URL that was set, else the computed one."""
        home = self.home
        if home.update_url or home.sign_up_url:
            return home.update_url or home.sign_up_url
        return f"{settings.PORTAL_URL}/update/{home.code}/?session={SESSION_PLACEHOLDER}"

    @property
    def has_token(self) -> bool:
        return bool(self.refresh_token)

    def sellable(self, quantity: Decimal) -> Decimal:
        """What may be offered of a stock: the buffer less, and none of one below the minimum."""
        return Decimal(0) if quantity < self.stock_minimum else max(quantity - self.stock_buffer, Decimal(0))

    def clean(self) -> None:
        """The rules of the row, each at its field; rules across rows are in `platforms.channels`."""
        errors = kind_rules.broken(self.kind, self._set_values())
        if self.pk and self.platform_id == self.pk:
            errors["platform"] = row_rules.ITS_OWN_PLATFORM
        for field, problem_of in SPELLING.items():
            if problem := problem_of(getattr(self, field)):
                errors.setdefault(field, problem)
        if self.connector not in settings.CONNECTORS:
            errors["connector"] = _("There is no connector “%(connector)s”. Known: %(known)s.") % {
                "connector": self.connector,
                "known": ", ".join(sorted(settings.CONNECTORS)),
            }
        if errors:
            raise ValidationError(errors)

    def _set_values(self) -> dict[str, Any]:
        """The values by field, those that mean nothing as what is false."""
        values = {field.name: getattr(self, field.attname) for field in self._meta.concrete_fields}
        return {**values, "new_sellers": self.new_sellers != self.NewSellers.IF_PICKED}


class StaffAccess(models.Model):
    """Limits a member of staff to channels; a platform means its marketplaces. Without a row, all channels."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="channel_access", verbose_name=_("user")
    )
    channels = models.ManyToManyField(Channel, related_name="+", verbose_name=_("channels"))

    class Meta:
        verbose_name = _("staff access")
        verbose_name_plural = _("staff access")

    def __str__(self) -> str:
        return str(self.user)
