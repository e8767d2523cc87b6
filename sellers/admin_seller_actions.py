"""What staff do to sellers: disconnect them, and hand out what is stored about one."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from platforms import display, staff
from platforms.back_office import ReadOnlyAdmin
from platforms.theme import Select, Textarea, action
from sellers import exporting, unlinking
from sellers.models import Seller, Unlinking


class DisconnectForm(forms.Form):
    """Why the chosen sellers are disconnected: what SCX and they are told, and what stays here."""

    reason = forms.ChoiceField(
        label=_("Reason"),
        choices=[("", "---------"), *Unlinking.Reason.choices],
        widget=Select,
        help_text=_("JTL and the seller are told these very words, in the channel’s first language."),
    )
    text = forms.CharField(
        label=_("Public text"),
        required=False,
        max_length=500,
        widget=Textarea(attrs={"rows": 3}),
        help_text=_("For “other” only: what JTL and the seller are told. No passwords, no access codes."),
    )
    note = forms.CharField(
        label=_("Internal note"),
        required=False,
        max_length=2000,
        widget=Textarea(attrs={"rows": 3}),
        help_text=_("For staff only. It never leaves the portal."),
    )

    def __init__(self, sellers: list[Seller], data: Any = None) -> None:
        rejected = any(seller.credentials_rejected_at for seller in sellers)
        super().__init__(data, initial={"reason": Unlinking.Reason.CREDENTIALS} if rejected else None)
        self.sellers = sellers

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            for seller in self.sellers:
                try:
                    unlinking.check_text(seller, cleaned["reason"], cleaned["text"])
                except ValidationError as error:
                    self.add_error(None, error)
                    break
        return cleaned


class SellerActions(ReadOnlyAdmin):
    actions: tuple[str, ...] = ("disconnect", "export")
    row_actions: tuple[str, ...] = actions

    @action(description=_("Disconnect"), permissions=["operate"])
    def disconnect(self, request: HttpRequest, queryset: QuerySet[Seller]) -> HttpResponse | None:
        sellers = list(queryset.select_related("channel"))
        form = DisconnectForm(sellers, request.POST if "confirmed" in request.POST else None)
        if not form.is_valid():
            question = _(
                "Disconnect these sellers? JTL is asked to end the connection, on each marketplace of a platform. "
                "From then on the portal sends and takes nothing for them. Each ends with JTL’s answer, and stays "
                "“unlinking” until it comes."
            )
            return self.confirmation(request, queryset, action="disconnect", question=question, form=form)
        done, refusals = 0, []
        for seller in sellers:
            try:
                self._disconnect(request, seller, form.cleaned_data)
                done += 1
            except ValidationError as error:
                refusals.append(f"{seller}: {' '.join(error.messages)}")
        text = ngettext("%(number)s seller is being disconnected.", "%(number)s sellers are being disconnected.", done)
        self.tell(request, display.outcome(text % {"number": done}, refusals), done=not refusals)
        return None

    @action(description=_("Export personal data"), permissions=["operate"])
    def export(self, request: HttpRequest, queryset: QuerySet[Seller]) -> StreamingHttpResponse | None:
        sellers = list(queryset.select_related("channel")[:2])
        if len(sellers) != 1:
            self.tell(request, _("Choose one seller: an export is about one."), done=False)
            return None
        (seller,) = sellers
        response = StreamingHttpResponse(exporting.lines(seller), content_type="application/json; charset=utf-8")
        name = content_disposition_header(True, f"{seller.channel.code}-{seller.seller_id}.json")
        response["Content-Disposition"] = name or "attachment"
        return response

    def _disconnect(self, request: HttpRequest, seller: Seller, wish: dict[str, str]) -> None:
        theirs = staff.channels_of(request)
        if theirs is not None and not unlinking.concerned(seller) <= theirs:
            raise ValidationError(_("The seller sells on marketplaces that you may not see, and they would end too."))
        unlinking.request(seller, **wish, by=request.user.get_username())
