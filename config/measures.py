"""The measures: functions that tell Prometheus numbers (`platforms.metrics`), in the order they are shown."""

MEASURES: tuple[str, ...] = (
    "platforms.measures.found",
    "platforms.measures.workers",
    "platforms.measures.jobs",
    "platforms.measures.events",
    "platforms.measures.tokens",
    "platforms.measures.quota",
    "platforms.measures.feeds",
    "platforms.measures.deliveries",
    "sellers.measures.sellers",
    "listings.measures.offers",
    "listings.measures.answers",
    "listings.measures.reports",
    "stock.measures.stock",
)
