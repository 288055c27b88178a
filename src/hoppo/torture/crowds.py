"""Crowds: whole workers clear lists that want the last of a year and of a guarantee, turn by turn.

A race (`races`) tries the ledger alone, over many schedules; a crowd tries everything around it:
claims, key locks, batches that are done again. One statement of one worker runs at a time, in the
order a seed gives; a worker that waits for a lock of another is passed over until it has it.
"""

import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from queue import Empty, Queue
from random import Random
from typing import Any

import psycopg

from hoppo.customs.codes import PASSED
from hoppo.engine import inbox
from hoppo.engine.database import Database
from hoppo.simulation.baskets import YEARLY_LIMIT
from hoppo.simulation.cast import Cast, make_cast
from hoppo.simulation.day import LAST_SECOND, guid
from hoppo.simulation.goods import Bought, Shelves, starter_shelves
from hoppo.simulation.mail import message_bytes
from hoppo.simulation.people import People
from hoppo.simulation.purchase import BONDED, Maker, Purchase
from hoppo.tax.ledger import grant
from hoppo.torture.checks import EMPTIED
from hoppo.values.moments import BEIJING
from hoppo.values.money import ZERO
from hoppo.workers.clearing import Worker
from hoppo.workers.pace import Pace

FIRM_SEED = 1  # whose certificates are registered
LISTS = 200
WORKERS = 4
NOON = datetime(2026, 6, 19, 12, tzinfo=BEIJING)
LOOK_SECONDS = 0.003  # one that gave no sign for so long may wait for a lock; the database knows
BUYERS = (1, 2, 3, LISTS, LISTS)  # where each buys for himself, all want the guarantees
LEAST_PRICE, MOST_PRICE = 150, 5000  # yuan: from nearly all lists passing to five
GRANTED = (3, 10, 40, LISTS)  # lists that a guarantee is enough for
MOST_RECORDS, MOST_MESSAGES = 12, 40  # of a message, of a batch
LOCK_ROOM = 100_000  # enough for any batch here
KINDS = ("order", "payment", "waybill", "declared")
OVERSPENT = "limit_not_overspent"


class Turns:
    """The turns of one worker: it says when it wants one, and waits until it has it."""

    def __init__(self) -> None:
        """Begin without turns, until the crowd starts."""
        self.wanted: Queue[bool] = Queue()
        self.given: Queue[bool] = Queue()
        self.counts = False

    def wait(self) -> None:
        """Wait for a turn."""
        if self.counts:
            self.wanted.put(item=True)
            self.given.get()


class TurnConnection(psycopg.Connection[Any]):
    """A connection each of whose statements waits for its turn."""

    turns: Turns | None = None

    def execute(self, *arguments: Any, **options: Any) -> psycopg.Cursor[Any]:
        """Run a statement when its turn has come."""
        if self.turns is not None:
            self.turns.wait()
        return super().execute(*arguments, **options)

    def commit(self) -> None:
        """Commit when its turn has come."""
        if self.turns is not None:
            self.turns.wait()
        super().commit()


class TurnDatabase(Database):
    """The database as one worker of a crowd sees it."""

    __slots__ = ()

    def connect(self, *, autocommit: bool = False) -> psycopg.Connection[Any]:
        """Connect, for statements that wait for their turn."""
        connection = TurnConnection.connect(self.url, autocommit=autocommit)
        connection.execute("SET TIME ZONE 'UTC'")
        connection.commit()
        return connection


class DicePace(Pace):
    """Batches of any size: the time they take must not decide, or no schedule could be replayed."""

    def __init__(self, dice: Random) -> None:
        """Throw the dice for the first batch."""
        super().__init__(MOST_MESSAGES, LOCK_ROOM)
        self._dice = dice
        self.took(0, 0)

    def took(self, messages: int, seconds: float) -> None:  # noqa: ARG002 - it learns nothing
        """Throw the dice for the next."""
        self.messages = self._dice.randint(1, MOST_MESSAGES)


