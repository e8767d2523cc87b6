"""What must be right with a listing before a marketplace gets it; what is not becomes an error for its seller."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Exists, OuterRef
from django.utils import translation
from django.utils.translation import gettext as _

from listings import catalogue, rule_checks
from listings.catalogue import Catalogue
from listings.handover.base import ListingError, OfferData, Result
from listings.models import ListingRule, Offer, OfferQuerySet, Picture
from listings.models.rules import Field
from listings.payload import PriceStep
from platforms.models import Channel, PriceType

CURRENCY = "PRICE_CURRENCY"
# More than SCX takes of one offer (contract 9.1).
MOST_ERRORS = 250
# States that other prices may end.
ANSWERED = frozenset({Offer.State.FAILED, Offer.State.LISTED, Offer.State.IN_PROGRESS})


@dataclass(frozen=True)
class Rulebook:
    """What a channel asks of its listings, read once for a batch. A channel without rules asks for its currency."""

    currency: str
    display_name: str
    catalogue: Catalogue = field(default_factory=Catalogue)
    rules: tuple[ListingRule, ...] = ()
    price_types: frozenset[str] = frozenset()


def rulebook(channel: Channel) -> Rulebook:
    """The channel's rules, price types and texts: three queries."""
    return Rulebook(
        channel.currency,
        channel.display_name,
        catalogue.of(channel),
        tuple(ListingRule.objects.filter(channel=channel, is_active=True).order_by("pk")),
        frozenset(PriceType.objects.filter(channel=channel).values_list("price_type_id", flat=True)),
    )


def problems(offer: OfferData, book: Rulebook) -> tuple[ListingError, ...]:
    """What is wrong with the listing, in the sellers' language; none where it may go to the marketplace."""
    with translation.override(book.catalogue.language):
        found = [*_of_currency(offer, book), *_of_rules(offer, book)]
    # A field that two rules ask for is missing once.
    return tuple(dict.fromkeys(found))[:MOST_ERRORS]


def _of_currency(offer: OfferData, book: Rulebook) -> Iterator[ListingError]:
    """A channel sells in one currency; the listing's own prices and those of its variations are in it."""
    for part in (offer, *offer.variations):
        for price in part.prices:
            if price.currency == book.currency:
                continue
            names = {
                "sku": part.sku or part.offer_id,
                "type": price.price_type,
                "amount": _plain(price.amount),
                "given": price.currency,
                "wanted": book.currency,
                "channel": book.display_name,
            }
            text = _("%(channel)s sells in %(wanted)s: the price “%(type)s” of %(sku)s is in %(given)s.")
            cure = _(
                "The price “%(type)s” of %(sku)s is %(amount)s %(given)s. %(channel)s sells in %(wanted)s alone: give "
                "a price in %(wanted)s for this marketplace in JTL-Wawi, and send the offer again."
            )
            yield ListingError(CURRENCY, text % names, cure % names, recommended_value=book.currency)


def _of_rules(offer: OfferData, book: Rulebook) -> Iterator[ListingError]:
    for rule in book.rules:
        if not offer.category.startswith(rule.category):
            continue
        for fault in rule_checks.faults(rule, offer, book.price_types):
            error = ListingError(
                rule.code or fault.code, attribute_id=rule.attribute, recommended_value=fault.recommended
            )
            yield _with_text(error, fault, book.catalogue)


def _with_text(error: ListingError, fault: rule_checks.Fault, texts: Catalogue) -> ListingError:
    """A code of the channel's own that has no text yet says what the portal's would."""
    worded = texts.worded(error, fault.values)
    if worded.message:
        return worded
    usual = texts.worded(ListingError(fault.code, attribute_id=error.attribute_id), fault.values)
    return ListingError(error.code, usual.message, usual.long_message, error.attribute_id, error.recommended_value)


def failure(offer: OfferData, errors: tuple[ListingError, ...]) -> tuple[int, Result]:
    """As the answer of a connector that did not take it."""
    return offer.key, Result("failed", revision=offer.revision, errors=errors)


def ready(offers: OfferQuerySet, channel: Channel) -> OfferQuerySet:
    """Of listings to be handed over those that can be judged: where size counts, pictures are tried once before."""
    sizes = ListingRule.objects.filter(channel=channel, is_active=True, kind=ListingRule.Kind.PICTURE_SIZE)
    untried = Picture.objects.filter(state=Picture.State.PENDING, tried_at=None)
    # Apart, so that each keeps to its index.
    own, of_variations = untried.filter(offer=OuterRef("pk")), untried.filter(offer__parent=OuterRef("pk"))
    return offers.exclude(Exists(sizes) & (Exists(own) | Exists(of_variations)))


@dataclass(frozen=True)
class PriceWatch:
    """What other prices may change. `codes`: of the errors that they may cure; `types`: None where any will do."""

    currency: str
    codes: frozenset[str]
    types: frozenset[str] | None

    def may_change(self, listing: Offer, prices: Iterable[PriceStep]) -> bool:
        """Whether other prices of a listing that a marketplace has had already may change what is found here."""
        if listing.state == Offer.State.FAILED:
            return {error.get("code") for error in listing.errors} <= self.codes
        steps = list(prices)
        is_there = listing.state in (Offer.State.LISTED, Offer.State.IN_PROGRESS)
        return is_there and (
            any(step.currency != self.currency for step in steps)
            or (self.types is not None and not any(step.price_type in self.types for step in steps))
        )


def price_watch(channel: Channel) -> PriceWatch:
    """Two queries, of which the second only where a rule asks for a known price type."""
    rules = ListingRule.objects.filter(channel=channel, is_active=True)
    of_prices = [rule for rule in rules if rule.kind == ListingRule.Kind.PRICE_TYPE or rule.field == Field.PRICE]
    codes = {rule.code or rule_checks.code_of(rule) for rule in of_prices}
    types: frozenset[str] | None = None
    if any(rule.kind == ListingRule.Kind.PRICE_TYPE for rule in of_prices):
        types = frozenset(PriceType.objects.filter(channel=channel).values_list("price_type_id", flat=True)) or None
    return PriceWatch(channel.currency, frozenset({CURRENCY, *codes}), types)


def _plain(amount: Decimal) -> str:
    return f"{amount.normalize():f}"
