"""What django-q2 calls. A task may be lost, doubled or late without harm: it only says "drain what is due"."""

import time

from platforms import jobs, logs
from platforms.models import Channel

# Ends well before the cluster's timeout, so that no task is ever killed for having much to do.
WORK_SECONDS = 20


def work(job: str, channel_code: str) -> None:
    """Run one job for one channel for at most WORK_SECONDS; what is left is nudged again."""
    channel = Channel.objects.callable().select_related("platform").filter(code=channel_code).first()
    if channel:
        with logs.correlation():
            jobs.run(job, channel, jobs.Run(deadline=time.monotonic() + WORK_SECONDS))


def sweep(job: str) -> None:
    """Nudge the job for every channel that SCX can be asked about."""
    for channel in Channel.objects.callable():
        jobs.nudge(job, channel)


def beat() -> None:
    """Does nothing: that it was done is the sign of life that `platforms.heartbeat` writes down."""
