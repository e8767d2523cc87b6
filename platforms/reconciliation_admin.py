"""The admin of what differs from SCX, and of what a restore leaves unknown."""

from collections.abc import Callable
from typing import Any

from django.contrib.admin import ModelAdmin as AnyModelAdmin
from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from platforms import display, jobs, reconciliation, restores
from platforms.back_office import ReadOnlyAdmin, RelatedFilter
from platforms.models import Channel, Discrepancy, OpenPoint
from platforms.theme import ChoicesCheckboxFilter, DropdownFilter, action
from platforms.theme import display as column


class DiscrepancyAdmin(ReadOnlyAdmin):
    list_display = ("title", "subject", "shown_channel", "shown_ours", "shown_theirs", "meaning", "found_at")
    list_select_related = ("channel__platform",)
    list_filter = (("channel", RelatedFilter),)
    search_fields = ("subject", "kind")
    fields = ("title", "kind", "subject", "channel", "shown_ours", "shown_theirs", "meaning", "found_at", "seen_at")
    actions = ("repair", "tell_scx", "compare_again")
    row_actions = ("repair", "tell_scx", "compare_again")

    @column(description=_("difference"), ordering="kind")
    def title(self, row: Discrepancy) -> str:
        comparison = reconciliation.comparison_of(row)
        return comparison.title(row) if comparison else row.kind

    @column(description=_("here"))
    def shown_ours(self, row: Discrepancy) -> str:
        return self._shown(row, row.ours)

    @column(description=_("at SCX"))
    def shown_theirs(self, row: Discrepancy) -> str:
        return self._shown(row, row.theirs)

    def _shown(self, row: Discrepancy, value: Any) -> str:
        comparison = reconciliation.comparison_of(row)
        return display.short(comparison.shown(value), 300) if comparison and value is not None else display.EMPTY

    @column(description=_("meaning"))
    def meaning(self, row: Discrepancy) -> str:
        comparison = reconciliation.comparison_of(row)
        return self._with_page(row, comparison.meaning(row)) if comparison else display.EMPTY

    def _with_page(self, row: Discrepancy, text: str) -> str:
        """The text with the way to the page it speaks of."""
        comparison = reconciliation.comparison_of(row)
        page = comparison.page(row.channel_id) if comparison else None
        return format_html("{} {}", text, display.page_link(*page)) if page else text

    @action(description=_("Repair our side"), permissions=["operate"])
    def repair(self, request: HttpRequest, queryset: QuerySet[Discrepancy]) -> HttpResponse | None:
        if "confirmed" not in request.POST:
            question = _("Make our side of these what SCX says? Where only JTL or a seller can help, that is said.")
            return self.confirmation(request, queryset, action="repair", question=question)
        done, refusals = self._each(queryset, reconciliation.repair)
        text = ngettext("%(number)s difference was repaired.", "%(number)s differences were repaired.", done)
        self.tell(request, display.outcome(text % {"number": done}, refusals), done=not refusals)
        return None

    @action(description=_("Tell SCX ours"), permissions=["operate"])
    def tell_scx(self, request: HttpRequest, queryset: QuerySet[Discrepancy]) -> HttpResponse | None:
        if "confirmed" not in request.POST:
            question = _(
                "Have SCX told what the portal says of these? Where SCX takes it from nobody here, that is said."
            )
            return self.confirmation(request, queryset, action="tell_scx", question=question)
        done, refusals = self._each(queryset, reconciliation.tell)
        text = ngettext(
            "SCX is told of %(number)s difference; it is gone from here once SCX has followed.",
            "SCX is told of %(number)s differences; they are gone from here once SCX has followed.",
            done,
        )
        self.tell(request, display.outcome(text % {"number": done}, refusals), done=not refusals)
        return None

    def _each(self, queryset: QuerySet[Discrepancy], act: Callable[[Discrepancy], None]) -> tuple[int, list[str]]:
        """How many rows it was done to, and why not to the others."""
        done = 0
        refusals: list[str] = []
        for row in queryset.select_related("channel__platform"):
            try:
                act(row)
                done += 1
            except ValidationError as error:
                reason = self._with_page(row, " ".join(error.messages))
                refusals.append(format_html("{}: {}", self.named(row), reason))
        return done, refusals

    def named(self, row: Discrepancy) -> str:
        """By its subject, and as the list says it; the kind is a word for programs."""
        parts = (row.channel.code if row.channel else "", self.title(row), row.subject)
        return " · ".join(part for part in parts if part)

    @action(description=_("Compare again"), permissions=["operate"])
    def compare_again(self, request: HttpRequest, queryset: QuerySet[Discrepancy]) -> None:
        # For a platform its marketplaces ask.
        named = queryset.order_by().values("channel")
        channels = Channel.objects.callable().filter(Q(pk__in=named) | Q(platform__in=named))
        found = list(channels)
        channels.update(reconciled_at=None)
        for channel in found:
            jobs.nudge("reconcile", channel)
        text = ngettext(
            "The worker was asked to compare %(number)s channel with SCX.",
            "The worker was asked to compare %(number)s channels with SCX.",
            len(found),
        )
        self.tell(request, text % {"number": len(found)})


class SettledFilter(DropdownFilter):
    title = _("settled")
    parameter_name = "settled"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("no", _("open")), ("yes", _("settled"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[OpenPoint]) -> QuerySet[OpenPoint]:
        wanted = self.value()
        return queryset.filter(settled_at__isnull=wanted == "no") if wanted else queryset


class OpenPointAdmin(ReadOnlyAdmin):
    list_display = ("kind", "subject", "channel", "meaning", "backup_at", "restored_at", "settled_at")
    list_select_related = ("channel",)
    list_filter = (SettledFilter, ("channel", RelatedFilter), ("kind", ChoicesCheckboxFilter))
    search_fields = ("subject",)
    fields = ("kind", "subject", "channel", "meaning", "backup_at", "restored_at", "settled_at", "settled_by")
    actions = ("settle",)
    row_actions = ("settle",)

    @column(description=_("what to do"))
    def meaning(self, point: OpenPoint) -> str:
        return restores.meaning(point)

    @action(description=_("Mark as settled"), permissions=["operate"])
    def settle(self, request: HttpRequest, queryset: QuerySet[OpenPoint]) -> None:
        open_points = OpenPoint.objects.filter(pk__in=queryset.values("pk"), settled_at=None)
        settled = open_points.update(settled_at=timezone.now(), settled_by=request.user.get_username())
        text = ngettext("%(number)s point is settled.", "%(number)s points are settled.", settled)
        self.tell(request, text % {"number": settled})


PAGES: dict[type[Model], type[AnyModelAdmin]] = {Discrepancy: DiscrepancyAdmin, OpenPoint: OpenPointAdmin}
