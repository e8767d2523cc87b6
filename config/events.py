"""SCX event type -> the handlers of its batches, in the order they run, all in one transaction.

A type without a handler is stored, acknowledged and offered in the event feed.
"""

_HOLD_UNKNOWN = "sellers.handlers.hold_events_of_unknown_sellers"

EVENTS: dict[str, tuple[str, ...]] = {
    "Seller:Offer.New": (_HOLD_UNKNOWN, "listings.handlers.content", "stock.handlers.content"),
    "Seller:Offer.Update": (_HOLD_UNKNOWN, "listings.handlers.content", "stock.handlers.content"),
    "Seller:Offer.PriceUpdate": (_HOLD_UNKNOWN, "listings.handlers.prices"),
    "Seller:Offer.StockUpdate": (_HOLD_UNKNOWN, "stock.handlers.stock"),
    "Seller:Offer.End": (_HOLD_UNKNOWN, "listings.handlers.end"),
    "Seller:Channel.Unlinked": (_HOLD_UNKNOWN, "sellers.handlers.unlinked", "listings.handlers.unlinked"),
    "System:Test": ("platforms.handlers.log_test",),
}
