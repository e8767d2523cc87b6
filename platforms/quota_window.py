"""A sliding window of permits: pairs of [seconds since the epoch, permits], oldest first."""

from dataclasses import dataclass

Taken = list[list[float]]

# Permits taken within such a part of the window are written as one pair, as if all of them were the last of these.
PARTS = 120


@dataclass(frozen=True)
class Window:
    """The permits `taken` that still count; each counts for `seconds`."""

    taken: Taken
    seconds: float
    # Some lay ahead of the clock, which was set back.
    was_ahead: bool = False

    def at(self, now: float) -> "Window":
        """The window as it is now.

        Who had the bucket's lock before us may have read the clock after us, and a clock may be set back: what seems to
        lie ahead was taken just now.
        """
        counted = sorted([min(at, now), permits] for at, permits in self.taken)
        was_ahead = any(at > now for at, _permits in self.taken)
        return Window([pair for pair in counted if pair[0] > now - self.seconds], self.seconds, was_ahead)

    @property
    def used(self) -> int:
        return int(sum(permits for _at, permits in self.taken))

    def seconds_until_below(self, allowed: int, now: float) -> float:
        """0 while fewer than `allowed` permits are used, else how long that takes."""
        used, wait = self.used, 0.0
        for at, permits in self.taken:
            if used < allowed:
                break
            used -= int(permits)
            wait = at + self.seconds - now
        return wait

    def taking(self, permits: int, now: float) -> Taken:
        """The pairs with `permits` more, taken now."""
        part = self.seconds / PARTS
        if self.taken and self.taken[-1][0] // part == now // part:
            return [*self.taken[:-1], [now, self.taken[-1][1] + permits]]
        return [*self.taken, [now, permits]]
