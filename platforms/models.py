"""Channels, who may see them, and the tables that carry work between SCX and the portal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.expressions import RawSQL
from django.db.models.functions import Length
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from platforms.fields import EncryptedJSONField, EncryptedTextField

models.CharField.register_lookup(Length)

SESSION_PLACEHOLDER = "{SESSION}"


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
            )
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
    minimum_client_versions = models.JSONField(_("minimum client versions"), default=list, blank=True)
    feature_flags = models.JSONField(_("feature flags"), default=dict, blank=True)
    refresh_token = EncryptedTextField(_("refresh token"))
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
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind="platform")
                | Q(platform=None, stock_sync_group=None, refresh_token="", access_token=""),
                name="platforms_channel_platform_is_virtual",
                violation_error_message=_("A platform has no platform, no stock sync group and no token."),
            ),
            models.CheckConstraint(
                condition=~Q(kind="marketplace") | Q(platform__isnull=False, sign_up_url="", update_url=""),
                name="platforms_channel_marketplace_inherits",
                violation_error_message=_("A marketplace belongs to a platform and inherits its URLs."),
            ),
            models.CheckConstraint(
                condition=~Q(kind="standalone") | Q(platform=None, stock_sync_group=None),
                name="platforms_channel_standalone_is_alone",
                violation_error_message=_("A standalone channel has no platform and no stock sync group."),
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["platform", "marketplace", "standalone"]),
                name="platforms_channel_kind",
                violation_error_message=_("A channel is a platform, a marketplace or standalone."),
            ),
            models.CheckConstraint(
                condition=Q(kind="platform") | Q(currency__length=3),
                name="platforms_channel_currency",
                violation_error_message=_("A marketplace or standalone channel has one currency."),
            ),
        ]

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

    def clean(self) -> None:
        """The rules that a constraint cannot say; rules across rows are in `platforms.channels`."""
        errors: dict[str, Any] = {}
        if not self.is_platform and not self.languages:
            errors["languages"] = _("A marketplace or standalone channel has at least one language.")
        for field in ("sign_up_url", "update_url"):
            problem = url_problem(getattr(self, field))
            if problem:
                errors[field] = problem
        if self.connector not in settings.CONNECTORS:
            errors["connector"] = _("There is no connector “%(connector)s”. Known: %(known)s.") % {
                "connector": self.connector,
                "known": ", ".join(sorted(settings.CONNECTORS)),
            }
        if errors:
            raise ValidationError(errors)


def url_problem(url: str) -> Any:
    """What is wrong with a sign-up or update URL template, or None."""
    if not url:
        return None
    if SESSION_PLACEHOLDER not in url:
        return _("The URL must contain {SESSION}: SCX puts the session there.")
    if not url.startswith("https://") and not (settings.DEBUG and url.startswith("http://")):
        return _("The URL must start with https://.")
    return None


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


class EventQuerySet(models.QuerySet["Event"]):
    CLAIMABLE = ("pending", "failed")
    UNSETTLED = ("pending", "waiting", "failed", "dead")

    def _in_states(self, states: Sequence[str]) -> EventQuerySet:
        """Those in one of the states, read from the partial index whose condition names the same, in the same order."""
        # SQLite takes a partial index only for the very text of its condition, not for parameters.
        literals = ", ".join(f"'{state}'" for state in states)
        condition = f"platforms_event.state IN ({literals})"
        return self.filter(RawSQL(condition, (), output_field=models.BooleanField()))  # noqa: S611  constants

    def unsettled(self) -> EventQuerySet:
        """Events nothing has become of yet, whatever the reason."""
        return self._in_states(self.UNSETTLED)

    def due(self, now: datetime, *, ignore_backoff: bool = False) -> EventQuerySet:
        """What waits to be applied. An event without `not_before` is applied only when a person replays it."""
        claimable = self._in_states(self.CLAIMABLE).filter(not_before__isnull=False)
        return claimable if ignore_backoff else claimable.filter(not_before__lte=now)

    def replay(self) -> int:
        """Put the events back to pending, whatever became of them; returns how many."""
        return self.update(state=Event.State.PENDING, not_before=timezone.now(), attempts=0, error="")


class Event(models.Model):
    """The inbox: one SCX event, stored before it is acknowledged."""

    class State(models.TextChoices):
        PENDING = "pending", _("pending")
        WAITING = "waiting", _("waiting")
        DONE = "done", _("done")
        SUPERSEDED = "superseded", _("superseded")
        FAILED = "failed", _("failed")
        DEAD = "dead", _("dead")
        IGNORED = "ignored", _("ignored")

    channel = models.ForeignKey(Channel, models.PROTECT, related_name="events", verbose_name=_("channel"))
    event_id = models.CharField(_("event id"), max_length=100)
    type = models.CharField(_("type"), max_length=100)
    payload = models.JSONField(_("payload"), default=dict)
    seller_id = models.CharField(_("seller id"), max_length=100, blank=True)
    created_at = models.DateTimeField(_("created at SCX"))
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    client_version = models.CharField(_("client version"), max_length=100, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.PENDING)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    not_before = models.DateTimeField(_("not before"), null=True, default=timezone.now)
    error = models.TextField(_("error"), blank=True)
    number = models.BigIntegerField(_("feed number"), unique=True)
    # About how many characters the payload has: who reads many events knows beforehand what memory they take.
    size = models.PositiveIntegerField(_("size"), default=0, db_default=0, editable=False)

    FOLLOWS_CLOCK: ClassVar = ("not_before", "received_at")

    objects: ClassVar[models.Manager[Event]] = EventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["channel", "event_id"], name="platforms_event_unique"),
        ]
        indexes = [
            models.Index(
                fields=["channel", "type", "created_at", "event_id"],
                name="platforms_event_due",
                condition=Q(state__in=["pending", "failed"]),
            ),
            models.Index(fields=["channel", "seller_id"], name="platforms_event_waiting", condition=Q(state="waiting")),
            models.Index(
                fields=["channel", "state", "received_at"],
                name="platforms_event_unsettled",
                condition=Q(state__in=["pending", "waiting", "failed", "dead"]),
            ),
            models.Index(fields=["seller_id", "-number"], name="platforms_event_seller"),
            models.Index(fields=["type", "-number"], name="platforms_event_type"),
            models.Index(fields=["state", "-number"], name="platforms_event_state"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"

    @property
    def version(self) -> tuple[datetime, str]:
        """What decides which of two events is newer: SCX's time, then the event id."""
        return self.created_at, self.event_id


