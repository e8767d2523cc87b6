"""What the Wawi page shows of offers: a page of listings, counts by state, histories; and the merchant's inbox."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Q, QuerySet

from platforms.sandbox import files, wawi
from platforms.sandbox.models import Account, AccountEvent, Offer, Report, Seller
from platforms.sandbox.pages import number

PAGE = 25
HISTORY = 20
MESSAGES = 5
NOTIFICATION = "Channel:Notification"
LARGEST_ID = 2**63 - 1


@dataclass(frozen=True)
class Wish:
    """Which listings are asked for: `before` and `after` are row keys, the cursor of older and newer pages."""

    state: str = ""
    channel: str = ""
    search: str = ""
    before: int | None = None
    after: int | None = None

    @classmethod
    def of(cls, query: Mapping[str, Any]) -> "Wish":
        """From a query string; what cannot be read counts as not asked for."""
        state = query.get("state", "")
        return cls(
            state=state if state in Offer.State.values else "",
            channel=query.get("channel", "")[:50],
            search=query.get("search", "").replace("\0", "").strip()[:200],
            before=number(query.get("before")) or None,
            after=number(query.get("after")) or None,
        )


@dataclass(frozen=True)
class Row:
    """One listing or variation as the page shows it; `since` is when it came into its state."""

    offer: Offer
    link: str
    thumbnail: str
    prices: list[dict[str, str]]
    since: datetime
    variations: list["Row"] = field(default_factory=list)

    @property
    def quantity(self) -> str:
        return f"{self.offer.quantity.normalize():f}"

    @property
    def title(self) -> str:
        return self.offer.title or self.offer.sku


@dataclass(frozen=True)
class Page:
    """Rows, newest first, and the cursors of the pages beside it (none at an end)."""

    rows: list[Row]
    newer: int | None
    older: int | None


def page(seller: Seller, wish: Wish) -> Page:
    """A page of listings (their variations with them), found by row key and never by counting."""
    found = _found(seller, wish).select_related("channel")
    if wish.after is not None:
        offers = list(found.filter(pk__gt=wish.after).order_by("pk")[: PAGE + 1])
        more_older, more_newer = True, len(offers) > PAGE
        offers = offers[:PAGE][::-1]
    else:
        before = LARGEST_ID if wish.before is None else wish.before
        offers = list(found.filter(pk__lt=before).order_by("-pk")[: PAGE + 1])
        more_older, more_newer = len(offers) > PAGE, wish.before is not None
        offers = offers[:PAGE]
    return Page(
        rows(seller, offers),
        newer=offers[0].pk if offers and more_newer else None,
        older=offers[-1].pk if offers and more_older else None,
    )


def all_of(seller: Seller, wish: Wish, most: int, *, ended: bool) -> list[Offer]:
    """The newest listings of the wish, on whatever page, that are ended, or that are not; without their content."""
    found = _found(seller, wish).select_related("channel", "seller").defer("content").order_by("-pk")
    in_state = found.filter(state=Offer.State.ENDED) if ended else found.exclude(state=Offer.State.ENDED)
    return list(in_state[:most])


def counts(seller: Seller, channel: str = "") -> dict[str, int]:
    """How many listings are in each state."""
    found = _found(seller, Wish(channel=channel))
    return dict(found.order_by().values_list("state").annotate(Count("pk")))


def rows(seller: Seller, offers: Sequence[Offer]) -> list[Row]:
    """The rows of these listings, each with those of its variations."""
    variations = list(_variations(seller, offers))
    since = _moments(seller, [*offers, *variations])
    of_parent: dict[tuple[int, int | None], list[Row]] = {}
    for variation in variations:
        of_parent.setdefault((variation.channel_id, variation.parent_offer_id), []).append(_row(variation, since, []))
    return [_row(offer, since, of_parent.get((offer.channel_id, offer.offer_id), [])) for offer in offers]


def history(offer: Offer) -> list[Report]:
    """The listing states that the channel has reported, newest first."""
    reports = Report.objects.filter(channel=offer.channel_id, seller_id=offer.seller.seller_id, offer_id=offer.offer_id)
    return list(reports.order_by("-pk")[:HISTORY])


def inbox(account: Account, seller: Seller | None = None) -> list[dict[str, Any]]:
    """The newest messages of channels to the merchant (contract 11), or those to one of its sellers."""
    found = AccountEvent.objects.filter(account=account, type=NOTIFICATION).select_related("channel")
    if seller:
        found = found.filter(Q(channel=seller.channel_id) | Q(channel__platform=seller.channel_id))
    messages = []
    for event in found.order_by("-pk")[:MESSAGES]:
        content = json.loads(event.envelope)["event"]
        messages.append({**content, "at": event.created_at, "channel_name": event.channel.display_name})
    return messages


def web_address(text: str | None) -> str:
    """A channel may report anything as its listing URL; only web addresses become links."""
    return text if text and text.lower().startswith(("https://", "http://")) else ""


def thumbnail(name: str) -> str:
    """A signed path to a file of SCX; nothing for a picture that lies elsewhere."""
    return f"/pictures/{files.signed(name)}" if name and "://" not in name else ""


def _found(seller: Seller, wish: Wish) -> QuerySet[Offer]:
    found = Offer.objects.filter(seller=seller, parent_offer_id=None)
    if wish.state:
        found = found.filter(state=wish.state)
    if wish.channel:
        found = found.filter(channel__in=seller.memberships.filter(channel__code=wish.channel).values("channel"))
    if wish.search:
        match = Q(sku__icontains=wish.search) | Q(title__icontains=wish.search)
        offer_id = number(wish.search)
        found = found.filter(match | Q(offer_id=offer_id) if offer_id else match)
    return found


def _variations(seller: Seller, offers: Sequence[Offer]) -> QuerySet[Offer]:
    found = Offer.objects.filter(seller=seller, parent_offer_id__in=[offer.offer_id for offer in offers])
    return found.select_related("channel").order_by("offer_id")


def _row(offer: Offer, since: Mapping[tuple[int, int], datetime], variations: list[Row]) -> Row:
    return Row(
        offer,
        link=web_address(offer.listing_url) if offer.state != Offer.State.ENDED else "",
        thumbnail=thumbnail(offer.content.get("offer", {}).get("mainPicture", "")),
        prices=_prices(offer),
        since=max(offer.updated_at, since.get((offer.channel_id, offer.offer_id), offer.updated_at)),
        variations=variations,
    )


def _prices(offer: Offer) -> list[dict[str, str]]:
    """The first step of each price type."""
    return [
        {"id": each["id"], **(each.get("quantityPriceList") or [{"amount": "", "currency": ""}])[0]}
        for each in wawi.price_list(offer)
    ]


def _moments(seller: Seller, offers: Sequence[Offer]) -> dict[tuple[int, int], datetime]:
    reports = Report.objects.filter(
        channel__in={offer.channel_id for offer in offers},
        seller_id=seller.seller_id,
        offer_id__in=[offer.offer_id for offer in offers],
    )
    newest = reports.values_list("channel_id", "offer_id").annotate(Max("received_at"))
    return {(channel, offer_id): received_at for channel, offer_id, received_at in newest}
