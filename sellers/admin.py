"""The admin of sellers: where they sell, and their sessions; accounts and what leaves have modules of their own."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from platforms import display
from platforms.back_office import Inline, ReadOnlyAdmin, RelatedFilter
from platforms.fields import is_unreadable
from platforms.theme import BooleanRadioFilter, ChoicesCheckboxFilter, DropdownFilter, action, label
from platforms.theme import display as column
from sellers import (
    admin_accounts,  # noqa: F401  registers its classes
    admin_mails,  # noqa: F401
    admin_openings,  # noqa: F401
    admin_outbox,  # noqa: F401
    memberships,
)
from sellers.admin_forms import MembershipForm
from sellers.admin_matrix import MatrixPage
from sellers.admin_rejections import CredentialsFilter, RejectionActions
from sellers.admin_seller_actions import SellerActions
from sellers.models import LinkSession, Membership, PageFailure, Seller, SellerChange


def refusal(membership: Membership) -> str:
    """Said only where it is so: a cross for "no" would look like the very trouble that is not there."""
    if not membership.is_refused:
        return display.EMPTY
    return label(_("ended by SCX") if membership.is_ended else _("refused"), "danger")


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
class SellerAdmin(RejectionActions, SellerActions):
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
    list_filter = (("channel", RelatedFilter), ("state", ChoicesCheckboxFilter), CredentialsFilter)
    search_fields = (
        *("seller_id", "company_name", "account__login", "jtl_account_id"),
        "link_sessions__failures__reference__exact",
    )
    search_help_text = _("Seller id, company, login, JTL account or the reference of a failure page")
    fieldsets = (
        (None, {"fields": ("seller_id", "company_name", "channel", "account", "jtl_account_id")}),
        (_("Contact"), {"fields": ("contact_name", "contact_email", "contact_phone", "language")}),
        (_("State"), {"fields": ("shown_state", "state_changed_at", "state_reason", "linked_at", "created_at")}),
        (_("Credentials"), {"fields": ("credentials_stored", "shown_rejection")}),
        (_("Related"), {"fields": ("related_lists", "client_version", "client_seen_on", "purged_at", "shown_purged")}),
    )
    inlines = (MembershipInline,)
    actions = ("disconnect", "export", "reject_credentials", "accept_credentials")
    row_actions = actions

    @column(description=_("what was purged"))
    def shown_purged(self, seller: Seller) -> str:
        return display.data(seller.purged)

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
            display.list_link("sellers_unlinking", _("Disconnections"), seller=seller.pk),
        )


@admin.register(SellerChange)
class SellerChangeAdmin(ReadOnlyAdmin):
    channel_lookups = ("seller__channel", "seller__memberships__marketplace")
    list_display = ("seller", "shown_number")
    list_select_related = ("seller",)
    search_fields = ("seller__seller_id", "seller__company_name")
    ordering = ("-number",)
    fields = ("seller", "shown_number")

    @column(description=_("feed number"), ordering="number")
    def shown_number(self, change: SellerChange) -> int:
        return change.number


class SettledFilter(DropdownFilter):
    """Whether SCX holds the membership as it is wanted."""

    title = _("at SCX as wanted")
    parameter_name = "settled"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("no", _("not as wanted"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Membership]) -> QuerySet[Membership]:
        wrong = Membership.objects.differing().values("pk")
        return queryset.filter(pk__in=wrong) if self.value() == "no" else queryset


@admin.register(Membership)
class MembershipAdmin(MatrixPage):
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
        SettledFilter,
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
    search_fields = ("ref", "seller__seller_id", "jtl_account_id", "failures__reference__exact")
    search_help_text = _("Reference, also that of a failure page, seller id or JTL account")
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


@admin.register(PageFailure)
class PageFailureAdmin(ReadOnlyAdmin):
    list_display = ("reference", "page", "status", "shown_channel", "link", "at")
    list_select_related = ("channel", "link")
    list_filter = (("channel", RelatedFilter), "page")
    search_fields = ("reference",)
    search_help_text = _("The reference that stands on the page")
    fields = ("reference", "page", "status", "channel", "link", "detail", "at")