class Batch(models.Model):
    """Rows that a process has begun to work on, committed before the work; see `platforms.batches`.

    One that stays behind tells of a process that was killed over them. `began_at` is None while it waits to be begun
    again.
    """

    job = models.CharField(_("job"), max_length=20)
    channel = models.ForeignKey(Channel, models.CASCADE, related_name="batches", verbose_name=_("channel"))
    keys = models.JSONField(_("rows"))
    deaths = models.PositiveSmallIntegerField(_("processes killed"), default=0)
    began_at = models.DateTimeField(_("begun"), null=True)
    not_before = models.DateTimeField(_("not before"), default=timezone.now)

    FOLLOWS_CLOCK: ClassVar = ("began_at", "not_before")

    class Meta:
        verbose_name = _("batch")
        verbose_name_plural = _("batches")
        indexes = [models.Index(fields=["job", "channel"], name="platforms_batch_job")]

    def __str__(self) -> str:
        return f"{self.job} {self.channel.code}"


class FeedCounter(models.Model):
    """The number that the last row of a feed got; see `platforms.feeds`."""

    name = models.CharField(max_length=20, primary_key=True)
    value = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("feed counter")
        verbose_name_plural = _("feed counters")

    def __str__(self) -> str:
        return self.name


class QuotaBucket(models.Model):
    """What SCX allows one channel in one route group, and the permits taken from it; see `platforms.quota`."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="quota_buckets", verbose_name=_("channel"))
    group = models.CharField(_("route group"), max_length=40)
    limit = models.PositiveIntegerField(_("limit"), null=True)
    interval = models.PositiveIntegerField(_("interval in seconds"), null=True)
    blocked_until = models.DateTimeField(_("blocked until"), null=True)
    # [[seconds since the epoch, permits], …], oldest first, none older than the interval.
    taken = models.JSONField(_("permits taken"), default=list)
    # While SCX has named no limit: whether it has answered at all, and until when the call goes alone that finds out.
    is_answered = models.BooleanField(default=False, db_default=False, editable=False)
    trial_until = models.DateTimeField(null=True, editable=False)
    throttled = models.PositiveBigIntegerField(_("refusals by SCX for want of quota"), default=0, db_default=0)
    throttled_at = models.DateTimeField(_("last refusal"), null=True)
    # Since when SCX has refused everything.
    throttled_since = models.DateTimeField(null=True, editable=False)
    # Seconds by which SCX's clock was ahead of ours at its last answer.
    clock_offset = models.IntegerField(null=True, editable=False)

    FOLLOWS_CLOCK: ClassVar = ("blocked_until", "throttled_at", "throttled_since")

    class Meta:
        verbose_name = _("quota bucket")
        verbose_name_plural = _("quota buckets")
        ordering = ["channel", "group"]
        constraints = [models.UniqueConstraint(fields=["channel", "group"], name="platforms_quotabucket_unique")]

    def __str__(self) -> str:
        return f"{self.channel.code} {self.group}"

    def taken_since(self, now: datetime) -> int:
        """The permits taken in the interval that ends now."""
        since = now.timestamp() - (self.interval or 0)
        return sum(permits for at, permits in self.taken if at > since)


class JobStatus(models.Model):
    """One job of one channel: whether a nudge for it is queued, and how its last run went."""

    job = models.CharField(_("job"), max_length=20)
    channel = models.ForeignKey(Channel, models.CASCADE, related_name="job_statuses", verbose_name=_("channel"))
    queued_at = models.DateTimeField(_("queued"), null=True)
    started_at = models.DateTimeField(_("started"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    # The last run that ended without an error and without waiting for SCX.
    succeeded_at = models.DateTimeField(_("succeeded"), null=True)
    # Of the runs since the last good one; whether it was SCX that failed, or something here.
    failures = models.PositiveIntegerField(_("failures in a row"), default=0, db_default=0)
    failing_since = models.DateTimeField(_("failing since"), null=True)
    is_failing_at_scx = models.BooleanField(default=False, db_default=False, editable=False)
    summary = models.CharField(_("summary"), max_length=200, blank=True)
    error = models.TextField(_("error"), blank=True)
    # The processes that may run the job at once each lease a seat (`platforms.seats`).
    seat_until = models.DateTimeField(_("seat taken until"), null=True, editable=False)
    second_seat_until = models.DateTimeField(_("second seat taken until"), null=True, editable=False)

    FOLLOWS_CLOCK: ClassVar = ("queued_at", "started_at", "finished_at", "succeeded_at", "failing_since")

    class Meta:
        verbose_name = _("job status")
        verbose_name_plural = _("job statuses")
        ordering = ["channel", "job"]
        constraints = [models.UniqueConstraint(fields=["job", "channel"], name="platforms_jobstatus_unique")]

    def __str__(self) -> str:
        return f"{self.job} {self.channel.code}"


class Heartbeat(models.Model):
    """A task cluster's sign of life: written by a task, so it proves that tasks run."""

    cluster = models.CharField(_("cluster"), max_length=100, unique=True)
    beat_at = models.DateTimeField(_("last beat"))

    FOLLOWS_CLOCK: ClassVar = ("beat_at",)

    class Meta:
        verbose_name = _("heartbeat")
        verbose_name_plural = _("heartbeats")

    def __str__(self) -> str:
        return self.cluster


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def usable(self, now: datetime) -> ApiKeyQuerySet:
        return self.filter(revoked_at=None).filter(Q(expires_at=None) | Q(expires_at__gt=now))


