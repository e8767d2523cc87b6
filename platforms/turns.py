"""Fair shares: a job of a channel has few seats, and who sits there while others wait gets up after some seconds.

The queue is in order of time, so whoever gives way goes behind all that wait.
"""

import time
from dataclasses import dataclass, field
from datetime import timedelta

from django.utils import timezone
from django_q.models import OrmQ

from platforms import jobs, seats, stopping
from platforms.broker import SkipLockedBroker
from platforms.models import Channel, JobStatus

# Ends well before the cluster's timeout, so that no task is ever killed for having much to do.
LONG_SECONDS = 20.0
SECONDS_WHILE_OTHERS_WAIT = 5.0
SECONDS_BETWEEN_LOOKS = 1.0
NEXT_TRY = timedelta(seconds=0.5)
# Whoever waits longer for SCX is woken by the sweeps.
LONGEST_WAIT_SECONDS = 60.0


@dataclass
class Turn(jobs.Run):
    """A run that ends after LONG_SECONDS, sooner while others wait, and at once when the process shall end."""

    begun: float = field(default_factory=time.monotonic)
    looked_at: float = float("-inf")
    over: bool = False

    @property
    def expired(self) -> bool:
        # Once over it stays so: what ended early for it has to be asked for again.
        self.over = self.over or stopping.told() or self._has_lasted()
        return self.over

    def _has_lasted(self) -> bool:
        now = time.monotonic()
        if now - self.begun >= LONG_SECONDS:
            return True
        if now - self.begun < SECONDS_WHILE_OTHERS_WAIT or now - self.looked_at < SECONDS_BETWEEN_LOOKS:
            return False
        self.looked_at = now
        return OrmQ.objects.filter(key=SkipLockedBroker().list_key, lock__lte=timezone.now()).exists()


def take(job: str, channel: Channel) -> None:
    """Run the job for one turn, if there is a seat; else, or if the turn was too short, it is nudged again.

    So it is for the time when SCX lets it go on, if that is no later than the next sweep.
    """
    status, _created = JobStatus.objects.get_or_create(job=job, channel=channel)
    now = timezone.now()
    seat = seats.take(status, now)
    if seat is None:
        jobs.postpone(status, channel, now, NEXT_TRY)
        return
    turn = Turn()
    with seat.kept():
        jobs.run(job, channel, turn)
    if turn.waits_for is not None and turn.waits_for <= LONGEST_WAIT_SECONDS:
        jobs.postpone(status, channel, timezone.now(), timedelta(seconds=turn.waits_for))
