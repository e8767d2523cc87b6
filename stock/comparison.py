"""Offers whose content never came, found by what did come: evidence that an event is lost, which nobody can ask for."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import ngettext

from listings.models import Offer
from platforms.jobs import Run
from platforms.models import Channel, Discrepancy
from platforms.reconciliation import Difference, plain
from sellers.models import Seller
from stock.models import StockLevel

# Prices and stock may overtake the offer itself.
CONTENT_COMES_WITHIN = timedelta(hours=1)
NAMED = 20


class OffersWithoutContent:
    """The comparison `offers`: one row a seller, who alone can send the offers again. It asks SCX nothing."""

    proven: frozenset[str] = frozenset()
    of_platforms = False

    def differences(self, channel: Channel, run: Run) -> Iterator[Difference]:
        since = timezone.now() - (timedelta(0) if run.ignore_backoff else CONTENT_COMES_WITHIN)
        missing: dict[str, set[int]] = defaultdict(set)
        stubs = Offer.objects.filter(
            channel=channel, content_at=None, end_at=None, created_at__lte=since, seller__state__in=Seller.LINKED
        )
        for seller_id, offer_id in stubs.order_by().values_list("seller__seller_id", "offer_id").iterator():
            missing[seller_id].add(offer_id)
        linked = Seller.objects.of_channel(channel).filter(state__in=Seller.LINKED).values("seller_id")
        levels = StockLevel.objects.filter(
            channel=channel, offer_row=None, received_at__lte=since, seller_id__in=linked
        )
        for seller_id, offer_id in levels.order_by().values_list("seller_id", "offer_id").iterator():
            missing[seller_id].add(offer_id)
        for seller_id, offer_ids in missing.items():
            named = sorted(offer_ids)[:NAMED]
            yield Difference("without-content", seller_id, {"number": len(offer_ids), "offers": named})

    def page(self, channel_id: int) -> None:
        """The list of differences has their actions."""

    def title(self, row: Discrepancy) -> str:
        return str(Offer._meta.verbose_name_plural)

    def meaning(self, row: Discrepancy) -> str:
        number = cast(dict[str, Any], row.ours)["number"]
        return ngettext(
            "SCX sent stock or prices of %(number)s offer whose content never came. Ask the seller to change it in "
            "JTL-Wawi, or to end and list it again: then SCX sends all of it.",
            "SCX sent stock or prices of %(number)s offers whose content never came. Ask the seller to change them in "
            "JTL-Wawi, or to end and list them again: then SCX sends all of it.",
            number,
        ) % {"number": number}

    def shown(self, value: Any) -> str:
        if not isinstance(value, dict):
            return plain(value or "")
        more = " …" if value["number"] > len(value["offers"]) else ""
        return ", ".join(map(str, value["offers"])) + more

    def repair(self, row: Discrepancy) -> None:
        raise ValidationError(self.meaning(row))

    def tell(self, row: Discrepancy) -> None:
        raise ValidationError(self.meaning(row))
