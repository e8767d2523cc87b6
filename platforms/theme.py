"""The admin's theme: the one module of ours that imports it, so that leaving it is a day's work."""

from typing import Any

from django.core.paginator import EmptyPage, Page
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from unfold.admin import ModelAdmin as ThemedModelAdmin
from unfold.admin import TabularInline as ThemedTabularInline
from unfold.contrib.filters.admin import (
    BooleanRadioFilter,
    ChoicesCheckboxFilter,
    DropdownFilter,
    RelatedDropdownFilter,
)
from unfold.decorators import action, display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.paginator import InfinitePaginator as ThemedInfinitePaginator
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminFileFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

__all__ = [
    "AdminPasswordChangeForm",
    "BooleanRadioFilter",
    "CheckboxInput",
    "CheckboxSelectMultiple",
    "ChoicesCheckboxFilter",
    "DropdownFilter",
    "FileInput",
    "InfinitePaginator",
    "NumberInput",
    "PasswordInput",
    "RelatedDropdownFilter",
    "Select",
    "TextInput",
    "Textarea",
    "ThemedModelAdmin",
    "ThemedTabularInline",
    "UserChangeForm",
    "UserCreationForm",
    "action",
    "display",
    "label",
]

CheckboxInput = UnfoldBooleanWidget
CheckboxSelectMultiple = UnfoldAdminCheckboxSelectMultipleWidget
FileInput = UnfoldAdminFileFieldWidget
NumberInput = UnfoldAdminIntegerFieldWidget
PasswordInput = UnfoldAdminPasswordWidget
Select = UnfoldAdminSelectWidget
TextInput = UnfoldAdminTextInputWidget
Textarea = UnfoldAdminTextareaWidget


class PageWithoutCount(Page):
    def has_next(self) -> bool:
        return bool(self.paginator.has_more)  # type: ignore[attr-defined]


class InfinitePaginator(ThemedInfinitePaginator):
    """Pages without COUNT(*): each reads one row more than it shows, to know whether another follows.

    The theme knows such a paginator by this class name.
    """

    template_name = "admin/pages_without_count.html"
    # Rows skipped cost as much as rows shown; who looks further back narrows the list instead.
    LAST_PAGE = 1000
    has_more = False

    def page(self, number: Any) -> PageWithoutCount:
        number = self.validate_number(number)
        if number > self.LAST_PAGE:
            raise EmptyPage
        start = (number - 1) * self.per_page
        rows = list(self.object_list[start : start + self.per_page + 1])
        self.has_more = len(rows) > self.per_page and number < self.LAST_PAGE
        return PageWithoutCount(rows[: self.per_page], number, self)


def label(text: Any, kind: str = "") -> SafeString:
    """A text in a coloured pill; `kind` is info, success, warning, danger or nothing."""
    # The template escapes the text.
    return mark_safe(render_to_string("unfold/helpers/label.html", {"text": text, "type": kind}).strip())  # noqa: S308
