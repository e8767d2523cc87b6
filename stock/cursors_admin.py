"""How far polling got, on the admin's pages: what is stuck or odd, and another time to go on from."""

from datetime import UTC, datetime
from math import ceil
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from platforms import display, staff
from platforms.back_office import ReadOnlyAdmin, RelatedFilter
from platforms.models import Channel
from platforms.scx.values import format_time, parse_time
from platforms.theme import ChoicesCheckboxFilter, DropdownFilter, TextInput, action
from platforms.theme import display as column
from stock import cursors, line, remarks, resync
from stock.models import StockCursor, StockDifference


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
    list_before_template = "admin/stock_fetch.html"
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
        "shown_comparison",
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

    @column(description=_("compared with SCX"))
    def shown_comparison(self, cursor: StockCursor) -> str:
        """How a comparison goes or went, and the way to what differs."""
        if cursor.compared_since is None:
            return str(_("not yet"))
        names = {
            "rows": display.grouped(cursor.compared_rows),
            "missed": display.grouped(cursor.missed),
            "disputed": display.grouped(cursor.disputed),
            "at": display.moment(cursor.compared_at or cursor.compared_since),
        }
        over = _("%(at)s: %(rows)s levels compared; out of date here: %(missed)s, newer here: %(disputed)s.")
        going_on = _("Since %(at)s: %(rows)s levels compared; out of date here: %(missed)s, newer here: %(disputed)s.")
        told = (over if cursor.compared_at else going_on) % names
        if not cursor.missed and not cursor.disputed:
            return told
        link = display.list_link("stock_stockdifference", _("Stock differences"), cursor__id__exact=cursor.pk)
        return format_html("{} {}", told, link)

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(self.fetch_view)
        return [path("fetch/", page, name="stock_stockcursor_fetch"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        may = self.has_operate_permission(request)
        channels = self._channels(request).order_by("code") if may else ()
        return super().changelist_view(request, {**(extra_context or {}), "fetchable": channels})

    def fetch_view(self, request: HttpRequest) -> HttpResponse:
        """Fetch all stock of a channel anew, and compare it."""
        if not self.has_operate_permission(request):
            raise PermissionDenied
        code = request.POST.get("channel", "")
        channel = self._channels(request).filter(code=code).first() if request.method == "POST" else None
        if channel is None:
            self.tell(request, _("Choose the channel whose stock is to be fetched."), done=False)
        else:
            number = resync.begin_all(channel)
            text = ngettext(
                "All stock of %(channel)s is being fetched and compared, by %(number)s cursor.",
                "All stock of %(channel)s is being fetched and compared, by %(number)s cursors.",
                number,
            )
            nobody = _("Nobody sells on %(channel)s: there is no stock to fetch.")
            self.tell(request, (text if number else nobody) % {"channel": channel.display_name, "number": number})
        return HttpResponseRedirect(reverse("admin:stock_stockcursor_changelist"))

    def _channels(self, request: HttpRequest) -> QuerySet[Channel]:
        theirs = staff.channels_of(request)
        return Channel.objects.callable() if theirs is None else Channel.objects.callable().filter(pk__in=theirs)

    @action(description=_("Set how far stock is known"), permissions=["operate"])
    def set_position(self, request: HttpRequest, queryset: QuerySet[StockCursor]) -> HttpResponse | None:
        form = MomentForm(request.POST if "confirmed" in request.POST else None)
        if not form.is_valid():
            question = _(
                "Ask SCX again for all stock of these since when? Nothing that is known is lost: of two levels the "
                "newer one counts. What was out of date or is newer here is then listed as “Stock differences”."
            )
            return self.confirmation(request, queryset, action="set_position", question=question, form=form)
        moment = form.cleaned_data["moment"]
        position = format_time(moment.astimezone(UTC)) if moment else StockCursor.START
        keys = list(queryset.values_list("pk", flat=True))
        used = StockCursor.objects.filter(cursors.in_use(), pk__among=keys)
        done = resync.begin(used, position)
        left = len(keys) - done
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


@admin.register(StockDifference)
class StockDifferenceAdmin(ReadOnlyAdmin):
    is_large = True
    channel_lookups = ("cursor__channel",)
    list_display = (
        "offer_id",
        "shown_seller",
        "shown_place",
        "kind",
        "shown_here",
        "here_at",
        "shown_theirs",
        "theirs_at",
        "found_at",
    )
    list_select_related = ("cursor__channel",)
    list_filter = (("cursor__channel", RelatedFilter), ("kind", ChoicesCheckboxFilter))
    search_fields = ("seller_id",)
    search_help_text = _("Offer id or seller id")
    sortable_by = ()
    actions = ("take_theirs",)
    row_actions = ("take_theirs",)
    fields = list_display

    def pasted(self, text: str) -> Q:
        meant = Q(seller_id=text)
        return meant | Q(offer_id=int(text)) if text.isdecimal() and len(text) < 19 else meant

    @column(description=_("seller"))
    def shown_seller(self, difference: StockDifference) -> str:
        return display.list_link("sellers_seller", display.short(difference.seller_id, 14), q=difference.seller_id)

    @column(description=_("channel"))
    def shown_place(self, difference: StockDifference) -> str:
        return difference.cursor.channel.display_name

    @column(description=_("here"))
    def shown_here(self, difference: StockDifference) -> str:
        return display.number(difference.here)

    @column(description=_("at SCX"))
    def shown_theirs(self, difference: StockDifference) -> str:
        return display.number(difference.theirs)

    @action(description=_("Take SCX’s quantity"), permissions=["operate"])
    def take_theirs(self, request: HttpRequest, queryset: QuerySet[StockDifference]) -> HttpResponse | None:
        if "confirmed" not in request.POST:
            question = _(
                "Let the quantity that SCX told count as of now, although a newer one is known? What was out of date "
                "here is put right already and is left as it is."
            )
            return self.confirmation(request, queryset, action="take_theirs", question=question)
        taken = resync.take_theirs(queryset)
        text = ngettext("%(number)s level is now as SCX said.", "%(number)s levels are now as SCX said.", taken.done)
        told = text % {"number": taken.done}
        if taken.left:
            left = ngettext(
                "%(number)s was left alone: it has changed since the comparison. Compare again.",
                "%(number)s were left alone: they have changed since the comparison. Compare again.",
                taken.left,
            )
            told = f"{told} {left % {'number': taken.left}}"
        self.tell(request, told, done=not taken.left)
        return None
