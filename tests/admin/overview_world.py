"""Marketplaces where everything that the overview counts is there at least once."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from listings.models import Offer
from platforms.models import Channel, Event
from tests.factories import (
    NOON,
    EventFactory,
    ListingReportFactory,
    MarketplaceFactory,
    MembershipFactory,
    OfferFactory,
    SellerFactory,
    StockLevelFactory,
)

State = Offer.State


def marketplace(platform: Channel | None = None) -> Channel:
    return MarketplaceFactory(**({"platform": platform} if platform else {}))


def fill(market: Channel) -> None:
    """Sellers, offers, events, reports and stock of the marketplace, in every state that is told apart."""
    seller = _sellers(market)
    listed = _offers(market, seller)
    for number, state in enumerate(("pending", "pending", "failed", "dead", "waiting", "done")):
        EventFactory(channel=market, state=Event.State(state), received_at=_ago(days=2), number=_number(market, number))
    for state in ("pending", "refused", "sent"):
        offer = OfferFactory(channel=market, seller=seller, state=State.ENDED)
        ListingReportFactory(offer=offer, state=state, error="GEN400" if state == "refused" else "")
    StockLevelFactory(channel=market, number=_number(market, 1))
    StockLevelFactory(channel=market, number=_number(market, 2))
    StockLevelFactory(channel=market, number=_number(market, 3), offer_row=listed)


def trouble(market: Channel) -> None:
    """The least that makes every finder and every count of the marketplace find something."""
    platform = market.platform
    assert platform is not None
    refused = {"confirmed": None, "is_refused": True, "attempts": 1, "error": "SLR1"}
    seller = MembershipFactory(seller__channel=platform, marketplace=market, **refused).seller
    EventFactory(channel=market, state=Event.State.DEAD)
    offer = OfferFactory(channel=market, seller=seller)
    ListingReportFactory(offer=offer, state="refused", error="GEN400")
    StockLevelFactory(channel=market)


def _sellers(market: Channel) -> Any:
    """Two are connected, one of them for as long as JTL takes to end it; one is to be connected, and one refused."""
    platform = market.platform
    assert platform is not None
    seller = SellerFactory(channel=platform)
    MembershipFactory(seller=seller, marketplace=market)
    MembershipFactory(seller=SellerFactory(channel=platform, state="unlinked"), marketplace=market, confirmed=False)
    MembershipFactory(seller=SellerFactory(channel=platform, state="unlinking"), marketplace=market)
    MembershipFactory(seller=SellerFactory(channel=platform), marketplace=market, confirmed=None)
    refused = {"confirmed": None, "is_refused": True, "attempts": 1, "error": "SLR1"}
    MembershipFactory(seller=SellerFactory(channel=platform), marketplace=market, **refused)
    return seller


def _offers(market: Channel, seller: Any) -> Offer:
    def offer(**values: Any) -> Offer:
        return OfferFactory(channel=market, seller=seller, **{"revision": 2, "handed_over_revision": 2, **values})

    listed = offer(state=State.LISTED)
    offer(state=State.LISTED)
    offer(state=State.LISTED, parent=listed, content_at=listed.content_at, content_event=listed.content_event)
    offer(state=State.FAILED)
    offer(state=State.IN_PROGRESS)
    offer(state=State.PENDING)
    due = offer(state=State.PENDING, handed_over_revision=1)
    Offer.objects.filter(pk=due.pk).update(updated_at=_ago(hours=1))
    offer(state=State.ENDED)
    offer(state=State.LISTED, withdrawn_at=NOON)
    offer(content_at=None)
    return listed


def _ago(**since: int) -> Any:
    return timezone.now() - timedelta(**since)


def _number(market: Channel, offset: int) -> int:
    return market.pk * 10 + offset
