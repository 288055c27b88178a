"""A clock that cannot be trusted."""

from datetime import UTC, datetime, timedelta
from random import Random

# Two clocks that jump this far from each other stay within the 24 hours that a list waits, and now
# and then they stand on two different days.
MOST_JUMP_SECONDS = 11 * 3600
JUMPS = 0.02  # of the looks at it


class JumpingClock:
    """The time of day, which now and then jumps up to eleven hours ahead or back."""

    def __init__(self, seed: int) -> None:
        """Begin at the right time."""
        self._rng, self._shift = Random(seed), timedelta(0)

    def __call__(self) -> datetime:
        """What it shows."""
        if self._rng.random() < JUMPS:
            seconds = self._rng.randint(-MOST_JUMP_SECONDS, MOST_JUMP_SECONDS)
            self._shift = timedelta(seconds=seconds)
        return datetime.now(UTC) + self._shift
