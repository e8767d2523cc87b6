"""The finders: functions that tell what is wrong now (`platforms.findings`), asked by probes, metrics and the admin."""

FINDERS: tuple[str, ...] = (
    "platforms.quota_findings.standing_still",
    "platforms.clock.off",
    "platforms.channel_findings.tokens",
    "platforms.channel_findings.failing_jobs",
    "platforms.channel_findings.throttled",
    "platforms.channel_findings.events",
    "sellers.findings.sign_ups",
    "sellers.findings.assignments",
    "listings.findings.reports",
    "stock.findings.cursors",
)
