"""The admin's page of a channel's minimum client versions: what is wanted, and the pin that tells SCX."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from platforms import channel_patch, client_versions, minimum_versions
from platforms.back_office import ModelAdmin
from platforms.models import Channel
from platforms.theme import PasswordInput, Select, TextInput

URL_NAME = "platforms_channel_client_versions"
TITLE = gettext_lazy("Minimum client versions")


class VersionForm(forms.Form):
    """One client; without a version it demands none of it."""

    type = forms.ChoiceField(
        label=capfirst(gettext_lazy("client")), choices=list(client_versions.TYPES.items()), widget=Select
    )
    version = forms.CharField(
        label=gettext_lazy("Oldest version for new sellers"),
        required=False,
        max_length=23,
        widget=TextInput(attrs={"placeholder": "1.11.0.0", "autocomplete": "off", "spellcheck": "false"}),
        help_text=gettext_lazy(
            "Four numbers with points between them, as JTL-Wawi shows its own. Empty: every version may sign up."
        ),
    )

    def clean_version(self) -> str:
        version: str = self.cleaned_data["version"]
        return client_versions.written(client_versions.parse(version)) if version else ""


class VersionForms(forms.BaseFormSet):
    """A row for each type of client; `versions` is what they demand together."""

    versions: list[dict[str, str]]

    def clean(self) -> None:
        if not any(self.errors):
            rows = [form.cleaned_data for form in self.forms if form.cleaned_data.get("version")]
            self.versions = client_versions.validated([{key: row[key] for key in ("type", "version")} for row in rows])


class PinForm(forms.Form):
    """The pin goes in and never comes out: it is not shown again with an error."""

    pin = forms.CharField(
        label=gettext_lazy("Pin"),
        max_length=40,
        widget=PasswordInput(attrs={"autocomplete": "one-time-code"}),
        help_text=gettext_lazy("As it stands in the mail to the MFA contact. It works once, and for a short time."),
    )


def forms_of(channel: Channel, data: Any = None) -> VersionForms:
    stored = [entry for entry in client_versions.normalised(channel.minimum_client_versions) if entry["version"]]
    rows = forms.formset_factory(VersionForm, VersionForms, extra=max(len(client_versions.TYPES) - len(stored), 0))
    made: VersionForms = rows(data, initial=stored, prefix="versions")  # type: ignore[assignment]
    return made


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
    if channel.is_platform:
        text = _("A platform is virtual and demands no client versions: its marketplaces carry theirs.")
        messages.warning(request, text)
        return HttpResponseRedirect(reverse("admin:platforms_channel_change", args=[channel.pk]))
    step = request.POST.get("step", "")
    versions = forms_of(channel, request.POST if step == "save" else None)
    pin = PinForm(request.POST if step == "send" else None)
    if _is_done(request, pages, channel, step, versions, pin):
        return HttpResponseRedirect(request.path)
    channel.refresh_from_db()
    context = {
        **pages.admin_site.each_context(request),
        "opts": pages.opts,
        "title": TITLE,
        "original": channel,
        "channel": channel,
        "versions": versions,
        "pin": pin,
        "may_change": may_change,
        "wanted": client_versions.shown(channel.minimum_client_versions),
        "at_scx": client_versions.shown(channel.client_versions_confirmed),
        "is_at_scx": minimum_versions.is_at_scx(channel),
        "share": minimum_versions.share(channel),
        "days": minimum_versions.RECENT_DAYS,
    }
    return TemplateResponse(request, "admin/client_versions.html", context)


def _is_done(
    request: HttpRequest,
    pages: ModelAdmin,
    channel: Channel,
    step: str,
    versions: VersionForms,
    pin: PinForm,
) -> bool:
    """Take the step; False where the page is to be shown as it stands, with the errors at their fields."""
    try:
        match step:
            case "save":
                return versions.is_valid() and _save(request, pages, channel, versions)
            case "send":
                return pin.is_valid() and _send(request, pages, channel, pin)
            case "pin":
                channel_patch.request_pin(channel)
                text = _("SCX mails a pin to the channel’s MFA contact. Enter it below; it is good for a short time.")
                messages.success(request, text)
                pages.log_change(request, channel, _("Requested a pin for the minimum client versions."))
            case "read":
                minimum_versions.read_back(channel)
                messages.success(request, _("SCX was asked. The page shows what it demands now."))
            case _:
                return False
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return True


def _save(request: HttpRequest, pages: ModelAdmin, channel: Channel, versions: VersionForms) -> bool:
    saved = minimum_versions.want(channel, versions.versions)
    shown = client_versions.shown(saved.minimum_client_versions)
    pages.log_change(request, channel, _("Minimum client versions wanted: %(versions)s.") % {"versions": shown})
    if minimum_versions.is_at_scx(saved):
        messages.success(request, _("Saved. SCX demands just this already."))
    else:
        text = _("Saved here. SCX does not know of it yet: request a pin and send it.")
        messages.success(request, text)
    return True


def _send(request: HttpRequest, pages: ModelAdmin, channel: Channel, pin: PinForm) -> bool:
    try:
        as_wanted = minimum_versions.send(channel, pin.cleaned_data["pin"])
    except ValidationError as error:
        pin.add_error(None, error)
        return False
    pages.log_change(request, channel, _("Sent the minimum client versions to SCX."))
    if as_wanted is None:
        text = _("SCX took it, but could not be asked what it has now. Ask again in a while with “Ask SCX”.")
        messages.warning(request, text)
    elif as_wanted:
        messages.success(request, _("SCX took it, and demands what is wanted."))
    else:
        text = _("SCX took it, and yet demands something else. The page shows both; ask JTL if it stays so.")
        messages.warning(request, text)
    return True