class ApiKey(models.Model):
    """A key of the REST API, kept as a short public prefix and a hash; shown once, when it is made."""

    class Scope(models.TextChoices):
        READ = "read", _("read")
        WRITE = "write", _("read and write")

    name = models.CharField(_("name"), max_length=100)
    prefix = models.CharField(_("prefix"), max_length=16, unique=True, editable=False)
    hash = models.CharField(max_length=64, editable=False)
    scope = models.CharField(_("scope"), max_length=5, choices=Scope.choices, default=Scope.READ)
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

    objects: ClassVar[models.Manager[ApiKey]] = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        ordering = ["name"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def can_write(self) -> bool:
        return self.scope == self.Scope.WRITE


class OutboxRow(models.Model):
    """What an outbox row knows of its own fate; claiming and recording are in `platforms.outbox`."""

    LEASE: ClassVar[timedelta] = timedelta(seconds=30)
    # Times of our clock that decide when something happens (`platforms.clock`).
    FOLLOWS_CLOCK: ClassVar[tuple[str, ...]] = ("not_before", "leased_until")

    not_before = models.DateTimeField(_("not before"), default=timezone.now)
    leased_until = models.DateTimeField(null=True, editable=False)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    error = models.TextField(_("error"), blank=True)
    # [{"at": …, "status": …, "error": …}, …] of the last attempts, oldest first.
    answers = models.JSONField(_("answers"), default=list, editable=False)

    class Meta:
        abstract = True


class Discrepancy(models.Model):
    """Where the portal and SCX differ, as the last reconciliation saw it; gone when they agree again.

    `comparison`, a key of `settings.PORTAL_COMPARISONS`, and `kind` say what differs; `subject` says whose it is, such
    as a seller id.
    """

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="discrepancies", verbose_name=_("channel"))
    comparison = models.CharField(_("comparison"), max_length=20)
    kind = models.CharField(_("kind"), max_length=40)
    subject = models.CharField(_("subject"), max_length=100, blank=True)
    ours = models.JSONField(_("here"), null=True)
    theirs = models.JSONField(_("at SCX"), null=True)
    found_at = models.DateTimeField(_("found"), default=timezone.now)
    seen_at = models.DateTimeField(_("last seen"), default=timezone.now)

    class Meta:
        verbose_name = _("difference from SCX")
        verbose_name_plural = _("differences from SCX")
        ordering = ["found_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "comparison", "kind", "subject"], name="platforms_discrepancy_unique"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}".strip()


class OpenPoint(models.Model):
    """What nobody can know any more after a database was restored from a backup, until a person has seen to it.

    The gap lies between `backup_at` and `restored_at`; `subject` says whose it is, such as a seller id.
    """

    class Kind(models.TextChoices):
        ACCESS = "access", _("access rights")
        OFFERS = "offers", _("changes of offers")
        RESULTS = "results", _("listing results")
        SELLER = "seller", _("new seller")

    backup_at = models.DateTimeField(_("backup of"))
    restored_at = models.DateTimeField(_("restored"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    channel = models.ForeignKey(
        Channel, models.CASCADE, null=True, related_name="open_points", verbose_name=_("channel")
    )
    subject = models.CharField(_("subject"), max_length=100, blank=True)
    settled_at = models.DateTimeField(_("settled"), null=True)
    settled_by = models.CharField(_("settled by"), max_length=150, blank=True)

    class Meta:
        verbose_name = _("open point after a restore")
        verbose_name_plural = _("open points after a restore")
        ordering = ["-restored_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["backup_at", "kind", "channel", "subject"], name="platforms_openpoint_of_channel"
            ),
            models.UniqueConstraint(
                fields=["backup_at", "kind", "subject"],
                condition=Q(channel=None),
                name="platforms_openpoint_of_portal",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.subject}".strip()
