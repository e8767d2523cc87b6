"""Newest wins, per aspect: content, prices and end of an offer each go to the newest event that mentions them.

Every aspect of every row is the maximum over the events that mention it, so events may come in any order, in any
batches, any number of times.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from listings import prices, revisions, rows, validation
from listings.models import Offer, Version
from listings.payload import OfferContent, PriceStep
from listings.pictures import links
from listings.rows import Key
from platforms.jobs import nudge
from platforms.models import Channel

CONTENT = (
    "parent_offer_id",
    "sku",
    "gtin",
    "mpn",
    "isbn",
    "brand",
    "title",
    "sub_title",
    "description",
    "category",
    "tax_percent",
    "recommended_price",
    "attributes",
    "product_attributes",
    "dimensions",
)
# All that is read of an offer, and all that is written of one whose content stays: descriptions are long.
LIGHT = (
    "parent",
    "channel_offer_id",
    "content_at",
    "content_event",
    "price_at",
    "price_event",
    "end_at",
    "end_event",
    "named_at",
    "named_event",
    "revision",
    "state",
    "state_changed_at",
    "awaited_since",
    "progress_told",
    "errors",
    "prices_number",
)


@dataclass(frozen=True)
class Mention:
    """What one event says of one offer; `parent` is the listing that names it as a variation."""

    key: Key
    version: Version
    content: OfferContent | None = None
    prices: tuple[PriceStep, ...] | None = None
    ends: bool = False
    parent: Key | None = None


@dataclass
class Newest:
    """The newest mention of each aspect of one offer; `named` is the newest that has a channel offer id."""

    content: Mention | None = None
    prices: Mention | None = None
    end: Mention | None = None
    named: Mention | None = None

    def add(self, mention: Mention) -> None:
        if mention.content is not None:
            self.content = _newer(self.content, mention)
            if mention.content.channel_offer_id:
                self.named = _newer(self.named, mention)
        if mention.prices is not None:
            self.prices = _newer(self.prices, mention)
        if mention.ends:
            self.end = _newer(self.end, mention)


def _newer(known: Mention | None, other: Mention) -> Mention:
    return other if known is None or other.version > known.version else known


def merge(channel: Channel, mentions: Iterable[Mention]) -> tuple[dict[Key, Offer], bool]:
    """Bring the mentions into the tables, inside the caller's transaction.

    Returns the offers mentioned, as they stand now, and whether any of them changed.
    """
    newest: dict[Key, Newest] = {}
    for mention in mentions:
        newest.setdefault(mention.key, Newest()).add(mention)
    offers = rows.lock_or_make(channel, newest.keys(), (*LIGHT, "recommended_price"))
    shown = _shown(offers.values())
    now = timezone.now()
    changed: dict[Key, Offer] = {}
    recontented: list[tuple[Offer, Mention]] = []
    repriced: list[tuple[Offer, Mention]] = []
    # Those whose prices readers are told: they are others, or the offer is there for them only now.
    told: dict[int, Offer] = {}
    were_priced: list[int] = []
    replaced: dict[int, str] = {}
    for key, aspects in newest.items():
        offer = offers[key]
        before = _versions(offer)
        event, recommended = offer.content_event, offer.recommended_price
        if _advance_content(offer, aspects, offers) and aspects.content:
            recontented.append((offer, aspects.content))
            if event and offer.parent_id is None:
                replaced[offer.pk] = event
            if offer.recommended_price != recommended or (before[1] and offer.pk not in shown):
                told[offer.pk] = offer
        if _advance_prices(offer, aspects) and aspects.prices:
            repriced.append((offer, aspects.prices))
            if before[1]:
                were_priced.append(offer.pk)
        _advance_end(offer, aspects)
        if _versions(offer) != before:
            _settle_state(offer, before[0], now)
            changed[key] = offer
    if replaced:
        _keep_revisions(replaced, recontented, now)
    _reopen(channel, repriced, offers, now)
    steps = [(offer, mention.prices or ()) for offer, mention in repriced]
    told |= prices.replace(steps, were_priced)
    _replace_pictures(channel, recontented)
    prices.number(list(told.values()))
    whole = [offer for offer, _mention in recontented]
    written = {offer.pk for offer in whole}
    rows.write(whole, (*CONTENT, *LIGHT), now=now)
    rows.write([offer for offer in _with_listings(changed, offers) if offer.pk not in written], LIGHT, now=now)
    return offers, bool(changed)


def _versions(offer: Offer) -> tuple[Version | None, Version | None, Version | None, str]:
    """What differs after an event that counted."""
    return offer.content_version, offer.price_version, offer.end_version, offer.channel_offer_id


def _advance_content(offer: Offer, aspects: Newest, offers: dict[Key, Offer]) -> bool:
    if aspects.named:
        _name(offer, aspects.named)
    if not aspects.content or not _is_newer(aspects.content, offer.content_version):
        return False
    _replace_content(offer, aspects.content, offers)
    return True


def _advance_prices(offer: Offer, aspects: Newest) -> bool:
    if not aspects.prices or not _is_newer(aspects.prices, offer.price_version):
        return False
    offer.price_at, offer.price_event = aspects.prices.version
    return True


def _advance_end(offer: Offer, aspects: Newest) -> None:
    if aspects.end and _is_newer(aspects.end, offer.end_version):
        offer.end_at, offer.end_event = aspects.end.version


def _is_newer(mention: Mention, version: Version | None) -> bool:
    return version is None or mention.version > version


def _name(offer: Offer, mention: Mention) -> None:
    """The marketplace's own id, once known, stays until something newer names another."""
    if mention.content and _is_newer(mention, offer.named_version):
        offer.channel_offer_id = mention.content.channel_offer_id
        offer.named_at, offer.named_event = mention.version


