"""How full the queue is, asked of the database a few times a second and not at every message."""

import threading
import time
from collections.abc import Callable

FRESH_SECONDS = 0.2


class Queue:
    """The number of waiting messages: what was counted last, and what this process added since."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin with nothing counted."""
        self._clock, self._lock = clock, threading.Lock()
        self._counted_at: float | None = None
        self._waiting = 0

    def waiting(self, count: Callable[[], int]) -> int:
        """How many wait; `count` asks the database, when the last answer is no longer fresh."""
        with self._lock:
            now = self._clock()
            if self._counted_at is not None and now - self._counted_at < FRESH_SECONDS:
                return self._waiting
            self._counted_at = now
        waiting = count()
        with self._lock:
            self._waiting = waiting
        return waiting

    def added(self) -> None:
        """One more was taken in: a burst between two counts is bounded too."""
        with self._lock:
            self._waiting += 1
