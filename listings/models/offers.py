"""Offers and their prices."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Length
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from platforms.models import Channel
from sellers import selling
from sellers.models import Seller

FEED = "offers"
PRICES_FEED = "prices"
# Characters that an offer takes besides its description, prices and pictures included.
PARTS_SIZE = 4000

Version = tuple[datetime, str]

# What a marketplace may show: listings that are neither over nor withdrawn.
STANDING = Q(parent=None, content_at__isnull=False, withdrawn_at=None) & ~Q(state="ended")
# Listings that are withdrawn here, and that the connector was not told of yet.
TO_TAKE_DOWN = Q(parent=None, withdrawn_at__isnull=False, taken_down_at=None, take_down_told_at=None)
# Listings that are over, and that the connector was not told of yet.
OVER = Q(parent=None, content_at__isnull=False, state="ended", taken_down_at=None, take_down_told_at=None)

# Listings whose answer is awaited; that a listing is pending or in progress goes with it.
AWAITED = Q(parent=None, awaited_since__isnull=False, withdrawn_at=None)
# Listings that are to be off the marketplace, whose removal somebody has to confirm.
TO_CONFIRM = Q(parent=None, take_down_told_at__isnull=False, taken_down_at=None)

# Listings that could not be listed.
FAILED = Q(parent=None, state="failed")


class OfferQuerySet(models.QuerySet["Offer"]):
    def visible(self) -> OfferQuerySet:
        """Offers whose content is known: no stubs, and no variation that its listing's newest content dropped."""
        return self.filter(content_at__isnull=False).filter(
            Q(parent=None) | Q(parent__content_at=F("content_at"), parent__content_event=F("content_event"))
        )

    def listings(self) -> OfferQuerySet:
        """What is listed as one: visible offers that are no variation of another."""
        return self.filter(content_at__isnull=False, parent=None)

    def not_handed_over(self) -> OfferQuerySet:
        """Pending listings whose revision the connector has not had; those withdrawn come back first."""
        return self.listings().filter(
            state=Offer.State.PENDING, handed_over_revision__lt=F("revision"), withdrawn_at=None
        )

    def unanswered(self) -> OfferQuerySet:
        """Standing listings that the connector has had and the marketplace has not answered for good."""
        pending = Q(state=Offer.State.PENDING, handed_over_revision__gte=F("revision"))
        return self.filter(STANDING).filter(pending | Q(state=Offer.State.IN_PROGRESS))

    def awaited(self, channel: Channel, until: datetime) -> OfferQuerySet:
        """Standing listings of the channel that have no answer since this moment or longer, oldest first."""
        return self.filter(AWAITED, channel=channel, awaited_since__lte=until).order_by("awaited_since")

    def to_confirm(self) -> OfferQuerySet:
        """Listings that are withdrawn or over, and that the connector left for somebody to take down and confirm."""
        return self.filter(TO_CONFIRM).filter(Q(withdrawn_at__isnull=False) | Q(state=Offer.State.ENDED))

    def sizes(self, most: int, key: str = "pk") -> list[tuple[int, int]]:
        """The keys of the first so many listings, each with about how many characters it takes with all variations."""
        own = Length("description") + PARTS_SIZE
        variations = Offer.objects.filter(parent=models.OuterRef("pk")).order_by().values("parent")
        total = variations.annotate(total=models.Sum(own)).values("total")
        sized = self.annotate(size=own + Coalesce(models.Subquery(total), 0))
        return list(sized.values_list(key, "size")[:most])

    def to_hand_over(self, channel: Channel) -> OfferQuerySet:
        """What was not handed over of sellers who sell there with credentials the marketplace accepts; others wait."""
        sellers = selling.on(channel).filter(credentials_rejected_at=None)
        return self.not_handed_over().filter(channel=channel, seller__in=sellers.values("pk"))

    def withdrawn(self, channel: Channel) -> OfferQuerySet:
        """What is withdrawn of sellers who still do not sell there, and may stand on the marketplace.

        One that was never handed over counts too: nobody knows what a process had given away when it was killed.
        """
        return self.filter(TO_TAKE_DOWN, channel=channel, seller__in=selling.off(channel).values("pk"))

    def over(self, channel: Channel) -> OfferQuerySet:
        """What has ended and may stand on the marketplace, handed over or not."""
        return self.filter(OVER, channel=channel)

    def to_take_down(self, channel: Channel) -> OfferQuerySet:
        """What is withdrawn or over, among few offers that are known by their keys."""
        return self.filter(Q(pk__in=self.withdrawn(channel).values("pk")) | Q(OVER, channel=channel))


