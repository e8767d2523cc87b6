"""The admin of channels, the event inbox and API keys; and the one place where the pages of other tables register."""

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from platforms import (
    api_keys,
    assistant_admin,
    branding,
    branding_form,
    channel_at_scx_admin,
    channel_settings,
    channels,
    client_versions,
    display,
    gateway,
    jobs,
    jtl_requests,
    minimum_versions,
    minimum_versions_admin,
    people_admin,
    pools,
    pools_texts,
    price_types_admin,
    reconciliation_admin,
    staff,
    webhooks_admin,
    worker_admin,
)
from platforms.back_office import ModelAdmin, ReadOnlyAdmin, RelatedFilter
from platforms.forms import ApiKeyForm, ChannelForm
from platforms.models import ApiKey, Channel, Event, IdempotentCall
from platforms.pool_moves import Move
from platforms.price_types_admin import PriceTypePages
from platforms.theme import BooleanRadioFilter, ChoicesCheckboxFilter, DropdownFilter, action, label
from platforms.theme import display as column
from platforms.tokens_admin import TokenPages


@admin.register(Channel)
class ChannelAdmin(PriceTypePages, TokenPages):
    form = ChannelForm
    channel_lookups = ("pk",)
    list_display = (
        "code",
        "display_name",
        "kind",
        "platform",
        "currency",
        "connector",
        "token",
        "is_active",
        "shown_readiness",
    )
    list_select_related = ("platform",)
    list_filter = (("kind", ChoicesCheckboxFilter), ("is_active", BooleanRadioFilter))
    search_fields = ("code", "display_name")
    actions = ("run_jobs", "test_token")
    row_actions = ("run_jobs", "test_token")
    list_before_template = "admin/channel_start.html"
    change_form_outer_before_template = "admin/channel_buttons.html"
    readonly_fields = (
        "shown_sign_up_url",
        "shown_update_url",
        "shown_mails",
        "shown_logo",
        "shown_previews",
        "shown_opening",
        "token",
        "token_entered",
        "token_accepted",
        "token_refused_since",
        "token_refusal",
        "shown_client_versions",
        "shown_urls_at_jtl",
        "shown_comparison",
        "reconciled_at",
    )
    fieldsets = (
        (None, {"fields": ("code", "display_name", "kind", "platform", "is_active")}),
        (_("Market"), {"fields": ("currency", "languages", "countries")}),
        (
            _("Pages for sellers"),
            {
                "fields": (
                    *("sign_up_url", "update_url", "shown_sign_up_url", "shown_update_url"),
                    *("shown_urls_at_jtl", "shown_previews", "shown_mails"),
                ),
                "description": _(
                    "Leave the URLs empty to use the portal's own pages. A marketplace has those of its platform."
                ),
            },
        ),
        (_("Stock"), {"fields": ("stock_source", "stock_sync_group", "stock_buffer", "stock_minimum")}),
        (
            _("SCX"),
            {
                "fields": (
                    "token",
                    "token_entered",
                    "token_accepted",
                    "token_refused_since",
                    "token_refusal",
                    "new_refresh_token",
                    "forget_refresh_token",
                    "shown_client_versions",
                    "feature_flags",
                    "shown_comparison",
                    "reconciled_at",
                )
            },
        ),
        (_("Connector"), {"fields": ("connector", "new_connector_settings", "forget_connector_settings")}),
        (_("Answers"), {"fields": ("in_progress_report", "waiting_limit_hours")}),
        (_("Data"), {"fields": ("retention_days",)}),
    )
    # Of a marketplace only.
    of_marketplace = (
        (
            _("Sellers"),
            {
                "fields": ("new_sellers", "shown_opening"),
                "description": _(
                    "The choice counts for sign-ups from now on. Sellers who are connected already keep what they have."
                ),
            },
        ),
    )
    # Not of a marketplace: its sellers are those of its platform, and see its pages.
    of_home = (
        (_("Sellers"), {"fields": ("several_sellers_per_account", "unlink_rejected_after_days")}),
        (
            _("Appearance of the pages for sellers"),
            {
                "fields": ("shown_logo", *branding_form.FIELDS),
                "description": _(
                    "The pages carry the channel's display name. Texts that are the same in all languages need one "
                    "line only."
                ),
            },
        ),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Channel | None = None) -> Any:
        # Who is limited to channels cannot move them out of those limits.
        fixed = ("code", "kind", "platform") if staff.channels_of(request) is not None else ()
        return (*super().get_readonly_fields(request, obj), *fixed)

    def get_fieldsets(self, request: HttpRequest, obj: Channel | None = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        is_marketplace = obj is not None and obj.kind == Channel.Kind.MARKETPLACE
        return (*fieldsets, *(self.of_marketplace if is_marketplace else self.of_home))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and staff.channels_of(request) is None

    def get_urls(self) -> list[URLPattern]:
        own = (
            ("<path:object_id>/client-versions/", minimum_versions_admin),
            ("<path:object_id>/assistant/", assistant_admin),
            ("<path:object_id>/scx/", channel_at_scx_admin),
        )
        pages = [
            path(route, self.admin_site.admin_view(room.page), {"pages": self}, name=room.URL_NAME)
            for route, room in own
        ]
        return [*pages, *super().get_urls()]

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        shown = super().get_changelist_instance(request)
        assistant_admin.attach(shown.result_list)
        return shown

    def response_add(self, request: HttpRequest, obj: Channel, post_url_continue: str | None = None) -> HttpResponse:
        """On with the assistant, which has the rest of the way."""
        response = super().response_add(request, obj, post_url_continue)
        goes_on = {"_addanother", "_continue", "_popup"} & request.POST.keys()
        return response if goes_on else HttpResponseRedirect(assistant_admin.assistant_url(obj))

    def save_model(self, request: HttpRequest, obj: Channel, form: Any, change: bool) -> None:
        stored = Channel.objects.select_related(*pools.RELATED).filter(pk=obj.pk).first()
        channels.save(obj)
        moves = [Move(stored, pools.configured_label(stored), pools.configured_label(obj))] if stored else []
        for move in moves:
            if move.before != move.after:
                messages.info(request, pools_texts.change(move))

    @column(description=_("Readiness"))
    def shown_readiness(self, channel: Channel) -> str:
        return assistant_admin.badge(channel, channel.readiness)  # type: ignore[attr-defined]

    @column(description=minimum_versions_admin.TITLE)
    def shown_client_versions(self, channel: Channel) -> str:
        if channel.is_platform:
            return gettext("A platform is virtual and demands none: its marketplaces carry theirs.")
        if channel.pk is None:
            return display.EMPTY
        url = reverse(f"admin:{minimum_versions_admin.URL_NAME}", args=[channel.pk])
        link = display.page_link(url, client_versions.shown(channel.minimum_client_versions))
        if minimum_versions.is_at_scx(channel):
            return link
        return display.joined(link, label(_("not yet at SCX"), "warning"))

    @column(description=_("Sign-up URL for JTL"))
    def shown_sign_up_url(self, channel: Channel) -> str:
        return display.copyable(channel.effective_sign_up_url) if channel.code else display.EMPTY

    @column(description=_("Update URL for JTL"))
    def shown_update_url(self, channel: Channel) -> str:
        return display.copyable(channel.effective_update_url) if channel.code else display.EMPTY

    @column(description=_("At JTL"))
    def shown_urls_at_jtl(self, channel: Channel) -> str:
        """How SCX comes to know the URLs."""
        if channel.pk is None:
            return display.EMPTY
        link = display.page_link(_comparison_url(channel), channel_settings.TITLE)
        if channel.kind == Channel.Kind.STANDALONE:
            text = gettext("SCX takes changed URLs with a mailed pin:")
            return format_html("{} {}", text, link)
        text = gettext(
            "A platform has no token, so its URLs can only be set at JTL. Send JTL this text; whether SCX has them:"
        )
        letter = display.copyable_text(jtl_requests.urls(channel), gettext("Request to JTL"))
        return format_html("{} {}{}", text, link, letter)

    @column(description=channel_settings.TITLE)
    def shown_comparison(self, channel: Channel) -> str:
        if channel.pk is None:
            return display.EMPTY
        number = channel.discrepancies.count()
        text = ngettext("%(number)s difference", "%(number)s differences", number) % {"number": number}
        link = display.page_link(_comparison_url(channel), gettext("Here and at SCX, property by property"))
        return display.joined(link, label(text, "warning")) if number else link

    @column(description=_("Mails to sellers"))
    def shown_mails(self, channel: Channel) -> str:
        # Another app's page, known by its name only.
        text = _("Texts and which mails are sent")
        return format_html('<a href="{}" class="text-link">{}</a>', reverse("admin:sellers_mail_texts"), text)

    @column(description=_("Sellers who are here already"))
    def shown_opening(self, channel: Channel) -> str:
        # Another app's page, known by its name only.
        url = f"{reverse('admin:sellers_opening_give')}?{urlencode({'marketplace': channel.code})}"
        return display.page_link(url, _("Give them this marketplace"))

    @column(description=_("Logo"))
    def shown_logo(self, channel: Channel) -> str:
        logo = channel.branding.get("logo")
        if not logo or not branding.LOGO.fullmatch(str(logo)):
            return display.EMPTY
        return format_html('<img src="{}" alt="{}" height="32" class="portal-logo">', logo, _("Logo"))

    @column(description=_("Preview"))
    def shown_previews(self, channel: Channel) -> str:
        # Not the row's code: a form with errors holds whatever was entered.
        code = Channel.objects.filter(pk=channel.pk).values_list("code", flat=True).first()
        if code is None:
            return display.EMPTY
        return format_html(
            '<a href="{}" class="text-link">{}</a>', reverse("previews", args=[code]), _("See every page")
        )

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
    list_display = (
        "name",
        "prefix",
        "shown_rights",
        "bound_to",
        "created_at",
        "last_used_at",
        "expires_at",
        "revoked_at",
    )
    list_filter = (("scope", ChoicesCheckboxFilter),)
    search_fields = ("name", "prefix")
    autocomplete_fields = ("channels",)
    readonly_fields = ("prefix", "created_at", "last_used_at", "revoked_at")
    add_fieldsets = ((None, {"fields": ("name", "scope", "scopes", "channels", "expires_at")}),)
    fieldsets = (
        (None, {"fields": ("name", "prefix", "scope", "scopes", "channels", "expires_at")}),
        (_("History"), {"fields": ("created_at", "last_used_at", "revoked_at")}),
    )
    actions = ("rotate", "revoke")
    row_actions = actions

    @column(description=_("rights"))
    def shown_rights(self, key: ApiKey) -> str:
        return key.rights

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
        made, secret = api_keys.make(obj.name, obj.scope, expires_at=obj.expires_at, scopes=obj.scopes)
        # The form goes on with the row that was made: it saves the channels and is what the log names.
        obj.__dict__.update(made.__dict__, secret=secret)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        api_keys.bind(form.instance, form.cleaned_data["channels"])

    def response_add(self, request: HttpRequest, obj: ApiKey, post_url_continue: str | None = None) -> HttpResponse:
        return self._key_page(request, obj, obj.__dict__["secret"])

    def _key_page(self, request: HttpRequest, key: ApiKey, secret: str) -> HttpResponse:
        """The page with the key itself: a message would keep it in a cookie until the next page."""
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("API key"),
            "key": key,
            "secret": secret,
            "changelist_url": reverse("admin:platforms_apikey_changelist"),
        }
        return TemplateResponse(request, "admin/api_key.html", context, headers={"Cache-Control": "no-store"})

    @action(description=_("Replace by another"), permissions=["operate"])
    def rotate(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> HttpResponse | None:
        usable = ApiKey.objects.usable(timezone.now()).filter(pk__in=queryset.values("pk"))
        if usable.count() != 1 or queryset.count() != 1:
            self.tell(request, _("Choose one key that may be used: the next is shown once."), done=False)
            return None
        if "confirmed" not in request.POST:
            question = _("Make another key with the same rights? This one works for a day more.")
            return self.confirmation(request, queryset, action="rotate", question=question)
        return self._key_page(request, *api_keys.rotate(usable.get(), overlap=api_keys.OVERLAP))

    @action(description=_("Revoke"), permissions=["operate"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> HttpResponse | None:
        if "confirmed" not in request.POST:
            question = _("End these keys now? Systems that use them are refused at once, and a key cannot be revived.")
            return self.confirmation(request, queryset, action="revoke", question=question)
        revoked = api_keys.revoke(ApiKey.objects.filter(pk__in=queryset.values("pk")))
        text = ngettext("%(number)s key was revoked.", "%(number)s keys were revoked.", revoked) % {"number": revoked}
        self.tell(request, text, done=revoked == queryset.count())
        return None


@admin.register(IdempotentCall)
class IdempotentCallAdmin(ReadOnlyAdmin):
    """Without the answers: what they tell is for the key that asked."""

    is_large = True
    channel_lookups = ()
    list_display = ("key", "api_key", "method", "shown_path", "status", "created_at", "leased_until")
    list_select_related = ("api_key",)
    list_filter = (("api_key", RelatedFilter),)
    search_fields = ("key",)
    search_help_text = _("Idempotency key")
    sortable_by = ()
    fields = ("key", "api_key", "method", "path", "status", "created_at", "leased_until")

    def get_queryset(self, request: HttpRequest) -> QuerySet[IdempotentCall]:
        return super().get_queryset(request).defer("body")

    def pasted(self, text: str) -> Q:
        return Q(key=text)

    @column(description=_("path"))
    def shown_path(self, call: IdempotentCall) -> str:
        return display.short(call.path)


def _comparison_url(channel: Channel) -> str:
    return reverse(f"admin:{channel_settings.URL_NAME}", args=[channel.pk])


admin.site.index_title = _("Overview")

for model, page in {
    **people_admin.PAGES,
    **worker_admin.PAGES,
    **reconciliation_admin.PAGES,
    **assistant_admin.PAGES,
    **channel_at_scx_admin.PAGES,
    **price_types_admin.PAGES,
    **webhooks_admin.PAGES,
}.items():
    if admin.site.is_registered(model):
        # Django and django-q2 brought pages without the theme and its limits.
        admin.site.unregister(model)
    admin.site.register(model, page)