class Racer(Worker):
    """A worker of a crowd, in a thread of its own; keeps what must not happen to it."""

    def __init__(self, database: Database, dice: Random) -> None:
        """Connect."""
        self.wrong: list[str] = []
        self.turns = Turns()
        own = TurnDatabase(database.url, database.keys, database.key_file)
        super().__init__(own, lambda: NOON)
        self._pace = DicePace(dice)
        if isinstance(self.connection, TurnConnection):
            self.connection.turns = self.turns

    @property
    def number(self) -> int:
        """The server's number of this worker's connection."""
        return self.connection.info.backend_pid

    def go(self) -> None:
        """Clear until nothing waits."""
        self.turns.counts = True
        try:
            self.drain()
        except Exception as fault:  # noqa: BLE001 - whatever ends a worker is a complaint
            self.wrong.append(f"a worker ended by {type(fault).__name__}")
        self.turns.counts = False
        self.turns.wanted.put(item=False)

    def _after(self, fault: Exception) -> int:
        """Keep a fault that locks should have prevented.

        A guarantee may run out under several batches at once, if it was looked at without its lock.
        """
        constraint = fault.diag.constraint_name if isinstance(fault, psycopg.Error) else None
        looked_early = isinstance(fault, psycopg.errors.CheckViolation) and not (
            self._strictly or constraint == OVERSPENT
        )
        if not looked_early:
            self.wrong.append(f"{type(fault).__name__} {constraint or ''}".strip())
        return super()._after(fault)


class Crowd:
    """200 lists of one value, of few persons, or of few guarantors."""

    def __init__(self, seed: int, cast: Cast, shelves: Shelves) -> None:
        """Make the purchases and what is guaranteed for them."""
        self._rng = rng = Random(seed)
        self._cast = cast
        people = People(rng)
        buyers = [people.newcomer() for _ in range(rng.choice(BUYERS))]
        article = shelves.any(rng, lambda item: item.is_plain)
        price = Decimal(rng.randint(LEAST_PRICE * 100, MOST_PRICE * 100)) / 100
        basket = [Bought(article, 1, price)]
        maker = Maker(rng, cast, people)
        seconds = sorted(rng.randrange(LAST_SECOND - 3600 * 3) for _ in range(LISTS))
        self._bought = [
            maker.purchase(second, rng.choice(buyers), basket, BONDED, ZERO) for second in seconds
        ]
        self.value, self.tax = price, _tax(self._bought[0])
        self.grants = {
            party.code: self.tax * rng.choice(GRANTED) + self.tax / 2 for party in cast.declarants
        }

    def messages(self) -> list[bytes]:
        """The papers in messages of a few records, in no order."""
        rng, made = self._rng, []
        for kind in KINDS:
            of_sender: dict[str, list[Any]] = {}
            for bought in self._bought:
                paper = getattr(bought, kind)
                of_sender.setdefault(paper.sender.code, []).append(paper)
            for papers in of_sender.values():
                while papers:
                    part = [
                        papers.pop() for _ in range(min(rng.randint(1, MOST_RECORDS), len(papers)))
                    ]
                    made.append(message_bytes(part, guid(rng), self._cast))
        rng.shuffle(made)
        return made

    def judge(self, connection: psycopg.Connection[Any]) -> Iterator[str]:
        """What is wrong with how the crowd ended."""
        row = connection.execute("SELECT count(*) FROM inbox WHERE state <> 1").fetchone()
        if row != (0,):
            yield f"{row} messages were not worked"
        verdicts = connection.execute(
            "SELECT person, guarantor_code, status, counted, guaranteed FROM verdict"
        ).fetchall()
        if len(verdicts) != LISTS:
            yield f"{len(verdicts)} lists have a verdict, expected {LISTS}"
        counted = dict.fromkeys(self.grants, ZERO)
        for person, code, status, value, tax in verdicts:
            counted[person] = counted.get(person, ZERO) + value
            counted[code] += tax
            if (value, tax) != ((self.value, self.tax) if status in PASSED else (ZERO, ZERO)):
                yield f"a list of status {status} counts {value} and holds {tax}"
        yield from self._accounts(connection, counted)
        for person, code, status, _, _ in verdicts:
            year_has_room = counted[person] + self.value <= YEARLY_LIMIT
            guarantee_has_room = counted[code] + self.tax <= self.grants[code]
            if status not in PASSED and year_has_room and guarantee_has_room:
                yield f"a list got {status}, though the year and guarantee {code} had room for it"

    def _accounts(
        self, connection: psycopg.Connection[Any], counted: dict[str, Decimal]
    ) -> Iterator[str]:
        """Where accounts, their entries and the verdicts differ, or more is counted than may be."""
        for statement in (LIMITS, GUARANTEES):
            for owner, kept, entries in connection.execute(statement).fetchall():
                sums = {kept, entries, counted.get(owner, ZERO)}
                if len(sums) > 1:
                    yield f"account {owner}, its entries and the verdicts say {sorted(sums)}"
                if kept > self.grants.get(owner, YEARLY_LIMIT):
                    yield f"account {owner} is overspent: {kept}"


