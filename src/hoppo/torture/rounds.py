"""A round: a small city's traffic, faults at seeded moments, then every check."""

import base64
import hashlib
import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from http import HTTPStatus
from random import Random
from typing import Any, NamedTuple

import psycopg

from hoppo.simulation.city import Manner, make_city
from hoppo.torture.checks import EMPTIED, Delivered, complaints
from hoppo.torture.house import House, NotWellError
from hoppo.workers.clearing import Worker

SENDERS = 3
ORDERS = 24
FIRM_SEED = 1  # the enterprises are the same in every round
MOST_PAUSE = 0.05
CUT, DELAYED, DOUBLED, TWO_AT_ONCE = 0.1, 0.02, 0.2, 0.25
MOST_DELAY = 1.0
DRAIN_SECONDS = 90.0
RECEIPT_SECONDS = 30.0
GAP_SECONDS = (0.02, 0.35)
BILLED_AFTER = timedelta(days=31)
# Messages that were acknowledged, and lists that were judged, while a clock showed another hour.
CLOCK_WAS_OFF = (
    "SELECT (SELECT count(*) FROM inbox WHERE abs(extract(epoch FROM received_at - now())) > 600)"
    " + (SELECT count(*) FROM verdict WHERE abs(extract(epoch FROM judged_at - now())) > 600)"
)
DATA = re.compile(rb"<Data>([^<]*)</Data>")


class Result(NamedTuple):
    """What a round showed: faults done, the slowest recovery of each kind, what is wrong."""

    faults: Counter[str]
    recovery: dict[str, float]
    complaints: list[str]


