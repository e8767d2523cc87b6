"""What staff are shown of a stock sync group: who was told last, who sells where, and what a move would change."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, QuerySet
from django.urls import reverse
from django.utils.http import urlencode

from platforms import pools
from platforms.models import Channel
from sellers.models import Membership, Seller
from stock import fanout

# Of a channel with more offers the first are looked at: a page must not take minutes.
LOOKED_AT = 5000


@dataclass(frozen=True)
class Place:
    """A marketplace in a pool; `told_at` is SCX's time of the last stock update that JTL-Wawi sent to it."""

    channel: Channel
    told_at: datetime | None
    sellers: int
    sellers_url: str

    @property
    def is_waiting(self) -> bool:
        return pools.is_waiting(self.channel)

    @property
    def label(self) -> str:
        return pools.effective_label(self.channel)


def places(channels: QuerySet[Channel]) -> list[Place]:
    """The marketplaces by code, with what happened there; as many queries for forty as for one."""
    related = channels.select_related("platform", *pools.RELATED)
    found = list(related.annotate(told_at=F("levelling__told_at")).order_by("code"))
    sellers = _sellers(found)
    return [
        Place(
            channel,
            told_at=channel.told_at,
            sellers=sellers.get(channel.pk, 0),
            sellers_url=f"{reverse('admin:sellers_membership_matrix')}?{urlencode({'platform': channel.home.code})}",
        )
        for channel in found
    ]


def last_told(places: Iterable[Place]) -> list[Place]:
    """Who of them received the last stock update: several where one moment brought it to each, none without any."""
    told = [place for place in places if place.told_at]
    newest = max((place.told_at for place in told if place.told_at), default=None)
    return [place for place in told if place.told_at == newest]


def _sellers(channels: Sequence[Channel]) -> dict[int, int]:
    """How many sellers sell on each of the marketplaces now."""
    selling = Membership.objects.filter(
        marketplace__in=channels, wanted=True, confirmed=True, seller__state=Seller.State.ACTIVE
    )
    return dict(selling.order_by().values_list("marketplace").annotate(Count("pk")))


@dataclass(frozen=True)
class Foreseen:
    """How many levels of how many sellers change when channels join; without `is_whole` at least so many."""

    levels: int
    sellers: int
    is_whole: bool


def foreseen(joining: Iterable[Channel], members: Iterable[Channel]) -> Foreseen:
    """What levelling the joining channels would change in a pool of these members, themselves among them."""
    keys = [channel.pk for channel in members]
    offers: set[int] = set()
    sellers: set[int] = set()
    is_whole = True
    for channel in joining:
        after = 0
        for _batch in range(LOOKED_AT // fanout.BATCH):
            found = fanout.offers_of(channel, after)
            articles = sorted({(seller, sku) for _pk, seller, sku in found if sku})
            for pk, seller in fanout.behind(keys, articles).values_list("pk", "seller_id"):
                offers.add(pk)
                sellers.add(seller)
            if len(found) < fanout.BATCH:
                break
            after = found[-1][0]
        else:
            is_whole = False
    return Foreseen(len(offers), len(sellers), is_whole)
