"""Races: many lists want the last yuan of one person's year, in every order a seed can think of."""

import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from queue import Empty, Queue
from random import Random
from typing import Any

import psycopg

from hoppo.engine.database import Database
from hoppo.tax.ledger import Ledgers

LISTS, RUNNERS = 200, 4
CEILING = Decimal(26_000)
YEAR = 2026
BLOCKED_SECONDS = 0.003  # a step that takes longer waits for a lock; another runner goes on
AT = datetime(2026, 6, 18, 4, tzinfo=UTC)


class Runner(threading.Thread):
    """One connection that takes its lists through the ledger, a step at a time, when it is told."""

    def __init__(self, database: Database) -> None:
        """Connect; `batches` are its transactions, of lists as (number, person, amount)."""
        super().__init__(daemon=True)
        self.turn: Queue[bool] = Queue()
        self.taken: Queue[bool] = Queue()
        self.faults: list[str] = []
        self._connection = database.connect()
        self.batches: list[list[tuple[int, str, Decimal]]] = []

    def run(self) -> None:
        """Lock, count what fits, write, commit; each behind a turn of its own."""
        with self._connection as connection:
            for batch in self.batches:
                try:
                    self._batch(connection, batch)
                except psycopg.Error as fault:
                    self.faults.append(type(fault).__name__)
                    connection.rollback()
        self.taken.put(item=False)

    def _batch(
        self, connection: psycopg.Connection[Any], batch: list[tuple[int, str, Decimal]]
    ) -> None:
        ledgers = Ledgers(connection, AT)
        self._wait()
        ledgers.lock({(person, YEAR): CEILING for _, person, _ in batch}.items(), [])
        self._wait()
        for number, person, amount in batch:
            if ledgers.used((person, YEAR)) + amount <= CEILING:
                ledgers.count((person, YEAR), ("RACE", str(number)), amount, "pass")
        ledgers.write()
        self._wait()
        connection.commit()

    def _wait(self) -> None:
        self.taken.put(item=True)
        self.turn.get()


def race(database: Database, seed: int) -> list[str]:
    """One schedule of 200 lists on a handful of connections; what went wrong."""
    rng = Random(seed)
    persons = [f"race-{seed}-{at}" for at in range(rng.choice((1, 1, 2, 3)))]
    amount = Decimal(rng.randint(100, 2000))
    lists = [(number, rng.choice(persons), amount) for number in range(LISTS)]
    runners = [Runner(database) for _ in range(RUNNERS)]
    at = 0
    while at < LISTS:
        size = rng.randint(5, 40)
        rng.choice(runners).batches.append(lists[at : at + size])
        at += size
    for runner in runners:
        runner.start()
    _schedule(runners, rng)
    faults = [fault for runner in runners for fault in runner.faults]
    return faults + _judge(database, persons, lists, amount)


def _schedule(runners: list[Runner], rng: Random) -> None:
    """Give turns in the seed's order; one that waits for a lock is passed over until it has it."""
    running, ready = list(runners), set()
    while running:
        for runner in list(running):
            if runner in ready:
                continue
            try:
                goes_on = runner.taken.get(timeout=BLOCKED_SECONDS)
            except Empty:
                continue
            if goes_on:
                ready.add(runner)
            else:
                running.remove(runner)
        if ready:
            chosen = rng.choice(sorted(ready, key=runners.index))
            ready.discard(chosen)
            chosen.turn.put(item=True)
    for runner in runners:
        runner.join()


def _judge(
    database: Database,
    persons: Sequence[str],
    lists: Sequence[tuple[int, str, Decimal]],
    amount: Decimal,
) -> list[str]:
    wrong = []
    with database.connect() as connection:
        for person in persons:
            row = connection.execute(
                "SELECT used, (SELECT coalesce(sum(amount), 0) FROM limit_entry e"
                " WHERE e.person = a.person AND e.year = a.year)"
                " FROM limit_account a WHERE person = %s AND year = %s",
                [person, YEAR],
            ).fetchone()
            wanted = sum(1 for _, name, _ in lists if name == person)
            most = min(wanted, int(CEILING // amount)) * amount
            if wanted and row != (most, most):
                wrong.append(f"{person}: account and entries hold {row}, expected {most}")
        connection.execute("DELETE FROM limit_entry WHERE person = ANY(%s)", [list(persons)])
        connection.execute("DELETE FROM limit_account WHERE person = ANY(%s)", [list(persons)])
    return wrong


def races(database: Database, seed: int, count: int) -> dict[str, Any]:
    """Many schedules, one after the other; what each of them must have left clean."""
    complaints: list[str] = []
    for at in range(count):
        found = race(database, seed + at)
        complaints += [f"race of seed {seed + at}: {one}" for one in found]
    return {
        "schedules": count,
        "lists": count * LISTS,
        "clean": not complaints,
        "complaints": complaints[:20],
    }
