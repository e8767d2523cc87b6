"""Makes Python fit for libfaketime, whose `clock_nanosleep` takes no monotonic deadline: `time.sleep` would fail."""

import os
import select
import time


def _sleep(seconds: float) -> None:
    select.select([], [], [], seconds)


if "FAKETIME_TIMESTAMP_FILE" in os.environ:
    time.sleep = _sleep
