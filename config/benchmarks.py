"""What `manage.py benchmark` measures: name -> function (`platforms.benchmarks`)."""

BENCHMARKS: dict[str, str] = {
    "events": "listings.benchmarks.events",
    "reports": "listings.benchmarks.listing_reports",
    "stock": "stock.benchmarks.stock",
}
