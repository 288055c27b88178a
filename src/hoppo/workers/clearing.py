"""The worker: claims batches from the inbox and clears them until told to stop."""

import gc
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import psycopg

from hoppo.customs.clearing import Batch
from hoppo.customs.registers import Registers
from hoppo.customs.sweeping import make_bills, refuse_overdue
from hoppo.engine import inbox
from hoppo.engine.database import Database
from hoppo.workers.pace import MOST_MESSAGES, Pace, lock_room

MOST_TRIES = 5
IDLE_SECONDS = 0.02
SWEEP_SECONDS = 5.0
RETRY_SECONDS = 1.0
MOST_REASON = 2000
SWEEP_LOCK = 7470
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
    connection.commit()
    return connection


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

    def close(self) -> None:
        """Let the connection go."""
        self.connection.close()

    def step(self) -> int:
        """Clear one batch; returns how many messages it took. A failing batch is taken apart."""
        taken, fault = self._attempt(self._pace.messages)
        if isinstance(fault, psycopg.errors.CheckViolation):
            # A guarantee ran out under several batches at once: look at it behind its lock.
            taken, fault = self._attempt(self._pace.messages, strictly=True)
        tries = 0
        while fault is not None and tries < MOST_TRIES:
            tries += 1
            taken, fault = self._attempt(1, strictly=True)
        if isinstance(fault, psycopg.OperationalError):
            # The database, not the message, is at fault: nothing is set aside for that.
            raise fault
        if fault is not None:
            taken = self._set_first_aside(fault)
        return taken

    def _attempt(self, most: int, *, strictly: bool = False) -> tuple[int, Exception | None]:
        try:
            done = self._one_batch(most, strictly=strictly)
        except Exception as fault:  # noqa: BLE001 - one message must never stop the queue
            self._start_over()
            return 0, fault
        return done, None

    def _one_batch(self, most: int, *, strictly: bool) -> int:
        """Claim, work and commit; returns how many messages that was."""
        started = time.perf_counter()
        arrived = inbox.claim(self.connection, self.database, most, self._pace.most_bytes)
        if not arrived:
            self.connection.commit()
            return 0
        batch = self._batch(strictly=strictly)
        done = batch.work(arrived)
        if not done:
            # Other batches hold a key of every message: wait for those of the first.
            self.connection.rollback()
            arrived = inbox.claim(self.connection, self.database, 1)
            done = self._batch(strictly=strictly).work(arrived, wait=True) if arrived else []
        self.connection.commit()
        self._pace.took(len(arrived), time.perf_counter() - started)
        return len(done)

    def _batch(self, *, strictly: bool) -> Batch:
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

    def _set_first_aside(self, fault: Exception) -> int:
        arrived = inbox.claim(self.connection, self.database, 1)
        if arrived:
            # A database's detail may quote the row; the first sentence does not.
            said = fault.diag.message_primary if isinstance(fault, psycopg.Error) else str(fault)
            reason = f"{type(fault).__name__}: {said}"[:MOST_REASON]
            inbox.set_aside(self.connection, arrived[0].id, reason)
        self.connection.commit()
        return len(arrived)

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
        while self._may_sweep(wait=final) and (
            done := refuse_overdue(
                self.connection, self.database, self.registers, self._clock(), all_of_them=final
            )
        ):
            self.connection.commit()
            moved += done
        while self._may_sweep(wait=final) and (
            done := make_bills(self.connection, self.database, self.registers, self._clock())
        ):
            self.connection.commit()
            moved += done
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
        while not stop():
            try:
                if not self.step():
                    time.sleep(IDLE_SECONDS)
                if time.monotonic() - swept > SWEEP_SECONDS:
                    self.sweep()
                    swept = time.monotonic()
            except psycopg.Error:
                self._start_over()
                time.sleep(RETRY_SECONDS)
