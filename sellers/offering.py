"""Which marketplaces a merchant may choose by himself, at sign-up and later; staff may give him any."""

from django.db.models import QuerySet

from platforms.models import Channel
from platforms.names import by_name
from sellers.identification.base import Identity
from sellers.models import Seller


def at_sign_up(home: Channel, identity: Identity) -> list[Channel]:
    """The active marketplaces that the account may sell on and new sellers may get, in the order people read them."""
    return by_name(_open(home).filter(code__in=identity.marketplaces))


def pickable(seller: Seller) -> set[int]:
    """The keys of the active marketplaces that the connected seller's account allows, without those staff give."""
    allowed = set(seller.account.marketplaces.values_list("pk", flat=True)) if seller.account else set()
    keys = set(_open(seller.channel).values_list("pk", flat=True))
    return keys & allowed if allowed else keys


def _open(home: Channel) -> QuerySet[Channel]:
    return home.marketplaces.filter(is_active=True).exclude(new_sellers=Channel.NewSellers.NEVER)
