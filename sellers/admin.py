"""The admin of sellers: accounts that may sign up, the sellers who did, where they sell, and their sessions."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from platforms import display
from platforms.back_office import Inline, ModelAdmin, ReadOnlyAdmin, RelatedFilter
from platforms.fields import is_unreadable
from platforms.theme import BooleanRadioFilter, ChoicesCheckboxFilter, action, label
from platforms.theme import display as column
from sellers import memberships
from sellers.admin_forms import AccountForm, MembershipForm
from sellers.models import Account, LinkSession, Membership, Seller


@admin.register(Account)
class AccountAdmin(ModelAdmin):
    form = AccountForm
    list_display = ("login", "company_name", "shown_channel", "is_active", "created_at")
    list_select_related = ("channel",)
    list_filter = (("channel", RelatedFilter), ("is_active", BooleanRadioFilter))
    search_fields = ("login", "company_name")
    autocomplete_fields = ("marketplaces",)
    fields = ("channel", "login", "new_access_code", "company_name", "marketplaces", "is_active")


def refusal(membership: Membership) -> str:
    """Said only where it is so: a cross for "no" would look like the very trouble that is not there."""
    return label(_("refused"), "danger") if membership.is_refused else display.EMPTY


class MembershipInline(Inline):
    model = Membership
    channel_lookups = ("marketplace",)
    fields = ("marketplace", "wanted", "confirmed", "confirmed_at", "shown_refusal", "attempts", "not_before", "error")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("marketplace", "seller")

    @column(description=_("refused"))
    def shown_refusal(self, membership: Membership) -> str:
        return refusal(membership)


@admin.register(Seller)
class SellerAdmin(ReadOnlyAdmin):
    channel_lookups = ("channel", "memberships__marketplace")
    list_display = (
        "seller_id",
        "company_name",
        "shown_channel",
        "jtl_account_id",
        "shown_state",
        "state_changed_at",
        "created_at",
    )
    list_select_related = ("channel",)
    list_filter = (("channel", RelatedFilter), ("state", ChoicesCheckboxFilter))
    search_fields = ("seller_id", "company_name", "account__login", "jtl_account_id")
    search_help_text = _("Seller id, company, login or JTL account")
    fieldsets = (
        (None, {"fields": ("seller_id", "company_name", "channel", "account", "jtl_account_id")}),
        (_("State"), {"fields": ("shown_state", "state_changed_at", "state_reason", "linked_at", "created_at")}),
        (_("Related"), {"fields": ("related_lists", "credentials_stored")}),
    )
    inlines = (MembershipInline,)

    @column(description=_("state"))
    def shown_state(self, seller: Seller) -> str:
        return display.badge(seller)

    @column(description=_("credentials"))
    def credentials_stored(self, seller: Seller) -> Any:
        if is_unreadable(seller.credentials):
            return _("stored, but unreadable with the present keys")
        return _("stored, encrypted") if seller.credentials else _("none")

    @column(description=_("lists"))
    def related_lists(self, seller: Seller) -> str:
        return display.joined(
            display.list_link("listings_offer", _("Offers"), seller=seller.pk),
            display.list_link("stock_stocklevel", _("Stock levels"), q=seller.seller_id),
            display.list_link("platforms_event", _("Events"), q=seller.seller_id),
            display.list_link("sellers_linksession", _("Link sessions"), seller=seller.pk),
        )


@admin.register(Membership)
class MembershipAdmin(ModelAdmin):
    form = MembershipForm
    channel_lookups = ("marketplace",)
    list_display = (
        "seller",
        "shown_marketplace",
        "wanted",
        "confirmed",
        "shown_refusal",
        "attempts",
        "not_before",
        "short_error",
    )
    list_select_related = ("seller", "marketplace")
    list_filter = (
        ("marketplace", RelatedFilter),
        ("wanted", BooleanRadioFilter),
        ("confirmed", BooleanRadioFilter),
        ("is_refused", BooleanRadioFilter),
    )
    search_fields = ("seller__seller_id", "seller__company_name", "marketplace__code")
    autocomplete_fields = ("seller",)
    readonly_fields = ("confirmed", "confirmed_at", "is_refused", "attempts", "not_before", "error", "shown_answers")
    add_fieldsets = ((None, {"fields": ("seller", "marketplace", "wanted")}),)
    fieldsets = (
        (None, {"fields": ("seller", "marketplace", "wanted")}),
        (_("At SCX"), {"fields": readonly_fields}),
    )
    actions = ("retry",)
    row_actions = ("retry",)

    def get_readonly_fields(self, request: HttpRequest, obj: Membership | None = None) -> Any:
        return (*self.readonly_fields, "seller", "marketplace") if obj else self.readonly_fields

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        saved = memberships.set_wanted(obj.seller, obj.marketplace, obj.wanted)
        obj.pk = saved.pk

    @column(description=_("marketplace"), ordering="marketplace")
    def shown_marketplace(self, membership: Membership) -> str:
        return membership.marketplace.display_name

    @column(description=_("refused"), ordering="is_refused")
    def shown_refusal(self, membership: Membership) -> str:
        return refusal(membership)

    @column(description=_("error"))
    def short_error(self, membership: Membership) -> str:
        return display.short(membership.error)

    @column(description=_("answers"))
    def shown_answers(self, membership: Membership) -> str:
        return display.data(membership.answers)

    @action(description=_("Tell SCX again"), permissions=["operate"])
    def retry(self, request: HttpRequest, queryset: QuerySet[Membership]) -> None:
        done, refusals = 0, []
        for membership in queryset.select_related("seller", "marketplace"):
            try:
                memberships.set_wanted(membership.seller, membership.marketplace, membership.wanted)
                done += 1
            except ValidationError as error:
                refusals.append(f"{membership}: {' '.join(error.messages)}")
        text = ngettext(
            "SCX is told again of %(number)s membership.", "SCX is told again of %(number)s memberships.", done
        )
        self.tell(request, display.outcome(text % {"number": done}, refusals), done=not refusals)


@admin.register(LinkSession)
class LinkSessionAdmin(ReadOnlyAdmin):
    list_display = (
        "short_ref",
        "shown_channel",
        "kind",
        "shown_state",
        "seller",
        "jtl_account_id",
        "created_at",
        "ended_at",
    )
    list_select_related = ("channel", "seller")
    list_filter = (("channel", RelatedFilter), ("kind", ChoicesCheckboxFilter), ("state", ChoicesCheckboxFilter))
    search_fields = ("ref", "seller__seller_id", "jtl_account_id")
    search_help_text = _("Reference, seller id or JTL account")
    fields = (
        "ref",
        "channel",
        "kind",
        "seller",
        "jtl_account_id",
        "shown_state",
        "outcome",
        "created_at",
        "expires_at",
        "submitted_at",
        "ended_at",
    )

    @column(description=_("reference"))
    def short_ref(self, session: LinkSession) -> str:
        return str(session)

    @column(description=_("state"))
    def shown_state(self, session: LinkSession) -> str:
        return display.badge(session)
