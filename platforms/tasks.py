"""What django-q2 calls. A task may be lost, doubled or late without harm: it only says "drain what is due"."""

from platforms import jobs, logs, turns
from platforms.models import Channel


def work(job: str, channel_code: str) -> None:
    """Run one job for one channel for a turn; what is left is nudged again."""
    channel = Channel.objects.callable().select_related("platform").filter(code=channel_code).first()
    if channel:
        with logs.correlation():
            turns.take(job, channel)


def sweep(job: str) -> None:
    """Nudge the job for every channel that SCX can be asked about."""
    for channel in Channel.objects.callable():
        jobs.nudge(job, channel)


def beat() -> None:
    """Does nothing: that it was done is the sign of life that `platforms.heartbeat` writes down."""
