"""How far polling got, on the admin's pages: what is stuck or odd, and another time to go on from."""

from datetime import UTC, datetime
from math import ceil
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from platforms import display
from platforms.back_office import ReadOnlyAdmin, RelatedFilter
from platforms.jobs import nudge
from platforms.models import Channel
from platforms.scx.values import format_time, parse_time
from platforms.theme import DropdownFilter, TextInput, action
from platforms.theme import display as column
from stock import cursors, line, remarks
from stock.models import StockCursor


class MomentForm(forms.Form):
    """Asks for the time to go on from; nothing means from the beginning."""

    moment = forms.DateTimeField(
        label=_("Go on from"),
        required=False,
        widget=TextInput(attrs={"placeholder": "2026-01-31 08:00"}),
        help_text=_("Day and time in the portal's time zone. Leave it empty to fetch all stock there is."),
    )

    def clean_moment(self) -> datetime | None:
        moment: datetime | None = self.cleaned_data["moment"]
        if moment and moment > timezone.now():
            raise forms.ValidationError(_("This time is still to come: news until then would be passed over."))
        return moment


class TroubleFilter(DropdownFilter):
    title = _("trouble")
    parameter_name = "trouble"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("any", _("any trouble"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[StockCursor]) -> QuerySet[StockCursor]:
        return queryset.filter(cursors.in_trouble()) if self.value() == "any" else queryset


@admin.register(StockCursor)
class StockCursorAdmin(ReadOnlyAdmin):
    is_large = True
    list_display = (
        "shown_channel",
        "shown_seller",
        "shown_position",
        "polled_at",
        "changed_at",
        "shown_trouble",
    )
    list_select_related = ("channel", "seller")
    list_filter = (("channel", RelatedFilter), TroubleFilter)
    search_fields = ("seller__seller_id",)
    search_help_text = _("Seller id")
    ordering = ("channel", "seller")
    sortable_by = ()
    actions = ("set_position",)
    row_actions = ("set_position",)
    fields = (
        "channel",
        "shown_seller",
        "last_updated_at",
        "polled_at",
        "shown_bound",
        "changed_at",
        "error",
        "stuck_since",
        "shown_remarks",
        "remarked_at",
    )

    def pasted(self, text: str) -> Q:
        return Q(seller__seller_id=text)

    @column(description=_("seller"))
    def shown_seller(self, cursor: StockCursor) -> Any:
        return display.row_link(cursor.seller) if cursor.seller else _("all sellers")

    @column(description=_("stock known up to"))
    def shown_position(self, cursor: StockCursor) -> str:
        moment = parse_time(cursor.last_updated_at)
        if moment is None or cursor.last_updated_at == StockCursor.START:
            return str(_("not yet"))
        return display.moment(moment)

    @column(description=_("asked for within"))
    def shown_bound(self, cursor: StockCursor) -> str:
        if cursor.seller is None or cursor.channel.stock_source != Channel.StockSource.PER_SELLER:
            return display.EMPTY
        of_round = line.bound(cursor.channel)
        if of_round is None:
            return str(_("not known before SCX has told its quota"))
        minutes = max(1, ceil(of_round.total_seconds() / 60))
        text = ngettext("%(number)s minute at the latest", "%(number)s minutes at the latest", minutes)
        return text % {"number": minutes}

    @column(description=_("trouble"))
    def shown_trouble(self, cursor: StockCursor) -> str:
        if cursor.stuck_since:
            since = display.moment(cursor.stuck_since)
            return str(_("stuck since %(since)s") % {"since": since})
        recent = remarks.text(cursor.remarks) if cursors.is_recent(cursor.remarked_at) else ""
        return display.short(cursor.error or recent)

    @column(description=_("remarks"))
    def shown_remarks(self, cursor: StockCursor) -> str:
        return remarks.text(cursor.remarks) or display.EMPTY

    @action(description=_("Set how far stock is known"), permissions=["operate"])
    def set_position(self, request: HttpRequest, queryset: QuerySet[StockCursor]) -> HttpResponse | None:
        form = MomentForm(request.POST if "confirmed" in request.POST else None)
        if not form.is_valid():
            question = _(
                "Ask SCX again for all stock of these since when? Nothing that is known is lost: of two levels the "
                "newer one counts."
            )
            return self.confirmation(request, queryset, action="set_position", question=question, form=form)
        moment = form.cleaned_data["moment"]
        position = format_time(moment.astimezone(UTC)) if moment else StockCursor.START
        used = StockCursor.objects.filter(cursors.in_use(), pk__in=queryset.values("pk"))
        channels = {cursor.channel for cursor in used.select_related("channel")}
        keys = list(used.values_list("pk", flat=True))
        left = queryset.count() - len(keys)
        rows = StockCursor.objects.filter(pk__among=keys)
        done = rows.update(last_updated_at=position, stuck_since=None, error="", remarks=None, remarked_at=None)
        for channel in channels:
            nudge("stock", channel)
        text = ngettext(
            "The stock of %(number)s cursor is being fetched again.",
            "The stock of %(number)s cursors is being fetched again.",
            done,
        )
        told = text % {"number": done}
        if left:
            unused = ngettext(
                "%(number)s cursor was left alone: its channel does not poll so, or the seller does not sell there.",
                "%(number)s cursors were left alone: their channels do not poll so, or the sellers do not sell there.",
                left,
            )
            told = f"{told} {unused % {'number': left}}"
        self.tell(request, told, done=not left)
        return None
