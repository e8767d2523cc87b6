"""The admin of pictures, and how a picture is shown on the pages of offers."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from listings.admin_parts import StateInline
from listings.models import Picture, PictureFile
from listings.pasted import rows_of_offers_meant
from listings.thumbnails import thumbnail
from platforms import display
from platforms.back_office import ReadOnlyAdmin, RelatedFilter
from platforms.jobs import nudge
from platforms.models import Channel
from platforms.theme import ChoicesCheckboxFilter, action
from platforms.theme import display as column


def shown(picture: Picture) -> str:
    if not picture.content:
        return display.EMPTY
    return thumbnail(picture.content.sha256, description=picture.name, url=picture.content.url)


class PictureInline(StateInline):
    model = Picture
    channel_lookups = ("offer__channel",)
    fields = ("position", "shown_picture", "shown_source", "shown_state", "deadline")
    readonly_fields = fields
    hide_title = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("content")

    @column(description=_("picture"))
    def shown_picture(self, picture: Picture) -> str:
        return shown(picture)

    @column(description=_("source"))
    def shown_source(self, picture: Picture) -> str:
        return display.web_link(picture.source, display.short(str(picture), 40))


@admin.register(Picture)
class PictureAdmin(ReadOnlyAdmin):
    is_large = True
    channel_lookups = ("offer__channel",)
    list_display = ("shown_picture", "offer", "position", "shown_channel", "shown_state", "short_error", "deadline")
    list_display_links = ("shown_picture", "offer")
    list_select_related = ("offer", "channel", "content")
    list_filter = (("channel", RelatedFilter), ("state", ChoicesCheckboxFilter))
    search_fields = ("offer__sku",)
    search_help_text = _("SKU, GTIN, offer id, seller id or company of the offer, or the picture's name")
    sortable_by = ()
    ordering = ("-pk",)
    actions = ("try_again",)
    row_actions = actions
    fieldsets = (
        (None, {"fields": ("shown_picture", "offer", "channel", "position", "name", "shown_state", "shown_size")}),
        (
            _("Fetching"),
            {"fields": ("shown_source", "deadline", "error", "attempts", "tried_at", "not_before")},
        ),
    )

    def pasted(self, text: str) -> Q:
        return rows_of_offers_meant(text) | Q(name=text)

    @column(description=_("picture"))
    def shown_picture(self, picture: Picture) -> str:
        return thumbnail(picture.content.sha256 if picture.content else None, description=picture.name)

    @column(description=_("source"))
    def shown_source(self, picture: Picture) -> str:
        return display.web_link(picture.source, display.short(picture.source, 60))

    @column(description=_("size"))
    def shown_size(self, picture: Picture) -> str:
        if not picture.content:
            return display.EMPTY
        link = display.web_link(picture.content.url)
        return format_html("{} · {} kB<br>{}", picture.content, max(1, picture.content.size // 1024), link)

    @column(description=_("state"))
    def shown_state(self, picture: Picture) -> str:
        return display.badge(picture)

    @column(description=_("error"))
    def short_error(self, picture: Picture) -> str:
        return display.short(picture.error)

    @action(description=_("Fetch now"), permissions=["operate"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[Picture]) -> None:
        pending = Picture.objects.filter(pk__in=queryset.values("pk"), state=Picture.State.PENDING)
        channels = set(pending.exclude(channel=None).values_list("channel", flat=True))
        number = pending.update(not_before=None)
        for channel in Channel.objects.filter(pk__in=channels):
            nudge("pictures", channel)
        text = ngettext(
            "%(number)s picture will be fetched within a minute.",
            "%(number)s pictures will be fetched within a minute.",
            number,
        )
        self.tell(request, text % {"number": number}, done=bool(number))


@admin.register(PictureFile)
class PictureFileAdmin(ReadOnlyAdmin):
    """Copies belong to no channel: several may show one."""

    is_large = True
    channel_lookups = ()
    list_display = ("shown_picture", "sha256", "format", "width", "height", "size", "created_at")
    search_fields = ("sha256",)
    search_help_text = _("SHA-256")
    sortable_by = ()
    ordering = ("-pk",)
    fields = ("shown_picture", "sha256", "format", "width", "height", "size", "created_at", "shown_pictures")

    def pasted(self, text: str) -> Q:
        return Q(sha256=text.lower())

    @column(description=_("picture"))
    def shown_picture(self, content: PictureFile) -> str:
        return thumbnail(content.sha256, url=content.url)

    @column(description=_("shown by"))
    def shown_pictures(self, content: PictureFile) -> str:
        return display.list_link("listings_picture", _("Pictures"), content__id__exact=content.pk)
