"""The admin of what a channel asks of listings, and of what sellers read when one fails."""

from typing import Any

from django.contrib.admin import ModelAdmin as AnyModelAdmin
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from listings import failures, rule_checks
from listings.models import ErrorText, ListingRule
from platforms import display
from platforms.back_office import ModelAdmin, RelatedFilter
from platforms.models import Channel
from platforms.theme import BooleanRadioFilter, ChoicesCheckboxFilter
from platforms.theme import display as column

FAILURES_URL = "listings_failures"


def failures_url(channel: Channel) -> str:
    return f"{reverse(f'admin:{FAILURES_URL}')}?{urlencode({'channel': channel.code})}"


class OffersToCheckAgain(ModelAdmin):
    """What failed by what is changed here can be submitted again."""

    def offer_to_check(self, request: HttpRequest, channel: Channel, code: str) -> None:
        number = failures.of([channel], code).count()
        if not number:
            return
        text = ngettext(
            "%(number)s listing has failed with %(code)s.", "%(number)s listings have failed with %(code)s.", number
        ) % {"number": display.grouped(number), "code": code}
        link = display.page_link(failures_url(channel), _("Submit them again"))
        self.tell(request, format_html("{} {}", text, link), done=False)


class ListingRuleAdmin(OffersToCheckAgain):
    list_display = ("shown_rule", "shown_channel", "category", "shown_limits", "shown_code", "is_active")
    list_select_related = ("channel",)
    list_filter = (
        ("channel", RelatedFilter),
        ("kind", ChoicesCheckboxFilter),
        ("is_active", BooleanRadioFilter),
    )
    search_fields = ("attribute", "category", "code")
    fieldsets = (
        (None, {"fields": ("channel", "kind", "is_active")}),
        (
            _("What it takes"),
            {
                "fields": (("field", "attribute"), ("minimum", "maximum"), ("width", "height"), "category"),
                "description": _(
                    "A field that is filled in and the length of a text need the field; an attribute needs its id; "
                    "lengths and numbers of pictures need the least, the most or both; the size of pictures needs "
                    "width, height or both. The others stay empty."
                ),
            },
        ),
        (_("What the seller reads"), {"fields": ("code",)}),
    )

    @column(description=_("rule"))
    def shown_rule(self, rule: ListingRule) -> str:
        parts = [rule.get_kind_display(), rule.get_field_display(), rule.attribute]
        return ": ".join(str(part) for part in parts if part)

    @column(description=_("limits"))
    def shown_limits(self, rule: ListingRule) -> str:
        if rule.width or rule.height:
            return f"{rule.width or display.EMPTY} × {rule.height or display.EMPTY}"
        if rule.minimum is not None and rule.maximum is not None:
            return f"{rule.minimum} – {rule.maximum}"
        if rule.minimum is not None:
            return f"≥ {rule.minimum}"
        return display.EMPTY if rule.maximum is None else f"≤ {rule.maximum}"

    @column(description=_("error code"))
    def shown_code(self, rule: ListingRule) -> str:
        return rule.code or rule_checks.code_of(rule)

    def save_model(self, request: HttpRequest, obj: ListingRule, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        self.offer_to_check(request, obj.channel, obj.code or rule_checks.code_of(obj))

    def delete_model(self, request: HttpRequest, obj: ListingRule) -> None:
        super().delete_model(request, obj)
        self.offer_to_check(request, obj.channel, obj.code or rule_checks.code_of(obj))


class ErrorTextAdmin(OffersToCheckAgain):
    list_display = ("code", "language", "text", "shown_channel")
    list_select_related = ("channel",)
    list_filter = (("channel", RelatedFilter),)
    search_fields = ("code", "text")
    fields = ("channel", "code", "language", "text", "cure")

    def save_model(self, request: HttpRequest, obj: ErrorText, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        self.offer_to_check(request, obj.channel, obj.code)


PAGES: dict[type[Model], type[AnyModelAdmin]] = {ListingRule: ListingRuleAdmin, ErrorText: ErrorTextAdmin}
