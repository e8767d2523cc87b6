"""The admin of staff: users, their groups, and the channels they are limited to."""

from typing import Any

from django.contrib.admin import ModelAdmin as AnyModelAdmin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from platforms import display
from platforms.back_office import ModelAdmin
from platforms.models import StaffAccess
from platforms.theme import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from platforms.theme import display as column


class UserAdmin(DjangoUserAdmin, ModelAdmin):
    channel_lookups = ()
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm


class GroupAdmin(DjangoGroupAdmin, ModelAdmin):
    channel_lookups = ()


class StaffAccessAdmin(ModelAdmin):
    channel_lookups = ()
    list_display = ("user", "named_channels")
    search_fields = ("user__username", "channels__code")
    autocomplete_fields = ("user", "channels")
    fields = ("user", "channels")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("user").prefetch_related("channels")

    @column(description=_("channels"))
    def named_channels(self, access: StaffAccess) -> str:
        return ", ".join(channel.code for channel in access.channels.all()) or display.EMPTY


PAGES: dict[type[Model], type[AnyModelAdmin]] = {
    User: UserAdmin,
    Group: GroupAdmin,
    StaffAccess: StaffAccessAdmin,
}
