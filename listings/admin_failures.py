"""The admin's page of a channel's failed listings, grouped by the code of their error, with one action for a group."""

from collections.abc import Iterator

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from listings import failures, failures_csv, resubmission
from listings.admin_rules import FAILURES_URL, failures_url
from platforms import display, staff
from platforms.back_office import ReadOnlyAdmin
from platforms.models import Channel
from platforms.names import by_name

SHOWN = 50
TITLE = gettext_lazy("Failed offers by error")


class FailurePages(ReadOnlyAdmin):
    """Part of the admin of offers."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("failures/", view(self.failures_view), name=FAILURES_URL),
            path("failures/csv/", view(self.failures_csv_view), name=f"{FAILURES_URL}_csv"),
        ]
        return [*own, *super().get_urls()]

    def failures_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        channels = by_name(channels_of(request))
        wanted = request.GET.get("channel")
        channel = next((each for each in channels if each.code == wanted), channels[0] if channels else None)
        if request.method == "POST":
            return self._resubmit(request, channel)
        context = {
            **self.admin_site.each_context(request),
            "title": TITLE,
            "opts": self.opts,
            "channels": channels,
            "channel": channel,
            "groups": failures.groups(channel, SHOWN) if channel else [],
            "may_resubmit": self.has_operate_permission(request),
        }
        return TemplateResponse(request, "admin/failures.html", context)

    def failures_csv_view(self, request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        channel = channels_of(request).filter(code=request.GET.get("channel", "")[:30]).first()
        code = request.GET.get("code", "")
        if channel is None or not code:
            return HttpResponseBadRequest()
        headers = {"Content-Disposition": 'attachment; filename="failed-offers.csv"'}
        lines: Iterator[str] = failures_csv.lines(failures.of([channel], code))
        return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)

    def _resubmit(self, request: HttpRequest, channel: Channel | None) -> HttpResponse:
        if not self.has_operate_permission(request):
            raise PermissionDenied
        code = request.POST.get("code", "")
        if channel is None or not code:
            return HttpResponseBadRequest()
        self.tell_resubmitted(request, resubmission.resubmit(failures.of([channel], code)))
        return HttpResponseRedirect(failures_url(channel))

    def tell_resubmitted(self, request: HttpRequest, done: resubmission.Resubmitted) -> None:
        text = ngettext(
            "%(number)s offer is checked and handed over again.",
            "%(number)s offers are checked and handed over again.",
            done.number,
        ) % {"number": display.grouped(done.number)}
        if done.has_more:
            text = f"{text} {_('There are more: press the button again.')}"
        self.tell(request, text, done=bool(done.number) and not done.has_more)


def channels_of(request: HttpRequest) -> QuerySet[Channel]:
    """The channels that offers are on and that the user may see, without their secrets."""
    selling = Channel.objects.exclude(kind=Channel.Kind.PLATFORM)
    return staff.limit(selling, ("pk",), staff.channels_of(request)).defer(
        "refresh_token", "access_token", "connector_settings"
    )
