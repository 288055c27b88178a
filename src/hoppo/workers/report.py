"""What a worker says of its batches: events with their traces, a heartbeat once a second."""

import time
import uuid
from datetime import datetime

import psycopg

from hoppo.customs.settling import Settling
from hoppo.engine.database import Database
from hoppo.engine.heartbeat import Heartbeat, bury_the_silent
from hoppo.engine.tracing import Tracer
from hoppo.engine.watching import read_namespace, tell, trace_of

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
        self, connection: psycopg.Connection[tuple[object, ...]], batch: Settling, seconds: float
    ) -> None:
        """A batch was committed: its messages, and the receipts that answer them."""
        self.heart.batches += 1
        self.heart.messages += len(batch.done)
        self.heart.busy_ms += int(seconds * 1000)
        traces = [self.trace(connection, number) for number in batch.done]
        for number, trace in zip(batch.done, traces, strict=True):
            tell("cleared", number=number, trace=trace, batch_ms=round(seconds * 1000))
            self.tracer.told("clear", trace, seconds, number=number)
        self.tracer.told_together("batch", traces, seconds, messages=len(batch.done))
        self._sent(connection, batch, seconds)

    def swept(
        self, connection: psycopg.Connection[tuple[object, ...]], what: str, batch: Settling
    ) -> None:
        """What time alone brought about was committed, with the receipts that tell of it."""
        tell("swept", what=what, lists=batch.swept)
        self._sent(connection, batch, 0.0)

    def _sent(
        self, connection: psycopg.Connection[tuple[object, ...]], batch: Settling, seconds: float
    ) -> None:
        self.heart.receipts += len(batch.sent)
        self.heart.lists.update(batch.settled)
        for number, receipt in batch.sent:
            traces = [self.trace(connection, one) for one in receipt.answers if one]
            tell(
                "receipt",
                receipt=number,
                type=receipt.message_type,
                receiver=receipt.receiver,
                records=receipt.records,
                traces=traces,
            )
            for trace in traces:
                self.tracer.told("write", trace, seconds, receipt=number, type=receipt.message_type)

    def beat(self, connection: psycopg.Connection[tuple[object, ...]]) -> None:
        """Say that this worker lives, at most once a second; commits."""
        if time.monotonic() - self._beaten < BEAT_SECONDS:
            return
        self._beaten = time.monotonic()
        self.heart.beat(connection)
        bury_the_silent(connection)
        connection.commit()
