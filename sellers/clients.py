"""Which JTL-Wawi each seller uses: the version of his newest event, and the day of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from django.db.models import Count
from django.utils import timezone

from platforms.minimum_versions import RECENT_DAYS
from platforms.models import Channel, Event
from sellers.models import Seller

FIELDS = ("client_version", "client_seen_on")


def note(channel: Channel, sellers: Mapping[str, Seller], events: Sequence[Event]) -> None:
    """Note the clients that a batch of events names, in the caller's transaction, given the sellers by their ids.

    Nothing is read or written where version and day stay.
    """
    newest: dict[str, Event] = {}
    for event in sorted(events, key=lambda event: event.version):
        if event.client_version:
            newest[event.seller_id] = event
    changed = [sellers[key] for key, event in newest.items() if _advance(sellers[key], event, channel)]
    if not changed:
        return
    # Who is locked by another batch is noted by the next: nobody waits for this, nor stops anybody by it.
    keys = [seller.pk for seller in changed]
    free = Seller.objects.select_for_update(skip_locked=True, no_key=True).filter(pk__in=keys)
    locked = set(free.values_list("pk", flat=True))
    Seller.objects.bulk_update([seller for seller in changed if seller.pk in locked], FIELDS)


def _advance(seller: Seller, event: Event, channel: Channel) -> bool:
    """Put the event's version and day into the seller, in memory; False where nothing newer was learned."""
    day = _day(event)
    known = seller.client_seen_on
    if known and (day < known or (day == known and event.client_version == seller.client_version)):
        return False
    if day == known and _is_overtaken(event, channel):
        return False
    seller.client_version, seller.client_seen_on = event.client_version, day
    return True


def _day(event: Event) -> date:
    # A clock that runs ahead must not make all that follows look old.
    return min(timezone.localdate(event.created_at), timezone.localdate())


def _is_overtaken(event: Event, channel: Channel) -> bool:
    """Whether a newer event that names a client has been applied: events of one day come in any order."""
    home = channel.home
    channels = [home.pk, *home.marketplaces.values_list("pk", flat=True)]
    newer = Event.objects.filter(
        seller_id=event.seller_id,
        channel__in=channels,
        created_at__gt=event.created_at,
        state__in=[Event.State.DONE, Event.State.SUPERSEDED],
    )
    return newer.exclude(client_version="").order_by("-number").exists()


def versions_of(channel: Channel) -> Counter[str]:
    """How many sellers of the channel used which version last, of those whose events named one lately.

    Of a platform's sellers those that SCX has confirmed on the marketplace.
    """
    since = timezone.localdate() - timedelta(days=RECENT_DAYS)
    sellers = Seller.objects.of_channel(channel).filter(client_seen_on__gt=since).exclude(client_version="")
    if channel.kind == Channel.Kind.MARKETPLACE:
        sellers = sellers.filter(memberships__marketplace=channel, memberships__confirmed=True)
    return Counter(dict(sellers.order_by().values_list("client_version").annotate(Count("pk"))))
