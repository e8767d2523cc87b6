"""What SCX said of stock, on the admin's pages: each update, how many came in a minute, and who is silent."""

from collections.abc import Collection
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext_lazy as _

from platforms import display
from platforms.back_office import ReadOnlyAdmin, RelatedFilter
from platforms.theme import DropdownFilter, label
from platforms.theme import display as column
from stock import charts, history, news
from stock.models import SellerNews, StockLevel, StockMinute, StockUpdate


def table(level: StockLevel, channels: Collection[int] | None) -> SafeString:
    """What was said of the level's stock on these channels, None for all, the newest first, and what became of it."""
    found = history.of(level)
    if channels is not None:
        found = found.filter(channel__in=channels)
    said = list(found[: history.SHOWN + 1])
    lines = [
        {"update": update, "event": _event_url(update), "state": _outcome(update, level)}
        for update in said[: history.SHOWN]
    ]
    context = {
        "lines": lines,
        "level": level,
        "has_more": len(said) > history.SHOWN,
        "days": settings.STOCK_HISTORY_DAYS,
    }
    return render_to_string("admin/stock_history.html", context)


def _outcome(update: StockUpdate, level: StockLevel) -> SafeString:
    if (update.version, update.quantity) == (level.version, level.quantity):
        return label(_("counts now"), "success")
    is_older = update.superseded or update.received_at > level.received_at
    return label(_("came too late"), "warning") if is_older else label(_("replaced"), "")


def _event_url(update: StockUpdate) -> str:
    """The way to the event that said it, if one did."""
    event_id = update.version.rpartition("/")[2]
    return display.list_url("platforms_event", q=event_id) if event_id else ""


class ImpossibleFilter(DropdownFilter):
    title = _("quantity")
    parameter_name = "impossible"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("such as no stock can be"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[StockUpdate]) -> QuerySet[StockUpdate]:
        return queryset.filter(said__isnull=False) if self.value() == "yes" else queryset


@admin.register(StockUpdate)
class StockUpdateAdmin(ReadOnlyAdmin):
    is_large = True
    list_display = (
        "offer_id",
        "shown_seller",
        "shown_channel",
        "shown_quantity",
        "source",
        "shown_outcome",
        "updated_at",
        "received_at",
    )
    list_select_related = ("channel",)
    list_filter = (
        ("channel", RelatedFilter),
        ImpossibleFilter,
    )
    search_fields = ("seller_id",)
    search_help_text = _("Seller id")
    sortable_by = ()
    fields = (
        "channel",
        "seller_id",
        "offer_id",
        "shown_quantity",
        "source",
        "shown_outcome",
        "updated_at",
        "received_at",
        "shown_event",
    )

    def pasted(self, text: str) -> Q:
        return Q(seller_id=text)

    @column(description=_("quantity"))
    def shown_quantity(self, update: StockUpdate) -> str:
        counts = display.number(update.quantity)
        if update.said is None:
            return counts
        return str(_("%(said)s, counts as %(counts)s") % {"said": update.said, "counts": counts})

    @column(description=_("seller"))
    def shown_seller(self, update: StockUpdate) -> str:
        return display.list_link("sellers_seller", display.short(update.seller_id, 14), q=update.seller_id)

    @column(description=_("outcome"))
    def shown_outcome(self, update: StockUpdate) -> SafeString:
        return label(_("came too late"), "warning") if update.superseded else label(_("counted"), "success")

    @column(description=_("event"))
    def shown_event(self, update: StockUpdate) -> str:
        url = _event_url(update)
        return display.page_link(url, _("Show")) if url else display.EMPTY


@admin.register(StockMinute)
class StockMinuteAdmin(ReadOnlyAdmin):
    is_large = True
    list_display = ("shown_minute", "shown_channel", "counted", "superseded", "shown_median", "shown_most")
    list_select_related = ("channel",)
    list_filter = (("channel", RelatedFilter),)
    list_before_template = "admin/stock_charts.html"
    ordering = ("-at", "channel")
    sortable_by = ()
    fields = ("channel", "at", "counted", "superseded", "shown_median", "shown_most")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        rows = self.get_queryset(request)
        channel = request.GET.get("channel__id__exact", "")
        if channel.isascii() and channel.isdecimal() and len(channel) < 19:
            rows = rows.filter(channel=int(channel))
        return super().changelist_view(request, {**(extra_context or {}), **charts.of(rows, timezone.now())})

    @column(description=_("minute"))
    def shown_minute(self, minute: StockMinute) -> str:
        return display.moment(minute.at)

    @column(description=_("delay, half of them"))
    def shown_median(self, minute: StockMinute) -> str:
        return charts.delay(minute.delays, 0.5)

    @column(description=_("delay, 19 of 20"))
    def shown_most(self, minute: StockMinute) -> str:
        return charts.delay(minute.delays, 0.95)


class SilentFilter(DropdownFilter):
    title = _("silent")
    parameter_name = "silent"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("for longer than usual"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[SellerNews]) -> QuerySet[SellerNews]:
        return queryset.filter(news.is_silent()) if self.value() == "yes" else queryset


@admin.register(SellerNews)
class SellerNewsAdmin(ReadOnlyAdmin):
    is_large = True
    channel_lookups = ("seller__channel", "seller__memberships__marketplace")
    list_display = ("shown_seller", "shown_home", "last_at", "shown_silence", "shown_longest", "expected_by")
    list_select_related = ("seller__channel",)
    list_filter = (("seller__channel", RelatedFilter), SilentFilter)
    search_fields = ("seller__seller_id",)
    search_help_text = _("Seller id")
    ordering = ("last_at",)
    sortable_by = ()
    fields = ("shown_seller", "shown_home", "last_at", "shown_silence", "shown_longest", "expected_by")

    def pasted(self, text: str) -> Q:
        return Q(seller__seller_id=text)

    @column(description=_("seller"))
    def shown_seller(self, row: SellerNews) -> str:
        return display.row_link(row.seller)

    @column(description=_("channel"))
    def shown_home(self, row: SellerNews) -> str:
        return row.seller.channel.display_name

    @column(description=_("silent for"))
    def shown_silence(self, row: SellerNews) -> str:
        return timesince(row.last_at, depth=2)

    @column(description=_("longest silence of late"))
    def shown_longest(self, row: SellerNews) -> str:
        now = timezone.now()
        return timesince(now - row.longest_silence, now, depth=2) if row.longest_silence else display.EMPTY
