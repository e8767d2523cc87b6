"""What must be right with a listing before a marketplace gets it; what is not becomes an error for its seller."""

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal

from django.utils import translation
from django.utils.translation import gettext as _

from listings.handover.base import ListingError, OfferData, Result
from listings.models import Offer
from listings.payload import PriceStep
from platforms.models import Channel

CURRENCY = "PRICE_CURRENCY"

Rule = Callable[[OfferData, Channel], Iterator[ListingError]]


def prices_in_the_channels_currency(offer: OfferData, channel: Channel) -> Iterator[ListingError]:
    """A channel sells in one currency; the listing's own prices and those of its variations are in it."""
    for part in (offer, *offer.variations):
        for price in part.prices:
            if price.currency == channel.currency:
                continue
            names = {
                "sku": part.sku or part.offer_id,
                "type": price.price_type,
                "amount": _plain(price.amount),
                "given": price.currency,
                "wanted": channel.currency,
                "channel": channel.display_name,
            }
            text = _("%(channel)s sells in %(wanted)s: the price “%(type)s” of %(sku)s is in %(given)s.")
            cure = _(
                "The price “%(type)s” of %(sku)s is %(amount)s %(given)s. %(channel)s sells in %(wanted)s alone: give "
                "a price in %(wanted)s for this marketplace in JTL-Wawi, and send the offer again."
            )
            yield ListingError(CURRENCY, text % names, cure % names, recommended_value=channel.currency)


# In the order in which a seller reads what they find.
RULES: tuple[Rule, ...] = (prices_in_the_channels_currency,)
# The codes of the errors that come from here: what has failed of them may be right by now.
CODES = frozenset({CURRENCY})
# More than SCX takes of one offer (contract 9.1).
MOST_ERRORS = 250


def problems(offer: OfferData, channel: Channel) -> tuple[ListingError, ...]:
    """What is wrong with the listing, in the channel's language; none where it may go to the marketplace."""
    with translation.override(next(iter(channel.languages), None)):
        found = [error for rule in RULES for error in rule(offer, channel)]
    return tuple(found[:MOST_ERRORS])


def failure(offer: OfferData, errors: tuple[ListingError, ...]) -> tuple[int, Result]:
    """As the answer of a connector that did not take it."""
    return offer.key, Result("failed", revision=offer.revision, errors=errors)


def may_change(channel: Channel, listing: Offer, prices: Iterable[PriceStep]) -> bool:
    """Whether other prices of a listing that a marketplace has had already may change what is found here."""
    if listing.state == Offer.State.FAILED:
        return {error.get("code") for error in listing.errors} <= CODES
    is_there = listing.state in (Offer.State.LISTED, Offer.State.IN_PROGRESS)
    return is_there and any(step.currency != channel.currency for step in prices)


def _plain(amount: Decimal) -> str:
    return f"{amount.normalize():f}"
