"""Tells what happened, one line each, and only once it was seen."""

import time
from collections.abc import Callable
from typing import TypeVar

from django.core.management.base import OutputWrapper

from platforms.demo.problems import DemoError
from platforms.demo.processes import Children

PATIENCE_SECONDS = 60.0
SECONDS_BETWEEN_LOOKS = 0.4
WIDTH = 79

Seen = TypeVar("Seen")


class Story:
    def __init__(self, output: OutputWrapper, children: Children) -> None:
        self.output = output
        self.children = children
        self.mark = "✓" if (output.encoding or "").lower().replace("-", "") == "utf8" else "ok"
        self.since = time.monotonic()

    def say(self, text: str = "") -> None:
        # A name of another alphabet must not end the demo on a terminal that lacks it.
        encoding = self.output.encoding or "utf-8"
        self.output.write(text.encode(encoding, "replace").decode(encoding))
        self.output.flush()

    def heading(self, text: str) -> None:
        self.say(f"\n{text}")
        self.since = time.monotonic()

    def saw(self, text: str) -> None:
        """One line for what was observed, with the seconds since the line before."""
        seconds = f"{time.monotonic() - self.since:.1f} s"
        self.say(f"  {self.mark} {text:<{WIDTH - 11}}{seconds:>7}")
        self.since = time.monotonic()

    def wait(self, what: str, look: Callable[[], Seen | None], *, log: str = "worker") -> Seen:
        """Look until there is something to see; a line and what was seen. Raises DemoError when time is up."""
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            # What answers in place of a server of ours that has ended does not count.
            self.children.check()
            if seen := look():
                break
            if time.monotonic() > until:
                raise DemoError(
                    f"Not seen within {PATIENCE_SECONDS:.0f} s: {what}.\nThe reason should stand in "
                    f"{self.children.logs / log}.log."
                )
            time.sleep(SECONDS_BETWEEN_LOOKS)
        self.saw(what)
        return seen
