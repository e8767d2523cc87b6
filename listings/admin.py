"""The admin of listings: offers with all that hangs on them, and the pages of what stands in modules of its own."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from listings import admin_rules, admin_timeline, marks, progress, resubmission, takedowns
from listings.admin_claims import ClaimAdmin
from listings.admin_parts import (
    PriceInline,
    ReportInline,
    VariationInline,
    named_values,
    quantity,
)
from listings.admin_reports import ListingReportAdmin
from listings.admin_revisions import RevisionAdmin
from listings.admin_workbench import WorkbenchPages
from listings.models import Claim, ListingReport, Offer, Price, Revision
from listings.pasted import offers_meant, rows_of_offers_meant
from listings.picture_admin import PictureInline
from listings.thumbnails import thumbnail, with_first_picture
from platforms import display
from platforms.back_office import ReadOnlyAdmin, RelatedFilter
from platforms.theme import ChoicesCheckboxFilter, DropdownFilter, action, label
from platforms.theme import display as column

LONG_FIELDS = ("description", "attributes", "product_attributes", "dimensions", "recommended_price", "errors")


class ShownFilter(DropdownFilter):
    """Listings, unless somebody searches: a variation is found by its SKU, but is listed with its parent."""

    title = _("shown")
    parameter_name = "shown"
    all_option = None

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("", _("listings")), ("variations", _("variations")), ("all", _("all, without content too"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Offer]) -> QuerySet[Offer]:
        if self.value() == "variations":
            return queryset.filter(parent__isnull=False)
        # The button of a variation's own page posts to the list as well.
        if self.value() == "all" or request.GET.get("q") or request.method == "POST":
            return queryset
        return queryset.filter(content_at__isnull=False, parent=None)


class WithdrawnFilter(DropdownFilter):
    """What is off the marketplace because its seller does not sell there."""

    title = _("withdrawn")
    parameter_name = "withdrawn"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("withdrawn from the marketplace")), ("no", _("not withdrawn"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Offer]) -> QuerySet[Offer]:
        wanted = self.value()
        return queryset.filter(withdrawn_at__isnull=wanted == "no") if wanted in ("yes", "no") else queryset


class HandoverFilter(DropdownFilter):
    """What the marketplace is to get, and what it has and has not answered."""

    title = _("handover")
    parameter_name = "handover"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("due", _("to be handed over")),
            ("open", _("handed over, not answered")),
            ("late", _("waiting too long for an answer")),
            ("down", _("to be taken down")),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet[Offer]:
        chosen: dict[str | None, Callable[[], QuerySet[Offer]]] = {
            "due": queryset.not_handed_over,
            "open": queryset.unanswered,
            "late": lambda: queryset.filter(pk__in=progress.late_answers().values("pk")),
            "down": queryset.to_confirm,
        }
        return chosen.get(self.value(), lambda: queryset)()


@admin.register(Offer)
class OfferAdmin(WorkbenchPages):
    is_large = True
    list_display = (
        "shown_picture",
        "shown_title",
        "sku",
        "shown_channel",
        "seller",
        "shown_state",
        "revision",
        "shown_quantity",
        "updated_at",
    )
    list_display_links = ("shown_picture", "shown_title")
    list_select_related = ("channel", "seller", "stock_level")
    list_filter = (
        ("channel", RelatedFilter),
        ("state", ChoicesCheckboxFilter),
        *(WithdrawnFilter, HandoverFilter, ShownFilter),
    )
    search_fields = ("sku",)
    search_help_text = _("SKU, GTIN, offer id, seller id or company")
    sortable_by = ()
    inlines = (PriceInline, PictureInline, VariationInline, ReportInline)
    actions = ("mark_in_progress", "mark_listed", "mark_failed", "resubmit", "confirm_taken_down")
    row_actions = actions
    fieldsets = (
        (None, {"fields": ("title", "sub_title", "channel", "seller", "offer_id", "sku", "related_lists")}),
        (
            _("Listing"),
            {
                "fields": (
                    "shown_state",
                    "state_changed_at",
                    "shown_withdrawal",
                    "awaited_since",
                    "shown_claim",
                    "shown_listing_url",
                    "channel_offer_id",
                    "shown_errors",
                    "shown_revision",
                )
            },
        ),
        (_("Stock"), {"fields": ("shown_quantity", "stock_updated_at")}),
        (
            _("Product"),
            {
                "fields": (
                    "gtin",
                    "mpn",
                    "isbn",
                    "brand",
                    "category",
                    "shown_tax",
                    "shown_recommended_price",
                    "shown_description",
                    "shown_attributes",
                    "shown_product_attributes",
                    "shown_dimensions",
                )
            },
        ),
        (
            _("History"),
            {
                "fields": (
                    "shown_timeline",
                    "parent",
                    "parent_offer_id",
                    "content_at",
                    "price_at",
                    "end_at",
                    "created_at",
                    "updated_at",
                    "number",
                )
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        offers = super().get_queryset(request).select_related(*self.list_select_related)
        is_list = request.resolver_match and str(request.resolver_match.url_name).endswith("_changelist")
        return with_first_picture(offers.defer(*LONG_FIELDS)) if is_list else offers

    def pasted(self, text: str) -> Q:
        return offers_meant(text)

    @column(description=_("picture"))
    def shown_picture(self, offer: Offer) -> str:
        return thumbnail(offer.first_picture)  # type: ignore[attr-defined]

    @column(description=_("title"))
    def shown_title(self, offer: Offer) -> str:
        return display.short(str(offer), 60)

    @column(description=_("state"))
    def shown_state(self, offer: Offer) -> str:
        badge = display.badge(offer)
        return badge if offer.withdrawn_at is None else format_html("{} {}", badge, label(_("withdrawn"), "warning"))

    @column(description=_("withdrawn"))
    def shown_withdrawal(self, offer: Offer) -> str:
        texts = []
        if offer.withdrawn_at:
            since = gettext("Since %(since)s, as the seller does not sell here now. It comes back with the seller.")
            texts.append(since % {"since": display.moment(offer.withdrawn_at)})
        if offer.withdrawn_at or offer.is_ended:
            if offer.taken_down_at:
                done = gettext("Off the marketplace: %(at)s.")
                texts.append(done % {"at": display.moment(offer.taken_down_at)})
            elif offer.take_down_told_at:
                due = gettext("To be taken down and confirmed, since %(since)s.")
                texts.append(due % {"since": display.moment(offer.take_down_told_at)})
        return " ".join(texts) or display.EMPTY

    @column(description=_("in hand"))
    def shown_claim(self, offer: Offer) -> str:
        claim = getattr(offer, "claim", None)
        if claim is None:
            return display.EMPTY
        names = {"holder": claim.holder, "until": display.moment(claim.leased_until)}
        return gettext("%(holder)s, until %(until)s") % names

    @column(description=_("quantity"))
    def shown_quantity(self, offer: Offer) -> str:
        return quantity(offer)

    @column(description=_("stock of"))
    def stock_updated_at(self, offer: Offer) -> str:
        level = getattr(offer, "stock_level", None)
        return display.moment(level.updated_at if level else None)

    @column(description=_("listing URL"))
    def shown_listing_url(self, offer: Offer) -> str:
        return display.web_link(offer.listing_url)

    @column(description=_("errors"))
    def shown_errors(self, offer: Offer) -> str:
        return "\n".join(f"{error.get('code')}: {error.get('message')}" for error in offer.errors) or display.EMPTY

    @column(description=_("tax in percent"))
    def shown_tax(self, offer: Offer) -> str:
        return display.number(offer.tax_percent)

    @column(description=_("recommended price"))
    def shown_recommended_price(self, offer: Offer) -> str:
        price = offer.recommended_price or {}
        return f"{price.get('amount', '')} {price.get('currency', '')}".strip() or display.EMPTY

    @column(description=_("description"))
    def shown_description(self, offer: Offer) -> str:
        return display.description(offer.description)

    @column(description=_("attributes"))
    def shown_attributes(self, offer: Offer) -> str:
        return named_values(offer.attributes)

    @column(description=_("product attributes"))
    def shown_product_attributes(self, offer: Offer) -> str:
        return named_values(offer.product_attributes)

    @column(description=_("dimensions"))
    def shown_dimensions(self, offer: Offer) -> str:
        return named_values(offer.dimensions)

    @column(description=_("timeline"))
    def shown_timeline(self, offer: Offer) -> str:
        return admin_timeline.table(offer)

    @column(description=_("lists"))
    def related_lists(self, offer: Offer) -> str:
        return display.joined(
            display.list_link("stock_stocklevel", _("Stock levels"), q=offer.offer_id),
            display.list_link("listings_listingreport", _("Listing reports"), q=offer.offer_id),
            display.list_link("platforms_event", _("Events of the seller"), q=offer.seller.seller_id),
        )

    @action(description=_("Mark as in progress"), permissions=["operate"])
    def mark_in_progress(self, request: HttpRequest, queryset: QuerySet[Offer]) -> HttpResponse | None:
        return self._mark(request, queryset, "mark_in_progress")

    @action(description=_("Mark as listed"), permissions=["operate"])
    def mark_listed(self, request: HttpRequest, queryset: QuerySet[Offer]) -> HttpResponse | None:
        return self._mark(request, queryset, "mark_listed")

    @action(description=_("Mark as failed"), permissions=["operate"])
    def mark_failed(self, request: HttpRequest, queryset: QuerySet[Offer]) -> HttpResponse | None:
        return self._mark(request, queryset, "mark_failed")

    @action(description=_("Submit failed ones again"), permissions=["operate"])
    def resubmit(self, request: HttpRequest, queryset: QuerySet[Offer]) -> None:
        chosen = Offer.objects.filter(pk__in=queryset.values("pk"))
        self.tell_resubmitted(request, resubmission.resubmit(chosen))

    @action(description=_("Confirm that they are taken down"), permissions=["operate"])
    def confirm_taken_down(self, request: HttpRequest, queryset: QuerySet[Offer]) -> None:
        chosen = list(queryset.values_list("pk", flat=True))
        keys = takedowns.to_confirm(chosen)
        takedowns.confirm(keys, Offer.objects.filter(pk__in=keys))
        text = ngettext(
            "%(number)s offer is off the marketplace.", "%(number)s offers are off the marketplace.", len(keys)
        )
        if len(keys) < len(chosen):
            text += " " + ngettext(
                "%(rest)s was not to be taken down.", "%(rest)s were not to be taken down.", len(chosen) - len(keys)
            )
        names = {"number": len(keys), "rest": len(chosen) - len(keys)}
        self.tell(request, text % names, done=len(keys) == len(chosen))

    def _mark(self, request: HttpRequest, queryset: QuerySet[Offer], name: str) -> HttpResponse | None:
        """Ask for what the mark needs; once that is complete, record it for every chosen offer."""
        mark = marks.MARKS[name]
        offers = list(queryset)
        form = mark.form(offers, request.POST if "confirmed" in request.POST else None)
        if not form.is_valid():
            return self.confirmation(request, queryset, action=name, question=mark.question, form=form)
        answers = [(offer.pk, form.result(offer)) for offer in offers]
        by = f"staff:{request.user.get_username()}"
        self.tell_marked(request, marks.record(answers, self.allowed(request), by))
        return None


@admin.register(Price)
class PriceAdmin(ReadOnlyAdmin):
    is_large = True
    channel_lookups = ("offer__channel",)
    list_display = ("offer", "price_type", "shown_quantity", "shown_amount")
    list_select_related = ("offer",)
    search_fields = ("offer__sku",)
    search_help_text = _("SKU, GTIN, offer id, seller id or company of the offer")
    sortable_by = ()
    ordering = ("-pk",)
    fields = ("offer", "price_type", "shown_quantity", "shown_amount")

    def pasted(self, text: str) -> Q:
        return rows_of_offers_meant(text)

    @column(description=_("from quantity"))
    def shown_quantity(self, price: Price) -> str:
        return display.number(price.quantity)

    @column(description=_("amount"))
    def shown_amount(self, price: Price) -> str:
        return f"{display.number(price.amount)} {price.currency}"


PAGES: dict[type[Model], type[ReadOnlyAdmin] | type[admin_rules.AnyModelAdmin]] = {
    Claim: ClaimAdmin,
    ListingReport: ListingReportAdmin,
    Revision: RevisionAdmin,
    **admin_rules.PAGES,
}
for model, pages in PAGES.items():
    admin.site.register(model, pages)
