"""Races: many lists want the last yuan of one person's year, in every order a seed can think of."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from queue import Empty, Queue
from random import Random
from typing import Any, NamedTuple

import psycopg

from hoppo.engine.database import Database
from hoppo.tax.ledger import Ledgers, grant

LISTS, RUNNERS = 200, 4
SIZES = ((1, 12), (5, 40), (20, 80))  # lists a batch
CEILING = Decimal(26_000)
YEAR = 2026
GUARANTOR = "RACE"
SHARE = Decimal("0.1")  # of its amount that a list holds of the guarantee
# A step that takes longer is looked at: does its connection wait for a lock?
STEP_SECONDS, FREED_SECONDS = 0.002, 0.001
AT = datetime(2026, 6, 18, 4, tzinfo=UTC)
WAITING = "SELECT pid FROM pg_stat_activity WHERE pid = ANY(%s) AND wait_event_type = 'Lock'"


class Entry(NamedTuple):
    """One list of a race."""

    number: int
    person: str
    amount: Decimal


class Runner(threading.Thread):
    """One connection that takes its lists through the ledger, a step at a time, when it is told."""

    def __init__(self, database: Database) -> None:
        """Connect; `batches` are the transactions of the next race."""
        super().__init__(daemon=True)
        self.begin: Queue[bool] = Queue()
        self.turn: Queue[bool] = Queue()
        # True after a step, False when there is nothing left to do.
        self.taken: Queue[bool] = Queue()
        self.faults: list[str] = []
        self.batches: list[list[Entry]] = []
        self.ended = 0  # transactions, and with each its locks
        self._connection = database.connect()
        # A race is about locks; what it wrote may be gone after a crash.
        self._connection.execute("SET synchronous_commit = off")
        self._connection.commit()
        self.pid = self._connection.info.backend_pid

    def run(self) -> None:
        """Run race after race, until told to end."""
        while self.begin.get():
            for batch in self.batches:
                self._work(batch)
            self.batches = []
            self.taken.put(item=False)
        self._connection.close()

    def _work(self, batch: list[Entry]) -> None:
        """Take a batch through; again, behind the lock, where it overdrew the guarantee."""
        for strictly in (False, True):
            try:
                self._batch(batch, strictly=strictly)
            except psycopg.Error as fault:
                self._connection.rollback()
                self.ended += 1
                overdrawn = isinstance(fault, psycopg.errors.CheckViolation)
                if overdrawn and fault.diag.table_name == "guarantee_account" and not strictly:
                    continue
                where = fault.diag.table_name or ""
                self.faults.append(f"{type(fault).__name__} {where}".strip())
            return

    def _batch(self, batch: list[Entry], *, strictly: bool) -> None:
        """Lock, count what fits, write, commit; each behind a turn of its own."""
        ledgers = Ledgers(self._connection, AT, strictly=strictly)
        self._wait()
        ledgers.lock({(one.person, YEAR): CEILING for one in batch}.items(), [GUARANTOR])
        self._wait()
        for one in batch:
            person, held = (one.person, YEAR), one.amount * SHARE
            fits = ledgers.used(person) + one.amount <= CEILING
            if fits and ledgers.left(GUARANTOR) >= held:
                key = (GUARANTOR, str(one.number))
                ledgers.count(person, key, one.amount, "pass", AT.date())
                ledgers.hold(GUARANTOR, key, held, "pass")
        ledgers.write()
        self._wait()
        self._connection.commit()
        self.ended += 1

    def _wait(self) -> None:
        self.taken.put(item=True)
        self.turn.get()


class Track:
    """The runners, and a connection that sees who of them waits for a lock."""

    def __init__(self, database: Database) -> None:
        """Start the runners; they stand still."""
        self.runners = [Runner(database) for _ in range(RUNNERS)]
        self._look = database.connect(autocommit=True)
        for runner in self.runners:
            runner.start()

    def end(self) -> None:
        """Let the runners and their connections go."""
        for runner in self.runners:
            runner.begin.put(item=False)
            runner.join()
        self._look.close()

    def race(self, seed: int) -> list[str]:
        """One schedule of 200 lists; what went wrong."""
        rng = Random(seed)
        persons = [f"race-{seed}-{at}" for at in range(rng.choice((1, 1, 2, 3)))]
        amount = Decimal(rng.randint(100, 2000))
        # The guarantee is ample, or it runs out in the middle.
        granted = rng.choice((Decimal(10**9), amount * SHARE * rng.randint(1, LISTS)))
        lists = [Entry(number, rng.choice(persons), amount) for number in range(LISTS)]
        least, most = rng.choice(SIZES)
        at = 0
        while at < LISTS:
            size = rng.randint(least, most)
            rng.choice(self.runners).batches.append(lists[at : at + size])
            at += size
        grant(self._look, [(GUARANTOR, granted)])
        for runner in self.runners:
            runner.faults.clear()
            runner.begin.put(item=True)
        self._schedule(rng)
        faults = [fault for runner in self.runners for fault in runner.faults]
        return faults + self._judge(lists, granted)

    def _schedule(self, rng: Random) -> None:
        """Give turns in the seed's order; one that waits for a lock is passed over meanwhile."""
        ready: list[Runner] = []
        blocked: list[Runner] = []
        freed = False
        ready += [runner for runner in self.runners if runner.taken.get()]
        while ready or blocked:
            for runner in list(blocked):
                if (goes_on := _taken(runner, 0 if ready and not freed else FREED_SECONDS)) is None:
                    continue
                blocked.remove(runner)
                ready += [runner] * goes_on
            if not ready:
                continue
            ready.sort(key=self.runners.index)
            chosen = ready.pop(rng.randrange(len(ready)))
            ended = chosen.ended
            chosen.turn.put(item=True)
            while (goes_on := _taken(chosen, STEP_SECONDS)) is None:
                if self._look.execute(WAITING, [[chosen.pid]]).fetchone():
                    blocked.append(chosen)
                    break
            ready += [chosen] * bool(goes_on)
            freed = chosen.ended > ended

    def _judge(self, lists: Sequence[Entry], granted: Decimal) -> list[str]:
        """What the accounts hold must be what fits, and what the entries say."""
        amount = lists[0].amount
        wanted: dict[str, int] = {}
        for one in lists:
            wanted[one.person] = wanted.get(one.person, 0) + 1
        fit = {name: min(count, int(CEILING // amount)) for name, count in wanted.items()}
        passing = min(sum(fit.values()), int(granted // (amount * SHARE)))
        rows = self._look.execute(
            "SELECT person, used, (SELECT coalesce(sum(amount), 0) FROM limit_entry e"
            " WHERE e.person = a.person AND e.year = a.year)"
            " FROM limit_account a WHERE person = ANY(%s)",
            [list(wanted)],
        ).fetchall()
        wrong = [
            f"{name}: the account holds {used}, its entries {entries}, the most is {fit[name]}"
            f" times {amount}"
            for name, used, entries in rows
            if used != entries or used > fit[name] * amount
        ]
        counted = sum((used for _, used, _ in rows), Decimal(0))
        if counted != passing * amount:
            wrong.append(f"{counted} were counted, expected {passing} times {amount}")
        held = self._look.execute(
            "SELECT held, (SELECT coalesce(sum(amount), 0) FROM guarantee_entry e"
            " WHERE e.guarantor_code = a.guarantor_code) FROM guarantee_account a"
            " WHERE guarantor_code = %s",
            [GUARANTOR],
        ).fetchone()
        expected = passing * amount * SHARE
        if held != (expected, expected):
            wrong.append(f"the guarantee and its entries hold {held}, expected {expected}")
        for statement in (
            "DELETE FROM limit_entry WHERE declarant_code = %s",
            "DELETE FROM guarantee_entry WHERE guarantor_code = %s",
            "DELETE FROM guarantee_account WHERE guarantor_code = %s",
        ):
            self._look.execute(statement, [GUARANTOR])
        self._look.execute("DELETE FROM limit_account WHERE person = ANY(%s)", [list(wanted)])
        return wrong


def _taken(runner: Runner, seconds: float) -> bool | None:
    """Whether a runner goes on after the step it has taken; None while it is in it."""
    try:
        return runner.taken.get(block=seconds > 0, timeout=seconds or None)
    except Empty:
        return None


@contextmanager
def track(database: Database) -> Iterator[Track]:
    """A track to race on."""
    made = Track(database)
    try:
        yield made
    finally:
        made.end()


def races(database: Database, seed: int, count: int) -> dict[str, Any]:
    """Many schedules, one after the other, and some crowds of real lists; what went wrong."""
    complaints: list[str] = []
    with track(database) as made:
        for at in range(seed, seed + count):
            complaints += [f"race of seed {at}: {one}" for one in made.race(at)]
    return {
        "schedules": count,
        "lists": count * LISTS,
        "clean": not complaints,
        "complaints": complaints,
    }
