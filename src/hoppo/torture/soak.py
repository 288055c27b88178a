"""A soak: twice what the house can clear is offered, for long; the queue and the memory stay."""

import http.client
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import psycopg

from hoppo.engine import inbox
from hoppo.engine.database import Database
from hoppo.torture.house import BROKEN, HOST, House
from hoppo.torture.traffic import RECORDS, Traffic

SENDERS = 12
TIMES = 2.0  # the capacity is offered so often
LEAST_TIMES = 1.5
CLOSED_WAITING = 150  # messages that wait while the capacity is measured
LONG_SECONDS = 600.0  # a shorter soak has a shorter queue, or would never see it full
SHORT_BOUND = 500
MEGABYTE = 1024 * 1024
# Between its second and its last third; a short soak is still warming up.
GROWN, GROWN_MEGABYTES, WARMING_MEGABYTES = 0.1, 24.0, 64.0
SAMPLES, TOLD = 200, 30
RECOVERY_SECONDS = 10.0
DRAIN_SECONDS = 600.0


class Found(NamedTuple):
    """What a soak showed."""

    told: dict[str, Any]
    complaints: list[str]


class Ended(NamedTuple):
    """How a soak went: messages a second, times the capacity, messages, seconds."""

    capacity: float
    offered: float
    bound: int
    recovered: float | None
    rested: float | None


class Sample(NamedTuple):
    """Megabytes of each process at a moment, and the messages that waited."""

    at: float
    megabytes: dict[str, float]
    waiting: int


