"""What django-q2 calls. A task may be lost, doubled or late without harm: it only says "drain what is due"."""

import functools
import logging
from collections.abc import Callable
from typing import ParamSpec

from platforms import jobs, logs, turns
from platforms.models import Channel

logger = logging.getLogger(__name__)

Given = ParamSpec("Given")


class TaskFailed(Exception):
    """What django-q2 is told of a task's failure."""


def told_cleanly(task: Callable[Given, None]) -> Callable[Given, None]:
    """django-q2 writes the traceback of what a task raises into the database, as it is: it gets one without secrets."""

    @functools.wraps(task)
    def told(*args: Given.args, **kwargs: Given.kwargs) -> None:
        try:
            return task(*args, **kwargs)
        except Exception as error:
            logger.exception("Task %s failed", task.__name__)
            failure = TaskFailed(logs.described(error))
        raise failure

    return told


@told_cleanly
def work(job: str, channel_code: str) -> None:
    """Run one job for one channel for a turn; what is left is nudged again."""
    channel = Channel.objects.callable().select_related("platform").filter(code=channel_code).first()
    if channel:
        with logs.correlation():
            turns.take(job, channel)


@told_cleanly
def sweep(job: str) -> None:
    """Nudge the job for every channel that SCX can be asked about."""
    for channel in Channel.objects.callable():
        jobs.nudge(job, channel)


@told_cleanly
def beat() -> None:
    """Does nothing: that it was done is the sign of life that `platforms.heartbeat` writes down."""
