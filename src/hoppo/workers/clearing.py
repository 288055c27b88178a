"""The worker: claims batches from the inbox and clears them until told to stop."""

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

import psycopg

from hoppo.customs.clearing import Batch
from hoppo.customs.registers import Registers
from hoppo.customs.sweeping import make_bills, refuse_overdue
from hoppo.engine import inbox
from hoppo.engine.database import Database

MOST_MESSAGES = 200
MOST_TRIES = 5
IDLE_SECONDS = 0.05
SWEEP_SECONDS = 5.0
RETRY_SECONDS = 1.0
MOST_REASON = 2000


def real_clock() -> datetime:
    """The time of day."""
    return datetime.now(UTC)


class Worker:
    """Clears what waits in one database."""

    def __init__(
        self,
        database: Database,
        clock: Callable[[], datetime] = real_clock,
        most: int = MOST_MESSAGES,
    ) -> None:
        """Connect; the clock is handed in so that a day can be replayed."""
        self.database, self._clock, self._most = database, clock, most
        self.connection = database.connect()
        self.registers = Registers()

    def close(self) -> None:
        """Let the connection go."""
        self.connection.close()

    def step(self) -> int:
        """Clear one batch; returns how many messages it took. A failing batch is taken apart."""
        taken, fault = self._attempt(self._most)
        tries = 0
        while fault is not None and tries < MOST_TRIES:
            tries += 1
            taken, fault = self._attempt(1)
        if isinstance(fault, psycopg.OperationalError):
            # The database, not the message, is at fault: nothing is set aside for that.
            raise fault
        if fault is not None:
            taken = self._set_first_aside(fault)
        return taken

    def _attempt(self, most: int) -> tuple[int, Exception | None]:
        try:
            arrived = inbox.claim(self.connection, self.database, most)
            if arrived:
                Batch(self.connection, self.database, self.registers, self._clock()).work(arrived)
            self.connection.commit()
        except Exception as fault:  # noqa: BLE001 - one message must never stop the queue
            self._start_over()
            return 0, fault
        return len(arrived), None

    def _start_over(self) -> None:
        """Forget what the failed transaction made; connect again where the connection is gone."""
        with suppress(psycopg.Error):
            self.connection.rollback()
        if self.connection.broken or self.connection.closed:
            with suppress(psycopg.OperationalError):
                self.connection = self.database.connect()
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
        while done := refuse_overdue(
            self.connection, self.database, self.registers, self._clock(), all_of_them=final
        ):
            self.connection.commit()
            moved += done
        while done := make_bills(self.connection, self.database, self.registers, self._clock()):
            self.connection.commit()
            moved += done
        self.connection.commit()
        return moved

    def run(self, stop: Callable[[], bool]) -> None:
        """Work until `stop` says so: batches while there are any, a sweep now and then."""
        swept = time.monotonic()
        while not stop():
            try:
                if not self.step():
                    time.sleep(IDLE_SECONDS)
                if time.monotonic() - swept > SWEEP_SECONDS:
                    self.sweep()
                    swept = time.monotonic()
            except psycopg.OperationalError:
                self._start_over()
                time.sleep(RETRY_SECONDS)
