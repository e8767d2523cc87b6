"""What is wrong now, in words: each finding says what, since when, and what to do, and is gone once it is mended."""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

logger = logging.getLogger(__name__)

# What is due is done within a minute or two; what waits for longer, somebody should know of.
LATE_AFTER = timedelta(minutes=10)
# Probes come from anybody and as often as they like.
TOLD_FOR_SECONDS = 5.0

_told: list[dict[str, Any]] = []
_told_at = float("-inf")
_looking = threading.Lock()


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it should be.

    `code`: a stable slug such as "token-refused", also a metric's label. `critical`: work stands still until a person
    acts; else it is late or heals by itself. `text`: one or two translated sentences: what it means and what to do.
    `channel`: the code of the channel it concerns, "" for the whole portal: all staff read those, whatever channels
    they may see. `url`: the admin page that cures it.
    """

    code: str
    text: str
    critical: bool = False
    since: datetime | None = None
    channel: str = ""
    url: str = ""

    @property
    def severity(self) -> str:
        return "critical" if self.critical else "warning"


Finder = Callable[[], Iterable[Finding]]


def found() -> list[Finding]:
    """All findings of all finders named in `settings.PORTAL_FINDERS`, critical ones first, then the oldest."""
    return sorted((finding for name in settings.PORTAL_FINDERS for finding in _ask(name)), key=_urgency)


def told() -> list[dict[str, Any]]:
    """The findings as strangers may read them: code, severity, how many, since when. Looked up every few seconds."""
    global _told, _told_at
    # One thread looks; those that ask meanwhile wait for what it sees.
    with _looking:
        if time.monotonic() - _told_at >= TOLD_FOR_SECONDS:
            _told, _told_at = _summary(found()), time.monotonic()
        return _told


def forget() -> None:
    """Look again when asked next."""
    global _told_at
    _told_at = float("-inf")


def _summary(findings: list[Finding]) -> list[dict[str, Any]]:
    summary: dict[str, dict[str, Any]] = {}
    for finding in findings:
        line = {"code": finding.code, "severity": finding.severity, "count": 0, "since": finding.since}
        # The findings are in order: the first of each code is the oldest.
        summary.setdefault(finding.code, line)["count"] += 1
    return list(summary.values())


def _ask(name: str) -> list[Finding]:
    """What one finder finds. One that fails is a finding itself and hides nothing that the others tell."""
    try:
        finder: Finder = import_string(name)
        return list(finder())
    except Exception:
        logger.exception("Finder %s failed", name)
        text = _("One of the portal's own checks cannot be made. The log of the server says why.")
        return [Finding("finder-failed", text)]


def _urgency(finding: Finding) -> tuple[bool, bool, float, str]:
    since = finding.since
    return not finding.critical, since is None, since.timestamp() if since else 0.0, finding.code
