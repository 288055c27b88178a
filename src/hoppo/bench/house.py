"""The house under load: a real `hoppo serve`, and what its processes weigh and take."""

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
SAMPLE_SECONDS = 2.0
MEGABYTE = 1024 * 1024


class House:
    """A served database and the processes that serve it."""

    def __init__(self, process: psutil.Process, port: int, server: psutil.Process) -> None:
        """Take the serving process, its port, and the database server's first process."""
        self.port, self._process, self._server = port, process, server
        self.load: psutil.Process | None = None
        self.peaks: dict[str, float] = {}
        self._names: dict[int, str] = {}
        self._stop = threading.Event()
        self._sampler = threading.Thread(target=self._sample, daemon=True)
        self._sampler.start()

    def end(self) -> None:
        """Stop weighing."""
        self._stop.set()
        self._sampler.join()

    @staticmethod
    def process_of(number: int | None) -> psutil.Process:
        """The process of a number."""
        return psutil.Process(number)

    def spent(self) -> dict[str, float]:
        """Processor seconds of each process by now; the server's count together."""
        seconds: dict[str, float] = {}
        for name, process in self._processes():
            try:
                times = process.cpu_times()
            except psutil.Error:
                continue
            # A server process that has ended left its seconds with its parent.
            seconds[name] = seconds.get(name, 0.0) + times.user + times.system
            if process == self._server:
                seconds[name] += times.children_user + times.children_system
        return seconds

    def _sample(self) -> None:
        while not self._stop.wait(SAMPLE_SECONDS):
            self.weigh()

    def weigh(self) -> None:
        """Keep the most megabytes each process has had; the server's share theirs."""
        shared = 0.0
        for name, process in self._processes():
            try:
                if name == "postgres":
                    shared += process.memory_full_info().pss / MEGABYTE
                    continue
                weight = peak(process)
            except (psutil.Error, OSError):
                continue
            self.peaks[name] = max(self.peaks.get(name, 0.0), round(weight, 1))
        self.peaks["postgres"] = max(self.peaks.get("postgres", 0.0), round(shared, 1))

    def _processes(self) -> Iterator[tuple[str, psutil.Process]]:
        """Every process with its name: serve, web, worker_1 and on, postgres, load."""
        yield "serve", self._process
        if self.load is not None:
            yield "load", self.load
        for child in self._process.children(recursive=True):
            if name := self._name(child):
                yield name, child
        for process in (self._server, *self._server.children()):
            yield "postgres", process

    def _name(self, child: psutil.Process) -> str:
        """Tell web and workers apart; empty for who does no work."""
        if child.pid not in self._names:
            try:
                listens = any(one.laddr.port == self.port for one in child.net_connections("inet"))
                is_worker = "spawn_main" in " ".join(child.cmdline())
            except psutil.Error:
                return ""
            if not listens and not is_worker:
                return ""
            of_kind = sum(name.startswith("worker") for name in self._names.values())
            self._names[child.pid] = "web" if listens else f"worker_{of_kind + 1}"
        return self._names[child.pid]


def peak(process: psutil.Process) -> float:
    """The most resident megabytes a process has had."""
    status = Path(f"/proc/{process.pid}/status")
    if status.exists():
        for line in status.read_text("utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return float(process.memory_info().rss / MEGABYTE)


@contextmanager
def served(data: Path, workers: int) -> Iterator[House]:
    """Serve a kept database, which is open already, in processes of its own.

    Raises TimeoutError when it does not answer.
    """
    port = free_port()
    server = psutil.Process(int((data / "postgres" / "postmaster.pid").read_text().split()[0]))
    command = [
        *(sys.executable, "-m", "hoppo", "serve", "--data", str(data)),
        *("--port", str(port), "--workers", str(workers)),
    ]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=quiet, stderr=quiet) as running:  # noqa: S603 - ours
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
    while time.monotonic() < until and running.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    message = f"`hoppo serve` did not answer on port {port} within {START_SECONDS} s"
    raise TimeoutError(message)