class Round:
    """One round; everything in it follows from its seed but the moments of the machine."""

    def __init__(self, house: House, seed: int, *, may_fill_disk: bool) -> None:
        """Make the city of this round."""
        self._house, self._rng, self._seed = house, Random(seed), seed
        files = dict(make_city(seed, ORDERS, Manner(firms=FIRM_SEED)))
        self._truth = files["truth.jsonl"].decode().splitlines()
        self._messages = [data for name, data in files.items() if name.startswith("messages/")]
        self._acknowledged: dict[int, bytes] = {}
        self._delivered = Delivered()
        self._sent = threading.Event()
        self._lock = threading.Lock()
        self._may_fill_disk = may_fill_disk
        self._faults: Counter[str] = Counter()
        self._recovery: dict[str, float] = {}
        self._failed: list[str] = []

    def run(self) -> Result:
        """Empty the tables, let it happen, wait until all is calm, check."""
        self._house.throw_dice(self._seed)
        self._empty()
        try:
            wrong = self._happen()
        except (NotWellError, psycopg.Error) as fault:
            wrong = [f"{type(fault).__name__}: {str(fault).strip()}"]
            self._sent.set()
        return Result(self._faults, self._recovery, wrong)

    def _happen(self) -> list[str]:
        rng = self._rng
        doubled = rng.sample(self._messages, int(len(self._messages) * DOUBLED))
        post = self._messages + doubled
        rng.shuffle(post)
        self._count("message doubled", len(doubled))
        self._count("message out of order", len(post))
        senders = [
            self._thread(partial(self._send, post[at::SENDERS], Random(rng.random())))
            for at in range(SENDERS)
        ]
        reader = self._thread(self._read)
        for thread in (*senders, reader):
            thread.start()
        self._hurt(lambda: any(thread.is_alive() for thread in senders))
        for thread in senders:
            thread.join(DRAIN_SECONDS)
        if any(thread.is_alive() for thread in senders):
            return [f"not every message was acknowledged in {DRAIN_SECONDS:.0f} s"]
        if not self._drained():
            return [f"messages still wait {DRAIN_SECONDS:.0f} s after the last was sent"]
        self._let_time_pass()
        self._sent.set()
        reader.join(RECEIPT_SECONDS)
        if reader.is_alive():
            return [f"receipts could not be fetched for {RECEIPT_SECONDS:.0f} s"]
        if self._failed:
            return self._failed
        with self._patiently() as connection:
            row = connection.execute(CLOCK_WAS_OFF).fetchone()
            self._count("clock wrong", row[0] if row else 0)
            return list(complaints(connection, self._acknowledged, self._truth, self._delivered))

    def _thread(self, does: Callable[[], None]) -> threading.Thread:
        """A client; one that fails is a complaint, not a silence."""

        def run() -> None:
            try:
                does()
            except Exception as fault:  # noqa: BLE001 - whatever it was
                self._failed.append(f"a client failed: {type(fault).__name__}: {fault}")

        return threading.Thread(target=run, daemon=True)

    def _empty(self) -> None:
        with self._patiently() as connection:
            # Numbers go on: workers remember what they read by the number of its message.
            connection.execute(f"TRUNCATE {', '.join(EMPTIED)}")
            connection.execute("UPDATE guarantee_account SET held = 0")

    def _patiently(self) -> psycopg.Connection[Any]:
        """A connection, once the database takes one."""
        until = time.monotonic() + DRAIN_SECONDS
        while True:
            try:
                return self._house.database.connect()
            except psycopg.OperationalError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)

    def _send(self, share: list[bytes], rng: Random) -> None:
        """Send messages until each is acknowledged; some are cut before the answer comes."""
        for body in share:
            time.sleep(rng.random() * MOST_PAUSE)
            if rng.random() < DELAYED:
                time.sleep(rng.random() * MOST_DELAY)
                self._count("message delayed")
            if rng.random() < CUT:
                self._house.ask("POST", "/ceb/messages", body, cut=True)
                self._count("message cut")
            while (number := self._house.ask("POST", "/ceb/messages", body).number) is None:
                if self._sent.is_set():
                    return
                time.sleep(0.05)
            with self._lock:
                self._acknowledged[number] = hashlib.sha256(body).digest()

    def _count(self, name: str, times: int = 1) -> None:
        with self._lock:
            self._faults[name] += times

    def _read(self) -> None:
        """Fetch receipts all the while, as a client does: from where it stopped."""
        after, last_look = "0", False
        while not last_look:
            last_look = self._sent.is_set()
            answer = self._house.ask("GET", f"/ceb/receipts?after={after}&limit=500")
            if answer.status == HTTPStatus.OK:
                following = answer.headers["x-hoppo-next"]
                last_look = last_look and following == after
                after = following
                for data in DATA.findall(answer.body):
                    self._delivered.note(base64.b64decode(data).decode())
            else:
                last_look = False
            time.sleep(0.05)

    def _hurt(self, is_busy: Callable[[], bool]) -> None:
        """Do harm while traffic flows, now and then twice at once; wait until all is well."""
        house, rng = self._house, self._rng
        harm: list[tuple[int, str, Callable[[], None]]] = [
            (4, "worker killed", house.kill_worker),
            (2, "worker frozen", house.freeze_worker),
            (2, "web killed", house.kill_web),
            (1, "serve killed", house.kill_door),
            (1, "database killed", house.kill_database),
            (1, "backend killed", house.kill_backend),
            (2, "connections cut", house.cut_connections),
            (3, "transaction cut", house.cut_a_transaction),
        ]
        if self._may_fill_disk:
            harm.append((1, "disk filled", house.fill_disk))
        weights = [weight for weight, _, _ in harm]
        while is_busy():
            time.sleep(rng.uniform(*GAP_SECONDS))
            chosen = rng.choices(harm, weights, k=2 if rng.random() < TWO_AT_ONCE else 1)
            began = time.monotonic()
            for _, name, hurt in chosen:
                hurt()
                self._count(name)
            probe = f"torture {self._seed} {began}".encode()
            number = house.wait_until_well(probe)
            with self._lock:
                self._acknowledged[number] = hashlib.sha256(probe).digest()
            names = " and ".join(sorted({name for _, name, _ in chosen}))
            took = time.monotonic() - began
            self._recovery[names] = max(self._recovery.get(names, 0.0), took)

    def _drained(self) -> bool:
        """Wait until nothing waits to be worked."""
        until = time.monotonic() + DRAIN_SECONDS
        while time.monotonic() < until:
            with suppress(psycopg.OperationalError), self._patiently() as connection:
                row = connection.execute("SELECT count(*) FROM inbox WHERE state = 0").fetchone()
                if row == (0,):
                    return True
            time.sleep(0.05)
        return False

    def _let_time_pass(self) -> None:
        """What is incomplete is refused; a month later, what was released is billed, once."""
        now = datetime.now(UTC)
        for moment in (now, now + BILLED_AFTER, now + BILLED_AFTER):
            worker = Worker(self._house.database, lambda moment=moment: moment)  # type: ignore[misc]
            try:
                worker.sweep(final=moment == now)
            finally:
                worker.close()
