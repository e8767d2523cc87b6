"""Webhook endpoints and what they are told, on the admin's pages."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from platforms import display
from platforms.back_office import ModelAdmin, ReadOnlyAdmin, RelatedFilter
from platforms.models import WebhookDelivery, WebhookEndpoint, WebhookPosition
from platforms.theme import ChoicesCheckboxFilter, action, label
from platforms.theme import display as column
from platforms.webhooks import endpoints, health
from platforms.webhooks_form import WebhookEndpointForm


class WebhookEndpointAdmin(ModelAdmin):
    form = WebhookEndpointForm
    # An endpoint may be told of all channels.
    channel_lookups = ()
    list_display = ("__str__", "shown_key", "shown_topics", "shown_state", "delivered_at")
    list_select_related = ("api_key",)
    search_fields = ("url", "description", "api_key__name")
    autocomplete_fields = ("api_key", "channels")
    readonly_fields = (
        *("shown_state", "created_at", "delivered_at", "failures", "failing_since", "disabled_at", "disabled_reason"),
        "shown_deliveries",
    )
    fieldsets = (
        (None, {"fields": ("description", "url", "api_key", "topics", "channels")}),
        (_("Calls"), {"fields": ("payload", "concurrency", "owner_email")}),
        (
            _("History"),
            {
                "fields": (
                    *("shown_state", "shown_deliveries", "delivered_at", "failures", "failing_since"),
                    *("disabled_at", "disabled_reason", "created_at"),
                )
            },
        ),
    )
    add_fieldsets = fieldsets[:2]
    actions = ("test", "redeliver_failed", "switch_on", "switch_off", "renew_secret")
    row_actions = actions

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookEndpoint]:
        return super().get_queryset(request).select_related("api_key")

    @column(description=_("API key"))
    def shown_key(self, endpoint: WebhookEndpoint) -> str:
        return display.row_link(endpoint.api_key, display.short(endpoint.api_key.name, 30))

    @column(description=_("topics"))
    def shown_topics(self, endpoint: WebhookEndpoint) -> str:
        return ", ".join(endpoint.topics)

    @column(description=_("state"))
    def shown_state(self, endpoint: WebhookEndpoint) -> SafeString:
        if not endpoint.is_active:
            return label(_("switched off"), "danger" if endpoint.disabled_at else "")
        if health.is_resting(endpoint, timezone.now()):
            return label(_("left alone until %(until)s") % {"until": display.moment(endpoint.resting_until)}, "warning")
        if endpoint.failing_since:
            return label(_("takes nothing"), "warning")
        return label(_("takes calls"), "success")

    @column(description=_("webhook deliveries"))
    def shown_deliveries(self, endpoint: WebhookEndpoint) -> str:
        return display.list_link("platforms_webhookdelivery", _("Show"), endpoint__id__exact=endpoint.pk)

    def save_model(self, request: HttpRequest, obj: WebhookEndpoint, form: Any, change: bool) -> None:
        values = {name: form.cleaned_data[name] for name in form.cleaned_data if name != "channels"}
        if change:
            endpoints.change(WebhookEndpoint.objects.get(pk=obj.pk), **values)
            return
        made, secret = endpoints.make(values.pop("api_key"), values.pop("url"), values.pop("topics"), **values)
        # The form goes on with the row that was made: it saves the channels and is what the log names.
        obj.__dict__.update(made.__dict__, told_secret=secret)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        endpoints.bind(form.instance, form.cleaned_data["channels"])

    def response_add(
        self, request: HttpRequest, obj: WebhookEndpoint, post_url_continue: str | None = None
    ) -> HttpResponse:
        return self._secret_page(request, obj, obj.__dict__["told_secret"])

    def _secret_page(self, request: HttpRequest, endpoint: WebhookEndpoint, secret: str) -> HttpResponse:
        """The page with the secret: a message would keep it in a cookie until the next page."""
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Secret of a webhook endpoint"),
            "endpoint": endpoint,
            "secret": secret,
            "page_url": reverse("admin:platforms_webhookendpoint_change", args=[endpoint.pk]),
        }
        return TemplateResponse(request, "admin/webhook_secret.html", context, headers={"Cache-Control": "no-store"})

    @action(description=_("Send a test"), permissions=["operate"])
    def test(self, request: HttpRequest, queryset: QuerySet[WebhookEndpoint]) -> None:
        for endpoint in queryset.filter(is_active=True):
            delivery = endpoints.test(endpoint)
            said = delivery.answers[-1]
            done = delivery.state == WebhookDelivery.State.DELIVERED
            took = {"endpoint": endpoint, "status": said["status"], "milliseconds": said["milliseconds"]}
            if done:
                text = _("%(endpoint)s took the test: status %(status)s in %(milliseconds)s ms.") % took
            else:
                text = _("%(endpoint)s did not take the test: %(error)s") % {
                    "endpoint": endpoint,
                    "error": said["error"],
                }
            self.tell(request, text, done=done)
        if off := queryset.filter(is_active=False).count():
            text = ngettext("%(number)s is switched off.", "%(number)s are switched off.", off) % {"number": off}
            self.tell(request, text, done=False)

    @action(description=_("Send what failed once more"), permissions=["operate"])
    def redeliver_failed(self, request: HttpRequest, queryset: QuerySet[WebhookEndpoint]) -> None:
        failed = WebhookDelivery.objects.filter(
            endpoint__in=queryset.values("pk"), state=WebhookDelivery.State.FAILED
        ).again()
        for endpoint in queryset:
            endpoints.nudge(endpoint)
        self.tell(request, _sent_again(failed))

    @action(description=_("Switch on"), permissions=["operate"])
    def switch_on(self, request: HttpRequest, queryset: QuerySet[WebhookEndpoint]) -> None:
        for endpoint in queryset.filter(is_active=False):
            endpoints.change(endpoint, is_active=True)
        self.tell(request, _("What waited for them is sent now."))

    @action(description=_("Switch off"), permissions=["operate"])
    def switch_off(self, request: HttpRequest, queryset: QuerySet[WebhookEndpoint]) -> None:
        for endpoint in queryset.filter(is_active=True):
            endpoints.change(endpoint, is_active=False)
        self.tell(request, _("They are told nothing until they are switched on; then they are told what they missed."))

    @action(description=_("Give another secret"), permissions=["operate"])
    def renew_secret(self, request: HttpRequest, queryset: QuerySet[WebhookEndpoint]) -> HttpResponse | None:
        if queryset.count() != 1:
            self.tell(request, _("Choose one endpoint: its secret is shown once."), done=False)
            return None
        if "confirmed" not in request.POST:
            question = _(
                "Make another secret? Calls are signed with both for a day; by then the receiver has to know this one."
            )
            return self.confirmation(request, queryset, action="renew_secret", question=question)
        endpoint = queryset.get()
        return self._secret_page(request, endpoint, endpoints.renew_secret(endpoint, overlap=endpoints.OVERLAP))


def _shown(delivery: WebhookDelivery) -> list[dict[str, Any]]:
    folded = [
        {
            **attempt,
            "headers": display.data(attempt["headers"], str(_("Show"))),
            "answer": display.data(attempt["answer"], str(_("Show"))) if attempt["answer"] else display.EMPTY,
        }
        for attempt in delivery.attempts_made
    ]
    return folded[::-1]


def _sent_again(number: int) -> str:
    text = ngettext("%(number)s delivery is sent once more.", "%(number)s deliveries are sent once more.", number)
    return text % {"number": number}


class WebhookDeliveryAdmin(ReadOnlyAdmin):
    is_large = True
    channel_lookups = ()
    list_display = ("topic", "subject", "endpoint", "shown_state", "attempts", "shown_error", "created_at")
    list_select_related = ("endpoint",)
    list_filter = (("endpoint", RelatedFilter), ("state", ChoicesCheckboxFilter))
    search_fields = ("subject",)
    search_help_text = _("Seller id, or the header webhook-id")
    ordering = ("-pk",)
    sortable_by = ()
    actions = ("redeliver",)
    row_actions = actions
    fieldsets = (
        (None, {"fields": ("topic", "subject", "endpoint", "channel", "seller_id", "shown_id", "shown_body")}),
        (_("Sending"), {"fields": ("shown_state", "error", "attempts", "not_before", "created_at", "delivered_at")}),
        (_("Attempts"), {"fields": ("shown_attempts",)}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookDelivery]:
        is_list = not (request.resolver_match and request.resolver_match.kwargs.get("object_id"))
        rows: QuerySet[WebhookDelivery] = super().get_queryset(request)
        return rows.defer("body", "answers") if is_list else rows

    def pasted(self, text: str) -> Q:
        token = text.removeprefix("msg_")
        is_id = len(token) == 32 and all(character in "0123456789abcdef" for character in token)
        return Q(message_id=token) if is_id else Q(seller_id=text)

    @column(description=_("state"))
    def shown_state(self, delivery: WebhookDelivery) -> str:
        return display.badge(delivery)

    @column(description=_("error"))
    def shown_error(self, delivery: WebhookDelivery) -> str:
        return display.short(delivery.error)

    @column(description=_("message id"))
    def shown_id(self, delivery: WebhookDelivery) -> str:
        return delivery.webhook_id

    @column(description=_("body"))
    def shown_body(self, delivery: WebhookDelivery) -> str:
        return display.data(delivery.message)

    @column(description=_("attempts"))
    def shown_attempts(self, delivery: WebhookDelivery) -> str:
        return render_to_string("admin/webhook_attempts.html", {"attempts": _shown(delivery)})

    @action(description=_("Send once more"), permissions=["operate"])
    def redeliver(self, request: HttpRequest, queryset: QuerySet[WebhookDelivery]) -> None:
        chosen = WebhookDelivery.objects.filter(pk__in=queryset.values("pk"))
        told = WebhookEndpoint.objects.filter(pk__in=chosen.values("endpoint"))
        number, asked = chosen.again(), queryset.count()
        for endpoint in told:
            endpoints.nudge(endpoint)
        self.tell(request, _sent_again(number), done=number == asked)


class WebhookPositionAdmin(ReadOnlyAdmin):
    channel_lookups = ()
    list_display = ("endpoint", "feed", "number")
    list_select_related = ("endpoint",)
    list_filter = (("endpoint", RelatedFilter),)
    fields = ("endpoint", "feed", "number")


PAGES = {
    WebhookEndpoint: WebhookEndpointAdmin,
    WebhookDelivery: WebhookDeliveryAdmin,
    WebhookPosition: WebhookPositionAdmin,
}
