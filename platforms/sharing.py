"""Where only one process can write at a time, as on SQLite, whoever writes without end must let the others in."""

import time

from django.db import connection

# SQLite's waiting is no queue: each who waits looks again every tenth of a second, and finds a gap or not.
GAP_SECONDS = 0.12
SECONDS_BETWEEN_GAPS = 1.0


class Breath:
    """Taken between transactions: now and then, a gap in which others find the database free."""

    def __init__(self) -> None:
        self._taken_at = time.monotonic()

    def take(self) -> None:
        if connection.features.has_select_for_update_skip_locked:
            return
        if time.monotonic() - self._taken_at >= SECONDS_BETWEEN_GAPS:
            time.sleep(GAP_SECONDS)
            self._taken_at = time.monotonic()
