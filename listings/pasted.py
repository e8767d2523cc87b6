"""What a text means that people paste into a search: by indexed columns only."""

from django.db.models import Q

from listings.models import Offer
from sellers.models import Seller


def offers_meant(text: str) -> Q:
    """The offers that a pasted SKU, GTIN, offer id of either side, seller id or company means."""
    sellers = Seller.objects.filter(Q(seller_id=text) | Q(company_name__iexact=text)).values_list("pk", flat=True)[:50]
    meant = Q(sku=text) | Q(gtin=text) | Q(channel_offer_id=text) | Q(seller__in=list(sellers))
    return meant | Q(offer_id=int(text)) if text.isdecimal() and len(text) < 19 else meant


def rows_of_offers_meant(text: str) -> Q:
    """The same for tables that hang on offers, looked up first so that each query keeps to its index."""
    return Q(offer__in=list(Offer.objects.filter(offers_meant(text)).values_list("pk", flat=True)[:200]))
