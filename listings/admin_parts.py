"""What the pages of offers and of their parts share: the parts in tables, and what a pasted text means."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from listings.models import ListingReport, Offer, Price
from platforms import display
from platforms.back_office import Inline
from platforms.theme import display as column
from sellers.models import Seller


def offers_meant(text: str) -> Q:
    """The offers that a pasted SKU, GTIN, offer id of either side, seller id or company means."""
    sellers = Seller.objects.filter(Q(seller_id=text) | Q(company_name__iexact=text)).values_list("pk", flat=True)[:50]
    meant = Q(sku=text) | Q(gtin=text) | Q(channel_offer_id=text) | Q(seller__in=list(sellers))
    return meant | Q(offer_id=int(text)) if text.isdecimal() and len(text) < 19 else meant


def rows_of_offers_meant(text: str) -> Q:
    """The same for tables that hang on offers, looked up first so that each query keeps to its index."""
    return Q(offer__in=list(Offer.objects.filter(offers_meant(text)).values_list("pk", flat=True)[:200]))


def quantity(offer: Offer) -> str:
    """The stock level's quantity; it is the only home of quantity and may not be there yet."""
    level = getattr(offer, "stock_level", None)
    return display.number(level.quantity) if level else display.EMPTY


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
    fields = ("offer_id", "sku", "gtin", "shown_dimensions", "shown_quantity", "shown_state")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        visible = super().get_queryset(request).filter(pk__in=Offer.objects.visible().values("pk"))
        return visible.select_related("stock_level").defer("description")

    @column(description=_("dimensions"))
    def shown_dimensions(self, offer: Offer) -> str:
        return ", ".join(str(dimension.get("value", "")) for dimension in offer.dimensions) or display.EMPTY

    @column(description=_("quantity"))
    def shown_quantity(self, offer: Offer) -> str:
        return quantity(offer)


class ReportInline(StateInline):
    model = ListingReport
    fields = ("kind", "revision", "shown_state", "at", "sent_at", "attempts", "error")
    readonly_fields = fields
