"""The admin of what differs from SCX, and of what a restore leaves unknown."""

from typing import Any

from django.contrib.admin import ModelAdmin as AnyModelAdmin
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
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
    actions = ("repair", "compare_again")
    row_actions = ("repair", "compare_again")

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
        return comparison.meaning(row) if comparison else display.EMPTY

    @action(description=_("Repair our side"), permissions=["operate"])
    def repair(self, request: HttpRequest, queryset: QuerySet[Discrepancy]) -> HttpResponse | None:
        if "confirmed" not in request.POST:
            question = _("Make our side of these what SCX says? Where only JTL or a seller can help, that is said.")
            return self.confirmation(request, queryset, action="repair", question=question)
        done, refusals = 0, []
        for row in queryset.select_related("channel__platform"):
            try:
                reconciliation.repair(row)
                done += 1
            except ValidationError as error:
                refusals.append(f"{row}: {' '.join(error.messages)}")
        text = ngettext("%(number)s difference was repaired.", "%(number)s differences were repaired.", done)
        self.tell(request, display.outcome(text % {"number": done}, refusals), done=not refusals)
        return None

    @action(description=_("Compare again"), permissions=["operate"])
    def compare_again(self, request: HttpRequest, queryset: QuerySet[Discrepancy]) -> None:
        channels = Channel.objects.callable().filter(pk__in=queryset.order_by().values("channel"))
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
