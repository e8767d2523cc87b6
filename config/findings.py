"""The finders: functions that tell what is wrong now (`platforms.findings`), asked by probes, metrics and the admin."""

FINDERS: tuple[str, ...] = (
    "platforms.reconciliation.differing_channels",
    "platforms.restores.open_points",
    "platforms.unreadable.of_channels",
    "sellers.unreadable.of_sellers",
)
