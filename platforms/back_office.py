"""What the admin's pages have in common: staff's limits to channels, paging without counting, buttons that POST."""

from typing import Any

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import quote
from django.db.models import Field, Model, Q, QuerySet
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from platforms import display, staff
from platforms.theme import InfinitePaginator, RelatedDropdownFilter, ThemedModelAdmin, ThemedTabularInline
from platforms.theme import display as column

# Names the page a single row's button came from, to return there.
BACK = "_back"


class ChannelLimited:
    """Shows staff the rows of their channels only, in lists, pages, actions, choices and autocompletion alike.

    `channel_lookups` lead from a row to its channel; a model without any is hidden from staff who are limited.
    """

    channel_lookups: tuple[str, ...] = ("channel",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return staff.limit(super().get_queryset(request), self.channel_lookups, staff.channels_of(request))  # type: ignore[misc]

    def get_field_queryset(self, db: str | None, db_field: Any, request: HttpRequest) -> QuerySet[Any] | None:
        related = self.admin_site._registry.get(db_field.remote_field.model)  # type: ignore[attr-defined]
        if isinstance(related, ChannelLimited):
            return related.get_queryset(request)
        return super().get_field_queryset(db, db_field, request)  # type: ignore[misc]

    def _is_theirs(self, request: HttpRequest) -> bool:
        return bool(self.channel_lookups) or staff.channels_of(request) is None

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_view_permission(request, obj) and self._is_theirs(request)  # type: ignore[misc]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and self._is_theirs(request)  # type: ignore[misc]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and self._is_theirs(request)  # type: ignore[misc]


class ModelAdmin(ChannelLimited, ThemedModelAdmin):
    """An admin page of ours.

    `row_actions` names the actions that a single row's page offers as buttons; each POSTs like the list's.
    `is_large` lists are neither counted nor selected whole, and are searched by what people paste (`pasted`).
    """

    row_actions: tuple[str, ...] = ()
    is_large = False
    list_filter_submit = True
    list_per_page = 50
    change_form_outer_before_template = "admin/row_actions.html"

    def __init__(self, model: type[Model], admin_site: Any) -> None:
        super().__init__(model, admin_site)
        if self.is_large:
            self.show_full_result_count = False
            self.list_disable_select_all = True

    @column(description=_("channel"), ordering="channel")
    def shown_channel(self, row: Any) -> str:
        """The channel in a list by its name alone; its code would take a column's width again."""
        return row.channel.display_name if row.channel else display.EMPTY

    def get_paginator(
        self, request: HttpRequest, queryset: QuerySet[Any], per_page: int, *args: Any, **kwargs: Any
    ) -> Any:
        if self.is_large:
            return InfinitePaginator(queryset, per_page, *args, **kwargs)
        return super().get_paginator(request, queryset, per_page, *args, **kwargs)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and self._is_theirs(request)

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Whether the user may run actions on rows that no form changes: those who may change the model."""
        permission = f"{self.opts.app_label}.change_{self.opts.model_name}"
        return request.user.has_perm(permission) and self._is_theirs(request)

    def pasted(self, text: str) -> Q | None:
        """The rows a pasted text means, by indexed columns only; None: search `search_fields` as usual."""
        return None

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> Any:
        text = search_term.strip()
        meant = self.pasted(text) if text else None
        if meant is not None:
            return queryset.filter(meant), False
        return super().get_search_results(request, queryset, search_term)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        allowed = self.get_actions(request) if object_id else {}
        buttons = [(name, allowed[name][2]) for name in self.row_actions if name in allowed]
        context = {
            "row_actions": buttons,
            "row_actions_url": reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"),
            "row_actions_checkbox": ACTION_CHECKBOX_NAME,
            "row_actions_back": BACK,
        }
        return super().changeform_view(request, object_id, form_url, {**context, **(extra_context or {})})

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        response = super().response_action(request, queryset)
        selected = request.POST.getlist(ACTION_CHECKBOX_NAME)
        if request.POST.get(BACK) and len(selected) == 1 and isinstance(response, HttpResponseRedirect):
            name = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
            return HttpResponseRedirect(reverse(name, args=[quote(selected[0])]))
        return response

    def confirmation(
        self,
        request: HttpRequest,
        rows: QuerySet[Any],
        *,
        action: str,
        question: str | Promise,
        form: BaseForm | None = None,
    ) -> HttpResponse:
        """The page between choosing an action and doing it: what will happen to which rows, and what it takes."""
        context = {
            **self.admin_site.each_context(request),
            "title": self.get_actions(request)[action][2],
            "opts": self.opts,
            "question": question,
            "rows": [(row.pk, self.named(row)) for row in rows],
            "form": form,
            "action": action,
            "checkbox": ACTION_CHECKBOX_NAME,
            "back": BACK if request.POST.get(BACK) else "",
            "changelist_url": reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"),
        }
        return TemplateResponse(request, "admin/confirmation.html", context)

    def named(self, row: Any) -> str:
        """How people are told of a row they act on."""
        return str(row)

    def tell(self, request: HttpRequest, message: str | Promise, *, done: bool = True) -> None:
        """One message on what an action did: green when it did all it was asked to."""
        self.message_user(request, str(message), messages.SUCCESS if done else messages.WARNING)


class ReadOnlyAdmin(ModelAdmin):
    """For what SCX, sellers or the worker own: to be read, and acted on by actions alone."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class Inline(ChannelLimited, ThemedTabularInline):
    """Rows shown on another row's page: to be read only, linked to their own pages."""

    extra = 0
    can_delete = False
    show_change_link = True
    per_page = 20

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class RelatedFilter(RelatedDropdownFilter):
    """Filters by a related row, of those that staff may see."""

    def field_choices(self, field: Field, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        related = model_admin.admin_site._registry[field.remote_field.model]  # type: ignore[union-attr]
        return [(row.pk, str(row)) for row in related.get_queryset(request)]
