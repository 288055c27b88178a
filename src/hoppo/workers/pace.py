"""How much a worker takes at once: little when little waits, much under pressure.

A batch that takes long makes everybody in it wait; one that is short spends its time on statements
and the commit. So the number of messages follows the time the last batch took.
"""

from typing import Any

import psycopg

MOST_MESSAGES = 500
FIRST_MESSAGES = 16
AIM_SECONDS = 0.3
MOST_BYTES = 4 * 1024 * 1024
SHARE_OF_LOCKS = 4  # one batch takes at most this part of the room for locks
BYTES_A_LOCK = 1000  # a record of some 1,200 bytes needs between one lock and two


def lock_room(connection: psycopg.Connection[Any]) -> int:
    """How many locks the server has room for, over all its connections."""
    row = connection.execute(
        "SELECT current_setting('max_locks_per_transaction')::int8"
        " * (current_setting('max_connections')::int8"
        " + current_setting('max_prepared_transactions')::int8)"
    ).fetchone()
    connection.commit()
    return int(row[0]) if row else 0


class Pace:
    """The size of the next batch, learnt from the time of the last."""

    def __init__(self, most: int, room: int) -> None:
        """Take the most messages of a batch, and the server's room for locks."""
        self._most = most
        self.messages = min(FIRST_MESSAGES, most)
        self.most_bytes = max(min(MOST_BYTES, room // SHARE_OF_LOCKS * BYTES_A_LOCK), 1)

    def took(self, messages: int, seconds: float) -> None:
        """Learn from a batch; one that was not full tells nothing about a full one."""
        if seconds > AIM_SECONDS:
            self.messages = max(int(messages * max(AIM_SECONDS / seconds, 0.5)), 1)
        elif messages >= self.messages:
            self.messages = min(int(messages * min(AIM_SECONDS / seconds, 2.0)) + 1, self._most)

    def halve(self) -> None:
        """The server had no room for a batch's locks: take half from now on."""
        self.most_bytes = max(self.most_bytes // 2, 1)
