"""What is wrong now, in words: each finding says what, since when, and what to do, and is gone once it is mended."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils.module_loading import import_string


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it should be.

    `code`: a stable slug such as "token-refused", also a metric's label. `critical`: work stands still until a person
    acts; else it is late or heals by itself. `text`: one or two translated sentences: what it means and what to do.
    `channel`: the code of the channel it concerns, "" for the whole portal. `url`: the admin page that cures it.
    """

    code: str
    text: str
    critical: bool = False
    since: datetime | None = None
    channel: str = ""
    url: str = ""


Finder = Callable[[], Iterable[Finding]]


def found() -> list[Finding]:
    """All findings of all finders named in `settings.PORTAL_FINDERS`, critical ones first, then the oldest."""
    finders: list[Finder] = [import_string(name) for name in settings.PORTAL_FINDERS]
    findings = [finding for finder in finders for finding in finder()]
    return sorted(findings, key=_urgency)


def _urgency(finding: Finding) -> tuple[bool, bool, float, str]:
    since = finding.since
    return not finding.critical, since is None, since.timestamp() if since else 0.0, finding.code
