"""A house to hurt: a door, workers with a clock that jumps, a database; and what hurts them."""

import multiprocessing
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import psutil
import psycopg

from hoppo.engine.database import Database

WATCH_SECONDS = 0.2
START_SECONDS = 60.0
MOST_JUMP_SECONDS = 3600
FULL_SECONDS = 1.0


def jumping_clock(seed: int) -> Callable[[], datetime]:
    """The time of day, which now and then jumps up to an hour ahead or back."""
    rng, shift = Random(seed), [timedelta(0)]

    def now() -> datetime:
        if rng.random() < 0.02:  # noqa: PLR2004 - now and then
            shift[0] = timedelta(seconds=rng.randint(-MOST_JUMP_SECONDS, MOST_JUMP_SECONDS))
        return datetime.now(UTC) + shift[0]

    return now


def work(url: str, key_file: str, seed: int) -> None:
    """A worker process whose clock jumps."""
    from hoppo.engine.database import setup_django  # noqa: PLC0415 - a process of its own
    from hoppo.engine.keys import KeyRing, read_master_key  # noqa: PLC0415
    from hoppo.workers.clearing import Worker  # noqa: PLC0415

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    setup_django(url)
    path = Path(key_file)
    database = Database(url, KeyRing(read_master_key(path)), path)
    while parent is None or parent.is_alive():
        with suppress(psycopg.OperationalError):
            Worker(database, jumping_clock(seed)).run(
                lambda: parent is not None and not parent.is_alive()
            )
        time.sleep(WATCH_SECONDS)


class House:
    """The processes under torture; whatever dies is started again."""

    def __init__(self, data: Path, database: Database, workers: int, seed: int) -> None:
        """Start the door and the workers."""
        self.database, self._data, self._rng = database, data, Random(seed)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self._door = self._open_door()
        self._context = multiprocessing.get_context("spawn")
        self._workers = [self._start_worker() for _ in range(workers)]
        self._stop = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()
        self.wait_until_well()

    def end(self) -> None:
        """Stop everything but the database."""
        self._stop.set()
        self._watcher.join()
        self._door.terminate()
        for worker in self._workers:
            worker.kill()
        self._door.wait(20)

    def _open_door(self) -> subprocess.Popen[bytes]:
        command = [
            *(sys.executable, "-m", "hoppo", "serve", "--data", str(self._data)),
            *("--port", str(self.port), "--workers", "0"),
        ]
        with (self._data / "door.log").open("ab") as log:
            return subprocess.Popen(command, stderr=log)  # noqa: S603 - ours

    def _start_worker(self) -> Any:
        seed = self._rng.randrange(1 << 30)
        process = self._context.Process(
            target=work, args=(self.database.url, str(self.database.key_file), seed), daemon=True
        )
        process.start()
        return process

    def _watch(self) -> None:
        while not self._stop.wait(WATCH_SECONDS):
            for at, worker in enumerate(self._workers):
                if not worker.is_alive():
                    self._workers[at] = self._start_worker()
            if self._door.poll() is not None:
                self._door = self._open_door()

    def wait_until_well(self) -> float:
        """Wait until the door answers and takes; returns the seconds that took."""
        began = time.monotonic()
        while time.monotonic() - began < START_SECONDS:
            with suppress(OSError, urllib.error.HTTPError):
                address = f"http://127.0.0.1:{self.port}/healthz"
                with urllib.request.urlopen(address, timeout=5) as answer:
                    if answer.status == 200:  # noqa: PLR2004 - OK
                        return time.monotonic() - began
            time.sleep(0.02)
        message = f"the house is not well again after {START_SECONDS:.0f} s"
        raise TimeoutError(message)

    def kill_worker(self) -> None:
        """Kill -9 a worker."""
        self._rng.choice(self._workers).kill()

    def kill_web(self) -> None:
        """Kill -9 the process that answers HTTP; its parent stays."""
        with suppress(psutil.Error):
            for child in psutil.Process(self._door.pid).children():
                listens = any(one.laddr.port == self.port for one in child.net_connections("inet"))
                if listens:
                    child.kill()

    def kill_door(self) -> None:
        """Kill -9 `hoppo serve` itself."""
        self._door.kill()

    def kill_database(self) -> None:
        """Kill -9 the server's first process; the others of its kind end after it."""
        with suppress(OSError, ValueError):
            file = self._data / "postgres" / "postmaster.pid"
            os.kill(int(file.read_text().split()[0]), signal.SIGKILL)

    def cut_connections(self) -> None:
        """End every other connection in the middle of what it does."""
        with suppress(psycopg.OperationalError), self.database.connect() as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

    def fill_disk(self) -> None:
        """Leave no byte free on the disk of the database, for a moment."""
        ballast = self._data / "ballast"
        free = shutil.disk_usage(self._data).free
        with suppress(OSError), ballast.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(free, 1))
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
