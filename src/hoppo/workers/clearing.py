"""The worker: claims batches from the inbox and clears them until told to stop."""

import gc
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from logging import ERROR, WARNING
from typing import Any

import psycopg

from hoppo.customs.clearing import Batch
from hoppo.customs.registers import Registers
from hoppo.customs.sweeping import make_bills, refuse_overdue
from hoppo.engine import inbox, months
from hoppo.engine.database import Database
from hoppo.engine.watching import tell
from hoppo.workers.pace import MOST_MESSAGES, Pace, lock_room
from hoppo.workers.report import Report

MOST_TRIES = 5
IDLE_SECONDS = 0.02
SWEEP_SECONDS = 5.0
RETRY_SECONDS = 1.0
MOST_REASON = 2000
SWEEP_LOCK, SINGLE_LOCK = 7470, 7471
AHEAD = timedelta(days=3)  # how long before a month begins its tables are made
STRICT_BATCHES = 20  # how long guarantees are locked early after one has run out
SINGLY_AT_START = 20  # a worker may have died of one of the oldest messages
# Two transactions met; the one that lost is simply done again.
CROSSED = (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure)
GARBAGE_THRESHOLD = 200_000  # new containers before Python looks for cycles among them


def real_clock() -> datetime:
    """The time of day."""
    return datetime.now(UTC)


def connect(database: Database) -> psycopg.Connection[Any]:
    """A connection whose plans do not change as tables fill.

    Every statement of a batch looks rows up by key, a few hundred in a table of any size. Before a
    table's first ANALYZE the planner takes it for small and reads it whole.
    """
    connection = database.connect()
    for way in ("enable_seqscan", "enable_hashjoin", "enable_mergejoin"):
        connection.execute(f"SET {way} = off")
    # What a killed worker held is let go of within a second, even where it was waiting for a lock.
    connection.execute("SET client_connection_check_interval = '1s'")
    connection.commit()
    return connection


def sentence(fault: Exception) -> str:
    """A fault as it is kept. A database's detail may quote a row; its first sentence does not."""
    said = fault.diag.message_primary if isinstance(fault, psycopg.Error) else str(fault)
    if said is None and isinstance(fault, psycopg.OperationalError):
        # The driver's own words: the server was not reached, so no row is quoted.
        said = (str(fault).splitlines() or [""])[0]
    return f"{type(fault).__name__}: {said}"[:MOST_REASON]