def _replace_content(offer: Offer, mention: Mention, offers: dict[Key, Offer]) -> None:
    for field in CONTENT:
        setattr(offer, field, getattr(mention.content, field))
    offer.parent_id = offers[mention.parent].pk if mention.parent else None
    offer.content_at, offer.content_event = mention.version
    offer.revision += 1
    offer.errors = []


def _settle_state(offer: Offer, previous_content: Version | None, now: datetime) -> None:
    state = offer.state
    if offer.is_ended:
        state = Offer.State.ENDED
    elif offer.content_version != previous_content or state == Offer.State.ENDED:
        state = Offer.State.PENDING
    if state == Offer.State.ENDED:
        offer.awaited_since = None
    elif state == Offer.State.PENDING and (offer.content_version != previous_content or state != offer.state):
        offer.await_answer(now)
    if state != offer.state:
        offer.state, offer.state_changed_at = state, now


def _reopen(
    channel: Channel, repriced: Sequence[tuple[Offer, Mention]], offers: dict[Key, Offer], now: datetime
) -> None:
    """Listings whose prices may be wrong by now, or right again, are handed over anew, and validated before that."""
    by_pk = {offer.pk: offer for offer in offers.values()}
    answered = [
        (listing, mention)
        for offer, mention in repriced
        if (listing := by_pk.get(offer.parent_id or offer.pk)) and listing.state in validation.ANSWERED
    ]
    watch = validation.price_watch(channel) if answered else None
    reopened = []
    for listing, mention in answered:
        if watch and watch.may_change(listing, mention.prices or ()):
            listing.state, listing.state_changed_at, listing.errors = Offer.State.PENDING, now, []
            listing.await_answer(now)
            reopened.append(listing.pk)
    if reopened:
        Offer.objects.filter(pk__in=reopened).update(handed_over_revision=0)


def _keep_revisions(replaced: dict[int, str], recontented: Sequence[tuple[Offer, Mention]], now: datetime) -> None:
    """Keep what these listings, with the events their content came from, were; before anything is written."""
    contents = {offer.pk: (offer, mention.content) for offer, mention in recontented if mention.content}
    variations: dict[int, list[OfferContent]] = {}
    for offer, content in contents.values():
        listing, _content = contents.get(offer.parent_id or 0, (None, None))
        if listing and listing.content_version == offer.content_version:
            variations.setdefault(listing.pk, []).append(content)
    news = {pk: revisions.arrived(contents[pk][1], variations.get(pk, ())) for pk in replaced}
    revisions.keep(revisions.current(replaced), replaced, news, now)


def _shown(offers: Iterable[Offer]) -> set[int]:
    """The keys of those among the offers, loaded with their listings, that are visible."""
    by_pk = {offer.pk: offer for offer in offers}
    return {
        pk
        for pk, offer in by_pk.items()
        if offer.content_at
        and (
            offer.parent_id is None
            or ((listing := by_pk.get(offer.parent_id)) and listing.content_version == offer.content_version)
        )
    }


def _replace_pictures(channel: Channel, recontented: Sequence[tuple[Offer, Mention]]) -> None:
    linked = [
        (offer, mention.content.pictures, mention.version[0]) for offer, mention in recontented if mention.content
    ]
    if links.replace(channel, linked):
        nudge("pictures", channel)


def _with_listings(changed: dict[Key, Offer], offers: dict[Key, Offer]) -> list[Offer]:
    """The changed offers and the listings of changed variations: who reads listings by feed number must see both."""
    by_pk = {offer.pk: (key, offer) for key, offer in offers.items()}
    touched = dict(changed)
    for offer in changed.values():
        if offer.parent_id in by_pk:
            key, listing = by_pk[offer.parent_id]
            touched[key] = listing
    return list(touched.values())
