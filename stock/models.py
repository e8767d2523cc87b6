"""Stock levels, the only home of quantity, and the cursors of polling."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from listings.models import Offer
from platforms.models import Channel
from sellers.models import Seller

FEED = "stock"


class StockLevel(models.Model):
    """The newest stock of one offer of a seller on a channel, whether or not the offer is known yet."""

    class Source(models.TextChoices):
        EVENT = "event", _("stock event")
        OFFER = "offer", _("offer event")
        PER_SELLER = "per-seller", _("polled per seller")
        ALL_SELLERS = "all-sellers", _("polled for all sellers")
        GROUP = "group", _("stock sync group")
        STAFF = "staff", _("taken over by staff")

    # By the indexes below.
    channel = models.ForeignKey(
        Channel, models.PROTECT, related_name="stock_levels", verbose_name=_("channel"), db_index=False
    )
    seller_id = models.CharField(_("seller id"), max_length=50)
    offer_id = models.BigIntegerField(_("offer id"))
    # Not "offer": Django would name its column offer_id, which is SCX's id here.
    offer_row = models.OneToOneField(
        Offer, models.SET_NULL, null=True, related_name="stock_level", verbose_name=_("offer")
    )
    channel_offer_id = models.CharField(_("channel offer id"), max_length=100, blank=True)
    quantity = models.DecimalField(_("quantity"), max_digits=18, decimal_places=4)
    # What decides which of two levels is newer, as text that sorts: see `stock.levels.version`.
    version = models.CharField(max_length=200)
    updated_at = models.DateTimeField(_("updated at SCX"))
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    source = models.CharField(_("source"), max_length=11, choices=Source.choices)
    # What one update made true, on all channels of a group, has one number.
    number = models.BigIntegerField(_("feed number"), db_index=True)

    class Meta:
        verbose_name = _("stock level")
        verbose_name_plural = _("stock levels")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["channel", "seller_id", "offer_id"], name="stock_level_unique"),
        ]
        indexes = [
            models.Index(fields=["channel", "number"], name="stock_level_feed"),
            models.Index(fields=["seller_id", "-received_at"], name="stock_level_received"),
            models.Index(fields=["channel"], name="stock_level_waiting", condition=Q(offer_row=None)),
        ]

    def __str__(self) -> str:
        return f"{self.quantity.normalize():f}"


class StockCursor(models.Model):
    """How far stock polling got: `lastUpdatedAt` as SCX gave it, for one seller or, without one, for all."""

    START = "1970-01-01T00:00:00Z"

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="stock_cursors", verbose_name=_("channel"))
    seller = models.ForeignKey(
        Seller, models.CASCADE, null=True, related_name="stock_cursors", verbose_name=_("seller")
    )
    last_updated_at = models.CharField(_("last updated at"), max_length=40, default=START)
    polled_at = models.DateTimeField(_("polled"), null=True)
    error = models.TextField(_("error"), blank=True)
    # When an answer last brought a level that counted.
    changed_at = models.DateTimeField(_("last news"), null=True)
    # Since when SCX's answers bring news and name no later time to go on from.
    stuck_since = models.DateTimeField(_("stuck since"), null=True)
    # What was odd about an answer that was used all the same (`stock.remarks`), and when that was last so.
    remarks = models.JSONField(_("remarks"), null=True)
    remarked_at = models.DateTimeField(_("remarked"), null=True)
    # While stock is fetched anew: up to which of SCX's times it should have been known before; and what was found.
    compare_until = models.CharField(max_length=40, blank=True, default="", db_default="", editable=False)
    compared_since = models.DateTimeField(_("comparison begun"), null=True)
    compared_at = models.DateTimeField(_("compared with SCX"), null=True)
    compared_rows = models.PositiveIntegerField(_("compared"), default=0, db_default=0)
    missed = models.PositiveIntegerField(_("out of date here"), default=0, db_default=0)
    disputed = models.PositiveIntegerField(_("newer here"), default=0, db_default=0)
    # Since when the seller sells here, as far as that is caught up with, and as far as that has been begun.
    caught_up_with = models.DateTimeField(null=True, editable=False)
    catching_up_with = models.DateTimeField(null=True, editable=False)

    FOLLOWS_CLOCK: ClassVar = (
        *("polled_at", "changed_at", "stuck_since", "remarked_at"),
        *("compared_since", "compared_at"),
    )

    class Meta:
        verbose_name = _("stock cursor")
        verbose_name_plural = _("stock cursors")
        ordering = ["channel", "seller"]
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "seller"], condition=Q(seller__isnull=False), name="stock_cursor_of_seller"
            ),
            models.UniqueConstraint(fields=["channel"], condition=Q(seller=None), name="stock_cursor_of_all"),
        ]

    def __str__(self) -> str:
        return f"{self.channel.code} {self.seller.seller_id if self.seller else '*'}"


class StockDifference(models.Model):
    """An offer of which SCX said another stock than was known here, when stock was fetched anew."""

    class Kind(models.TextChoices):
        MISSED = "missed", _("was out of date here")
        DISPUTED = "disputed", _("newer here")
        TAKEN = "taken", _("taken over")

    cursor = models.ForeignKey(StockCursor, models.CASCADE, related_name="differences", verbose_name=_("stock cursor"))
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    seller_id = models.CharField(_("seller id"), max_length=50)
    offer_id = models.BigIntegerField(_("offer id"))
    here = models.DecimalField(_("here"), max_digits=18, decimal_places=4, null=True)
    here_at = models.DateTimeField(_("as of, here"), null=True)
    theirs = models.DecimalField(_("at SCX"), max_digits=18, decimal_places=4)
    theirs_at = models.DateTimeField(_("as of, at SCX"))
    found_at = models.DateTimeField(_("found"), default=timezone.now)

    class Meta:
        verbose_name = _("stock difference")
        verbose_name_plural = _("stock differences")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.seller_id} {self.offer_id}"


class Levelling(models.Model):
    """By which stock sync group a channel's levels stand, what is held back of them, and when JTL-Wawi told it stock.

    Written under the stock feed's counter alone. A channel without a row, or with an empty label, shares with nobody.
    One that joins a group is levelled in batches; so are levels told again after what is held back changed.
    """

    channel = models.OneToOneField(
        Channel, models.CASCADE, primary_key=True, related_name="levelling", verbose_name=_("channel")
    )
    label = models.CharField(_("stock sync group"), max_length=100, blank=True, default="", db_default="")
    joining = models.CharField(_("joining"), max_length=100, blank=True, default="", db_default="")
    # The primary key of the last offer that was levelled by the group being joined.
    after = models.BigIntegerField(_("levelled up to"), default=0, db_default=0)
    # The channel's `held_back_since` by which the feed has told the levels, and by which it is telling them again.
    told_by = models.DateTimeField(_("told by what was held back on"), null=True)
    telling_by = models.DateTimeField(_("being told again by what was held back on"), null=True)
    # The feed's numbers between which levels are still to be told again.
    told_up_to = models.BigIntegerField(default=0, db_default=0, editable=False)
    tell_up_to = models.BigIntegerField(default=0, db_default=0, editable=False)
    # SCX's time of the newest stock update that JTL-Wawi sent to this channel, whether or not its level counted.
    told_at = models.DateTimeField(_("last stock update from JTL-Wawi"), null=True)

    class Meta:
        verbose_name = _("stock levelling")
        verbose_name_plural = _("stock levellings")
        ordering = ["channel"]

    def __str__(self) -> str:
        return f"{self.channel.code} {self.label}"


class StockUpdate(models.Model):
    """What SCX said of an offer's stock, whether or not it counted: kept for a while, to see why a level is as it is.

    Levels that follow from it in a stock sync group have none of their own.
    """

    # By the indexes below.
    channel = models.ForeignKey(Channel, models.CASCADE, related_name="+", verbose_name=_("channel"), db_index=False)
    seller_id = models.CharField(_("seller id"), max_length=50)
    offer_id = models.BigIntegerField(_("offer id"))
    quantity = models.DecimalField(_("quantity"), max_digits=18, decimal_places=4)
    # The quantity as SCX gave it, where no stock can be so.
    said = models.CharField(_("quantity as SCX gave it"), max_length=60, null=True)
    version = models.CharField(max_length=200)
    updated_at = models.DateTimeField(_("updated at SCX"))
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    source = models.CharField(_("source"), max_length=11, choices=StockLevel.Source.choices)
    superseded = models.BooleanField(_("superseded"), default=False)

    class Meta:
        verbose_name = _("stock update")
        verbose_name_plural = _("stock updates")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["seller_id", "offer_id", "channel"], name="stock_update_offer"),
            models.Index(fields=["channel", "id"], name="stock_update_newest"),
            models.Index(fields=["channel", "received_at"], name="stock_update_said", condition=Q(said__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.quantity.normalize():f}"


class StockMinute(models.Model):
    """How many stock updates a channel took in within a minute, and how old they were by then.

    Written under the stock feed's counter alone. `delays`: how many took up to each of `stock.minutes.DELAYS`.
    """

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="+", verbose_name=_("channel"))
    at = models.DateTimeField(_("minute"))
    counted = models.PositiveIntegerField(_("counted"), default=0)
    superseded = models.PositiveIntegerField(_("superseded"), default=0)
    delays = models.JSONField(_("delays"), default=list)

    class Meta:
        verbose_name = _("stock updates of a minute")
        verbose_name_plural = _("stock updates by minute")
        ordering = ["-at"]
        constraints = [models.UniqueConstraint(fields=["at", "channel"], name="stock_minute_unique")]

    def __str__(self) -> str:
        return f"{self.channel.code} {self.at:%H:%M}"


class SellerNews(models.Model):
    """When stock of a seller was last told, on whichever channel, and by when more is to be expected.

    Written under the stock feed's counter alone.
    """

    seller = models.OneToOneField(
        Seller, models.CASCADE, primary_key=True, related_name="stock_news", verbose_name=_("seller")
    )
    last_at = models.DateTimeField(_("last news"))
    # The longest silence of late: halved every two weeks. Null before the second news.
    longest_silence = models.DurationField(_("longest silence of late"), null=True)
    expected_by = models.DateTimeField(_("news expected by"), null=True, db_index=True)

    class Meta:
        verbose_name = _("stock news of a seller")
        verbose_name_plural = _("stock news of sellers")
        ordering = ["last_at"]

    def __str__(self) -> str:
        return str(self.seller)
