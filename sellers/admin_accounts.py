"""The admin of the accounts that may sign up, and of the invitations to them."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from platforms import display
from platforms.back_office import ModelAdmin, ReadOnlyAdmin, RelatedFilter
from platforms.theme import BooleanRadioFilter, ChoicesCheckboxFilter, DropdownFilter, action, label
from platforms.theme import display as column
from sellers import accounts, admin_account_import, invitations
from sellers.account_import import Made
from sellers.admin_account_forms import AccountForm, RotationForm
from sellers.models import Account, Invitation, Seller


class AccessFilter(DropdownFilter):
    """Filters by what keeps an account's code from working."""

    title = _("access")
    parameter_name = "access"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("locked", _("locked")), ("expired", _("expired")), ("no-code", _("no access code yet"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Account]) -> QuerySet[Account]:
        conditions = {
            "locked": Q(locked_at__isnull=False),
            "expired": Q(access_code_expires_at__lte=timezone.now()),
            "no-code": Q(access_code_hash=""),
        }
        return queryset.filter(conditions.get(self.value() or "", Q()))


@admin.register(Account)
class AccountAdmin(ModelAdmin):
    form = AccountForm
    list_display = (
        "login",
        "company_name",
        "shown_channel",
        "email",
        "shown_sellers",
        "shown_access",
        "access_code_expires_at",
    )
    list_select_related = ("channel",)
    list_filter = (("channel", RelatedFilter), ("is_active", BooleanRadioFilter), AccessFilter)
    search_fields = ("login", "company_name", "email")
    autocomplete_fields = ("marketplaces",)
    readonly_fields = ("shown_access", "wrong_codes", "locked_at", "previous_code_until", "shown_sellers", "created_at")
    add_fieldsets = (
        (None, {"fields": ("channel", "login", "company_name", "email", "marketplaces")}),
        (_("Access"), {"fields": ("new_access_code", "invite", "access_code_expires_at", "is_active")}),
    )
    fieldsets = (
        (None, {"fields": ("channel", "login", "company_name", "email", "marketplaces", "shown_sellers")}),
        (
            _("Access"),
            {
                "fields": (
                    "is_active",
                    "shown_access",
                    "new_access_code",
                    "access_code_expires_at",
                    "previous_code_until",
                    "wrong_codes",
                    "locked_at",
                    "created_at",
                )
            },
        ),
    )
    actions = ("send_invitation", "reset_code", "rotate_code", "unlock")
    row_actions = actions
    actions_list = ("import_csv",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Account]:
        sellers = Seller.objects.exclude(state=Seller.State.REMOVED).only("account", "seller_id", "company_name")
        return super().get_queryset(request).prefetch_related(Prefetch("sellers", sellers, to_attr="linked"))

    def save_model(self, request: HttpRequest, obj: Account, form: Any, change: bool) -> None:
        code = form.cleaned_data.get("new_access_code") or None
        accounts.save(obj, access_code=code)
        if form.cleaned_data.get("invite") and not code:
            invitations.invite(obj)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What keeps an account is its sellers, who are named, not the permission to delete them, which nobody has."""
        deletable, counts, permissions, protected = super().get_deleted_objects(objs, request)
        return deletable, counts, set(permissions) - {Seller._meta.verbose_name}, protected

    @column(description=_("access"))
    def shown_access(self, account: Account) -> str:
        if not account.is_active:
            return label(_("blocked"))
        if account.locked_at:
            return label(_("locked"), "danger")
        if account.is_expired:
            return label(_("expired"), "warning")
        return label(_("access code"), "success") if account.access_code_hash else label(_("no access code yet"))

    @column(description=_("seller"))
    def shown_sellers(self, account: Account) -> str:
        linked: list[Seller] = getattr(account, "linked", [])
        return display.joined(*(display.row_link(seller, seller.seller_id) for seller in linked)) or display.EMPTY

    @action(description=_("Send an invitation"), permissions=["operate"])
    def send_invitation(self, request: HttpRequest, queryset: QuerySet[Account]) -> None:
        done, refusals = 0, []
        for account in queryset:
            try:
                invitations.invite(account)
                done += 1
            except ValidationError as error:
                refusals.append(f"{account}: {' '.join(error.messages)}")
        text = ngettext("%(number)s invitation is on its way.", "%(number)s invitations are on their way.", done)
        self.tell(request, display.outcome(text % {"number": done}, refusals), done=not refusals)

    @action(description=_("New access code"), permissions=["operate"])
    def reset_code(self, request: HttpRequest, queryset: QuerySet[Account]) -> HttpResponse:
        if "confirmed" not in request.POST:
            question = _("Make a new access code for each of these accounts? The codes so far end at once.")
            return self.confirmation(request, queryset, action="reset_code", question=question)
        made = [Made(account.login, account.company_name, accounts.reset_code(account)) for account in queryset]
        return admin_account_import.codes_page(self, request, made)

    @action(description=_("New access code, the old one works on for a while"), permissions=["operate"])
    def rotate_code(self, request: HttpRequest, queryset: QuerySet[Account]) -> HttpResponse:
        form = RotationForm(request.POST if "confirmed" in request.POST else None)
        if not form.is_valid():
            question = _("Make a new access code for each of these accounts?")
            return self.confirmation(request, queryset, action="rotate_code", question=question, form=form)
        made, refusals = _rotated(queryset, form.until)
        return admin_account_import.codes_page(self, request, made, refusals)

    @action(description=_("Unlock"), permissions=["operate"])
    def unlock(self, request: HttpRequest, queryset: QuerySet[Account]) -> None:
        done = sum(accounts.unlock(account) for account in queryset)
        text = ngettext("%(number)s account was unlocked.", "%(number)s accounts were unlocked.", done)
        self.tell(request, text % {"number": done}, done=done == queryset.count())

    @action(description=_("Import from CSV"), url_path="import-csv", permissions=["add"])
    def import_csv(self, request: HttpRequest) -> HttpResponse:
        return admin_account_import.view(self, request)


def _rotated(queryset: QuerySet[Account], until: datetime) -> tuple[list[Made], list[str]]:
    made, refusals = [], []
    for account in queryset:
        try:
            code = accounts.rotate_code(account, old_works_until=until)
            made.append(Made(account.login, account.company_name, code))
        except ValidationError as error:
            refusals.append(f"{account}: {' '.join(error.messages)}")
    return made, refusals


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    channel_lookups = ("account__channel",)
    list_display = ("account", "purpose", "created_at", "expires_at", "used_at")
    list_select_related = ("account",)
    list_filter = (("purpose", ChoicesCheckboxFilter),)
    search_fields = ("account__login", "account__email")
    search_help_text = _("Login or e-mail")
    fields = ("account", "purpose", "created_at", "expires_at", "used_at")
