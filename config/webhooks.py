"""What the marketplace's own systems can be told by webhook, and the feeds it is read off."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

TOPICS: dict[str, str | Promise] = {
    "offer.pending": _("An offer is to be listed: it is checked, and its answer is awaited."),
    "offer.ended": _("A listing is to leave the marketplace: it is over, or its seller does not sell there now."),
    "offer.overdue": _("An offer has had no answer for longer than its channel allows."),
    "price.changed": _("An offer or variation costs something else."),
    "stock.changed": _("A stock has another quantity, on all the channels that share it."),
    "seller.active": _("A seller was connected, or anything of a connected seller changed, marketplaces included."),
    "seller.inactive": _("A seller was switched off by SCX, or changed while he is."),
    "seller.unlinking": _("A seller is being disconnected."),
    "seller.unlinked": _("A seller is disconnected, and may come back."),
    "seller.removed": _("A seller was removed for good."),
    "event.received": _("An event of SCX came, of whatever type."),
}
# Name of the feed, the topics it brings, and who reads it (`platforms.webhooks.messages.Reader`).
FEEDS: tuple[tuple[Any, ...], ...] = (
    ("events", "event.received", "platforms.webhooks.event_feed.read"),
    ("prices", "price.changed", "listings.price_webhook_feed.read"),
    ("stock", "stock.*", "stock.webhook_feed.read"),
    ("sellers", "seller.*", "sellers.webhook_feed.read"),
    # By the time when the answer was due.
    ("overdue", "offer.overdue", "listings.webhook_messages.read_overdue", True),
)
