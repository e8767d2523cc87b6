"""Which kinds of channel a row may belong to, by its foreign key; the database holds to it (`platforms.kinds`)."""

# Platforms are virtual: SCX sends nothing for one, and takes nothing.
NOT_VIRTUAL = ("marketplace", "standalone")
# Merchants sign up with a platform or a standalone channel.
WITH_SELLERS = ("platform", "standalone")

CHANNEL_KINDS: dict[str, tuple[str, ...]] = {
    "platforms.Channel.platform": ("platform",),
    "platforms.StockSyncGroup.platform": ("platform",),
    "platforms.Event.channel": NOT_VIRTUAL,
    "platforms.Batch.channel": NOT_VIRTUAL,
    "platforms.PriceType.channel": NOT_VIRTUAL,
    "sellers.Seller.channel": WITH_SELLERS,
    "sellers.Account.channel": WITH_SELLERS,
    "sellers.Membership.marketplace": ("marketplace",),
    "sellers.Opening.marketplace": ("marketplace",),
    "sellers.Unlinking.channel": NOT_VIRTUAL,
    "sellers.Notice.channel": NOT_VIRTUAL,
    "listings.Offer.channel": NOT_VIRTUAL,
    "listings.ListingReport.channel": NOT_VIRTUAL,
    "listings.ListingRule.channel": NOT_VIRTUAL,
    "listings.ErrorText.channel": NOT_VIRTUAL,
    "stock.StockLevel.channel": NOT_VIRTUAL,
    "stock.StockCursor.channel": NOT_VIRTUAL,
    "stock.Levelling.channel": NOT_VIRTUAL,
}
