"""The admin of the reports to SCX."""

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from listings import reports
from listings.admin_parts import teller
from listings.models import ListingReport
from listings.pasted import rows_of_offers_meant
from platforms import display
from platforms.back_office import ReadOnlyAdmin, RelatedFilter
from platforms.theme import ChoicesCheckboxFilter, action
from platforms.theme import display as column


class ListingReportAdmin(ReadOnlyAdmin):
    is_large = True
    list_display = (
        "offer",
        "kind",
        "revision",
        "shown_channel",
        "shown_state",
        "attempts",
        "not_before",
        "short_error",
        "created_at",
    )
    list_select_related = ("offer", "channel")
    list_filter = (("channel", RelatedFilter), ("state", ChoicesCheckboxFilter), ("kind", ChoicesCheckboxFilter))
    search_fields = ("offer__sku",)
    search_help_text = _("SKU, GTIN, offer id, seller id or company of the offer")
    sortable_by = ()
    actions = ("send_again",)
    row_actions = actions
    fieldsets = (
        (None, {"fields": ("offer", "channel", "kind", "revision", "at", "shown_by", "shown_content")}),
        (
            _("Sending"),
            {"fields": ("shown_state", "error", "attempts", "not_before", "created_at", "sent_at", "shown_answers")},
        ),
    )

    def pasted(self, text: str) -> Q:
        return rows_of_offers_meant(text)

    @column(description=_("state"))
    def shown_state(self, report: ListingReport) -> str:
        return display.badge(report)

    @column(description=_("error"))
    def short_error(self, report: ListingReport) -> str:
        return display.short(report.error)

    @column(description=_("by"))
    def shown_by(self, report: ListingReport) -> str:
        return teller(report.by) or display.EMPTY

    @column(description=_("content"))
    def shown_content(self, report: ListingReport) -> str:
        return display.data(report.content)

    @column(description=_("answers"))
    def shown_answers(self, report: ListingReport) -> str:
        return display.data(report.answers)

    @action(description=_("Send again"), permissions=["operate"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[ListingReport]) -> None:
        chosen = queryset.count()
        queued = reports.requeue(ListingReport.objects.filter(pk__in=queryset.values("pk")))
        text = ngettext("%(number)s report will be sent again.", "%(number)s reports will be sent again.", queued)
        if queued < chosen:
            text += " " + ngettext(
                "%(rest)s was left alone: SCX has it or a newer one.",
                "%(rest)s were left alone: SCX has them or newer ones.",
                chosen - queued,
            )
        self.tell(request, text % {"number": queued, "rest": chosen - queued}, done=queued == chosen)
