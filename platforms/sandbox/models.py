"""What the emulator remembers. Everything is reached over HTTP alone; no code outside this package imports it."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Configuration(models.Model):
    """The one row that holds the emulator's settings and how far its clock is ahead."""

    values = models.JSONField(default=dict)
    offset_seconds = models.FloatField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="sandbox_configuration_single")]

    def __str__(self) -> str:
        return f"{self.offset_seconds:+} s"


class Channel(models.Model):
    """A sales channel: standalone, a virtual platform, or a marketplace of a platform."""

    code = models.CharField(max_length=50, unique=True)
    display_name = models.CharField(max_length=200)
    is_platform = models.BooleanField(default=False)
    platform = models.ForeignKey("self", models.PROTECT, null=True, related_name="marketplaces")
    currency = models.CharField(max_length=3, default="EUR")
    countries = models.JSONField(default=list)
    languages = models.JSONField(default=list)
    sign_up_url = models.TextField(default="")
    update_url = models.TextField(default="")
    stock_sync_group = models.CharField(max_length=100, null=True)
    features = models.JSONField(default=dict)
    minimum_client_versions = models.JSONField(default=list)
    website = models.TextField(default="")
    vendor = models.CharField(max_length=200, default="")
    support_contact = models.CharField(max_length=254, default="")
    mfa_contact = models.CharField(max_length=254, default="")
    is_active = models.BooleanField(default=True)
    refresh_token = models.CharField(max_length=500, null=True, unique=True)
    token_generation = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(is_platform=False)
                | Q(platform=None, refresh_token=None, stock_sync_group=None, is_platform=True),
                name="sandbox_channel_platform_is_virtual",
                violation_error_message=_("A platform has no platform, no token and no stock sync group of its own."),
            ),
            models.CheckConstraint(
                condition=Q(platform=None) | Q(sign_up_url="", update_url=""),
                name="sandbox_channel_marketplace_inherits_urls",
                violation_error_message=_("A marketplace inherits the URLs of its platform and cannot have its own."),
            ),
            models.CheckConstraint(
                condition=Q(stock_sync_group=None) | Q(platform__isnull=False),
                name="sandbox_channel_group_on_marketplace",
                violation_error_message=_("Only a marketplace can be in a stock sync group."),
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def root(self) -> "Channel":
        """The channel a seller signs up on: the platform of a marketplace, else the channel itself."""
        return self.platform or self

    @property
    def pulls_stock(self) -> bool:
        """True when SCX must not emit stock events because the channel reads the stock-updates routes."""
        return bool(self.features.get("stockUpdateWithoutEventSupported"))


class Account(models.Model):
    """A merchant's JTL account; its key is the jtlAccountId on the wire."""

    company_name = models.CharField(max_length=200)
    refresh_token = models.CharField(max_length=500, null=True, unique=True)
    token_generation = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return self.company_name


class SpareRefreshToken(models.Model):
    """A refresh token that a merchant's client made for itself beside the account's first one."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="spare_tokens")
    value = models.CharField(max_length=500, unique=True)

    def __str__(self) -> str:
        return f"spare token of {self.account_id}"


class OnboardingPin(models.Model):
    """A pin with which a merchant's client gets its first access token; good once."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="onboarding_pins")
    pin = models.CharField(max_length=6)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"pin of {self.account_id}"


class Seller(models.Model):
    """A merchant as one channel (or platform) knows it; `confirmed_at` is its last finished sign-up or update."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="sellers")
    seller_id = models.CharField(max_length=50)
    account = models.ForeignKey(Account, models.CASCADE, related_name="sellers")
    company_name = models.CharField(max_length=200, default="")
    is_active = models.BooleanField(default=True)
    unlinked_at = models.DateTimeField(null=True)
    reason = models.TextField(null=True)
    confirmed_at = models.DateTimeField()
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "seller_id"], name="sandbox_seller_unique_id")]

    def __str__(self) -> str:
        return self.seller_id


class MembershipQuerySet(models.QuerySet["Membership"]):
    def linked(self) -> "MembershipQuerySet":
        """Those whose reports SCX takes; a seller the channel has switched off is still linked."""
        return self.filter(unlinked_at=None, seller__unlinked_at=None)

    def trading(self) -> "MembershipQuerySet":
        """Those whose offers SCX takes from the merchant and sends to the channel."""
        return self.linked().filter(is_active=True, seller__is_active=True, channel__is_active=True)


class Membership(models.Model):
    """A seller on a channel that trades: the standalone channel itself, or one marketplace of the platform."""

    seller = models.ForeignKey(Seller, models.CASCADE, related_name="memberships")
    channel = models.ForeignKey(Channel, models.CASCADE, related_name="memberships")
    is_active = models.BooleanField(default=True)
    unlinked_at = models.DateTimeField(null=True)
    reason = models.TextField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["seller", "channel"], name="sandbox_membership_unique")]

    def __str__(self) -> str:
        return f"{self.seller_id} on {self.channel_id}"


class LinkSession(models.Model):
    """A one-time session of a sign-up or an update."""

    class Kind(models.TextChoices):
        SIGN_UP = "sign_up"
        UPDATE = "update"

    value = models.CharField(max_length=100, unique=True)
    kind = models.CharField(max_length=10, choices=Kind)
    channel = models.ForeignKey(Channel, models.CASCADE)
    account = models.ForeignKey(Account, models.CASCADE)
    seller = models.ForeignKey(Seller, models.CASCADE, null=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="sign_up", seller=None) | Q(kind="update", seller__isnull=False),
                name="sandbox_linksession_seller_of_update",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Offer(models.Model):
    """An offer made through the Seller API; a variation is an offer with a parent."""

    class State(models.TextChoices):
        SENT = "sent"
        IN_PROGRESS = "in_progress"
        LISTED = "listed"
        FAILED = "failed"
        ENDED = "ended"

    seller = models.ForeignKey(Seller, models.CASCADE, related_name="offers", db_index=False)
    channel = models.ForeignKey(Channel, models.CASCADE, related_name="offers", db_index=False)
    offer_id = models.BigIntegerField()
    parent_offer_id = models.BigIntegerField(null=True)
    sku = models.CharField(max_length=150)
    title = models.CharField(max_length=512, default="")
    quantity = models.DecimalField(max_digits=20, decimal_places=4, default=0)
    content = models.JSONField(default=dict)
    state = models.CharField(max_length=12, choices=State, default=State.SENT)
    channel_offer_id = models.CharField(max_length=100, null=True)
    listing_url = models.TextField(null=True)
    errors = models.JSONField(default=list)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "seller", "offer_id"], name="sandbox_offer_unique")]
        indexes = [
            models.Index(fields=["seller", "sku"], name="sandbox_offer_pool"),
            # The Wawi page's list with and without a state; they hold all that it filters and counts by.
            models.Index(fields=["seller", "parent_offer_id", "id", "channel"], name="sandbox_offer_list"),
            models.Index(fields=["seller", "parent_offer_id", "state", "id", "channel"], name="sandbox_offer_states"),
        ]

    def __str__(self) -> str:
        return str(self.offer_id)


class Event(models.Model):
    """An event on its way to a channel. `envelope` is the JSON text as it goes over the wire."""

    class State(models.TextChoices):
        # As long as the next: SQLite then acknowledges in place and need not write an envelope of 60 kB again.
        OPEN = "awaiting_ack"
        ACKNOWLEDGED = "acknowledged"
        DEAD = "dead"

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="events", db_index=False)
    event_id = models.CharField(max_length=100)
    type = models.CharField(max_length=100)
    created_at = models.DateTimeField()
    envelope = models.TextField()
    state = models.CharField(max_length=12, choices=State, default=State.OPEN)
    deliveries = models.PositiveIntegerField(default=0)
    visible_at = models.DateTimeField()

    class Meta:
        # An id may repeat: a test that wants a duplicate delivery emits the same event twice.
        indexes = [
            models.Index(fields=["channel", "event_id"], name="sandbox_event_by_id"),
            # Not a partial index: SQLite cannot match one with a state given as a parameter.
            models.Index(fields=["channel", "state", "id", "visible_at", "deliveries"], name="sandbox_event_queue"),
        ]

    def __str__(self) -> str:
        return self.event_id


class AccountEvent(models.Model):
    """An event on its way to a merchant's client (Seller API)."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="events", db_index=False)
    channel = models.ForeignKey(Channel, models.CASCADE)
    event_id = models.CharField(max_length=100)
    type = models.CharField(max_length=100)
    created_at = models.DateTimeField()
    envelope = models.TextField()
    is_acknowledged = models.BooleanField(default=False)
    deliveries = models.PositiveIntegerField(default=0)
    visible_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["account", "event_id"], name="sandbox_accountevent_by_id"),
            models.Index(fields=["account", "is_acknowledged", "id"], name="sandbox_accountevent_queue"),
            models.Index(fields=["account", "type", "id"], name="sandbox_accountevent_inbox"),
        ]

    def __str__(self) -> str:
        return self.event_id


