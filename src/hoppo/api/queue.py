"""How full the queue is, asked of the database a few times a second and not at every message."""

import threading
import time
from collections.abc import Callable

from hoppo.engine.inbox import Waiting

FRESH_SECONDS = 0.2
SHARE = 20  # counting takes at most a twentieth of the time


class Queue:
    """What waits: as it was counted last, and what this process added since."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin with nothing counted."""
        self._clock, self._lock = clock, threading.Lock()
        self._stale_at = float("-inf")
        self._waiting = Waiting(0, 0)

    def waiting(self, count: Callable[[], Waiting]) -> Waiting:
        """What waits; `count` asks the database, when the last answer is no longer fresh."""
        with self._lock:
            began = self._clock()
            if began < self._stale_at:
                return self._waiting
            # While one asks, the others go by the last answer.
            self._stale_at = began + FRESH_SECONDS
        waiting = count()
        with self._lock:
            self._waiting = waiting
            took = self._clock() - began
            self._stale_at = max(self._stale_at, self._clock() + SHARE * took)
        return waiting

    def added(self, size: int) -> None:
        """A message of so many bytes was taken in: a burst between two counts is bounded too."""
        with self._lock:
            self._waiting = Waiting(self._waiting.messages + 1, self._waiting.size + size)