class Soak:
    """A house of its own, senders, and scales."""

    def __init__(self, data: Path, database: Database, token: str, workers: int, seed: int) -> None:
        """Take where the house is; it opens when the soak runs."""
        self._data, self._database, self._token = data, database, token
        self._workers, self._seed = workers, seed
        self._traffic = Traffic(seed)
        self._house: House | None = None
        self._answers: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._samples: list[Sample] = []

    def end(self) -> None:
        """Close the house."""
        self._stop.set()
        if self._house is not None:
            self._house.end()

    def run(self, seconds: float, tell: Callable[[str], object] | None) -> Found:
        """Measure the capacity, offer twice as much, then see that all comes to rest."""
        bound = 0 if seconds >= LONG_SECONDS else SHORT_BOUND
        self._house = House(self._data, self._database, self._workers, None, bound)
        self._house.token = self._token
        self._house.wait_until_well(b"soak begins")
        capacity = self._capacity(min(max(seconds * 0.2, 8.0), 60.0))
        if tell:
            tell(f"capacity: {capacity:.0f} messages of {RECORDS} records a second")
        self._answers.clear()
        began = time.monotonic()
        self._offer(capacity * TIMES, seconds)
        took = time.monotonic() - began
        offered = self._answers.total() / took / capacity
        recovered = self._recover()
        rested = self._rest()
        return self._judge(Ended(capacity, offered, bound or inbox.MOST_WAITING, recovered, rested))

    def _capacity(self, seconds: float) -> float:
        """Messages cleared a second when there is always some waiting, and not much."""
        house, until = self._open(), time.monotonic() + seconds
        room = threading.Semaphore(0)

        def send() -> None:
            while time.monotonic() < until:
                if room.acquire(timeout=0.2):
                    self._send(house.port)

        threads = [threading.Thread(target=send, daemon=True) for _ in range(SENDERS)]
        for thread in threads:
            thread.start()
        counts: list[tuple[float, int]] = []
        while time.monotonic() < until:
            waiting, done = self._counts()
            counts.append((time.monotonic(), done))
            for _ in range(max(CLOSED_WAITING - waiting, 0)):
                room.release()
            time.sleep(0.1)
        for thread in threads:
            thread.join()
        # The first third warms up.
        (first_at, first), (last_at, last) = counts[len(counts) // 3], counts[-1]
        return max((last - first) / (last_at - first_at), 1.0)

    def _open(self) -> House:
        if self._house is None:
            raise LookupError("the house is not open")
        return self._house

    def _counts(self) -> tuple[int, int]:
        """Messages that wait, and messages that are done."""
        with self._database.connect() as connection:
            row = connection.execute(
                "SELECT count(*) FILTER (WHERE state = 0), count(*) FROM inbox"
            ).fetchone()
        waiting, whole = row or (0, 0)
        return waiting, whole - waiting

    def _offer(self, a_second: float, seconds: float) -> None:
        house, began = self._open(), time.monotonic()
        turns = _Turns(began, a_second, seconds)
        threads = [
            threading.Thread(target=self._send_in_turn, args=(house.port, turns), daemon=True)
            for _ in range(SENDERS)
        ]
        for thread in threads:
            thread.start()
        pause = max(seconds / SAMPLES, 0.5)
        while any(thread.is_alive() for thread in threads):
            self._samples.append(self._sample(time.monotonic() - began))
            time.sleep(pause)

    def _send_in_turn(self, port: int, turns: "_Turns") -> None:
        connection = http.client.HTTPConnection(HOST, port, timeout=30)
        for due in turns:
            time.sleep(max(due - time.monotonic(), 0))
            self._send(port, connection)
        connection.close()

    def _send(self, port: int, kept: http.client.HTTPConnection | None = None) -> None:
        """Offer one message; keep count of the answer."""
        connection = kept or http.client.HTTPConnection(HOST, port, timeout=30)
        body = self._traffic.next()
        try:
            headers = {"Authorization": f"Bearer {self._token}"}
            connection.request("POST", "/ceb/messages", body, headers)
            answer = connection.getresponse()
            answer.read()
        except BROKEN as fault:
            connection.close()
            self._traffic.refused(body)
            self._count(f"broken: {type(fault).__name__}")
            return
        if kept is None:
            connection.close()
        if answer.status == HTTPStatus.ACCEPTED:
            self._count("acknowledged")
            return
        self._traffic.refused(body)
        if answer.status == HTTPStatus.SERVICE_UNAVAILABLE and answer.headers.get("Retry-After"):
            self._count("refused for now")
        else:
            self._count(f"answered {answer.status}")

    def _count(self, name: str) -> None:
        with self._lock:
            self._answers[name] += 1

    def _sample(self, at: float) -> Sample:
        """Weigh every process: what is its own; the server's share buffers that fill by and by."""
        megabytes: dict[str, float] = {}
        for name, processes in self._open().processes().items():
            weight = 0.0
            for process in processes:
                with suppress(psutil.Error, OSError):
                    if name == "postgres":
                        weight += process.memory_full_info().uss
                    else:
                        weight += process.memory_info().rss
            megabytes[name] = weight / MEGABYTE
        waiting = 0
        with suppress(psycopg.Error):
            waiting = self._counts()[0]
        return Sample(at, megabytes, waiting)

    def _recover(self) -> float | None:
        """Kill the database with its journal full; seconds until the house takes and clears again.

        None when that takes too long.
        """
        house, (waiting, before) = self._open(), self._counts()
        if not waiting:
            return 0.0
        began = time.monotonic()
        house.kill_database()
        while time.monotonic() - began < DRAIN_SECONDS:
            time.sleep(0.1)
            with suppress(psycopg.Error):
                cleared = self._counts()[1] > before
                if cleared and house.ask("GET", "/healthz").status == HTTPStatus.OK:
                    return time.monotonic() - began
        return None

    def _rest(self) -> float | None:
        """Seconds until nothing waits any more; None when that takes too long."""
        began = time.monotonic()
        while time.monotonic() - began < DRAIN_SECONDS:
            if not self._counts()[0]:
                return time.monotonic() - began
            time.sleep(0.2)
        return None

    def _judge(self, ended: Ended) -> Found:
        growth = dict(grown(self._samples))
        most = max((sample.waiting for sample in self._samples), default=0)
        good = ("acknowledged", "refused for now")
        is_long = bool(self._samples) and self._samples[-1].at >= LONG_SECONDS / 2
        room = GROWN_MEGABYTES if is_long else WARMING_MEGABYTES
        wrong = [f"{n} times {what}" for what, n in self._answers.items() if what not in good]
        wrong += [
            f"{name} grew from {first:.0f} to {last:.0f} MB"
            for name, (first, last) in growth.items()
            if last - first > max(first * GROWN, room)
        ]
        if most > ended.bound + SENDERS + CLOSED_WAITING:
            wrong.append(f"{most} messages waited, the bound is {ended.bound}")
        if not self._answers["refused for now"]:
            wrong.append(f"nothing was refused: {most} waited, the bound is {ended.bound}")
        if ended.offered < LEAST_TIMES:
            wrong.append(f"only {ended.offered:.1f} times the capacity could be offered from here")
        if ended.recovered is None or ended.recovered > RECOVERY_SECONDS:
            wrong.append(f"the killed database took {ended.recovered} s to recover")
        if ended.rested is None:
            wrong.append(f"messages still wait {DRAIN_SECONDS:.0f} s after the last was offered")
        return Found(self._told(ended, growth, most), [f"soak: {one}" for one in wrong])

    def _told(
        self, ended: Ended, growth: dict[str, tuple[float, float]], most: int
    ) -> dict[str, Any]:
        return {
            "messages_per_second": round(ended.capacity, 1),
            "records_a_message": RECORDS,
            "offered": round(ended.offered, 2),
            "bound": ended.bound,
            "most_waiting": most,
            "answers": dict(sorted(self._answers.items())),
            "rss_mb": {
                name: {"middle": round(first, 1), "last": round(last, 1)}
                for name, (first, last) in growth.items()
            },
            "database_recovered_s": ended.recovered and round(ended.recovered, 1),
            "drained_s": ended.rested and round(ended.rested, 1),
            "samples": [
                {
                    "s": round(one.at), "waiting": one.waiting,
                    "mb": {name: round(size) for name, size in one.megabytes.items()},
                }
                for one in self._samples[:: max(len(self._samples) // TOLD, 1)]
            ],
        }  # fmt: skip


def grown(samples: list[Sample]) -> Iterator[tuple[str, tuple[float, float]]]:
    """What each process weighed in the second third and in the last; the first warms up."""
    third = len(samples) // 3
    middle, last = samples[third : 2 * third], samples[2 * third :]
    names = sorted({name for sample in samples for name in sample.megabytes})
    for name in names:
        parts = [
            [one.megabytes[name] for one in part if name in one.megabytes]
            for part in (middle, last)
        ]
        if all(parts):
            yield name, (statistics.median(parts[0]), statistics.median(parts[1]))


class _Turns:
    """The moments at which messages are due, handed out one by one."""

    def __init__(self, began: float, a_second: float, seconds: float) -> None:
        self._began, self._every, self._seconds = began, 1 / a_second, seconds
        self._lock, self._at = threading.Lock(), 0

    def __iter__(self) -> Iterator[float]:
        while True:
            with self._lock:
                due = self._began + self._at * self._every
                # Who is late does not make up for it: the moments that passed are passed.
                late = time.monotonic() - due
                if late > 1:
                    self._at += int(late / self._every)
                    due = self._began + self._at * self._every
                self._at += 1
            if due - self._began > self._seconds:
                return
            yield due
