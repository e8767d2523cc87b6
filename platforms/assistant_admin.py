"""The assistant: a channel's way from JTL's token to its first listed offer, with one thing to do at a time."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from platforms import gateway, jobs, probes, readiness
from platforms.back_office import ModelAdmin, ReadOnlyAdmin, RelatedFilter
from platforms.display import EMPTY, page_link
from platforms.models import AddressProbe, Channel
from platforms.overview_numbers import Column, Number, Numbers
from platforms.readiness import Readiness
from platforms.readiness_places import ASSISTANT, assistant_url
from platforms.theme import display as column
from platforms.theme import label

URL_NAME = ASSISTANT


def badge(channel: Channel, found: Readiness) -> SafeString | str:
    """Ready or how many steps to go, as a link to the assistant."""
    return page_link(assistant_url(channel), label(*_in_words(found)))


def _in_words(found: Readiness) -> tuple[str, str]:
    """How far a channel is, and the kind of `theme.label`."""
    if found.is_ready:
        return _("ready"), "success"
    text = ngettext("%(number)s step to go", "%(number)s steps to go", found.to_go) % {"number": found.to_go}
    return text, "danger" if found.next_step and found.next_step.state == "wrong" else "warning"


def on_the_way(channels: Sequence[Channel]) -> Numbers:
    """For the overview: the channels that are not ready, with the way to their assistant."""
    found = readiness.summary(channels)
    numbers: dict[int, list[Number]] = {}
    for channel in channels:
        if not found[channel.pk].is_ready:
            text, kind = _in_words(found[channel.pk])
            numbers[channel.pk] = [Number(Column.HEALTH, text, assistant_url(channel), kind)]
    return numbers


def attach(channels: Iterable[Channel]) -> None:
    """Look up the readiness of the rows of a list at once; `Channel.readiness` holds it."""
    rows = list(channels)
    found = readiness.summary(rows)
    for channel in rows:
        channel.readiness = found[channel.pk]  # type: ignore[attr-defined]


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, pages: ModelAdmin, object_id: str) -> HttpResponse:
    """Shows the steps, or does what one of its buttons asks. In no transaction: addresses are called here."""
    channel = pages.get_object(request, object_id)
    if not pages.has_view_permission(request, channel):
        raise PermissionDenied
    if channel is None:
        return pages._get_obj_does_not_exist_redirect(request, pages.opts, object_id)
    may_change = pages.has_change_permission(request, channel)
    if request.method == "POST":
        if not may_change:
            raise PermissionDenied
        _do(request, channel)
        return HttpResponseRedirect(request.path)
    found = readiness.summary([channel])[channel.pk]
    context = {
        **pages.admin_site.each_context(request),
        "opts": pages.opts,
        "title": _("Setting up %(channel)s") % {"channel": channel.display_name},
        "original": channel,
        "channel": channel,
        "found": found,
        "may_change": may_change,
        "check_addresses": readiness.CHECK_ADDRESSES,
    }
    return TemplateResponse(request, "admin/assistant.html", context, headers={"Cache-Control": "no-store"})


def _do(request: HttpRequest, channel: Channel) -> None:
    match request.POST.get("action"):
        case readiness.CHECK_ADDRESSES:
            _check_addresses(request, channel)
        case readiness.EXCHANGE:
            _exchange(request, channel)


def _check_addresses(request: HttpRequest, channel: Channel) -> None:
    wrong = [row for row in probes.check(channel) if row.problem]
    for row in wrong:
        messages.warning(request, f"{row.get_kind_display()}: {probes.told(row)}")
    if not wrong:
        messages.success(request, _("Both addresses lead to the portal’s pages."))


def _exchange(request: HttpRequest, channel: Channel) -> None:
    targets = Channel.objects.callable().filter(pk=channel.pk)
    gateway.ask_again(targets)
    targets.update(reconciled_at=None)
    for target in targets:
        jobs.nudge_channel(target)
    messages.success(request, _("The worker was asked to exchange the channel’s data. Look again in a moment."))


class AddressProbeAdmin(ReadOnlyAdmin):
    list_display = ("shown_channel", "kind", "url", "at", "problem", "meaning")
    list_select_related = ("channel",)
    list_filter = (("channel", RelatedFilter),)
    fields = ("channel", "kind", "url", "at", "problem", "detail", "meaning")

    @column(description=gettext_lazy("meaning"))
    def meaning(self, row: AddressProbe) -> str:
        return probes.told(row) or EMPTY


PAGES: dict[Any, Any] = {AddressProbe: AddressProbeAdmin}
