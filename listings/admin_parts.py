"""What the pages of offers and of their parts share: the parts in tables, and what a pasted text means."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from listings.models import ListingReport, Offer, Price
from listings.thumbnails import thumbnail, with_first_picture
from platforms import display
from platforms.back_office import Inline
from platforms.theme import display as column


def price_lines(prices: Iterable[Price]) -> str:
    """Each step on a line: the price type, from which quantity, and the amount."""
    lines = [
        (f"{price.price_type} ≥ {display.number(price.quantity)}: {display.number(price.amount)} {price.currency}",)
        for price in prices
    ]
    return format_html_join(mark_safe("<br>"), "{}", lines) or display.EMPTY


def quantity(offer: Offer) -> str:
    """What may be sold of the stock level, if there is one yet; where the channel holds some back, of how many."""
    level = getattr(offer, "stock_level", None)
    if level is None:
        return display.EMPTY
    sellable = offer.channel.sellable(level.quantity)
    if sellable == level.quantity:
        return display.number(sellable)
    return gettext("%(sellable)s of %(stock)s") % {
        "sellable": display.number(sellable),
        "stock": display.number(level.quantity),
    }


# Who else than a person or a system of the marketplace may say what became of an offer.
PARTS = {
    "rules": _("the channel’s rules"),
    "pictures": _("the copying of pictures"),
    "portal": _("the portal, by itself"),
}
TELLERS = {"staff": _("staff: %(name)s"), "key": _("API key: %(name)s"), "connector": _("connector: %(name)s")}


def teller(by: str) -> str:
    """`ListingReport.by` in words."""
    kind, _colon, name = by.partition(":")
    if kind in TELLERS:
        return str(TELLERS[kind] % {"name": name})
    return str(PARTS.get(by, by))


def named_values(entries: list[dict[str, Any]]) -> str:
    """Attributes as a table: name, group and value, in their order, repeats and all."""
    if not entries:
        return display.EMPTY
    values = [(each.get("id", each.get("name", "")), each.get("value", ""), each.get("group")) for each in entries]
    has_groups = any(group for _name, _value, group in values)
    return render_to_string("admin/named_values.html", {"values": values, "has_groups": has_groups})


class StateInline(Inline):
    """Rows that have a state, shown as in their own list."""

    @column(description=_("state"))
    def shown_state(self, row: Any) -> str:
        return display.badge(row)


class PriceInline(Inline):
    model = Price
    channel_lookups = ("offer__channel",)
    fields = ("price_type", "shown_quantity", "shown_amount")
    readonly_fields = fields
    show_change_link = False
    hide_title = True

    @column(description=_("from quantity"))
    def shown_quantity(self, price: Price) -> str:
        return display.number(price.quantity)

    @column(description=_("amount"))
    def shown_amount(self, price: Price) -> str:
        return f"{display.number(price.amount)} {price.currency}"


class VariationInline(StateInline):
    model = Offer
    fk_name = "parent"
    verbose_name, verbose_name_plural = _("variation"), _("variations")
    fields = (
        *("offer_id", "shown_picture", "sku", "gtin", "shown_dimensions"),
        *("shown_prices", "shown_quantity", "shown_state"),
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        visible = super().get_queryset(request).filter(pk__in=Offer.objects.visible().values("pk"))
        own = with_first_picture(visible.select_related("stock_level").defer("description"))
        return own.prefetch_related("prices")

    @column(description=_("picture"))
    def shown_picture(self, offer: Offer) -> str:
        return thumbnail(offer.first_picture)  # type: ignore[attr-defined]

    @column(description=_("prices"))
    def shown_prices(self, offer: Offer) -> str:
        return price_lines(offer.prices.all())

    @column(description=_("dimensions"))
    def shown_dimensions(self, offer: Offer) -> str:
        named = (f"{each.get('id', '')}: {each.get('value', '')}" for each in offer.dimensions)
        return ", ".join(named) or display.EMPTY

    @column(description=_("quantity"))
    def shown_quantity(self, offer: Offer) -> str:
        return quantity(offer)


class ReportInline(StateInline):
    model = ListingReport
    fields = ("kind", "revision", "shown_by", "shown_state", "at", "sent_at", "attempts", "error")
    readonly_fields = fields

    @column(description=_("by"))
    def shown_by(self, report: ListingReport) -> str:
        return teller(report.by) or display.EMPTY
