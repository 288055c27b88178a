"""A round: a small city's traffic, faults at seeded moments, then every check."""

import base64
import hashlib
import http.client
import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from random import Random
from typing import Any, NamedTuple

import psycopg

from hoppo.simulation.city import Manner, make_city
from hoppo.torture.checks import broken_sums, lost_messages, missing_receipts, wrong_verdicts
from hoppo.torture.house import House
from hoppo.workers.clearing import Worker

SENDERS = 3
ORDERS = 30
FIRM_SEED = 1  # the enterprises are the same in every round
MOST_PAUSE = 0.12
DRAIN_SECONDS = 90.0
GAP_SECONDS = (0.05, 0.7)
DATA = re.compile(rb"<Data>([^<]*)</Data>")
STATE = re.compile(r"<copNo>([^<]*)</copNo>.*?<returnStatus>([^<]*)</returnStatus>", re.DOTALL)
EMPTIED = (
    "inbox", "outbox", "purchase_order", "payment", "waybill", "waybill_status", "declaration",
    "verdict", "application", "limit_account", "limit_entry", "guarantee_entry", "tax_bill",
)  # fmt: skip


class Result(NamedTuple):
    """What a round showed."""

    faults: Counter[str]
    longest_recovery: float
    complaints: list[str]


class Round:
    """One round; everything in it follows from its seed but the moments of the machine."""

    def __init__(self, house: House, token: str, seed: int, *, may_fill_disk: bool) -> None:
        """Make the city of this round."""
        self._house, self._rng = house, Random(seed)
        self._headers = {"Authorization": f"Bearer {token}"}
        files = dict(make_city(seed, ORDERS, Manner(firms=FIRM_SEED)))
        self._truth = files["truth.jsonl"].decode().splitlines()
        self._messages = [data for name, data in files.items() if name.startswith("messages/")]
        self._acknowledged: dict[int, bytes] = {}
        self._delivered: set[tuple[str, str]] = set()
        self._sent = threading.Event()
        self._lock = threading.Lock()
        self._may_fill_disk = may_fill_disk

    def run(self) -> Result:
        """Empty the tables, let it happen, wait until all is calm, check."""
        self._empty()
        rng = self._rng
        post = self._messages + rng.sample(self._messages, len(self._messages) // 5)
        rng.shuffle(post)
        shares = [post[at::SENDERS] for at in range(SENDERS)]
        senders = [
            threading.Thread(target=self._send, args=(share, Random(rng.random())), daemon=True)
            for share in shares
        ]
        reader = threading.Thread(target=self._read, daemon=True)
        for thread in (*senders, reader):
            thread.start()
        faults, longest = self._hurt(lambda: any(thread.is_alive() for thread in senders))
        for thread in senders:
            thread.join()
        complaints = self._drain()
        self._sent.set()
        reader.join()
        return Result(faults, longest, complaints + self._check())

    def _empty(self) -> None:
        with self._patiently() as connection:
            connection.execute(f"TRUNCATE {', '.join(EMPTIED)} RESTART IDENTITY")
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
            if rng.random() < 0.1:  # noqa: PLR2004 - some
                with suppress(OSError, http.client.HTTPException):
                    lost = http.client.HTTPConnection("127.0.0.1", self._house.port, timeout=5)
                    lost.request("POST", "/ceb/messages", body, self._headers)
                    lost.close()
            while not self._acknowledge(body):
                time.sleep(0.05)

    def _acknowledge(self, body: bytes) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self._house.port, timeout=20)
        try:
            connection.request("POST", "/ceb/messages", body, self._headers)
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
        if answer.status != 202:  # noqa: PLR2004 - Accepted
            return False
        number = re.search(rb'"message": (\d+)', text)
        with self._lock:
            if number:
                self._acknowledged[int(number[1])] = hashlib.sha256(body).digest()
        return True

    def _read(self) -> None:
        """Fetch receipts all the while, as a client does: from where it stopped."""
        after, last_look = "0", False
        while not last_look:
            last_look = self._sent.is_set()
            with suppress(OSError, http.client.HTTPException):
                connection = http.client.HTTPConnection("127.0.0.1", self._house.port, timeout=20)
                connection.request(
                    "GET", f"/ceb/receipts?after={after}&limit=500", headers=self._headers
                )
                answer = connection.getresponse()
                body = answer.read()
                connection.close()
                following = answer.headers.get("X-Hoppo-Next", after)
                if answer.status == 200:  # noqa: PLR2004 - OK
                    last_look = last_look and following == after
                    after = following
                    self._note(body)
                    continue
            last_look = False
            time.sleep(0.05)

    def _note(self, body: bytes) -> None:
        for data in DATA.findall(body):
            text = base64.b64decode(data).decode()
            if "CEB622Message" in text[:300]:
                self._delivered.update(STATE.findall(text))
        time.sleep(0.05)

    def _hurt(self, is_busy: Callable[[], bool]) -> tuple[Counter[str], float]:
        """Do harm while traffic flows; what was done, and the longest time until well again."""
        house, rng = self._house, self._rng
        harm: list[tuple[int, str, Callable[[], None]]] = [
            (4, "worker killed", house.kill_worker),
            (2, "web killed", house.kill_web),
            (1, "serve killed", house.kill_door),
            (2, "database killed", house.kill_database),
            (3, "connections cut", house.cut_connections),
        ]
        if self._may_fill_disk:
            harm.append((1, "disk filled", house.fill_disk))
        done: Counter[str] = Counter()
        longest = 0.0
        while is_busy():
            time.sleep(rng.uniform(*GAP_SECONDS))
            _weight, name, hurt = rng.choices(harm, [weight for weight, _, _ in harm])[0]
            began = time.monotonic()
            hurt()
            house.wait_until_well()
            longest = max(longest, time.monotonic() - began)
            done[name] += 1
        return done, longest

    def _drain(self) -> list[str]:
        """Wait until nothing waits, then let time run out for what is incomplete."""
        until = time.monotonic() + DRAIN_SECONDS
        while time.monotonic() < until:
            with suppress(psycopg.OperationalError), self._patiently() as connection:
                row = connection.execute("SELECT count(*) FROM inbox WHERE state = 0").fetchone()
                if row == (0,):
                    break
            time.sleep(0.05)
        else:
            return [f"messages still wait {DRAIN_SECONDS:.0f} s after the last was sent"]
        worker = Worker(self._house.database, lambda: datetime.now(UTC))
        try:
            worker.sweep(final=True)
        finally:
            worker.close()
        return []

    def _check(self) -> list[str]:
        with self._patiently() as connection:
            return [
                *lost_messages(connection, self._acknowledged),
                *broken_sums(connection),
                *(f"verdict: {wrong}" for wrong in wrong_verdicts(connection, self._truth)),
                *missing_receipts(connection, self._delivered),
            ]
