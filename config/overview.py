"""What the overview of platforms counts (`platforms.overview_numbers`), in the order it is shown."""

OVERVIEW: tuple[str, ...] = (
    "sellers.overview.sellers",
    "listings.overview.offers",
    "platforms.overview_facts.events",
    "sellers.overview.memberships",
    "listings.overview.reports",
    "stock.overview.levels",
    "platforms.assistant_admin.on_the_way",
)
