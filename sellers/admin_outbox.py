"""The admin of what leaves for SCX on behalf of sellers: disconnections, messages in JTL-Wawi."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from platforms import display
from platforms.back_office import ReadOnlyAdmin, RelatedFilter
from platforms.theme import BooleanRadioFilter, ChoicesCheckboxFilter, action, label
from platforms.theme import display as column
from sellers import notices, unlinking
from sellers.models import Notice, Unlinking

FATE = ("attempts", "not_before", "error", "shown_answers")


class OutboxAdmin(ReadOnlyAdmin):
    @column(description=_("answers"))
    def shown_answers(self, row: Any) -> str:
        return display.data(row.answers)

    @column(description=_("error"))
    def short_error(self, row: Any) -> str:
        return display.short(row.error)


@admin.register(Unlinking)
class UnlinkingAdmin(OutboxAdmin):
    list_display = ("seller", "shown_channel", "reason", "requested_at", "sent_at", "shown_outcome", "short_error")
    list_select_related = ("seller", "channel")
    list_filter = (
        ("channel", RelatedFilter),
        ("reason", ChoicesCheckboxFilter),
        ("is_refused", BooleanRadioFilter),
    )
    search_fields = ("seller__seller_id", "seller__company_name")
    fieldsets = (
        (None, {"fields": ("seller", "channel", "reason", "text", "note", "requested_by", "requested_at")}),
        (_("At SCX"), {"fields": ("sent_at", "is_refused", *FATE)}),
    )
    actions = ("retry",)
    row_actions = ("retry",)

    @column(description=_("outcome"))
    def shown_outcome(self, row: Unlinking) -> str:
        if row.sent_at:
            return label(_("taken by SCX"), "success")
        if not row.is_refused:
            return label(_("on its way"), "info")
        # Given up without a call: there was nothing left to end.
        return label(_("refused"), "danger") if row.attempts else label(_("not sent"))

    @action(description=_("Tell SCX again"), permissions=["operate"])
    def retry(self, request: HttpRequest, queryset: QuerySet[Unlinking]) -> None:
        done, refusals = 0, []
        for row in queryset.select_related("seller", "channel"):
            try:
                unlinking.retry(row)
                done += 1
            except ValidationError as error:
                refusals.append(f"{row}: {' '.join(error.messages)}")
        text = ngettext(
            "SCX is told again of %(number)s disconnection.", "SCX is told again of %(number)s disconnections.", done
        )
        self.tell(request, display.outcome(text % {"number": done}, refusals), done=not refusals)


@admin.register(Notice)
class NoticeAdmin(OutboxAdmin):
    list_display = ("seller", "shown_channel", "severity", "message", "created_at", "sent_at", "short_error")
    list_select_related = ("seller", "channel")
    list_filter = (
        ("channel", RelatedFilter),
        ("severity", ChoicesCheckboxFilter),
        ("is_refused", BooleanRadioFilter),
    )
    search_fields = ("seller__seller_id", "seller__company_name")
    fieldsets = (
        (None, {"fields": ("seller", "channel", "severity", "message", "created_at")}),
        (_("At SCX"), {"fields": ("sent_at", "is_refused", *FATE)}),
    )
    actions = ("send_again",)
    row_actions = actions

    @action(description=_("Send again"), permissions=["operate"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Notice]) -> None:
        chosen = queryset.count()
        queued = notices.send_again(Notice.objects.filter(pk__in=queryset.values("pk")))
        text = ngettext("%(number)s message will be sent again.", "%(number)s messages will be sent again.", queued)
        if queued < chosen:
            text += " " + ngettext(
                "%(rest)s was left alone: SCX has it.", "%(rest)s were left alone: SCX has them.", chosen - queued
            )
        self.tell(request, text % {"number": queued, "rest": chosen - queued}, done=queued == chosen)
