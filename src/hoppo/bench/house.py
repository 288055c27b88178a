"""The house under load: a real `hoppo serve`, and what its processes weigh."""

import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

START_SECONDS = 60
SAMPLE_SECONDS = 0.5
MEGABYTE = 1024 * 1024
DURABLE = ("fsync", "synchronous_commit", "full_page_writes")


class House:
    """A served database and the processes that serve it."""

    def __init__(self, process: psutil.Process, port: int, server: int) -> None:
        """Take the serving process, its port, and the server's process number."""
        self.port, self._process, self._server = port, process, server
        self.peaks: dict[str, float] = {}
        self.spent: dict[str, float] = {}
        self._stop = threading.Event()
        self._sampler = threading.Thread(target=self._sample, daemon=True)
        self._sampler.start()

    def end(self) -> None:
        """Stop weighing."""
        self._stop.set()
        self._sampler.join()

    def _sample(self) -> None:
        while not self._stop.wait(SAMPLE_SECONDS):
            try:
                for name, weight, seconds in self._weights():
                    self.peaks[name] = max(self.peaks.get(name, 0.0), round(weight, 1))
                    self.spent[name] = max(self.spent.get(name, 0.0), round(seconds, 1))
            except psutil.Error:
                continue

    def _weights(self) -> Iterator[tuple[str, float, float]]:
        """Resident megabytes and processor seconds by part.

        The server's processes count together, what they share once.
        """
        yield ("serve", *weighed(self._process))
        workers = 0
        for child in self._process.children(recursive=True):
            line = " ".join(child.cmdline())
            listens = any(one.laddr.port == self.port for one in child.net_connections("inet"))
            if not listens and "spawn_main" not in line:
                continue
            workers += not listens
            yield ("web" if listens else f"worker_{workers}", *weighed(child))
        server = psutil.Process(self._server)
        family = [server, *server.children()]
        shared_once = sum(one.memory_full_info().pss for one in family) / MEGABYTE
        yield "postgres", shared_once, sum(weighed(one)[1] for one in family)


def weighed(process: psutil.Process) -> tuple[float, float]:
    """A process's resident megabytes and processor seconds."""
    times = process.cpu_times()
    return process.memory_info().rss / MEGABYTE, times.user + times.system


@contextmanager
def served(data: Path, workers: int, server: int) -> Iterator[House]:
    """Serve a kept database in processes of its own."""
    port = free_port()
    command = [
        *(sys.executable, "-m", "hoppo", "serve", "--data", str(data)),
        *("--port", str(port), "--workers", str(workers)),
    ]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as running:  # noqa: S603 - ours
        try:
            _wait(port, running)
            house = House(psutil.Process(running.pid), port, server)
            try:
                yield house
            finally:
                house.end()
        finally:
            running.terminate()


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _wait(port: int, running: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if running.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    message = "the house did not start"
    raise TimeoutError(message)
