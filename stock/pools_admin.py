"""The admin of stock sync groups: who shares stock, what JTL-Wawi makes of it, and moving marketplaces."""

from copy import copy
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from platforms import channels, display, jtl_requests, pool_moves, pools, pools_texts, staff
from platforms.back_office import ModelAdmin
from platforms.models import Channel, StockSyncGroup
from platforms.pool_moves import Move
from platforms.theme import display as column
from platforms.theme import label
from stock import pool_facts
from stock.pools_form import GroupForm

CONFIRMED = "confirmed"


class StockSyncGroupAdmin(ModelAdmin):
    form = GroupForm
    channel_lookups = ("platform", "platform__marketplaces")
    list_display = ("label", "platform", "shown_channels", "shown_waiting")
    list_select_related = ("platform",)
    search_fields = ("label", "platform__code")
    change_form_outer_before_template = "admin/stock_sync_group.html"

    def get_fields(self, request: HttpRequest, obj: StockSyncGroup | None = None) -> Any:
        may_move = obj and request.user.has_perm("platforms.change_channel")
        return ("platform", "label", "channels") if may_move else ("platform", "label")

    def get_readonly_fields(self, request: HttpRequest, obj: StockSyncGroup | None = None) -> Any:
        # A label holds for all marketplaces of the platform: who is limited to some does not change it.
        return ("platform", "label") if obj and self._is_partial(request, obj) else ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[StockSyncGroup]:
        return super().get_queryset(request).prefetch_related("channels__at_scx")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        field.queryset = field.queryset.filter(kind=Channel.Kind.PLATFORM)
        return field

    def get_form(
        self, request: HttpRequest, obj: StockSyncGroup | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        form.choices = _marketplaces(request)
        return form

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        group = self.get_object(request, object_id) if object_id else None
        if group and self.has_view_permission(request, group):
            is_asked = request.method == "POST" and CONFIRMED not in request.POST
            if is_asked and self.has_change_permission(request, group):
                form = self.get_form(request, group, change=True)(request.POST, instance=copy(group))
                if form.is_valid() and form.moves:
                    return self._ask(request, group, form)
            extra_context = {**(extra_context or {}), "pool": self._pool(request, group)}
        return super().changeform_view(request, object_id, form_url, extra_context)

    def _is_partial(self, request: HttpRequest, group: StockSyncGroup) -> bool:
        limits = staff.channels_of(request)
        return limits is not None and group.platform_id not in limits

    def _pool(self, request: HttpRequest, group: StockSyncGroup) -> dict[str, Any]:
        """What the page shows of the group, of the marketplaces that the user may see."""
        found = pool_facts.places(_marketplaces(request).filter(platform=group.platform))
        configured = [place for place in found if place.channel.stock_sync_group_id == group.pk]
        sharing = [place for place in found if place.label == group.label]
        preview = pools.preview(place.channel for place in found)
        return {
            "places": [place for place in found if place in configured or place in sharing],
            "last": pool_facts.last_told(sharing),
            "now": pools_texts.sentences(preview.now),
            "wanted": pools_texts.sentences(preview.wanted) if preview.wanted else [],
            "requests": [text for place in configured if place.is_waiting for text in _letters(place.channel)],
            "is_partial": self._is_partial(request, group),
        }

    def _ask(self, request: HttpRequest, group: StockSyncGroup, form: GroupForm) -> HttpResponse:
        """The page before a move: what it changes, and that JTL is to be told."""
        sent = [(key, value) for key, values in request.POST.lists() for value in values]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": group,
            "title": _("Change who shares stock?"),
            "texts": [pools_texts.change(move) for move in form.moves],
            "foreseen": _foreseen(group, form),
            "is_waiting": any(move.is_waiting for move in form.moves),
            "values": [(key, value) for key, value in sent if key != "csrfmiddlewaretoken"],
            "confirmed": CONFIRMED,
        }
        return TemplateResponse(request, "admin/stock_sync_group_moves.html", context)

    def save_model(self, request: HttpRequest, obj: StockSyncGroup, form: Any, change: bool) -> None:
        channels.save_group(obj)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        pool_moves.carry_out(form.instance, form.moves)
        for move in form.moves:
            self.log_change(request, move.channel, pools_texts.change(move))

    def response_add(
        self, request: HttpRequest, obj: StockSyncGroup, post_url_continue: str | None = None
    ) -> HttpResponse:
        response = super().response_add(request, obj, post_url_continue)
        if "_popup" in request.POST or not self.has_change_permission(request, obj):
            return response
        # Its marketplaces are chosen on its own page, which knows the platform.
        return HttpResponseRedirect(reverse("admin:platforms_stocksyncgroup_change", args=[obj.pk]))

    @column(description=gettext_lazy("Marketplaces"))
    def shown_channels(self, group: StockSyncGroup) -> str:
        return ", ".join(sorted(channel.code for channel in group.channels.all())) or display.EMPTY

    @column(description=gettext_lazy("State"))
    def shown_waiting(self, group: StockSyncGroup) -> str:
        waits = any(pools.is_waiting(channel) for channel in group.channels.all())
        return label(_("waiting for JTL"), "warning") if waits else display.EMPTY


def _marketplaces(request: HttpRequest) -> QuerySet[Channel]:
    """The marketplaces the user may see."""
    found = Channel.objects.filter(kind=Channel.Kind.MARKETPLACE).order_by("code")
    return staff.limit(found, ("pk",), staff.channels_of(request))


def _letters(channel: Channel) -> list[SafeString]:
    """The text that asks JTL for the channel's group, in each language."""
    texts = jtl_requests.in_each_language(lambda: jtl_requests.stock_sync_group(channel))
    return [display.copyable_text(text, f"{channel.code} ({language})", language) for language, text in texts.items()]


def _foreseen(group: StockSyncGroup, form: GroupForm) -> pool_facts.Foreseen | None:
    """What levelling would change once the moves count; None where nobody joins."""
    joining: list[Move] = [move for move in form.moves if move.after and not move.is_renaming]
    if not joining:
        return None
    moved = {move.channel.pk for move in form.moves}
    there = Channel.objects.active().filter(platform=group.platform_id).select_related(*pools.RELATED)
    stay = [row for row in there if row.pk not in moved and pools.effective_label(row) == joining[0].after]
    together = [move.channel for move in form.moves if move.after]
    return pool_facts.foreseen([move.channel for move in joining], [*stay, *together])
