"""The admin of price types: on their channel's page to be changed, in a list of their own to be followed."""

from typing import Any

from django.contrib.admin import ModelAdmin as AnyModelAdmin
from django.db.models import Model, QuerySet
from django.forms import BaseInlineFormSet, ModelForm
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from platforms import display, price_types
from platforms.back_office import ChannelLimited, ReadOnlyAdmin, RelatedFilter
from platforms.models import Channel, PriceType
from platforms.theme import TextInput, ThemedTabularInline, action, label
from platforms.theme import display as column


def state(row: PriceType) -> str:
    if row.confirmed_at:
        return label(_("known to SCX"), "success")
    return label(_("refused"), "danger") if row.is_refused else label(_("to be told"), "info")


class PriceTypeForm(ModelForm):
    class Meta:
        model = PriceType
        fields = price_types.TOLD
        widgets = {"description": TextInput}

    def save(self, commit: bool = True) -> PriceType:
        row: PriceType = super().save(commit=False)
        return price_types.save(row) if commit else row


class PriceTypeInline(ChannelLimited, ThemedTabularInline):
    """On the page of a marketplace or standalone channel."""

    model = PriceType
    form = PriceTypeForm
    extra = 0
    fields = (*price_types.TOLD, "shown_state")
    readonly_fields = ("shown_state",)
    verbose_name_plural = _("Price types – JTL-Wawi lets merchants list only where there is one")

    @column(description=_("state"))
    def shown_state(self, row: PriceType) -> str:
        return state(row) if row.pk else display.EMPTY


class PriceTypePages(AnyModelAdmin):
    """Part of the admin of channels."""

    def get_inlines(self, request: HttpRequest, obj: Channel | None) -> list[Any]:
        return [PriceTypeInline] if obj and not obj.is_platform else []

    def save_formset(self, request: HttpRequest, form: Any, formset: BaseInlineFormSet, change: bool) -> None:
        if formset.model is not PriceType:
            super().save_formset(request, form, formset, change)
            return
        for row in formset.save(commit=False):
            price_types.save(row)
        for row in formset.deleted_objects:
            row.delete()


class PriceTypeAdmin(ReadOnlyAdmin):
    list_display = ("display_name", "price_type_id", "shown_channel", "shown_state", "confirmed_at", "error")
    list_select_related = ("channel",)
    list_filter = (("channel", RelatedFilter),)
    search_fields = ("price_type_id", "display_name")
    fields = (
        *("channel", "price_type_id", "display_name", "description", "shown_state", "confirmed_at"),
        *("attempts", "not_before", "error", "shown_answers"),
    )
    actions = ("tell_again", "mark_as_known")
    row_actions = ("tell_again", "mark_as_known")

    @column(description=_("state"))
    def shown_state(self, row: PriceType) -> str:
        return state(row)

    @column(description=_("answers"))
    def shown_answers(self, row: PriceType) -> str:
        return display.data(row.answers)

    @action(description=_("Tell SCX again"), permissions=["operate"])
    def tell_again(self, request: HttpRequest, queryset: QuerySet[PriceType]) -> None:
        told = price_types.requeue(PriceType.objects.filter(pk__in=queryset.values("pk")))
        text = ngettext("SCX is told of %(number)s price type.", "SCX is told of %(number)s price types.", told)
        self.tell(request, text % {"number": told})

    @action(description=_("Mark as known to SCX"), permissions=["operate"])
    def mark_as_known(self, request: HttpRequest, queryset: QuerySet[PriceType]) -> HttpResponse | None:
        if "confirmed" not in request.POST:
            question = _(
                "Does SCX have these price types already, although it did not take them from here? Without one, SCX "
                "lets no merchant list."
            )
            return self.confirmation(request, queryset, action="mark_as_known", question=question)
        number = price_types.mark_as_known(PriceType.objects.filter(pk__in=queryset.values("pk")))
        text = ngettext(
            "%(number)s price type counts as known to SCX.", "%(number)s price types count as known to SCX.", number
        )
        self.tell(request, text % {"number": number})
        return None


PAGES: dict[type[Model], type[AnyModelAdmin]] = {PriceType: PriceTypeAdmin}
