"""The workbench: staff decide by hand what waits, with picture and price at a glance."""

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from listings import admin_failures, marks, result_rules, workbench
from listings.admin_parts import price_lines, quantity
from listings.admin_revisions import RevisionPages
from listings.handover.base import ListingError, Result
from listings.marks import Marked
from listings.models import Offer, OfferQuerySet
from listings.thumbnails import thumbnail
from listings.workbench import Choice
from platforms import display
from platforms.names import by_name

WORKBENCH = "listings_workbench"
TITLE = gettext_lazy("Workbench")
DECISIONS = ("in_progress", "listed", "failed")
# Of more, the codes they have in common are few, and each takes a look at its catalogue.
FEW_CHANNELS = 5
FILTERS = ("channel", "state", "seller", "q")


class WorkbenchPages(RevisionPages):
    """Part of the admin of offers."""

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(self.workbench_view)
        return [path("workbench/", page, name=WORKBENCH), *super().get_urls()]

    def workbench_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        given = request.POST if request.method == "POST" else request.GET
        channels = by_name(admin_failures.channels_of(request))
        wanted = given.get("channel", "")
        chosen = [each for each in channels if each.code == wanted] or channels
        choice = Choice(
            tuple(chosen), given.get("state", ""), given.get("seller", "").strip(), given.get("q", "").strip()
        )
        if request.method == "POST":
            if not self.has_operate_permission(request):
                raise PermissionDenied
            return self._decide(request, choice)
        return self._page(request, choice, channels)

    def _page(self, request: HttpRequest, choice: Choice, channels: list[Any]) -> HttpResponse:
        page = workbench.page(choice, request.GET.get("after", ""))
        context = {
            **self.admin_site.each_context(request),
            "title": TITLE,
            "opts": self.opts,
            "channels": channels,
            "filters": {name: request.GET.get(name, "") for name in FILTERS},
            "states": [(state.value, state.label) for state in workbench.STATES],
            "sellers": workbench.sellers(choice),
            "rows": [_row(offer) for offer in page.offers],
            "next": page.next,
            "is_first": not request.GET.get("after"),
            "errors_known": marks.known(choice.channels if len(choice.channels) <= FEW_CHANNELS else ()),
            "shown_at": timezone.now().isoformat(),
            "may_decide": self.has_operate_permission(request),
        }
        return TemplateResponse(request, "admin/workbench.html", context)

    def _decide(self, request: HttpRequest, choice: Choice) -> HttpResponse:
        """One row by its button, the rows that are ticked, or all of the filter."""
        decision, _dot, one = request.POST.get("do", "").partition(":")
        by = f"staff:{request.user.get_username()}"
        try:
            if decision not in DECISIONS:
                raise ValidationError(_("Choose what to do with the offers."))
            if request.POST.get("all") and not one:
                return self._decide_all(request, choice, _result(request, decision), by)
            texts = [one] if one else request.POST.getlist("offer")
            seen = [each for each in map(workbench.parsed, texts) if each]
            if not seen:
                raise ValidationError(_("Tick the offers that this is about."))
            answers = [(key, _result(request, decision, key, revision)) for key, revision in seen]
        except ValidationError as error:
            self.tell(request, " ".join(error.messages), done=False)
            return _back(request)
        self.tell_marked(request, marks.record(answers, self.allowed(request), by))
        return _back(request)

    def _decide_all(self, request: HttpRequest, choice: Choice, result: Result, by: str) -> HttpResponse:
        shown_at = workbench.moment(request.POST.get("shown_at", "")) or timezone.now()
        marked = workbench.mark_all(choice, result, shown_at=shown_at, by=by)
        done = _number(request.POST.get("done", "")) + marked.recorded
        if marked.left:
            return self._progress(request, done, marked.left)
        marked.recorded = done
        self.tell_marked(request, marked)
        return _back(request)

    def _progress(self, request: HttpRequest, done: int, left: int) -> HttpResponse:
        """Between two requests of a long action: how far it is. The page goes on by itself, or by its button."""
        names = {"done": display.grouped(done), "of": display.grouped(done + left)}
        kept = {name: value for name, value in request.POST.items() if name not in ("csrfmiddlewaretoken", "done")}
        context = {
            **self.admin_site.each_context(request),
            "title": TITLE,
            "opts": self.opts,
            "fields": {**kept, "done": str(done)}.items(),
            "done": done,
            "of": done + left,
            "progress": _("Marked: %(done)s of %(of)s offers.") % names,
        }
        return TemplateResponse(request, "admin/workbench_progress.html", context)

    def allowed(self, request: HttpRequest) -> OfferQuerySet:
        """The offers that the user may decide."""
        return Offer.objects.filter(pk__in=self.get_queryset(request).order_by().values("pk"))

    def tell_marked(self, request: HttpRequest, marked: Marked) -> None:
        number = display.grouped(marked.recorded)
        text = ngettext(
            "%(number)s offer was marked; SCX will be told.",
            "%(number)s offers were marked; SCX will be told.",
            marked.recorded,
        ) % {"number": number}
        if marked.unchanged:
            same = ngettext("%(same)s was so already.", "%(same)s were so already.", marked.unchanged)
            text = f"{text} {same % {'same': marked.unchanged}}"
        if marked.changed:
            changed = ngettext(
                "%(changed)s has changed since you saw it: that is told for what you saw, and it waits again.",
                "%(changed)s have changed since you saw them: that is told for what you saw, and they wait again.",
                marked.changed,
            )
            text = f"{text} {changed % {'changed': marked.changed}}"
        is_done = not marked.refusals and not marked.changed
        self.tell(request, display.outcome(text, marked.refusals), done=is_done)


def _row(offer: Offer) -> dict[str, Any]:
    prices = list(offer.prices.all())
    cheapest = offer.cheapest  # type: ignore[attr-defined]
    amount = f"{display.number(cheapest.amount)} {cheapest.currency}" if cheapest else ""
    return {
        "offer": offer,
        "seen": f"{offer.pk}.{offer.revision}",
        "picture": thumbnail(offer.first_picture, description=str(offer)),  # type: ignore[attr-defined]
        "price": price_lines(prices[:1]) if prices else (_("from %(amount)s") % {"amount": amount} if amount else "–"),
        "more_prices": max(0, len(prices) - 1),
        "variations": offer.variation_count,  # type: ignore[attr-defined]
        "quantity": quantity(offer),
        "state": display.badge(offer),
        "claim": getattr(offer, "claim", None),
    }


def _result(request: HttpRequest, decision: Any, key: int | None = None, revision: int | None = None) -> Result:
    """The decision with what the page says beside it; raises ValidationError. Without an offer it is for many."""
    given = request.POST
    if decision == "failed":
        code = given.get("known") or given.get("code", "").strip()
        message = "" if given.get("known") else given.get("message", "").strip()
        if not code or not (given.get("known") or message):
            raise ValidationError(_("Choose an error of the catalogue, or write its code and message."))
        return Result("failed", revision=revision, errors=(ListingError(code[:255], message[:250]),))
    if decision == "listed" and key is not None:
        url, own_id = given.get(f"listing_url_{key}", "").strip(), given.get(f"channel_offer_id_{key}", "").strip()
        result = Result("listed", revision=revision, listing_url=url, channel_offer_id=own_id)
        result_rules.check(result)
        return result
    return Result(decision, revision=revision)


def _back(request: HttpRequest) -> HttpResponse:
    kept = {name: request.POST[name] for name in FILTERS if request.POST.get(name)}
    return HttpResponseRedirect(f"{reverse(f'admin:{WORKBENCH}')}{'?' if kept else ''}{urlencode(kept)}")


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
