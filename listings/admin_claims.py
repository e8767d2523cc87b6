"""The admin of what systems have taken for themselves."""

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from listings import claims
from listings.models import Claim
from listings.pasted import rows_of_offers_meant
from platforms.back_office import ReadOnlyAdmin, RelatedFilter
from platforms.theme import ChoicesCheckboxFilter, action


class ClaimAdmin(ReadOnlyAdmin):
    is_large = True
    channel_lookups = ("offer__channel",)
    list_display = ("offer", "errand", "revision", "holder", "claimed_at", "leased_until")
    list_select_related = ("offer",)
    list_filter = (("offer__channel", RelatedFilter), ("errand", ChoicesCheckboxFilter))
    search_fields = ("offer__sku", "holder")
    search_help_text = _("SKU, GTIN, offer id, seller id or company of the offer, or the holder")
    sortable_by = ()
    actions = ("let_go",)
    row_actions = actions
    fields = ("offer", "errand", "revision", "holder", "claimed_at", "leased_until")

    def pasted(self, text: str) -> Q:
        return rows_of_offers_meant(text) | Q(holder=text)

    @action(description=_("Let others take them"), permissions=["operate"])
    def let_go(self, request: HttpRequest, queryset: QuerySet[Claim]) -> None:
        chosen = list(queryset)
        claims.let_go(chosen)
        number = len(chosen)
        text = ngettext(
            "%(number)s offer can be taken by whoever asks next.",
            "%(number)s offers can be taken by whoever asks next.",
            number,
        )
        self.tell(request, text % {"number": number}, done=True)
