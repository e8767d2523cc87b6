"""When a failed piece of work is tried again."""

import random
from datetime import datetime, timedelta

# Seconds before the next attempt, by attempts made; the last step repeats. Eight attempts span about a day.
LADDER = (5, 30, 120, 600, 1800, 7200, 21600, 43200)
LAST_ATTEMPT = len(LADDER)


def next_attempt(now: datetime, attempts: int, *, at_most: float = LADDER[-1]) -> datetime:
    """When to try again after `attempts` failed attempts (at least 1), with a jitter of ±20 % against stampedes.

    `at_most`: the longest step, in seconds.
    """
    seconds = min(LADDER[min(attempts, len(LADDER)) - 1], at_most)
    return now + timedelta(seconds=seconds * random.uniform(0.8, 1.2))  # noqa: S311  a jitter is no secret