class Report(models.Model):
    """A listing state a channel has reported."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="reports", db_index=False)
    seller_id = models.CharField(max_length=50)
    offer_id = models.BigIntegerField()
    state = models.CharField(max_length=12, choices=Offer.State)
    at = models.DateTimeField()
    channel_offer_id = models.CharField(max_length=100, null=True)
    listing_url = models.TextField(null=True)
    errors = models.JSONField(default=list)
    received_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["channel", "seller_id", "offer_id"], name="sandbox_report_offer")]

    def __str__(self) -> str:
        return f"{self.offer_id} {self.state}"


class StockRow(models.Model):
    """The last stock of an offer, as the stock-updates routes give it."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="stock_rows", db_index=False)
    seller_id = models.CharField(max_length=50)
    offer_id = models.BigIntegerField()
    channel_offer_id = models.CharField(max_length=100, null=True)
    quantity = models.DecimalField(max_digits=20, decimal_places=4)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "seller_id", "offer_id"], name="sandbox_stockrow_unique")
        ]
        indexes = [models.Index(F("channel"), F("updated_at"), name="sandbox_stockrow_cursor")]

    def __str__(self) -> str:
        return f"{self.offer_id}: {self.quantity}"


class PriceType(models.Model):
    channel = models.ForeignKey(Channel, models.CASCADE, related_name="price_types")
    price_type_id = models.CharField(max_length=200)
    display_name = models.CharField(max_length=500)
    description = models.TextField(default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "price_type_id"], name="sandbox_pricetype_unique")]

    def __str__(self) -> str:
        return self.price_type_id


