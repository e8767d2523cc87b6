"""The finders: functions that tell what is wrong now (`platforms.findings`), asked by probes, metrics and the admin."""

FINDERS: tuple[str, ...] = (
    "platforms.storage_findings.no_room",
    "platforms.finders.no_worker",
    "platforms.finders.unapplied_migrations",
    "platforms.channel_findings.tokens",
    "platforms.channel_findings.failing_jobs",
    "platforms.quota_findings.standing_still",
    "platforms.finders.idle_jobs",
    "platforms.channel_findings.events",
    "platforms.finders.failed_events",
    "platforms.finders.late_events",
    "sellers.findings.sign_ups",
    "sellers.findings.assignments",
    "listings.findings.reports",
    "listings.finders.late_reports",
    "listings.finders.late_handover",
    "stock.findings.cursors",
    "stock.finders.late_stock",
    "platforms.reconciliation.differing_channels",
    "platforms.restores.open_points",
)
