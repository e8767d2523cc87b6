"""The admin of channels, the event inbox and API keys; and the one place where the pages of other tables register."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from platforms import (
    api_keys,
    channels,
    display,
    gateway,
    jobs,
    people_admin,
    reconciliation_admin,
    staff,
    worker_admin,
)
from platforms.back_office import ModelAdmin, ReadOnlyAdmin, RelatedFilter
from platforms.fields import is_unreadable
from platforms.forms import ApiKeyForm, ChannelForm
from platforms.models import ApiKey, Channel, Event, StockSyncGroup
from platforms.theme import BooleanRadioFilter, ChoicesCheckboxFilter, DropdownFilter, action, label
from platforms.theme import display as column


@admin.register(Channel)
class ChannelAdmin(ModelAdmin):
    form = ChannelForm
    channel_lookups = ("pk",)
    list_display = (
        "code",
        "display_name",
        "kind",
        "platform",
        "currency",
        "stock_source",
        "connector",
        "token",
        "is_active",
    )
    list_select_related = ("platform",)
    list_filter = (("kind", ChoicesCheckboxFilter), ("is_active", BooleanRadioFilter))
    search_fields = ("code", "display_name")
    actions = ("run_jobs",)
    row_actions = ("run_jobs",)
    readonly_fields = (
        "shown_sign_up_url",
        "shown_update_url",
        "token",
        "token_refused_since",
        "token_refusal",
        "reconciled_at",
    )
    fieldsets = (
        (None, {"fields": ("code", "display_name", "kind", "platform", "is_active")}),
        (_("Market"), {"fields": ("currency", "languages", "countries")}),
        (
            _("Pages for sellers"),
            {
                "fields": ("sign_up_url", "update_url", "shown_sign_up_url", "shown_update_url"),
                "description": _(
                    "Leave the URLs empty to use the portal's own pages. A marketplace has those of its platform."
                ),
            },
        ),
        (_("Stock"), {"fields": ("stock_source", "stock_sync_group")}),
        (
            _("SCX"),
            {
                "fields": (
                    "token",
                    "token_refused_since",
                    "token_refusal",
                    "new_refresh_token",
                    "forget_refresh_token",
                    "minimum_client_versions",
                    "feature_flags",
                    "reconciled_at",
                )
            },
        ),
        (_("Connector"), {"fields": ("connector", "new_connector_settings", "forget_connector_settings")}),
        (_("Appearance and data"), {"fields": ("branding", "retention_days")}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Channel | None = None) -> Any:
        # Who is limited to channels cannot move them out of those limits.
        fixed = ("code", "kind", "platform") if staff.channels_of(request) is not None else ()
        return (*super().get_readonly_fields(request, obj), *fixed)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and staff.channels_of(request) is None

    def save_model(self, request: HttpRequest, obj: Channel, form: Any, change: bool) -> None:
        channels.save(obj)

    @column(description=_("Token"))
    def token(self, channel: Channel) -> str:
        if channel.is_platform:
            return label(_("not needed"))
        if is_unreadable(channel.refresh_token):
            return label(_("unreadable: enter it again"), "danger")
        if channel.token_refused_since:
            return label(_("refused by SCX"), "danger")
        return label(_("set"), "success") if channel.has_token else label(_("not set"), "warning")

    @column(description=_("Sign-up URL for JTL"))
    def shown_sign_up_url(self, channel: Channel) -> str:
        return display.copyable(channel.effective_sign_up_url) if channel.code else display.EMPTY

    @column(description=_("Update URL for JTL"))
    def shown_update_url(self, channel: Channel) -> str:
        return display.copyable(channel.effective_update_url) if channel.code else display.EMPTY

    @action(description=_("Exchange data with SCX now"), permissions=["operate"])
    def run_jobs(self, request: HttpRequest, queryset: QuerySet[Channel]) -> None:
        running = list(Channel.objects.callable().filter(pk__in=queryset.values("pk")))
        gateway.ask_again(Channel.objects.filter(pk__in=[channel.pk for channel in running]))
        for channel in running:
            jobs.nudge_channel(channel)
        self.tell(
            request,
            ngettext(
                "The worker was asked to exchange the data of %(number)s channel.",
                "The worker was asked to exchange the data of %(number)s channels.",
                len(running),
            )
            % {"number": len(running)},
            done=len(running) == queryset.count(),
        )


@admin.register(StockSyncGroup)
class StockSyncGroupAdmin(ModelAdmin):
    channel_lookups = ("platform", "platform__marketplaces")
    list_display = ("label", "platform")
    list_select_related = ("platform",)
    search_fields = ("label", "platform__code")
    fields = ("platform", "label")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        field.queryset = field.queryset.filter(kind=Channel.Kind.PLATFORM)
        return field


class EventTypeFilter(DropdownFilter):
    """Filters by the types the portal handles; the others are found together."""

    title = _("type")
    parameter_name = "type"
    OTHERS = "others"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [*((name, name) for name in settings.SCX_EVENTS), (self.OTHERS, _("other types"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Event]) -> QuerySet[Event]:
        wanted = self.value()
        if wanted == self.OTHERS:
            return queryset.exclude(type__in=list(settings.SCX_EVENTS))
        return queryset.filter(type=wanted) if wanted else queryset


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    is_large = True
    list_display = (
        "event_id",
        "type",
        "shown_channel",
        "shown_seller",
        "shown_state",
        "attempts",
        "created_at",
        "received_at",
    )
    list_select_related = ("channel",)
    list_filter = (("channel", RelatedFilter), EventTypeFilter, ("state", ChoicesCheckboxFilter))
    search_fields = ("event_id",)
    search_help_text = _("Event id or seller id")
    sortable_by = ()
    actions = ("replay",)
    row_actions = ("replay",)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "event_id",
                    "type",
                    "channel",
                    "shown_seller",
                    "shown_state",
                    "error",
                    "attempts",
                    "not_before",
                )
            },
        ),
        (_("From SCX"), {"fields": ("created_at", "received_at", "client_version", "number", "shown_payload")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        # A list of payloads of megabytes would take all memory; the page of one event reads its own.
        return super().get_queryset(request).defer("payload")

    def pasted(self, text: str) -> Q:
        return Q(event_id=text) | Q(seller_id=text)

    @column(description=_("state"))
    def shown_state(self, event: Event) -> str:
        return display.badge(event)

    @column(description=_("seller"))
    def shown_seller(self, event: Event) -> str:
        return (
            display.list_link("sellers_seller", display.short(event.seller_id, 14), q=event.seller_id)
            if event.seller_id
            else display.EMPTY
        )

    @column(description=_("payload"))
    def shown_payload(self, event: Event) -> str:
        return display.data(event.payload)

    @action(description=_("Replay"), permissions=["operate"])
    def replay(self, request: HttpRequest, queryset: QuerySet[Event]) -> None:
        handled = Event.objects.filter(pk__in=queryset.values("pk"), type__in=list(settings.SCX_EVENTS))
        touched = Channel.objects.filter(pk__in=handled.values("channel"))
        chosen, channels_touched = queryset.count(), list(touched)
        replayed = handled.replay()
        for channel in channels_touched:
            jobs.nudge("apply", channel)
        text = ngettext("%(number)s event will be applied again.", "%(number)s events will be applied again.", replayed)
        if replayed < chosen:
            text += " " + ngettext(
                "%(rest)s is of a type the portal does not handle.",
                "%(rest)s are of types the portal does not handle.",
                chosen - replayed,
            )
        self.tell(request, text % {"number": replayed, "rest": chosen - replayed}, done=replayed == chosen)


@admin.register(ApiKey)
class ApiKeyAdmin(ModelAdmin):
    form = ApiKeyForm
    channel_lookups = ()
    list_display = ("name", "prefix", "scope", "bound_to", "created_at", "last_used_at", "expires_at", "revoked_at")
    list_filter = (("scope", ChoicesCheckboxFilter),)
    search_fields = ("name", "prefix")
    autocomplete_fields = ("channels",)
    readonly_fields = ("prefix", "created_at", "last_used_at", "revoked_at")
    add_fieldsets = ((None, {"fields": ("name", "scope", "channels", "expires_at")}),)
    fieldsets = (
        (None, {"fields": ("name", "prefix", "scope", "channels", "expires_at")}),
        (_("History"), {"fields": ("created_at", "last_used_at", "revoked_at")}),
    )
    actions = ("revoke",)
    row_actions = ("revoke",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiKey]:
        return super().get_queryset(request).prefetch_related("channels")

    @column(description=_("Channels"))
    def bound_to(self, key: ApiKey) -> Any:
        if not key.is_bound:
            return _("all")
        return ", ".join(channel.code for channel in key.channels.all()) or _("none")

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        made, secret = api_keys.make(obj.name, obj.scope, expires_at=obj.expires_at)
        # The form goes on with the row that was made: it saves the channels and is what the log names.
        obj.__dict__.update(made.__dict__, secret=secret)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        api_keys.bind(form.instance, form.cleaned_data["channels"])

    def response_add(self, request: HttpRequest, obj: ApiKey, post_url_continue: str | None = None) -> HttpResponse:
        """The page with the key itself: a message would keep it in a cookie until the next page."""
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("API key"),
            "key": obj,
            "secret": obj.__dict__["secret"],
            "changelist_url": reverse("admin:platforms_apikey_changelist"),
        }
        return TemplateResponse(request, "admin/api_key.html", context, headers={"Cache-Control": "no-store"})

    @action(description=_("Revoke"), permissions=["operate"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> HttpResponse | None:
        if "confirmed" not in request.POST:
            question = _("End these keys now? Systems that use them are refused at once, and a key cannot be revived.")
            return self.confirmation(request, queryset, action="revoke", question=question)
        revoked = api_keys.revoke(ApiKey.objects.filter(pk__in=queryset.values("pk")))
        text = ngettext("%(number)s key was revoked.", "%(number)s keys were revoked.", revoked) % {"number": revoked}
        self.tell(request, text, done=revoked == queryset.count())
        return None


admin.site.index_title = _("Overview")

for model, page in {**people_admin.PAGES, **worker_admin.PAGES, **reconciliation_admin.PAGES}.items():
    if admin.site.is_registered(model):
        # Django and django-q2 brought pages without the theme and its limits.
        admin.site.unregister(model)
    admin.site.register(model, page)
