"""What staff see and do about credentials that the marketplace rejects, on the pages of sellers."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from platforms import display
from platforms.back_office import ReadOnlyAdmin
from platforms.theme import DropdownFilter, TextInput, action
from platforms.theme import display as column
from sellers import rejections
from sellers.models import Seller


class RejectionForm(forms.Form):
    """Asks why; the seller is told in the portal's own words."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        required=False,
        widget=TextInput,
        help_text=_("What the marketplace says. For staff only; the seller does not read it."),
    )


class CredentialsFilter(DropdownFilter):
    title = _("credentials")
    parameter_name = "credentials"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("rejected", _("rejected by the marketplace"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Seller]) -> QuerySet[Seller]:
        return queryset.filter(credentials_rejected_at__isnull=False) if self.value() == "rejected" else queryset


class RejectionActions(ReadOnlyAdmin):
    @column(description=_("rejected by the marketplace"))
    def shown_rejection(self, seller: Seller) -> str:
        if seller.credentials_rejected_at is None:
            return display.EMPTY
        text = _(
            "Since %(since)s (%(reason)s). No offers are handed over for this seller until new credentials are entered "
            "on the update page in JTL-Wawi. To end the connection instead, choose “Disconnect” with the reason "
            "“credentials invalid or revoked”."
        )
        since = display.moment(seller.credentials_rejected_at)
        return text % {"since": since, "reason": seller.credentials_rejection or _("no reason was given")}

    @action(description=_("Mark credentials as rejected"), permissions=["operate"])
    def reject_credentials(self, request: HttpRequest, queryset: QuerySet[Seller]) -> HttpResponse | None:
        form = RejectionForm(request.POST if "confirmed" in request.POST else None)
        if not form.is_valid():
            question = _("Stop handing over offers of these sellers, and tell them to enter new credentials?")
            return self.confirmation(request, queryset, action="reject_credentials", question=question, form=form)
        done, refusals = 0, []
        for seller in queryset:
            try:
                done += rejections.reject(seller, form.cleaned_data["reason"])
            except ValidationError as error:
                refusals.append(f"{seller}: {' '.join(error.messages)}")
        text = ngettext(
            "Nothing is handed over any more for %(number)s seller, who is told to enter new credentials.",
            "Nothing is handed over any more for %(number)s sellers, who are told to enter new credentials.",
            done,
        )
        self.tell(request, display.outcome(text % {"number": done}, refusals), done=not refusals)
        return None

    @action(description=_("Mark credentials as accepted"), permissions=["operate"])
    def accept_credentials(self, request: HttpRequest, queryset: QuerySet[Seller]) -> None:
        done = sum(rejections.accept(seller) for seller in queryset)
        text = ngettext(
            "Offers of %(number)s seller are handed over again.",
            "Offers of %(number)s sellers are handed over again.",
            done,
        )
        self.tell(request, text % {"number": done})
