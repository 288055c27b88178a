"""The workers' heartbeat: who works, how much was done, when each was last heard of."""

import os
import socket
from datetime import datetime
from typing import Any

import psutil
import psycopg

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

    def beat(self, connection: psycopg.Connection[Any], now: datetime) -> None:
        """Write the row; the caller commits."""
        connection.execute(
            "INSERT INTO worker (name, started_at, beat_at, messages, batches, failures, receipts,"
            " busy_ms, rss_bytes) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"
            " ON CONFLICT (name) DO UPDATE SET beat_at = EXCLUDED.beat_at,"
            " messages = EXCLUDED.messages, batches = EXCLUDED.batches,"
            " failures = EXCLUDED.failures, receipts = EXCLUDED.receipts,"
            " busy_ms = EXCLUDED.busy_ms, rss_bytes = EXCLUDED.rss_bytes",
            [
                self.name, self._started_at, now, self.messages, self.batches, self.failures,
                self.receipts, self.busy_ms, self._process.memory_info().rss,
            ],
        )  # fmt: skip

    def end(self, connection: psycopg.Connection[Any]) -> None:
        """Take the row away: this worker ended in good order."""
        connection.execute("DELETE FROM worker WHERE name = %s", [self.name])


def bury_the_silent(connection: psycopg.Connection[Any], now: datetime) -> None:
    """Take away rows of workers that have not been heard of for a minute."""
    connection.execute(
        "DELETE FROM worker WHERE beat_at < %s::timestamptz - %s::interval", [now, SILENT]
    )