class Offer(models.Model):
    """One offer of a seller on a channel; a variation is an offer with a parent.

    Content, price and end each carry the version that set them: SCX's time and event id. A variation belongs to its
    parent while both have the same content version, so that dropping one needs no write.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("pending")
        IN_PROGRESS = "in_progress", _("in progress")
        LISTED = "listed", _("listed")
        FAILED = "failed", _("failed")
        ENDED = "ended", _("ended")

    channel = models.ForeignKey(Channel, models.PROTECT, related_name="offers", verbose_name=_("channel"))
    seller = models.ForeignKey(Seller, models.PROTECT, related_name="offers", verbose_name=_("seller"))
    offer_id = models.BigIntegerField(_("offer id"))
    # Its index leaves out the many offers that have none: with them it would look useless to the database.
    parent = models.ForeignKey(
        "self", models.CASCADE, null=True, db_index=False, related_name="variations", verbose_name=_("parent")
    )
    parent_offer_id = models.BigIntegerField(_("parent offer id"), null=True)
    channel_offer_id = models.CharField(_("channel offer id"), max_length=100, blank=True)

    sku = models.CharField(_("SKU"), max_length=150, blank=True)
    gtin = models.CharField(_("GTIN"), max_length=100, blank=True)
    mpn = models.CharField(_("MPN"), max_length=255, blank=True)
    isbn = models.CharField(_("ISBN"), max_length=100, blank=True)
    brand = models.CharField(_("brand"), max_length=255, blank=True)
    title = models.CharField(_("title"), max_length=512, blank=True)
    sub_title = models.CharField(_("subtitle"), max_length=1024, blank=True)
    description = models.TextField(_("description"), blank=True)
    category = models.CharField(_("category"), max_length=255, blank=True)
    tax_percent = models.DecimalField(_("tax in percent"), max_digits=9, decimal_places=4, null=True)
    recommended_price = models.JSONField(_("recommended price"), null=True)
    # [{"id", "value", "group"}], in the order of the payload; an id may stand there more than once.
    attributes = models.JSONField(_("attributes"), default=list)
    # [{"name", "value"}] of the product.
    product_attributes = models.JSONField(_("product attributes"), default=list)
    # What sets a variation apart: [{"id", "value", "group"}].
    dimensions = models.JSONField(_("dimensions"), default=list)

    content_at = models.DateTimeField(_("content of"), null=True)
    content_event = models.CharField(max_length=100, blank=True)
    price_at = models.DateTimeField(_("prices of"), null=True)
    price_event = models.CharField(max_length=100, blank=True)
    end_at = models.DateTimeField(_("ended"), null=True)
    end_event = models.CharField(max_length=100, blank=True)
    # What gave the channel offer id: an event, or a result of the marketplace at its time.
    named_at = models.DateTimeField(null=True)
    named_event = models.CharField(max_length=100, blank=True)

    revision = models.PositiveIntegerField(_("revision"), default=0)
    # The last revision given to the connector; behind `revision` means it is to be handed over.
    handed_over_revision = models.PositiveIntegerField(default=0)
    handed_over_at = models.DateTimeField(_("handed over"), null=True)
    # Since when an answer is awaited; null once the marketplace answered for good, and once the offer is over.
    awaited_since = models.DateTimeField(_("answer awaited since"), null=True)
    # Whether SCX knows, from a report of ours, that what is awaited is in progress.
    progress_told = models.BooleanField(default=False, db_default=False)
    # Since when the offer is to be off the marketplace, as its seller does not sell there; its variations as well.
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True)
    # When the connector took the listing down that is withdrawn or over; null while it may stand on the marketplace.
    taken_down_at = models.DateTimeField(_("taken down"), null=True)
    # When the connector left it to somebody to take the listing down, who confirms it; null while it was not told.
    take_down_told_at = models.DateTimeField(_("to be taken down since"), null=True)
    state = models.CharField(_("state"), max_length=11, choices=State.choices, default=State.PENDING)
    state_changed_at = models.DateTimeField(_("state since"), default=timezone.now)
    listing_url = models.CharField(_("listing URL"), max_length=2000, blank=True)
    # Listing errors of the last failure: [{"code", "message", "long_message", "attribute_id", "recommended_value"}].
    errors = models.JSONField(_("errors"), default=list)
    # The codes of these errors of a failed offer, a line each: what failures are counted by (`listings.failures`).
    failed_codes = models.CharField(max_length=500, blank=True, default="", db_default="")
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    updated_at = models.DateTimeField(_("updated"), default=timezone.now)
    number = models.BigIntegerField(_("feed number"), default=0)
    # Where the prices stand in their own feed; null as long as there were none.
    prices_number = models.BigIntegerField(_("feed number of the prices"), null=True, editable=False)

    objects: ClassVar[models.Manager[Offer]] = OfferQuerySet.as_manager()

    class Meta:
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["channel", "seller", "offer_id"], name="listings_offer_unique"),
            models.CheckConstraint(
                condition=Q(state__in=["pending", "in_progress", "listed", "failed", "ended"]),
                name="listings_offer_state",
            ),
        ]
        indexes = [
            models.Index(
                fields=["channel", "id"],
                name="listings_offer_handover",
                condition=Q(
                    state="pending",
                    parent=None,
                    content_at__isnull=False,
                    handed_over_revision__lt=F("revision"),
                    withdrawn_at=None,
                ),
            ),
            # The states are counted in it, without a look at the offers; SQLite needs the condition's columns for that.
            models.Index(
                fields=["channel", "seller", "id", "state", "parent", "withdrawn_at", "content_at"],
                name="listings_offer_standing",
                condition=STANDING,
            ),
            models.Index(
                fields=["channel", "seller", "taken_down_at", "take_down_told_at", "id"],
                name="listings_offer_withdrawn",
                condition=Q(withdrawn_at__isnull=False),
            ),
            models.Index(
                fields=["channel", "state", "taken_down_at", "id"], name="listings_offer_over", condition=OVER
            ),
            models.Index(
                fields=["channel", "awaited_since", "progress_told"], name="listings_offer_awaited", condition=AWAITED
            ),
            models.Index(
                fields=["channel", "take_down_told_at"], name="listings_offer_to_confirm", condition=TO_CONFIRM
            ),
            models.Index(
                fields=["seller", "-state_changed_at"], name="listings_offer_failed", condition=Q(state="failed")
            ),
            # Failures are grouped in it, without a look at the offers.
            models.Index(
                fields=["channel", "failed_codes", "state_changed_at", "seller", "id", "state", "parent"],
                name="listings_offer_failures",
                condition=FAILED,
            ),
            models.Index(fields=["parent"], name="listings_offer_parent", condition=Q(parent__isnull=False)),
            models.Index(fields=["sku", "seller"], name="listings_offer_sku_seller"),
            models.Index(fields=["gtin"], name="listings_offer_gtin"),
            models.Index(fields=["channel_offer_id"], name="listings_offer_chan_offer"),
            models.Index(fields=["offer_id"], name="listings_offer_offer_id"),
            models.Index(fields=["channel", "number"], name="listings_offer_feed"),
            models.Index(fields=["number"], name="listings_offer_number"),
            models.Index(
                fields=["channel", "prices_number"],
                name="listings_offer_prices_feed",
                condition=Q(prices_number__isnull=False),
            ),
            models.Index(
                fields=["prices_number"],
                name="listings_offer_prices_number",
                condition=Q(prices_number__isnull=False),
            ),
            models.Index(fields=["channel", "state", "-id"], name="listings_offer_state_list"),
            models.Index(fields=["channel", "seller"], name="listings_offer_stubs", condition=Q(content_at=None)),
        ]

    def __str__(self) -> str:
        return self.title or self.sku or str(self.offer_id)

    @property
    def content_version(self) -> Version | None:
        return (self.content_at, self.content_event) if self.content_at else None

    @property
    def price_version(self) -> Version | None:
        return (self.price_at, self.price_event) if self.price_at else None

    @property
    def end_version(self) -> Version | None:
        return (self.end_at, self.end_event) if self.end_at else None

    @property
    def named_version(self) -> Version | None:
        return (self.named_at, self.named_event) if self.named_at else None

    def await_answer(self, now: datetime) -> None:
        """The marketplace is to answer for what the offer is now; who waits already goes on waiting."""
        self.awaited_since, self.progress_told = self.awaited_since or now, False

    @property
    def take_down_since(self) -> datetime | None:
        """Since when the listing is to be taken down by somebody who confirms it; see `OfferQuerySet.to_confirm`."""
        is_to_go = self.taken_down_at is None and (self.withdrawn_at or self.state == self.State.ENDED)
        return self.take_down_told_at if is_to_go else None

    @property
    def is_ended(self) -> bool:
        """Ended while its end is newer than its content."""
        return bool(self.end_version and (not self.content_version or self.end_version > self.content_version))


class Price(models.Model):
    """What one unit costs from a quantity on, for a price type."""

    offer = models.ForeignKey(Offer, models.CASCADE, related_name="prices", verbose_name=_("offer"))
    price_type = models.CharField(_("price type"), max_length=100)
    quantity = models.DecimalField(_("from quantity"), max_digits=18, decimal_places=4, default=Decimal(1))
    amount = models.DecimalField(_("amount"), max_digits=18, decimal_places=4)
    currency = models.CharField(_("currency"), max_length=3)

    class Meta:
        verbose_name = _("price")
        verbose_name_plural = _("prices")
        ordering = ["offer", "price_type", "quantity"]
        constraints = [
            models.UniqueConstraint(fields=["offer", "price_type", "quantity"], name="listings_price_unique")
        ]

    def __str__(self) -> str:
        return f"{self.amount.normalize():f} {self.currency}"
