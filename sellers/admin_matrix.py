"""The admin's page of all memberships of a platform: sellers down, marketplaces across."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from platforms import staff
from platforms.back_office import ModelAdmin
from platforms.models import Channel
from platforms.names import by_name
from platforms.theme import InfinitePaginator
from sellers import matrix, memberships
from sellers.models import Membership, Seller

PER_PAGE = 50
ON, OFF, AGAIN = "on", "off", "again"


class CellForm(forms.Form):
    """Which crossing is meant, of those the user sees."""

    seller = forms.ModelChoiceField(Seller.objects.none(), widget=forms.HiddenInput)
    marketplace = forms.ModelChoiceField(Channel.objects.none(), widget=forms.HiddenInput)

    def __init__(self, data: Any, view: "View") -> None:
        super().__init__(data)
        self.fields["seller"].queryset = view.sellers()  # type: ignore[attr-defined]
        self.fields["marketplace"].queryset = view.marketplaces  # type: ignore[attr-defined]


class View:
    """What of the matrix a request shows, within the limits of its user."""

    def __init__(self, request: HttpRequest) -> None:
        self.channels = staff.channels_of(request)
        self.platforms = matrix.platforms(self.channels)
        code = request.GET.get("platform")
        first = self.platforms[0] if self.platforms else None
        self.platform = next((each for each in self.platforms if each.code == code), first)
        self.search = request.GET.get("q", "").strip().replace("\x00", "")[:100]
        self.only_wrong = "wrong" in request.GET
        page = request.GET.get("p", "")[:5]
        self.page = min(max(int(page), 1), InfinitePaginator.LAST_PAGE) if page.isdecimal() else 1
        self.marketplaces = (
            matrix.marketplaces(self.platform, self.channels) if self.platform else Channel.objects.none()
        )

    def sellers(self, **filters: Any) -> Any:
        if self.platform is None:
            return Seller.objects.none()
        whole = self.channels is None or self.platform.pk in self.channels
        return matrix.sellers(self.platform, list(self.marketplaces), whole=whole, **filters)


class MatrixPage(ModelAdmin):
    """Part of the admin of memberships."""

    list_before_template = "admin/matrix_link.html"

    def get_urls(self) -> list[Any]:
        own = path("matrix/", self.admin_site.admin_view(self.matrix_view), name="sellers_membership_matrix")
        return [own, *super().get_urls()]

    def matrix_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        view = View(request)
        if request.method == "POST":
            return self._change(request, view)
        marketplaces = by_name(view.marketplaces)
        found = view.sellers(search=view.search, only_wrong=view.only_wrong)
        page = InfinitePaginator(found, PER_PAGE).page(view.page)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Sellers and marketplaces"),
            "opts": self.opts,
            "view": view,
            "marketplaces": marketplaces,
            "rows": matrix.rows(page, marketplaces),
            "page": page,
            "may_change": self.has_operate_permission(request),
            "may_give": request.user.has_perm("sellers.change_opening"),
        }
        return TemplateResponse(request, "admin/matrix.html", context)

    def _change(self, request: HttpRequest, view: View) -> HttpResponse:
        if not self.has_operate_permission(request):
            raise PermissionDenied
        form, action = CellForm(request.POST, view), request.POST.get("action")
        if not form.is_valid() or action not in (ON, OFF, AGAIN):
            return HttpResponseBadRequest()
        seller, marketplace = form.cleaned_data["seller"], form.cleaned_data["marketplace"]
        row = Membership.objects.filter(seller=seller, marketplace=marketplace).first()
        wanted = action == ON or (action == AGAIN and row is not None and row.wanted)
        if action == OFF and "confirmed" not in request.POST:
            return self._ask(request, form, Membership(seller=seller, marketplace=marketplace))
        try:
            memberships.set_wanted(seller, marketplace, wanted)
        except ValidationError as error:
            self.tell(request, " ".join(error.messages), done=False)
        else:
            names = {"seller": seller, "marketplace": marketplace.display_name}
            text = _("SCX is told to connect %(seller)s with %(marketplace)s.")
            if not wanted:
                text = _("SCX is told to disconnect %(seller)s from %(marketplace)s.")
            self.tell(request, text % names)
        return HttpResponseRedirect(request.get_full_path())

    def _ask(self, request: HttpRequest, form: CellForm, row: Membership) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": _("Switch off"),
            "opts": self.opts,
            "question": gettext_lazy("End the seller's sales on this marketplace? His offers there are withdrawn."),
            "rows": [(row.pk, str(row))],
            "form": form,
            "action": OFF,
            "checkbox": "row",
            "changelist_url": request.get_full_path(),
        }
        return TemplateResponse(request, "admin/confirmation.html", context)
