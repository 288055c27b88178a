"""The load: a process of its own that sends messages over HTTP and fetches receipts."""

import base64
import http.client
import json
import re
import threading
import time
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

from hoppo.bench.making import Letter, read_letter

HOST = "127.0.0.1"
SENDERS = 4
ASK_SECONDS = 0.05  # how often the length of the queue is asked for
READ_SECONDS = 0.02  # how long a reader waits who found nothing new
COUNT_SECONDS = 0.5  # the door counts the queue a few times a second; an older answer says little
AT_ONCE = 200  # receipts fetched by one request
FINAL = frozenset({b"100", b"300", b"500", b"800"})
DATA = re.compile(rb"<Data>([^<]*)</Data>")
STATE = re.compile(rb"copNo>([^<]*)</.{0,1000}?returnStatus>([^<]*)</", re.DOTALL)
FAULTS = (OSError, http.client.HTTPException)


class Phase(NamedTuple):
    """What to send, and how.

    `waiting` messages may lie in the queue; with `a_second` so many are sent whatever lies there.
    Sending ends after `seconds`, or with the last message. Receipts are left, "fetched" as they
    come, or "timed": fetched and looked through for the final state of each list. `after` is the
    number of the last receipt that is not this phase's.
    """

    paths: tuple[Path, ...]
    seconds: float
    waiting: int
    a_second: float | None = None
    receipts: str = "left"
    after: int = 0


class Sent(NamedTuple):
    """What a phase showed: seconds from acknowledged to readable of each timed list, in order."""

    messages: int
    refused: int
    broken: int
    waits: tuple[float, ...]


class Load:
    """One phase: its connections, and what they saw."""

    def __init__(self, port: int, token: str, phase: Phase) -> None:
        """Take where to send as whom, and what."""
        self._port, self._phase = port, phase
        self._headers = {"Authorization": f"Bearer {token}"}
        self._lock = threading.Lock()
        self._next = 0
        self._room = 0 if phase.a_second is None else len(phase.paths)
        self._acknowledged: dict[int, float] = {}
        self._final: dict[bytes, float] = {}
        self._refused = self._broken = 0
        self._sent = threading.Event()
        self._done = threading.Event()

    def run(self, sending_is_over: Connection) -> Sent:
        """Send, say so, wait until all is worked; returns what was seen."""
        timed = self._phase.receipts == "timed"
        letters = [read_letter(path) for path in self._phase.paths] if timed else []
        began = time.perf_counter()
        senders = [threading.Thread(target=self._send, args=(began,)) for _ in range(SENDERS)]
        others = [threading.Thread(target=self._ask)]
        if self._phase.receipts != "left":
            others.append(threading.Thread(target=self._read, args=(timed,)))
        for thread in (*senders, *others):
            thread.start()
        for thread in senders:
            thread.join()
        sending_is_over.send("sent")
        self._sent.set()
        for thread in others:
            thread.join()
        waits = tuple(self._waits(letters)) if timed else ()
        return Sent(len(self._acknowledged), self._refused, self._broken, waits)

    def _connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(HOST, self._port, timeout=60)

    def _send(self, began: float) -> None:
        connection = self._connection()
        for at in self._turns(began):
            body = self._phase.paths[at].read_bytes()
            while True:
                try:
                    connection.request("POST", "/ceb/messages", body, self._headers)
                    answer = connection.getresponse()
                    answer.read()
                except FAULTS:
                    connection.close()
                    self._broken += 1
                    time.sleep(ASK_SECONDS)
                    continue
                if answer.status == HTTPStatus.ACCEPTED:
                    self._acknowledged[at] = time.perf_counter()
                    break
                self._refused += 1
                time.sleep(int(answer.headers.get("Retry-After", "1")))
        connection.close()

    def _turns(self, began: float) -> Iterator[int]:
        """The messages one sender sends, each when it is its turn."""
        phase = self._phase
        while time.perf_counter() - began < phase.seconds:
            with self._lock:
                if self._next == len(phase.paths):
                    return
                at = self._next if self._room else None
                if at is not None:
                    self._next += 1
                    self._room -= 1
            if at is None:
                time.sleep(ASK_SECONDS / 10)
                continue
            if phase.a_second is not None:
                due = began + at / phase.a_second
                if due - began > phase.seconds:
                    return
                time.sleep(max(due - time.perf_counter(), 0))
            yield at

    def _ask(self) -> None:
        """Ask how much waits, so that the queue is never empty and never grows."""
        connection = self._connection()
        over: float | None = None
        while True:
            if over is None and self._sent.is_set():
                over = time.perf_counter()
            try:
                connection.request("GET", "/healthz")
                answer = json.loads(connection.getresponse().read())
            except FAULTS:
                connection.close()
                self._broken += 1
                answer = {}
            waiting = int(answer.get("waiting", self._phase.waiting))
            if over and not waiting and time.perf_counter() - over > COUNT_SECONDS:
                break
            if self._phase.a_second is None:
                with self._lock:
                    self._room = max(self._phase.waiting - waiting, 0)
            time.sleep(ASK_SECONDS)
        connection.close()
        self._done.set()

    def _read(self, timed: bool) -> None:  # noqa: FBT001 - a thread's argument
        """Fetch receipts until all is worked and none is new."""
        connection, after = self._connection(), str(self._phase.after)
        while True:
            is_over = self._done.is_set()
            path = f"/ceb/receipts?after={after}&limit={AT_ONCE}"
            try:
                connection.request("GET", path, headers=self._headers)
                answer = connection.getresponse()
                body = answer.read()
            except FAULTS:
                connection.close()
                self._broken += 1
                continue
            now = time.perf_counter()
            following = answer.headers.get("X-Hoppo-Next", after)
            if following == after:
                if is_over:
                    break
                time.sleep(READ_SECONDS)
                continue
            after = following
            if timed:
                self._look_through(body, now)
        connection.close()

    def _look_through(self, body: bytes, now: float) -> None:
        for data in DATA.findall(body):
            text = base64.b64decode(data)
            if b"CEB622Message" in text[:300]:
                for cop_no, status in STATE.findall(text):
                    if status in FINAL:
                        self._final.setdefault(cop_no, now)

    def _waits(self, letters: Sequence[Letter]) -> Iterator[float]:
        """Seconds from the acknowledgement that completed a list's set to its final receipt."""
        by_order: dict[bytes, list[float]] = {}
        for at, moment in self._acknowledged.items():
            for order in letters[at].orders:
                by_order.setdefault(order, []).append(moment)
        lists = {one for at in self._acknowledged for one in letters[at].lists}
        for cop_no, order in lists:
            readable = self._final.get(cop_no)
            before = [one for one in by_order[order] if readable and one <= readable]
            if readable and before:
                yield readable - max(before)


def drive(port: int, token: str, orders: Connection) -> None:
    """Run phases that come through a pipe until None comes; answer each when it is sent, and done.

    The first answer is that the process is there.
    """
    orders.send("ready")
    while (phase := orders.recv()) is not None:
        orders.send(Load(port, token, phase).run(orders))
