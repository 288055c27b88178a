"""Random bytes in small pieces: the system is asked for many at a time."""

import os
import threading

BLOCK = 16_384


class RandomBytes:
    """Hands out bytes of the system's generator, each once, to whichever thread asks."""

    def __init__(self) -> None:
        """Begin empty; nothing is asked of the system before it is needed."""
        self._block, self._at = b"", 0
        self._lock = threading.Lock()

    def take(self, count: int) -> bytes:
        """Fresh random bytes, fit for keys and nonces."""
        with self._lock:
            at = self._at
            if at + count > len(self._block):
                self._block, at = os.urandom(max(BLOCK, count)), 0
            self._at = at + count
            return self._block[at : at + count]
