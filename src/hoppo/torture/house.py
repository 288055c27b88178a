"""A house to hurt: a real door with its workers and its database; and what hurts them."""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from pathlib import Path
from random import Random
from typing import NamedTuple

import psutil
import psycopg

from hoppo.engine.database import Database
from hoppo.torture.door import BOUND_VARIABLE, SEED_VARIABLE

WATCH_SECONDS, LOOK_SECONDS = 0.2, 0.02
WELL_SECONDS = 60.0
END_SECONDS = 30
FULL_SECONDS = 1.0
FROZEN_SECONDS = 0.5
HOST = "127.0.0.1"
BROKEN = (OSError, http.client.HTTPException)


class NotWellError(Exception):
    """The house did not come back; the text says what was missing."""


class Answered(NamedTuple):
    """An answer of the door, its headers by small letters; status 0 when none came."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = {}  # noqa: RUF012 - never changed

    @property
    def number(self) -> int | None:
        """The number of an acknowledged message."""
        if self.status != HTTPStatus.ACCEPTED:
            return None
        return int(json.loads(self.body)["message"])


class House:
    """The processes under torture; a door that dies is opened again."""

    def __init__(
        self, data: Path, database: Database, workers: int, seed: int | None, bound: int = 0
    ) -> None:
        """Open it; with a seed its clocks jump; `bound` is the most messages that may wait."""
        self.database, self.log = database, data.parent / "door.log"
        self._data, self._workers, self._rng = data, workers, Random(seed)
        self._environment = {**os.environ, "HOPPO_LOG": "text"}
        if seed is not None:
            self._environment[SEED_VARIABLE] = str(seed)
        if bound:
            self._environment[BOUND_VARIABLE] = str(bound)
        with socket.socket() as probe:
            probe.bind((HOST, 0))
            self.port: int = probe.getsockname()[1]
        self.token = ""
        self._door = self._open_door()
        self._stop = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()

    def end(self) -> None:
        """Close the door; the database stays."""
        self._stop.set()
        self._watcher.join()
        self._door.terminate()
        try:
            self._door.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._door.kill()
            self._door.wait()

    def throw_dice(self, seed: int) -> None:
        """Choose whom to hurt by another seed from now on."""
        self._rng = Random(seed)

    def _open_door(self) -> subprocess.Popen[bytes]:
        command = [
            *(sys.executable, "-m", "hoppo.torture.door", "--data", str(self._data)),
            *("--port", str(self.port), "--workers", str(self._workers)),
        ]
        with self.log.open("ab") as log:
            return subprocess.Popen(command, stdout=log, stderr=log, env=self._environment)  # noqa: S603

    def _watch(self) -> None:
        while not self._stop.wait(WATCH_SECONDS):
            if self._door.poll() is not None:
                self._door = self._open_door()

    def ask(
        self, method: str, path: str, body: bytes | None = None, *, cut: bool = False
    ) -> Answered:
        """Ask the door; with `cut`, hang up before the answer comes."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=20)
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        try:
            connection.request(method, path, body, headers)
            if cut:
                return Answered(0)
            answer = connection.getresponse()
            headers = {name.lower(): value for name, value in answer.headers.items()}
            return Answered(answer.status, answer.read(), headers)
        except BROKEN:
            return Answered(0)
        finally:
            connection.close()

    def wait_until_well(self, probe: bytes) -> int:
        """Wait until a message is taken in and cleared; returns its number.

        Raises NotWellError when that takes more than a minute.
        """
        until = time.monotonic() + WELL_SECONDS
        number = None
        while time.monotonic() < until:
            if number is None:
                number = self.ask("POST", "/ceb/messages", probe).number
            elif self._is_cleared(number):
                return number
            time.sleep(LOOK_SECONDS)
        what = "no message was taken in" if number is None else f"message {number} was not cleared"
        message = f"{what} for {WELL_SECONDS:.0f} s"
        raise NotWellError(message)

    def _is_cleared(self, number: int) -> bool:
        with suppress(psycopg.Error), self.database.connect() as connection:
            row = connection.execute("SELECT state FROM inbox WHERE id = %s", [number]).fetchone()
            return row is None or row[0] != 0
        return False

    def children(self) -> tuple[list[psutil.Process], list[psutil.Process]]:
        """The processes that answer HTTP, and the workers."""
        web, workers = [], []
        with suppress(psutil.Error):
            for child in psutil.Process(self._door.pid).children():
                with suppress(psutil.Error):
                    if any(one.laddr.port == self.port for one in child.net_connections("inet")):
                        web.append(child)
                    elif "spawn_main" in " ".join(child.cmdline()):
                        workers.append(child)
        return web, workers

    def processes(self) -> dict[str, list[psutil.Process]]:
        """All processes of the house by what they are."""
        web, workers = self.children()
        found = {f"worker_{at}": [one] for at, one in enumerate(workers, 1)}
        with suppress(psutil.Error):
            found |= {"serve": [psutil.Process(self._door.pid)], "web": web}
        with suppress(psutil.Error, OSError, ValueError):
            first = psutil.Process(self._postmaster())
            found["postgres"] = [first, *first.children()]
        return found

    def _postmaster(self) -> int:
        file = self._data / "postgres" / "postmaster.pid"
        return int(file.read_text("utf-8").split()[0])

    def kill_worker(self) -> None:
        """Kill -9 a worker."""
        _, workers = self.children()
        if workers:
            with suppress(psutil.Error):
                self._rng.choice(workers).kill()

    def freeze_worker(self) -> None:
        """Stop a worker where it stands, with all it holds, for a moment."""
        _, workers = self.children()
        if workers:
            with suppress(psutil.Error):
                frozen = self._rng.choice(workers)
                frozen.suspend()
                time.sleep(FROZEN_SECONDS)
                frozen.resume()

    def kill_web(self) -> None:
        """Kill -9 the process that answers HTTP; its parent stays."""
        for child in self.children()[0]:
            with suppress(psutil.Error):
                child.kill()

    def kill_door(self) -> None:
        """Kill -9 `hoppo serve` itself; its children end after it."""
        self._door.kill()

    def kill_database(self) -> None:
        """Kill -9 the server's first process; the others of its kind end after it."""
        with suppress(OSError, ValueError, IndexError):
            os.kill(self._postmaster(), signal.SIGKILL)

    def kill_backend(self) -> None:
        """Kill -9 one process of the server: the server ends all others and recovers."""
        with suppress(psutil.Error, OSError, ValueError, IndexError):
            children = psutil.Process(self._postmaster()).children()
            self._rng.choice(children).kill()

    def cut_connections(self) -> None:
        """End every other connection in the middle of what it does."""
        with suppress(psycopg.Error), self.database.connect() as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

    def cut_a_transaction(self) -> None:
        """End one connection that is inside a transaction, if there is one."""
        with suppress(psycopg.Error), self.database.connect() as connection:
            rows = connection.execute(
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND xact_start IS NOT NULL ORDER BY xact_start"
            ).fetchall()
            if rows:
                connection.execute("SELECT pg_terminate_backend(%s)", self._rng.choice(rows))

    def fill_disk(self) -> None:
        """Leave no byte free on the disk of the database, for a moment."""
        ballast = self._data / "ballast"
        with suppress(OSError), ballast.open("wb") as file:
            free = shutil.disk_usage(self._data).free
            # In small steps at the end: the database writes meanwhile.
            at = 0
            for size in (free * 9 // 10, *[1 << 20] * 64, *[4096] * 512):
                with suppress(OSError):
                    os.posix_fallocate(file.fileno(), at, max(size, 1))
                    at += size
            time.sleep(FULL_SECONDS)
        ballast.unlink(missing_ok=True)


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[bool]:
    """A small disk in memory at a folder, where this process may mount one; says whether."""
    folder.mkdir(parents=True, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=755", "tmpfs", str(folder)]
    mounted = shutil.which("mount") is not None and (
        subprocess.run(mount, check=False, capture_output=True).returncode == 0  # noqa: S603 - ours
    )
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(folder)], check=False)  # noqa: S603, S607 - ours
