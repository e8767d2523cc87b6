"""What a seller is told of his offers on the update page: those that failed, and how they are cured."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from listings.models import Offer
from sellers.facts import Item, Panel
from sellers.models import Seller

SHOWN = 10
COUNTED_AT_MOST = 1000


def failed_offers(seller: Seller) -> Panel | None:
    """The newest failed offers with their cures; None where none has failed."""
    failed = Offer.objects.visible().filter(seller=seller, state=Offer.State.FAILED).order_by("-state_changed_at")
    shown = list(failed.select_related("channel").only("title", "sku", "errors", "channel__display_name")[:SHOWN])
    if not shown:
        return None
    number = failed[:COUNTED_AT_MOST].count()
    text = ngettext(
        "%(number)s offer could not be listed. Correct it in JTL-Wawi and send it again.",
        "%(number)s offers could not be listed. Correct them in JTL-Wawi and send them again.",
        number,
    )
    items = tuple(
        Item(f"{offer} · {offer.sku} · {offer.channel.display_name}", tuple(_cures(offer))) for offer in shown
    )
    return Panel(_("Offers that need a change"), text % {"number": number}, items, number - len(shown))


def _cures(offer: Offer) -> Iterator[str]:
    for error in offer.errors:
        yield " ".join(filter(None, [error.get("message"), error.get("long_message")]))
        if error.get("recommended_value"):
            yield _("Recommended: %(value)s") % {"value": error["recommended_value"]}
