"""The finders: functions that tell what is wrong now (`platforms.findings`), asked by probes, metrics and the admin."""

FINDERS: tuple[str, ...] = ("platforms.quota_findings.standing_still",)
