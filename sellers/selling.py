"""Where a seller sells now: the one answer for handing offers over, taking them back, and telling SCX of them.

On a standalone channel an active seller does; on a marketplace one who also wants it, and whom SCX has confirmed there.
As soon as either says no, it is off.
"""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q, QuerySet

from platforms import jobs
from platforms.models import Channel
from sellers.models import Membership, Seller


def on(channel: Channel) -> QuerySet[Seller]:
    """The sellers who sell on the marketplace or standalone channel now."""
    active = Seller.objects.of_channel(channel).filter(state=Seller.State.ACTIVE)
    if channel.kind == Channel.Kind.STANDALONE:
        return active
    return active.filter(Exists(_member(OuterRef("pk"), channel)))


def off(channel: Channel) -> QuerySet[Seller]:
    """The other sellers of the channel: paused, disconnected, removed, or not on this marketplace."""
    return Seller.objects.of_channel(channel).exclude(pk__in=on(channel).values("pk"))


def rows(seller: str, channel: str) -> Q:
    """Of rows on any channels: those whose seller sells on their channel; the names lead from the row to the two."""
    at_home = Q(**{f"{channel}__kind": Channel.Kind.STANDALONE})
    return Q(**{f"{seller}__state": Seller.State.ACTIVE}) & (
        at_home | Q(Exists(_member(OuterRef(seller), OuterRef(channel))))
    )


def anywhere(seller: str) -> Q:
    """Of rows of sellers: those whose seller sells on any channel that is on; the name leads from the row to him."""
    member = Membership.objects.filter(
        seller=OuterRef(seller), marketplace__is_active=True, wanted=True, confirmed=True
    )
    at_home = Q(**{f"{seller}__channel__kind": Channel.Kind.STANDALONE})
    is_active = Q(**{f"{seller}__state": Seller.State.ACTIVE, f"{seller}__channel__is_active": True})
    return is_active & (at_home | Q(Exists(member)))


def _member(seller: OuterRef, marketplace: Channel | OuterRef) -> QuerySet[Membership]:
    return Membership.objects.filter(seller=seller, marketplace=marketplace, wanted=True, confirmed=True)


def channels(seller: Seller) -> QuerySet[Channel]:
    """The standalone channel of the seller, or the marketplaces of the platform that he ever chose."""
    if seller.channel.is_platform:
        return Channel.objects.callable().filter(memberships__seller=seller)
    return Channel.objects.callable().filter(pk=seller.channel_id)


def changed(channels: Iterable[Channel]) -> None:
    """Somebody began or ceased to sell on these channels: offers and what waits for them follow at once."""
    for channel in channels:
        jobs.nudge("handover", channel)
        jobs.nudge("reports", channel)
        jobs.nudge("stock", channel)
