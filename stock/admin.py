"""The admin of stock: levels and polling cursors, to be read."""

from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils.timesince import timesince
from django.utils.translation import gettext_lazy as _

from listings.models import Offer
from platforms import display, staff
from platforms.back_office import ReadOnlyAdmin, RelatedFilter
from platforms.models import StockSyncGroup
from platforms.theme import ChoicesCheckboxFilter
from platforms.theme import display as column
from stock import history_admin
from stock.cursors_admin import StockCursorAdmin
from stock.models import Levelling, StockLevel
from stock.pools_admin import StockSyncGroupAdmin

__all__ = ["LevellingAdmin", "StockCursorAdmin", "StockLevelAdmin"]


@admin.register(StockLevel)
class StockLevelAdmin(ReadOnlyAdmin):
    is_large = True
    list_display = (
        "offer_id",
        "shown_offer",
        "shown_seller",
        "shown_channel",
        "shown_quantity",
        "shown_sellable",
        "source",
        "shown_age",
    )
    list_select_related = ("channel", "offer_row")
    list_filter = (("channel", RelatedFilter), ("source", ChoicesCheckboxFilter))
    search_fields = ("offer_id",)
    search_help_text = _("Offer id, seller id or SKU")
    sortable_by = ()
    ordering = ("-number",)
    fields = (
        "channel",
        "seller_id",
        "offer_id",
        "offer_row",
        "channel_offer_id",
        "shown_quantity",
        "shown_sellable",
        "source",
        "updated_at",
        "received_at",
        "number",
        "shown_history",
    )

    def pasted(self, text: str) -> Q:
        offers = Offer.objects.filter(sku=text).values("pk")
        meant = Q(seller_id=text) | Q(offer_row__in=offers)
        return meant | Q(offer_id=int(text)) if text.isdecimal() and len(text) < 19 else meant

    @column(description=_("quantity"))
    def shown_quantity(self, level: StockLevel) -> str:
        return display.number(level.quantity)

    @column(description=_("may be sold"))
    def shown_sellable(self, level: StockLevel) -> str:
        return display.number(level.channel.sellable(level.quantity))

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        level = super().get_object(request, object_id, from_field)
        if level:
            # Once: the page asks for each of its fields several times. Channels that share its stock may not be theirs.
            level.history = history_admin.table(level, staff.channels_of(request))
        return level

    @column(description=_("age"))
    def shown_age(self, level: StockLevel) -> str:
        """By SCX's time; one to come has none."""
        return timesince(level.updated_at, depth=1)

    @column(description=_("why it is so"))
    def shown_history(self, level: StockLevel) -> str:
        return str(getattr(level, "history", display.EMPTY))

    @column(description=_("seller"))
    def shown_seller(self, level: StockLevel) -> str:
        return display.list_link("sellers_seller", display.short(level.seller_id, 14), q=level.seller_id)

    @column(description=_("offer"))
    def shown_offer(self, level: StockLevel) -> str:
        return display.short(str(level.offer_row or ""), 60)


admin.site.register(StockSyncGroup, StockSyncGroupAdmin)


@admin.register(Levelling)
class LevellingAdmin(ReadOnlyAdmin):
    list_display = ("shown_channel", "label", "joining", "after", "told_by", "telling_by")
    list_select_related = ("channel",)
    list_filter = (("channel", RelatedFilter),)
    fields = ("channel", "label", "joining", "after", "told_by", "telling_by")
