"""The admin of mails: what was sent to whom, and what they say on each channel."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from platforms import display, staff
from platforms.back_office import RelatedFilter
from platforms.models import Channel
from platforms.names import by_name
from platforms.theme import BooleanRadioFilter, ChoicesCheckboxFilter, action, label
from platforms.theme import display as column
from sellers import mail_texts, mails
from sellers.admin_mail_forms import MailTextForm
from sellers.admin_outbox import FATE, OutboxAdmin
from sellers.models import Mail


@admin.register(Mail)
class MailAdmin(OutboxAdmin):
    list_display = ("kind", "recipient", "shown_channel", "seller", "created_at", "shown_delivery", "short_error")
    list_select_related = ("seller", "channel")
    list_filter = (
        ("channel", RelatedFilter),
        ("kind", ChoicesCheckboxFilter),
        ("is_refused", BooleanRadioFilter),
    )
    search_fields = ("recipient", "seller__seller_id", "account__login")
    fieldsets = (
        (None, {"fields": ("kind", "recipient", "language", "channel", "seller", "account", "created_at")}),
        (_("Delivery"), {"fields": ("sent_at", "is_refused", *FATE)}),
    )
    actions = ("send_again",)
    row_actions = actions
    actions_list = ("texts",)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.text)
        return [path("texts/<int:channel>/<slug:kind>/", view, name="sellers_mail_text"), *super().get_urls()]

    def has_texts_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("platforms.change_channel")

    @column(description=_("sent"), ordering="sent_at")
    def shown_delivery(self, mail: Mail) -> str:
        return label(_("given up"), "danger") if mail.is_refused else display.moment(mail.sent_at)

    @action(description=_("Send again"), permissions=["operate"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Mail]) -> None:
        chosen = queryset.count()
        done = mails.send_again(Mail.objects.filter(pk__in=queryset.values("pk")))
        text = ngettext("%(number)s mail will be sent again.", "%(number)s mails will be sent again.", done)
        if done < chosen:
            rest = _("Only mails that were given up can be; for an invitation, send another one from the account.")
            text = f"{text} {rest}"
        self.tell(request, text % {"number": done}, done=done == chosen)

    @action(description=_("Texts and which mails are sent"), url_path="texts", permissions=["texts"])
    def texts(self, request: HttpRequest) -> HttpResponse:
        """Every kind of mail of every channel whose sellers the user may see."""
        rows = [(channel, [_line(channel, kind) for kind in Mail.Kind]) for channel in by_name(_channels(request))]
        context = {**self._context(request), "title": _("Mails to sellers"), "rows": rows}
        return TemplateResponse(request, "admin/mail_texts.html", context)

    def text(self, request: HttpRequest, channel: int, kind: str) -> HttpResponse:
        """One kind of mail of one channel: its texts, and how they look filled in."""
        if not self.has_texts_permission(request):
            raise PermissionDenied
        home = get_object_or_404(_channels(request), pk=channel)
        if kind not in Mail.Kind.values:
            raise Http404
        form = MailTextForm(home, kind, request.POST or None)
        if request.method == "POST" and form.is_valid() and "save" in request.POST:
            form.save()
            self.admin_site.get_model_admin(Channel).log_change(request, home, f"{_('Mails to sellers')}: {kind}")
            self.tell(request, _("The mail was saved."))
            return HttpResponseRedirect(reverse("admin:sellers_mail_texts"))
        context = {
            **self._context(request),
            "title": f"{home.display_name}: {Mail.Kind(kind).label}",
            "form": form,
            "placeholders": [f"{{{name}}}" for name in mail_texts.PLACEHOLDERS[kind]],
            "previews": form.previews(),
            "back": reverse("admin:sellers_mail_texts"),
        }
        return TemplateResponse(request, "admin/mail_text.html", context)

    def _context(self, request: HttpRequest) -> dict[str, Any]:
        changelist = reverse("admin:sellers_mail_changelist")
        return {**self.admin_site.each_context(request), "opts": self.opts, "changelist_url": changelist}


def _channels(request: HttpRequest) -> QuerySet[Channel]:
    homes = Channel.objects.exclude(kind=Channel.Kind.MARKETPLACE)
    return staff.limit(homes, ("pk",), staff.channels_of(request))


def _line(channel: Channel, kind: Mail.Kind) -> dict[str, Any]:
    """What the list says of one kind: whether it is sent, and whose words it has."""
    own = any(mail_texts.own(channel, kind, each) != mail_texts.default(kind, each) for each in mail_texts.LANGUAGES)
    return {
        "title": kind.label,
        "url": reverse("admin:sellers_mail_text", args=[channel.pk, kind.value]),
        "is_on": mail_texts.is_on(channel, kind),
        "is_always_on": kind in mail_texts.ALWAYS_ON,
        "is_own": own,
    }
