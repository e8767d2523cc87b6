"""What SCX holds of a channel: its settings as last shown, and the price types it is told of."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from platforms.models.channels import Channel
from platforms.models.work import OutboxRow


class ChannelAtScx(models.Model):
    """A channel as SCX last showed it: by `GET /v1/channel` (contract 8.1), and in the public list (contract 8.3)."""

    channel = models.OneToOneField(Channel, models.CASCADE, primary_key=True, related_name="at_scx")
    is_active = models.BooleanField(_("active"), null=True)
    # SCX's SalesChannel as received; null before it was ever read. A platform has none: nobody can ask for it.
    settings = models.JSONField(_("settings"), null=True)
    settings_at = models.DateTimeField(_("settings read"), null=True)
    # The channel's entry in the public list, a marketplace's from the list of its platform; null: not in it.
    entry = models.JSONField(_("public entry"), null=True)
    listed_at = models.DateTimeField(_("public list read"), null=True)
    # Why the list could not be read when that was last tried for a platform or standalone channel: the rest is older.
    list_error = models.TextField(_("public list not read"), blank=True, default="", db_default="")
    # The label that SCX shows: empty for none, null where it shows nothing of it.
    stock_sync_group = models.CharField(_("stock sync group"), max_length=100, null=True)

    class Meta:
        verbose_name = _("channel at SCX")
        verbose_name_plural = _("channels at SCX")

    def __str__(self) -> str:
        return self.channel.code


class PriceType(OutboxRow):
    """A kind of price that merchants may name on a channel, told to SCX by `POST /v1/channel/price` (contract 10)."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="price_types", verbose_name=_("channel"))
    price_type_id = models.CharField(_("price type id"), max_length=100)
    display_name = models.CharField(_("display name"), max_length=200)
    description = models.TextField(_("description"), blank=True)
    # When SCX took it as it stands here; null while it is to be told.
    confirmed_at = models.DateTimeField(_("known to SCX since"), null=True, editable=False)
    # SCX said no for good: due again when it changes or staff ask.
    is_refused = models.BooleanField(_("refused"), default=False, editable=False)

    FOLLOWS_CLOCK = (*OutboxRow.FOLLOWS_CLOCK, "confirmed_at")

    class Meta:
        verbose_name = _("price type")
        verbose_name_plural = _("price types")
        ordering = ["channel", "price_type_id"]
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "price_type_id"],
                name="platforms_pricetype_unique",
                violation_error_message=_("The channel has a price type with this id already."),
            ),
            models.CheckConstraint(
                condition=~models.Q(price_type_id="") & ~models.Q(display_name=""), name="platforms_pricetype_named"
            ),
        ]

    def __str__(self) -> str:
        return self.display_name
