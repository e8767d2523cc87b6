"""What hangs on a channel and is written with it, in the channel file and by the API (`platforms.channel_parts`)."""

CHANNEL_PARTS: dict[str, str] = {
    "listing_rules": "listings.channel_parts.ListingRules",
    "error_texts": "listings.channel_parts.ErrorTexts",
}
