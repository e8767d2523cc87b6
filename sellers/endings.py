"""How a connection ends here once SCX has ended it: by its event, or because its list says so."""

from django.utils import timezone
from django.utils.translation import gettext as _

from platforms.models import Channel
from sellers.models import Membership, Seller


def end(seller: Seller, channel: Channel, reason: str, *, removed: bool) -> None:
    """End the locked seller's connection on the channel, and the seller's with the last of its marketplaces.

    `removed`: SCX has forgotten the seller id, else an update can revive it.
    """
    if channel.platform_id:
        _end_membership(seller, channel, reason, removed=removed)
        rest = Membership.objects.filter(seller=seller)
        if rest.filter(confirmed=True).exists() or rest.unsettled().filter(wanted=True).exists():
            return
        # As long as one of them can be revived, so can the seller.
        removed = removed and not rest.filter(confirmed=False, is_refused=True).exists()
    _end_seller(seller, reason, removed=removed)


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


def _end_seller(seller: Seller, reason: str, *, removed: bool) -> None:
    seller.change_state(Seller.State.REMOVED if removed else Seller.State.UNLINKED, reason)
    if removed:
        seller.credentials = {}  # type: ignore[assignment]
    seller.save(update_fields=["state", "state_changed_at", "state_reason", "credentials"])
