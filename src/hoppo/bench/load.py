"""The load: a process of its own that sends messages over HTTP and reads every receipt."""

import base64
import http.client
import json
import re
import threading
import time
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

from hoppo.bench.post import Letter

SENDERS = 4
POLL_SECONDS, CALM_POLL_SECONDS = 0.2, 0.03
FINAL = frozenset({b"100", b"300", b"500", b"800"})
DATA = re.compile(rb"<Data>([^<]*)</Data>")
STATE = re.compile(rb"<copNo>([^<]*)</copNo>.*?<returnStatus>([^<]*)</returnStatus>", re.DOTALL)


class Phase(NamedTuple):
    """How to send: as fast as `waiting` messages in the queue allow, or so many a second."""

    first: int
    last: int
    seconds: float
    waiting: int
    a_second: float | None


class Load:
    """Connections, clocks and what was seen."""

    def __init__(self, port: int, token: str, post: Sequence[Letter]) -> None:
        """Take where to send, and what."""
        self._port, self._headers, self.post = port, {"Authorization": f"Bearer {token}"}, post
        self.acknowledged: dict[int, float] = {}
        self.final: dict[bytes, float] = {}
        self.waiting = 0
        self.refused = 0
        self._poll = POLL_SECONDS
        self._stop = threading.Event()
        self._next = 0
        self._lock = threading.Lock()

    def watch(self) -> list[threading.Thread]:
        """Begin to read receipts and the length of the queue."""
        threads = [threading.Thread(target=run, daemon=True) for run in (self._read, self._ask)]
        for thread in threads:
            thread.start()
        return threads

    def end(self) -> None:
        """Stop reading."""
        self._stop.set()

    def run(self, phase: Phase) -> tuple[float, float]:
        """Send a phase; returns when it began and ended."""
        self._next = phase.first
        self._poll = POLL_SECONDS if phase.a_second is None else CALM_POLL_SECONDS
        began = time.perf_counter()
        threads = [
            threading.Thread(target=self._send, args=(phase, began), daemon=True)
            for _ in range(SENDERS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return began, time.perf_counter()

    def _send(self, phase: Phase, began: float) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        for at in self._turns(phase, began):
            body = self.post[at].path.read_bytes()
            while True:
                connection.request("POST", "/ceb/messages", body, self._headers)
                answer = connection.getresponse()
                answer.read()
                if answer.status == 202:  # noqa: PLR2004 - Accepted
                    self.acknowledged[at] = time.perf_counter()
                    break
                self.refused += 1
                time.sleep(0.2)

    def _turns(self, phase: Phase, began: float) -> Iterator[int]:
        while time.perf_counter() - began < phase.seconds:
            if phase.a_second is None and self.waiting >= phase.waiting:
                time.sleep(CALM_POLL_SECONDS)
                continue
            with self._lock:
                at = self._next
                if at >= phase.last:
                    return
                self._next += 1
            if phase.a_second is not None:
                due = began + (at - phase.first) / phase.a_second
                time.sleep(max(due - time.perf_counter(), 0))
            yield at

    def _ask(self) -> None:
        """Keep the length of the queue in mind, as a client with a sense of measure would."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        while not self._stop.wait(POLL_SECONDS):
            connection.request("GET", "/healthz")
            self.waiting = int(json.loads(connection.getresponse().read())["waiting"])

    def _read(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        after = "0"
        while not self._stop.is_set():
            connection.request(
                "GET", f"/ceb/receipts?after={after}&limit=200", headers=self._headers
            )
            answer = connection.getresponse()
            body = answer.read()
            now = time.perf_counter()
            following = answer.headers.get("X-Hoppo-Next", after)
            if following == after:
                self._stop.wait(self._poll)
                continue
            after = following
            for data in DATA.findall(body):
                text = base64.b64decode(data)
                if b"CEB622Message" in text[:200]:
                    for cop_no, status in STATE.findall(text):
                        if status in FINAL:
                            self.final.setdefault(cop_no, now)


def drive(port: int, token: str, post: Sequence[Letter], orders: Connection) -> None:
    """Obey phases from the other end of a pipe until it says None; answer what was seen."""
    load = Load(port, token, post)
    load.watch()
    while (phase := orders.recv()) is not None:
        before = len(load.acknowledged)
        began, ended = load.run(phase)
        orders.send(
            {
                "began": began,
                "ended": ended,
                "sent": len(load.acknowledged) - before,
            }
        )
        if orders.recv() == "drain":
            _drain(load)
        orders.send(_seen(load))
    load.end()


def _drain(load: Load) -> None:
    """Wait until nothing waits and no receipt is new."""
    while True:
        seen = len(load.final)
        time.sleep(1)
        if load.waiting == 0 and len(load.final) == seen:
            return


def _seen(load: Load) -> dict[str, Any]:
    return {
        "acknowledged": dict(load.acknowledged),
        "final": dict(load.final),
        "refused": load.refused,
        "cpu": time.process_time(),
    }


def latencies(post: Sequence[Letter], seen: dict[str, Any], first: int, last: int) -> list[float]:
    """Seconds from the acknowledgement that completed a list's set to its readable receipt.

    Only lists whose own message was sent in the phase from `first` to `last` count.
    """
    acknowledged, final = seen["acknowledged"], seen["final"]
    by_order: dict[bytes, list[float]] = {}
    for at, moment in acknowledged.items():
        for order in post[at].orders:
            by_order.setdefault(order, []).append(moment)
    found = []
    for at in range(first, min(last, len(post))):
        if at not in acknowledged:
            continue
        for cop_no, order in post[at].lists:
            seen_at = final.get(cop_no)
            if seen_at is not None:
                before = [moment for moment in by_order[order] if moment <= seen_at]
                if before:
                    found.append(seen_at - max(before))
    return found
