"""What a worker says of its batches: events with their traces, a heartbeat once a second."""

import time
import uuid
from datetime import datetime

import psycopg

from hoppo.customs.clearing import Batch
from hoppo.engine.database import Database
from hoppo.engine.heartbeat import Heartbeat, bury_the_silent
from hoppo.engine.watching import Tracer, read_namespace, tell, trace_of

BEAT_SECONDS = 1.0


class Report:
    """Counts what one worker does, and tells it."""

    def __init__(self, database: Database, now: datetime) -> None:
        """Begin with nothing done."""
        self.heart = Heartbeat(now)
        self.tracer = Tracer()
        self._database = database
        self._namespace: uuid.UUID | None = None
        self._beaten = float("-inf")

    def trace(self, connection: psycopg.Connection[tuple[object, ...]], number: int) -> str:
        """The trace of a message."""
        if self._namespace is None:
            self._namespace = read_namespace(connection)
        return trace_of(self._namespace, number)

    def cleared(
        self, connection: psycopg.Connection[tuple[object, ...]], batch: Batch, seconds: float
    ) -> None:
        """A batch was committed: its messages, and the receipts that answer them."""
        self.heart.batches += 1
        self.heart.messages += len(batch.done)
        self.heart.receipts += len(batch.sent)
        self.heart.busy_ms += int(seconds * 1000)
        for number in batch.done:
            tell(
                "cleared",
                number=number,
                trace=self.trace(connection, number),
                batch_ms=round(seconds * 1000),
            )
        for number, receipt in batch.sent:
            tell(
                "receipt",
                receipt=number,
                type=receipt.message_type,
                receiver=receipt.receiver,
                records=receipt.records,
                traces=[self.trace(connection, one) for one in receipt.answers if one],
            )

    def beat(self, connection: psycopg.Connection[tuple[object, ...]], now: datetime) -> None:
        """Say that this worker lives, at most once a second; commits."""
        if time.monotonic() - self._beaten < BEAT_SECONDS:
            return
        self._beaten = time.monotonic()
        self.heart.beat(connection, now)
        bury_the_silent(connection, now)
        connection.commit()
