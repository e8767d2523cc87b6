"""Waiting for what another request of the same session has begun: a form sent twice, another tab, a reload."""

import time
from collections.abc import Callable
from datetime import timedelta

from django.utils import timezone

from sellers.models import LinkSession

WAIT_SECONDS = 20.0
# Who only looks gets a page that looks again by itself: a thread that waits serves nobody else.
LOOK_SECONDS = 2.0
POLL_SECONDS = 0.2
# No request of a page lasts longer; what was submitted before that is settled by whoever comes first.
REQUEST_LASTS_AT_MOST = timedelta(seconds=60)

Settle = Callable[..., LinkSession]


def outcome_of(link: LinkSession, settle: Settle, *, within: float | None = None) -> LinkSession:
    """The session's row once it is no longer on its way, or as it is after so many seconds; WAIT_SECONDS if None.

    `settle(link, urgent=True)` finds out what became of a request that has ended without telling.
    """
    give_up = time.monotonic() + (WAIT_SECONDS if within is None else within)
    while True:
        current = LinkSession.objects.select_related("channel", "seller").get(pk=link.pk)
        if current.state != LinkSession.State.SUBMITTED or time.monotonic() > give_up:
            return current
        if is_over(current):
            return settle(current, urgent=True)
        time.sleep(POLL_SECONDS)


def is_over(link: LinkSession) -> bool:
    """Whether the request that submitted the session must have ended, one way or another."""
    return link.submitted_at is not None and link.submitted_at < timezone.now() - REQUEST_LASTS_AT_MOST
