"""The admin's page of a channel compared with SCX, what to do about each difference, and the rows it is made from."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin as AnyModelAdmin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from platforms import at_scx, channel_patch, channel_settings, display, jtl_requests, properties, reconciliation
from platforms.back_office import ModelAdmin, ReadOnlyAdmin, RelatedFilter
from platforms.channel_settings import TITLE, URL_NAME, Place
from platforms.minimum_versions_admin import PinForm
from platforms.models import Channel, ChannelAtScx
from platforms.properties import Compared, State
from platforms.theme import display as column

LABELS = {
    State.EQUAL: "success",
    State.DIFFERS: "danger",
    Place.EQUAL: "success",
    Place.MISSING_AT_SCX: "danger",
    Place.MISSING_HERE: "danger",
}


class SendForm(PinForm):
    """Which of the differing properties SCX shall be told; all of them at first."""

    names = forms.MultipleChoiceField(
        label=gettext_lazy("What to send"), error_messages={"required": gettext_lazy("Choose what to send.")}
    )

    def __init__(self, rows: list[Compared], data: Any = None) -> None:
        super().__init__(data)
        self.fields["names"].choices = [(each.name, each.about.title) for each in rows]  # type: ignore[attr-defined]
        chosen = [each.name for each in rows] if data is None else data.getlist("names")
        self.rows = [(each, each.name in chosen) for each in rows]


@sensitive_post_parameters("pin")
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, pages: ModelAdmin, object_id: str) -> HttpResponse:
    """Shows the page, or takes one of its steps. In no transaction: SCX is asked here."""
    channel = pages.get_object(request, object_id)
    if not pages.has_view_permission(request, channel):
        raise PermissionDenied
    if channel is None:
        return pages._get_obj_does_not_exist_redirect(request, pages.opts, object_id)
    may_change = pages.has_change_permission(request, channel)
    if request.method == "POST" and not may_change:
        raise PermissionDenied
    rows = properties.compare(channel, at_scx.of(channel))
    step = request.POST.get("step", "")
    sending = SendForm(_sendable(channel, rows), request.POST if step == "send" else None)
    if _is_done(request, pages, channel, step, rows, sending):
        return HttpResponseRedirect(request.path)
    context = {**pages.admin_site.each_context(request), "opts": pages.opts, "title": TITLE, "original": channel}
    return TemplateResponse(
        request, "admin/channel_at_scx.html", {**context, **_shown(channel), "form": sending, "may_change": may_change}
    )


def _sendable(channel: Channel, rows: list[Compared]) -> list[Compared]:
    return [each for each in properties.differing(rows) if each.about in properties.patchable(channel)]


def _shown(channel: Channel) -> dict[str, Any]:
    known = at_scx.of(channel)
    rows = properties.compare(channel, known)
    places = channel_settings.marketplaces(channel, known) if channel.is_platform else []
    letters = jtl_requests.letters(channel, rows, places)
    return {
        "channel": channel,
        "known": known,
        # A marketplace is looked up with its platform.
        "list_error": at_scx.of(channel.home).list_error,
        "rows": [_row(channel, each) for each in rows],
        "places": [_place(each) for each in places],
        "needed": [_copyable(each) for each in letters if each.is_needed],
        "others": [_copyable(each) for each in letters if not each.is_needed],
    }


def _row(channel: Channel, row: Compared) -> dict[str, Any]:
    return {
        "row": row,
        "ours": properties.shown(row.ours),
        "theirs": properties.shown(row.theirs),
        "label": LABELS.get(row.state, ""),
        "meaning": channel_settings.way_at_scx(channel, row.about) if row.differs else "",
    }


def _place(place: channel_settings.Marketplace) -> dict[str, Any]:
    return {
        "place": place,
        "label": LABELS.get(place.state, ""),
        "group_here": properties.shown(place.group_here),
        "group_at_scx": properties.shown(place.group_at_scx),
    }


def _copyable(letter: jtl_requests.Letter) -> tuple[str, list[SafeString]]:
    return letter.title, [
        display.copyable_text(text, f"{letter.title} ({language})", language) for language, text in letter.texts.items()
    ]


def _is_done(
    request: HttpRequest, pages: ModelAdmin, channel: Channel, step: str, rows: list[Compared], form: SendForm
) -> bool:
    """Take the step; False where the page is to be shown as it stands, with the errors at their fields."""
    try:
        match step:
            case "read":
                _read(request, channel)
            case "take":
                _take_over(request, pages, channel, rows)
            case "pin" if not channel.is_platform:
                channel_patch.request_pin(channel)
                text = _("SCX mails a pin to the channel’s MFA contact. Enter it below; it is good for a short time.")
                messages.success(request, text)
                pages.log_change(request, channel, _("Requested a pin for changes at SCX."))
            case "send" if not channel.is_platform:
                return form.is_valid() and _send(request, pages, channel, form)
            case _:
                return False
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return True


def _read(request: HttpRequest, channel: Channel) -> None:
    is_read = at_scx.read_list(channel.home, patience=channel_patch.PATIENCE, urgent=True)
    if not channel.is_platform:
        channel_patch.read_back(channel)
    reconciliation.look_again(channel)
    if is_read:
        messages.success(request, _("SCX was asked. The page shows what it has now."))
    else:
        text = _("The public channel list could not be read. The page shows what was known of it, and why.")
        messages.warning(request, text)


def _take_over(request: HttpRequest, pages: ModelAdmin, channel: Channel, rows: list[Compared]) -> None:
    name = request.POST.get("name", "")
    row = next((each for each in properties.differing(rows) if each.name == name), None)
    if row is None:
        messages.warning(request, _("That does not differ any more."))
        return
    channel_settings.take_over(channel, name, row.theirs)
    reconciliation.look_again(channel)
    values = {"property": row.about.title, "value": properties.shown(row.theirs)}
    pages.log_change(request, channel, _("Took over from SCX: %(property)s is %(value)s.") % values)
    messages.success(request, _("Taken over: %(property)s is %(value)s.") % values)


def _send(request: HttpRequest, pages: ModelAdmin, channel: Channel, form: SendForm) -> bool:
    names = form.cleaned_data["names"]
    try:
        left = channel_patch.send(channel, form.cleaned_data["pin"], names)
    except ValidationError as error:
        form.add_error(None, error)
        return False
    titles = {name: str(properties.BY_NAME[name].title) for name in names}
    pages.log_change(request, channel, _("Sent to SCX: %(properties)s.") % {"properties": ", ".join(titles.values())})
    if left is None:
        text = _("SCX took it, but could not be asked what it has now. Ask again in a while with “Ask SCX now”.")
        messages.warning(request, text)
    elif left:
        text = _("SCX took it, and yet has something else for: %(properties)s. Ask JTL if it stays so.")
        messages.warning(request, text % {"properties": ", ".join(titles[name] for name in left)})
    else:
        messages.success(request, _("SCX took it, and has now what is here."))
    return True


class ChannelAtScxAdmin(ReadOnlyAdmin):
    list_display = ("shown_channel", "is_active", "settings_at", "listed_at", "stock_sync_group", "shown_page")
    list_select_related = ("channel",)
    list_filter = (("channel", RelatedFilter),)
    search_fields = ("channel__code", "channel__display_name")
    fields = (
        *("channel", "shown_page", "is_active", "stock_sync_group"),
        *("settings_at", "shown_settings", "listed_at", "list_error", "shown_entry"),
    )

    @column(description=TITLE)
    def shown_page(self, row: ChannelAtScx) -> str:
        return display.page_link(reverse(f"admin:{URL_NAME}", args=[row.pk]), _("here and at SCX"))

    @column(description=gettext_lazy("settings"))
    def shown_settings(self, row: ChannelAtScx) -> str:
        return display.data(row.settings)

    @column(description=gettext_lazy("public entry"))
    def shown_entry(self, row: ChannelAtScx) -> str:
        return display.data(row.entry)


PAGES: dict[type[Model], type[AnyModelAdmin]] = {ChannelAtScx: ChannelAtScxAdmin}
