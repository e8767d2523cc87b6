"""The finders: functions that tell what is wrong now (`platforms.findings`), asked by probes, metrics and the admin."""

FINDERS: tuple[str, ...] = (
    "platforms.finders.no_worker",
    "platforms.finders.unapplied_migrations",
    "platforms.finders.failing_jobs",
    "platforms.finders.idle_jobs",
    "platforms.finders.late_events",
    "platforms.finders.failed_events",
    "platforms.quota_findings.standing_still",
    "listings.finders.late_reports",
    "listings.finders.late_handover",
    "stock.finders.late_stock",
    "stock.finders.refused_stock",
)