LIMITS = (
    "SELECT person, used, (SELECT coalesce(sum(amount), 0) FROM limit_entry e"
    " WHERE (e.person, e.year) = (a.person, a.year)) FROM limit_account a"
)
GUARANTEES = (
    "SELECT guarantor_code, held, (SELECT coalesce(sum(amount), 0) FROM guarantee_entry e"
    " WHERE e.guarantor_code = a.guarantor_code) FROM guarantee_account a"
)


def _tax(bought: Purchase) -> Decimal:
    tax = bought.tax()
    return Decimal(tax["total"]) if tax else ZERO


def crowd(database: Database, seed: int) -> list[str]:
    """One crowd in one schedule, in a database that is emptied first; what went wrong.

    The enterprises of the cities must be registered.
    """
    made = Crowd(seed, make_cast(FIRM_SEED), starter_shelves())
    rng = Random(seed)
    with database.connect() as connection:
        connection.execute(f"TRUNCATE {', '.join(EMPTIED)}")
        connection.execute("UPDATE guarantee_account SET held = 0")
        connection.commit()  # a month may have to be made, on a connection of its own
        grant(connection, made.grants.items())
        for body in made.messages():
            inbox.accept(connection, database, "crowd", body, NOON)
    racers = [Racer(database, Random(rng.random())) for _ in range(WORKERS)]
    deadlocks = _deadlocks(database)
    threads = [threading.Thread(target=racer.go, daemon=True) for racer in racers]
    try:
        for thread in threads:
            thread.start()
        with database.connect(autocommit=True) as connection:
            _give_turns(racers, rng, connection)
        for thread in threads:
            thread.join()
        # What one left to another that then had its hands free waits for one more look.
        racers[0].drain()
        racers[0].sweep(final=True)
    finally:
        for racer in racers:
            racer.close()
    wrong = [one for racer in racers for one in racer.wrong]
    if met := _deadlocks(database) - deadlocks:
        wrong.append(f"{met} deadlocks")
    with database.connect() as connection:
        return [*wrong, *made.judge(connection)]


def _give_turns(racers: list[Racer], rng: Random, connection: psycopg.Connection[Any]) -> None:
    """Give turns in the seed's order, to one of those who can go on."""
    running, ready = list(racers), list[Racer]()
    last = racers[0]
    while running:
        # Who had the last turn is looked at first: what it let go of lets others go on.
        for racer in sorted(running, key=lambda one: (one is not last, racers.index(one))):
            if racer in ready:
                continue
            goes_on = _sign(racer, connection)
            if goes_on:
                ready.append(racer)
            elif goes_on is not None:
                running.remove(racer)
        if ready:
            last = rng.choice(sorted(ready, key=racers.index))
            ready.remove(last)
            last.turns.given.put(item=True)


def _sign(racer: Racer, connection: psycopg.Connection[Any]) -> bool | None:
    """Whether a worker wants a turn (True), is done (False), or waits for a lock (None)."""
    while True:
        with suppress(Empty):
            return racer.turns.wanted.get(timeout=LOOK_SECONDS)
        row = connection.execute(
            "SELECT cardinality(pg_blocking_pids(%s)) > 0", [racer.number]
        ).fetchone()
        if row == (True,):
            return None


def _deadlocks(database: Database) -> int:
    """How many deadlocks the server has ended so far."""
    with database.connect() as connection:
        row = connection.execute(
            "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        ).fetchone()
    return int(row[0]) if row else 0


def crowds(database: Database, seed: int, count: int) -> dict[str, Any]:
    """Many crowds, one after the other, and what went wrong in them."""
    complaints: list[str] = []
    for at in range(count):
        complaints += [f"crowd of seed {seed + at}: {one}" for one in crowd(database, seed + at)]
    return {"crowds": count, "lists": count * LISTS, "complaints": complaints}
