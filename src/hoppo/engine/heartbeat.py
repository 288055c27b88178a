"""The workers' heartbeat: who works, how much was done, when each was last heard of."""

import os
import socket
from collections import Counter
from datetime import datetime
from typing import Any

import psutil
import psycopg
from psycopg.types.json import Jsonb

SILENT = "60 seconds"


class Heartbeat:
    """One worker's row; counters grow from its start."""

    def __init__(self, started_at: datetime) -> None:
        """Begin at nothing."""
        self._process = psutil.Process()
        self._started_at = started_at
        self.name = f"{socket.gethostname()}:{os.getpid()}:{started_at:%Y%m%dT%H%M%S}"[:128]
        self.messages = self.batches = self.failures = self.receipts = 0
        self.busy_ms = 0
        self.lists: Counter[str] = Counter()

    def beat(self, connection: psycopg.Connection[Any]) -> None:
        """Write the row; the caller commits.

        The moment is the database's: it is the one clock that all machines share.
        """
        connection.execute(
            "INSERT INTO worker (name, started_at, beat_at, messages, batches, failures, receipts,"
            " lists, busy_ms, rss_bytes)"
            " VALUES (%s, %s, clock_timestamp(), %s, %s, %s, %s, %s, %s, %s)"
            " ON CONFLICT (name) DO UPDATE SET beat_at = EXCLUDED.beat_at,"
            " messages = EXCLUDED.messages, batches = EXCLUDED.batches,"
            " failures = EXCLUDED.failures, receipts = EXCLUDED.receipts, lists = EXCLUDED.lists,"
            " busy_ms = EXCLUDED.busy_ms, rss_bytes = EXCLUDED.rss_bytes",
            [
                self.name, self._started_at, self.messages, self.batches, self.failures,
                self.receipts, Jsonb(self.lists), self.busy_ms, self._process.memory_info().rss,
            ],
        )  # fmt: skip

    def end(self, connection: psycopg.Connection[Any]) -> None:
        """Take the row away: this worker ended in good order."""
        connection.execute("DELETE FROM worker WHERE name = %s", [self.name])


def bury_the_silent(connection: psycopg.Connection[Any]) -> None:
    """Take away rows of workers that have not been heard of for a minute."""
    connection.execute("DELETE FROM worker WHERE beat_at < now() - %s::interval", [SILENT])


def silences(connection: psycopg.Connection[Any]) -> list[float]:
    """Seconds since each worker's last heartbeat."""
    rows = connection.execute(
        "SELECT extract(epoch FROM clock_timestamp() - beat_at)::float8 FROM worker"
    )
    return [seconds for (seconds,) in rows]
