"""The measures: lists a second under pressure, and how long a list waits when there is room."""

import multiprocessing
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

import psycopg

from hoppo.bench.house import House
from hoppo.bench.making import Post
from hoppo.bench.sending import Phase, Sent, drive
from hoppo.engine import inbox

LOOK_SECONDS = 0.02
MARGIN_SECONDS = 2.0  # sending goes on while the last count is taken
DURABLE = ("fsync", "synchronous_commit", "full_page_writes")


class Rate(NamedTuple):
    """Lists that reached their final state in so many seconds; processors used by each process."""

    lists: int
    seconds: float
    cores_used: dict[str, float]
    sent: Sent

    @property
    def a_second(self) -> float:
        """Lists a second."""
        return round(self.lists / self.seconds, 1)


class Driver:
    """This side of the process that sends."""

    def __init__(self, pipe: Connection) -> None:
        """Take the pipe to it."""
        self._pipe = pipe

    def start(self, phase: Phase) -> None:
        """Begin to send."""
        self._pipe.send(phase)

    def is_sent_within(self, seconds: float) -> bool:
        """Wait so long, or until the last message is sent; returns whether it is."""
        return bool(self._pipe.poll(seconds))

    def finish(self) -> Sent:
        """Wait until all is sent and worked."""
        self._pipe.recv()
        seen: Sent = self._pipe.recv()
        return seen


@contextmanager
def loading(house: House, token: str) -> Iterator[Driver]:
    """A process that sends to a house, weighed with the house's."""
    ours, theirs = multiprocessing.Pipe()
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=drive, args=(house.port, token, theirs), daemon=True)
    process.start()
    theirs.close()
    house.load = house.process_of(process.pid)
    ours.recv()
    try:
        yield Driver(ours)
    finally:
        house.weigh()
        house.load = None
        process.terminate()
        process.join()


def what_is_not_durable(connection: psycopg.Connection[Any]) -> str | None:
    """The setting that lets the server lose what it acknowledged, as `name is value`."""
    for name in DURABLE:
        row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
        if row != ("on",):
            return f"{name} is {row[0] if row else 'unknown'}"
    return None


def final_lists(connection: psycopg.Connection[Any]) -> int:
    """Lists that have their answer: released, refused, or put before an officer."""
    row = connection.execute(
        "SELECT count(*) FROM verdict WHERE status IN ('100', '300', '500', '800')"
    ).fetchone()
    return int(row[0]) if row else 0


class Stand(NamedTuple):
    """Where things stand at a moment."""

    moment: float
    lists: int
    spent: dict[str, float]


def stand(house: House, connection: psycopg.Connection[Any]) -> Stand:
    """Look: a count sees what was committed when it began."""
    return Stand(time.perf_counter(), final_lists(connection), house.spent())


def between(one: Stand, two: Stand, sent: Sent) -> Rate:
    """The rate from one moment to another."""
    seconds = two.moment - one.moment
    cores = {
        name: round((spent - one.spent.get(name, 0.0)) / seconds, 2)
        for name, spent in sorted(two.spent.items())
    }
    return Rate(two.lists - one.lists, seconds, cores, sent)


def pressed(
    house: House, driver: Driver, connection: psycopg.Connection[Any], phase: Phase, warm_up: float
) -> Rate:
    """Send as fast as the queue takes it; the rate of `phase.seconds` after the warm-up.

    Where the messages do not last for half of that, the whole is measured, to the last answer.
    """
    first = stand(house, connection)
    driver.start(phase._replace(seconds=warm_up + phase.seconds + MARGIN_SECONDS))
    is_sent = driver.is_sent_within(warm_up)
    since = stand(house, connection)
    is_sent = is_sent or driver.is_sent_within(phase.seconds)
    until = stand(house, connection)
    if not is_sent or until.moment - since.moment >= phase.seconds / 2:
        return between(since, until, driver.finish())
    while inbox.waiting(connection):
        time.sleep(LOOK_SECONDS)
    whole = stand(house, connection)
    return between(first, whole, driver.finish())


def calm(
    driver: Driver, connection: psycopg.Connection[Any], post: Post, seconds: float, rate: float
) -> tuple[list[float], int]:
    """Send so many lists a second; each one's wait in order, and lists nobody saw a receipt of."""
    row = connection.execute("SELECT coalesce(max(id), 0) FROM outbox").fetchone()
    before = final_lists(connection)
    a_second = rate * len(post.paths) / max(post.lists, 1)
    last = int(row[0]) if row else 0
    driver.start(Phase(post.paths, seconds, len(post.paths), a_second, "timed", last))
    waits = sorted(driver.finish().waits)
    return waits, final_lists(connection) - before - len(waits)


def quantile(ordered: Sequence[float], percent: int) -> float | None:
    """A percentile in milliseconds; None of nothing."""
    if not ordered:
        return None
    at = min(len(ordered) * percent // 100, len(ordered) - 1)
    return round(ordered[at] * 1000, 1)
