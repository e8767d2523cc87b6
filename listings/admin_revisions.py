"""The admin's page of what differs between two revisions of a listing."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from listings import differences, revisions
from listings.admin_failures import FailurePages
from listings.models import Offer, Revision
from platforms.back_office import ReadOnlyAdmin
from platforms.theme import display as column

DIFFERENCES = "listings_offer_differences"


class RevisionPages(FailurePages):
    """Part of the admin of offers."""

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(self.differences_view)
        return [path("<int:pk>/differences/", page, name=DIFFERENCES), *super().get_urls()]

    @column(description=gettext_lazy("revision"))
    def shown_revision(self, offer: Offer) -> str:
        """The number, and for a listing that was anything else before the way to what changed."""
        if offer.parent_id or not offer.revisions.exists():
            return str(offer.revision)
        address = reverse(f"admin:{DIFFERENCES}", args=[offer.pk])
        text = _("What changed")
        return format_html('{} · <a href="{}" class="text-link">{}</a>', offer.revision, address, text)

    def differences_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        offer = self.get_object(request, str(pk))
        if offer is None:
            raise Http404
        if not self.has_view_permission(request, offer):
            raise PermissionDenied
        numbers = revisions.numbers(offer)
        new = _chosen(request, "to", numbers, numbers[0])
        old = _chosen(request, "from", numbers, next((each for each in numbers if each < new), numbers[-1]))
        told = revisions.of(offer, [old, new])
        both = (told[old], told[new]) if {old, new} <= told.keys() else None
        context = {
            **self.admin_site.each_context(request),
            "title": _("What changed"),
            "subtitle": str(offer),
            "opts": self.opts,
            "offer": offer,
            "numbers": numbers,
            "old": both and both[0],
            "new": both and both[1],
            "from": old,
            "to": new,
            "parts": differences.between(offer.offer_id, *both) if both else [],
        }
        return TemplateResponse(request, "admin/differences.html", context)


def _chosen(request: HttpRequest, name: str, numbers: list[int], usual: int) -> int:
    """The revision that the address names, if there is one."""
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 and int(text) in numbers else usual


class RevisionAdmin(ReadOnlyAdmin):
    is_large = True
    channel_lookups = ("offer__channel",)
    list_display = ("offer", "number", "content_at", "replaced_at")
    list_select_related = ("offer",)
    search_fields = ("offer__sku",)
    sortable_by = ()
    fields = ("offer", "number", "content_at", "replaced_at", "shown_way")

    @column(description=gettext_lazy("lists"))
    def shown_way(self, revision: Revision) -> str:
        address = reverse(f"admin:{DIFFERENCES}", args=[revision.offer_id])
        query = f"?from={revision.number}&to={revision.number + 1}"
        return format_html('<a href="{}{}" class="text-link">{}</a>', address, query, _("What changed"))
