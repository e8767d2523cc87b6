"""How a connection ends here once SCX has ended it: by its event, or because its list says so."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from platforms.models import Channel
from sellers import mails
from sellers.models import Membership, Seller


def end(seller: Seller, channel: Channel, reason: str, *, removed: bool, at: datetime | None = None) -> None:
    """End the locked seller's connection on the channel, and the seller's with the last of its marketplaces.

    `removed`: SCX has forgotten the seller id, else an update can revive it. `at`: when SCX ended it, None for now.
    """
    if channel.platform_id:
        _end_membership(seller, channel, reason, removed=removed)
        _end_with_the_last(seller, reason, at)
    elif seller.state != Seller.State.REMOVED:
        end_seller(seller, reason, removed=removed, at=at)


def end_if_none_is_left(seller: Seller, reason: str) -> None:
    """End a seller for whom SCX ended a marketplace while others were to come, of which none came."""
    with transaction.atomic():
        locked = Seller.objects.select_for_update(of=("self",)).select_related("channel").get(pk=seller.pk)
        ended = Membership.objects.filter(seller=locked, is_refused=True, confirmed_at__isnull=False)
        if locked.is_linked and ended.exclude(confirmed=True).exists():
            _end_with_the_last(locked, reason, None)


def _end_with_the_last(seller: Seller, reason: str, at: datetime | None) -> None:
    rest = Membership.objects.filter(seller=seller)
    if seller.state == Seller.State.REMOVED or rest.filter(_is_left(seller)).exists():
        return
    # As long as SCX has him on one of them, connected or not, an update can revive him.
    end_seller(seller, reason, removed=not rest.exclude(confirmed=None).exists(), at=at)


def _is_left(seller: Seller) -> Q:
    """Which memberships keep the connection: those SCX has switched on, and those it is still to be told of.

    A paused seller's are off, and come back with him. Of one whom we disconnect each ends by itself.
    """
    if seller.is_linked:
        return Q(confirmed=True) | Q(is_refused=False) & (Q(wanted=True) | Q(confirmed=None))
    if seller.state == Seller.State.UNLINKING:
        return Q(confirmed=True) | Q(is_refused=False)
    return Q(confirmed=True)


def _end_membership(seller: Seller, channel: Channel, reason: str, *, removed: bool) -> None:
    """The wish stays; nothing is sent for it before the seller has confirmed again.

    `confirmed` becomes False where SCX keeps the seller, None where it has forgotten him.
    """
    text = _("Disconnected by JTL: %(reason)s") % {"reason": reason or "–"}
    Membership.objects.filter(seller=seller, marketplace=channel).update(
        confirmed=None if removed else False,
        confirmed_at=timezone.now(),
        is_refused=True,
        attempts=0,
        error=text,
        leased_until=None,
    )


def end_seller(seller: Seller, reason: str, *, removed: bool, at: datetime | None = None) -> None:
    """End the locked seller as a whole; without any of SCX's own, when nothing is connected that SCX could end."""
    seller.ended_at = at or timezone.now()
    seller.change_state(Seller.State.REMOVED if removed else Seller.State.UNLINKED, reason)
    if removed:
        seller.credentials = {}  # type: ignore[assignment]
        # One who came back after a purge has data again.
        seller.purged_at = None
    seller.save(update_fields=["state", "state_changed_at", "state_reason", "ended_at", "credentials", "purged_at"])
    mails.queue("disconnected", channel=seller.channel, seller=seller)
