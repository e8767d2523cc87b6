"""The admin of openings: a marketplace is given to many sellers, looked at before, and followed to its results."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from platforms import display, staff
from platforms.back_office import ReadOnlyAdmin, RelatedFilter
from platforms.models import Channel
from platforms.theme import InfinitePaginator, action, label
from platforms.theme import display as column
from sellers import opening_results, opening_words, openings
from sellers.admin_opening_forms import GiveForm
from sellers.models import Opening
from sellers.opening_conditions import Conditions
from sellers.opening_results import Result

PER_PAGE = 50
REFRESH_SECONDS = 10
KINDS = {Result.CONNECTED: "success", Result.REFUSED: "danger", Result.FAILING: "warning", Result.WAITING: "info"}


@admin.register(Opening)
class OpeningAdmin(ReadOnlyAdmin):
    channel_lookups = ("marketplace",)
    list_display = ("shown_marketplace", "requested_at", "requested_by", "given", "finished_at")
    list_select_related = ("marketplace",)
    list_filter = (("marketplace", RelatedFilter),)
    fields = (
        *("marketplace", "requested_by", "requested_at", "finished_at", "shown_conditions"),
        *("given", "shown_left_out"),
    )
    actions = ("retry",)
    row_actions = actions
    actions_list = ("give",)
    change_form_outer_after_template = "admin/opening_results.html"

    @column(description=_("marketplace"), ordering="marketplace")
    def shown_marketplace(self, opening: Opening) -> str:
        return opening.marketplace.display_name

    @column(description=_("conditions"))
    def shown_conditions(self, opening: Opening) -> str:
        return _lines(opening_words.conditions(Conditions.of(opening.conditions)))

    @column(description=_("left out"))
    def shown_left_out(self, opening: Opening) -> str:
        return _lines(opening_words.left_out(opening)) or display.EMPTY

    @action(description=_("Tell SCX again of the refused"), permissions=["operate"])
    def retry(self, request: HttpRequest, queryset: QuerySet[Opening]) -> None:
        done, refusals = 0, []
        for opening in queryset.select_related("marketplace"):
            try:
                done += openings.retry(opening)
            except ValidationError as error:
                refusals.append(f"{opening}: {' '.join(error.messages)}")
        text = ngettext("SCX is told again of %(number)s seller.", "SCX is told again of %(number)s sellers.", done)
        self.tell(request, display.outcome(text % {"number": done}, refusals), done=not refusals)

    @action(description=_("Give a marketplace to sellers"), url_path="give", permissions=["operate"])
    def give(self, request: HttpRequest) -> HttpResponse:
        """GET: the form. POST: who would get it; confirmed, he does."""
        form = _form(request)
        if not form.is_valid() or "back" in request.POST:
            return self._page(request, form=form)
        marketplace = form.cleaned_data["marketplace"]
        if "confirmed" not in request.POST:
            return self._preview(request, form, openings.preview(marketplace, form.conditions))
        opening = openings.give(marketplace, form.conditions, request.user.get_username())
        self.log_addition(request, opening, [{"added": {}}])
        return HttpResponseRedirect(reverse("admin:sellers_opening_change", args=[opening.pk]))

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """The opening with its results; it loads itself anew as long as there is more to come, without a script."""
        opening = self.get_object(request, unquote(object_id)) if object_id else None
        if opening is None or not self.has_view_permission(request, opening):
            return super().changeform_view(request, object_id, form_url, extra_context)
        results = _results(opening, request)
        response = super().changeform_view(request, object_id, form_url, {**results, **(extra_context or {})})
        if results["refreshes"]:
            response["Refresh"] = str(REFRESH_SECONDS)
        return response

    def _preview(self, request: HttpRequest, form: GiveForm, preview: openings.Preview) -> HttpResponse:
        named = preview.first_left_out
        left_out = [(reason.label, number, named[reason]) for reason, number in preview.left_out.items()]
        more = preview.given - len(preview.first)
        return self._page(request, form=form, preview=preview, left_out=left_out, more=more)

    def _page(self, request: HttpRequest, **context: Any) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Give a marketplace to sellers"),
            "changelist_url": reverse("admin:sellers_opening_changelist"),
            **context,
        }
        return TemplateResponse(request, "admin/opening_give.html", context)


def _form(request: HttpRequest) -> GiveForm:
    channels = staff.channels_of(request)
    places = staff.limit(Channel.objects.filter(kind=Channel.Kind.MARKETPLACE), ("pk",), channels)
    codes = None if channels is None else Channel.objects.filter(pk__in=channels).values_list("code", flat=True)
    asked = places.filter(code=request.GET.get("marketplace", "").replace("\x00", "")).first()
    return GiveForm(request.POST or None, places=places, channels=codes, initial={"marketplace": asked})


def _results(opening: Opening, request: HttpRequest) -> dict[str, Any]:
    """What the page shows below the opening: how far it is, and each seller's result."""
    counts = opening_results.counts(opening)
    asked = request.GET.get("result", "")
    rows = opening_results.of(opening).select_related("seller").order_by("pk")
    number = request.GET.get("p", "")[:5]
    page = InfinitePaginator(rows.filter(result=asked) if asked in Result.values else rows, PER_PAGE).page(
        min(max(int(number), 1), InfinitePaginator.LAST_PAGE) if number.isdecimal() else 1
    )
    for row in page:
        row.shown_result = label(Result(row.result).label, KINDS.get(Result(row.result), ""))
    is_under_way = opening_results.is_under_way(opening, counts)
    return {
        "progress": opening_words.progress(opening, counts),
        "answered": sum(number for result, number in counts.items() if result not in opening_results.UNDER_WAY),
        "of": max(sum(counts.values()), 1),
        "counts": [(result, Result(result).label, number) for result, number in counts.items()],
        "asked": asked,
        "page": page,
        "is_under_way": is_under_way,
        "refreshes": is_under_way and "still" not in request.GET,
    }


def _lines(lines: list[str]) -> str:
    return format_html_join("", "<div>{}</div>", ((line,) for line in lines))
