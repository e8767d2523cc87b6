"""What reconciliation compares with SCX, and who tells what a restore from a backup leaves unknown."""

# Name -> a `platforms.reconciliation.Comparison`, in this order.
COMPARISONS: dict[str, str] = {
    "sellers": "sellers.comparison.Sellers",
    "settings": "platforms.channel_settings.ChannelSettings",
    "offers": "stock.comparison.OffersWithoutContent",
}

# `platforms.restores.Witness`es.
WITNESSES: tuple[str, ...] = (
    "platforms.restores.what_every_restore_loses",
    "sellers.unknowns.new_sellers",
)