class Worker:
    """Clears what waits in one database."""

    def __init__(
        self,
        database: Database,
        clock: Callable[[], datetime] = real_clock,
        most: int = MOST_MESSAGES,
    ) -> None:
        """Connect; the clock is handed in so that a day can be replayed."""
        self.database, self._clock = database, clock
        self.connection = connect(database)
        self._pace = Pace(most, lock_room(self.connection))
        self.registers = Registers()
        self._singly = self._strictly = self._faults = 0
        self._owed: int | None = None
        self.report = Report(database, clock())

    def close(self) -> None:
        """Let the connection go."""
        self.connection.close()

    def step(self) -> int:
        """Clear one batch; returns how many messages it looked at, 0 when none waits.

        After a batch that failed, and after a start, messages are taken singly for a while: their
        tries are counted, so that one that cannot be worked, or kills its worker, is set aside.
        """
        if self._singly > 0 and self._lock_singles():
            try:
                taken = self._step_singly()
            finally:
                self._unlock_singles()
            # Nothing to take may mean that a dead worker's connection still holds the message.
            self._singly -= 1 if taken else 0
            return taken
        try:
            return self._one_batch(self._pace.messages)
        except Exception as fault:  # noqa: BLE001 - one message must never stop the queue
            self._start_over()
            return self._after(fault)

    def _after(self, fault: Exception) -> int:
        """What a batch's fault asks for: again, smaller, behind its locks, or singly."""
        if isinstance(fault, psycopg.errors.OutOfMemory):
            self._pace.halve()
        elif isinstance(fault, psycopg.errors.CheckViolation):
            # A guarantee ran out under several batches at once: look at it behind its lock.
            self._strictly = STRICT_BATCHES
        elif isinstance(fault, CROSSED):
            pass
        elif isinstance(fault, psycopg.OperationalError):
            # The database, not a message, is at fault.
            raise fault
        else:
            self._singly = self._pace.messages
        self._faults += 1
        self.report.heart.failures += 1
        tell("batch failed", level=WARNING, reason=sentence(fault))
        if self._faults > MOST_TRIES:
            self._singly = self._pace.messages
        return 1

    def _lock_singles(self) -> bool:
        """Whether this worker may take a message singly: one does at a time, so tries count."""
        row = self.connection.execute("SELECT pg_try_advisory_lock(%s)", [SINGLE_LOCK]).fetchone()
        self.connection.commit()
        return bool(row and row[0])

    def _unlock_singles(self) -> None:
        with suppress(psycopg.Error):
            # What failed may have left its transaction open, in which nothing more is heard.
            self.connection.rollback()
            self.connection.execute("SELECT pg_advisory_unlock(%s)", [SINGLE_LOCK])
            self.connection.commit()

    def _step_singly(self) -> int:
        """Take the oldest message by itself, its try counted before it is worked."""
        taken = inbox.begin_try(self.connection)
        self.connection.commit()
        if taken is None:
            return 0
        number, tries, reason = taken
        if tries > MOST_TRIES:
            said = reason or "Each worker that worked it ended while it did."
            inbox.set_aside(self.connection, number, said)
            self.connection.commit()
            trace = self.report.trace(self.connection, number)
            tell("set aside", level=ERROR, number=number, trace=trace, reason=said)
            return 1
        try:
            if not self._one_batch(1, number=number):
                inbox.forgive_try(self.connection, number)
                self.connection.commit()
        except psycopg.OperationalError:
            self._start_over()
            # Not the message's fault: the try does not count.
            self._owed = number
            raise
        except Exception as fault:  # noqa: BLE001 - one message must never stop the queue
            self._start_over()
            inbox.failed_try(self.connection, number, sentence(fault))
            self.connection.commit()
        return 1

    def _one_batch(self, most: int, number: int | None = None) -> int:
        """Claim, work and commit; returns how many messages were looked at."""
        started = time.perf_counter()
        arrived = inbox.claim(self.connection, self.database, most, self._pace.most_bytes, number)
        if not arrived:
            self.connection.commit()
            return 0
        batch = self._batch()
        done = batch.work(arrived, wait=number is not None)
        if not done:
            # Other batches hold a key of every record: wait for those of the first message.
            self.connection.rollback()
            arrived = inbox.claim(self.connection, self.database, 1)
            batch = self._batch()
            done = batch.work(arrived, wait=True) if arrived else 0
        self.connection.commit()
        seconds = time.perf_counter() - started
        self.report.cleared(self.connection, batch, seconds)
        if number is None and done:
            self._pace.took(len(arrived), seconds)
            self._strictly = max(self._strictly - 1, 0)
            self._faults = 0
        return len(arrived)

    def _batch(self) -> Batch:
        strictly = self._strictly > 0 or self._singly > 0
        return Batch(
            self.connection, self.database, self.registers, self._clock(), strictly=strictly
        )

    def _start_over(self) -> None:
        """Forget what the failed transaction made; connect again where the connection is gone."""
        with suppress(psycopg.Error):
            self.connection.rollback()
        if self.connection.broken or self.connection.closed:
            with suppress(psycopg.OperationalError):
                self.connection = connect(self.database)
        self.database.keys.forget()
        self.registers = Registers()
        if self._owed is not None and not self.connection.closed:
            with suppress(psycopg.Error):
                inbox.forgive_try(self.connection, self._owed)
                self.connection.commit()
                self._owed = None

    def drain(self, progress: Callable[[int], object] = bool) -> int:
        """Clear until nothing waits; returns how many messages that took."""
        total = 0
        while taken := self.step():
            total += taken
            progress(taken)
        return total

    def sweep(self, *, final: bool = False) -> int:
        """Do what time alone brings about; `final` treats all waiting as over."""
        moved = 0
        months.prepare(self.database, self._clock() + AHEAD)
        while self._may_sweep(wait=final) and (
            done := refuse_overdue(
                self.connection, self.database, self.registers, self._clock(), all_of_them=final
            )
        ):
            self.connection.commit()
            self.report.swept(self.connection, "overdue refused", done)
            moved += done.swept
        while self._may_sweep(wait=final) and (
            done := make_bills(self.connection, self.database, self.registers, self._clock())
        ):
            self.connection.commit()
            self.report.swept(self.connection, "bills made", done)
            moved += done.swept
        self.connection.commit()
        return moved

    def _may_sweep(self, *, wait: bool) -> bool:
        """Whether this worker sweeps now: one does at a time, or a bill would be made twice."""
        if wait:
            self.connection.execute("SELECT pg_advisory_xact_lock(%s)", [SWEEP_LOCK])
            return True
        row = self.connection.execute(
            "SELECT pg_try_advisory_xact_lock(%s)", [SWEEP_LOCK]
        ).fetchone()
        return bool(row and row[0])

    def run(self, stop: Callable[[], bool]) -> None:
        """Work until `stop` says so: batches while there are any, a sweep now and then."""
        swept = time.monotonic()
        gc.collect()
        # What is loaded now stays; a batch makes hundreds of thousands of values and no cycles.
        gc.freeze()
        gc.set_threshold(GARBAGE_THRESHOLD, 50, 100)
        self._singly = SINGLY_AT_START
        tell("worker started", worker=self.report.heart.name)
        while not stop():
            try:
                self.report.beat(self.connection)
                if not self.step():
                    time.sleep(IDLE_SECONDS)
                if time.monotonic() - swept > SWEEP_SECONDS:
                    self.sweep()
                    swept = time.monotonic()
            except psycopg.Error as fault:
                tell("database failed", level=WARNING, reason=sentence(fault))
                self._start_over()
                time.sleep(RETRY_SECONDS)
        with suppress(psycopg.Error):
            self.report.heart.end(self.connection)
            self.connection.commit()
        tell("worker ended", worker=self.report.heart.name, messages=self.report.heart.messages)
        self.report.tracer.flush()