class Pin(models.Model):
    """An MFA pin; the row is also the mail that carried it."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="pins")
    recipient = models.CharField(max_length=254)
    pin = models.CharField(max_length=8)
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.recipient


class UploadedFile(models.Model):
    """A picture or document uploaded by a merchant; its name derives from its content."""

    name = models.CharField(max_length=100, unique=True)
    content_type = models.CharField(max_length=100)
    content = models.BinaryField()

    def __str__(self) -> str:
        return self.name


class Book(models.Model):
    """One request and what it was answered."""

    at = models.DateTimeField()
    method = models.CharField(max_length=10)
    path = models.TextField()
    query = models.TextField()
    status = models.PositiveIntegerField()
    channel_code = models.CharField(max_length=50, null=True)
    account_id = models.BigIntegerField(null=True)
    deviations = models.JSONField(default=list)
    fault = models.CharField(max_length=20, null=True)
    duration_ms = models.PositiveIntegerField()
    # Last, so that a search through the columns before them reads no page of theirs.
    request_body = models.TextField()
    answer_body = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["channel_code", "id"], name="sandbox_book_channel")]

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.status}"


class Fault(models.Model):
    """A fault on demand: what it strikes, how often still (`left`; None is until cleared), and how often it has."""

    kind = models.CharField(max_length=20)
    method = models.CharField(max_length=10, default="")
    path = models.TextField(default="")
    channel_code = models.CharField(max_length=50, default="")
    status = models.PositiveSmallIntegerField(null=True)
    seconds = models.FloatField(null=True)
    event_type = models.CharField(max_length=100, default="")
    rate = models.FloatField(default=1)
    left = models.PositiveIntegerField(null=True, default=1)
    seen = models.PositiveIntegerField(default=0)
    played = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(rate__gt=0, rate__lte=1),
                name="sandbox_fault_rate_is_share",
                violation_error_message="The rate of a fault is more than 0 and at most 1.",
            )
        ]

    def __str__(self) -> str:
        return self.kind
