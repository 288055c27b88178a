"""Worker processes and the embedded server: started, watched, started again when they die."""

import multiprocessing
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from logging import ERROR, WARNING
from pathlib import Path
from typing import Any

import click
import psycopg

from hoppo.engine.database import Database
from hoppo.engine.watching import Style, set_up, tell

WATCH_SECONDS = 0.5
END_SECONDS = 10
Clock = Callable[[], datetime]
SHORT_LIFE_SECONDS = 3.0  # where one after the other dies younger, the next waits as long
LOG_VARIABLE = "HOPPO_LOG"
LOG = click.option(
    "--log", "style", type=click.Choice(["text", "json"]), default="text", show_default=True,
    help="How to write events to standard error.",
)  # fmt: skip


def write_log(style: Style) -> None:
    """Write events of this process, and of those it starts, in a style."""
    os.environ[LOG_VARIABLE] = style
    set_up(style)


def announce(style: Style, sentence: str, event: str, **facts: Any) -> None:
    """Say that something goes as it should: a sentence to a person, an event to a machine."""
    if style == "text":
        click.echo(sentence, err=True)
    else:
        tell(event, **facts)


def work(url: str, key_file: str, style: Style, clock: Clock | None = None) -> None:
    """One worker process; ends when it is told to or when its parent is gone."""
    from hoppo.engine.database import setup_django  # noqa: PLC0415 - a process of its own
    from hoppo.engine.keys import KeyRing, read_master_key  # noqa: PLC0415
    from hoppo.workers.clearing import Worker, real_clock, sentence  # noqa: PLC0415

    stopping: list[Any] = []
    signal.signal(signal.SIGTERM, lambda *_: stopping.append(True))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()

    def stop() -> bool:
        return bool(stopping) or parent is None or not parent.is_alive()

    set_up(style)
    setup_django(url)
    path = Path(key_file)
    database = Database(url, KeyRing(read_master_key(path)), path)
    while not stop():
        try:
            worker = Worker(database, clock or real_clock)
        except psycopg.OperationalError as fault:
            tell("database failed", level=WARNING, reason=sentence(fault))
            time.sleep(1)
            continue
        worker.run(stop)


class Post:
    """A worker's place: one process at a time, followed by another when it dies."""

    def __init__(self, arguments: tuple[str, str, Style, Clock | None]) -> None:
        """Start the first."""
        self._arguments = arguments
        self._context = multiprocessing.get_context("spawn")
        self._started_at = self._rest_until = float("-inf")
        self._died_young = self._told = False
        self._start()

    def _start(self) -> None:
        self.process = self._context.Process(target=work, args=self._arguments, daemon=True)
        self.process.start()
        self._started_at, self._told = time.monotonic(), False

    def look(self) -> None:
        """Start another if this one died; after a rest if it and the one before died young."""
        if self.process.is_alive():
            return
        now = time.monotonic()
        if not self._told:
            tell("a worker died, another is started", level=WARNING, exit=self.process.exitcode)
            young = now - self._started_at < SHORT_LIFE_SECONDS
            self._rest_until = now + (SHORT_LIFE_SECONDS if young and self._died_young else 0)
            self._died_young, self._told = young, True
        if now >= self._rest_until:
            self._start()

    def end(self) -> None:
        """Wait for it to finish its batch, for a while."""
        self.process.join(END_SECONDS)


@contextmanager
def worked(
    database: Database, workers: int, style: Style = "text", clock: Clock | None = None
) -> Iterator[None]:
    """Worker processes; one that dies is replaced, and so is a killed embedded server.

    Their clock is the time of day, unless another is handed in.
    """
    stopping = threading.Event()
    posts = [Post((database.url, str(database.key_file), style, clock)) for _ in range(workers)]

    def look() -> None:
        if database.server is not None and database.server.ensure_running():
            tell("the embedded PostgreSQL was gone, it is started again", level=WARNING)
        for post in posts:
            post.look()

    def watch() -> None:
        while not stopping.wait(WATCH_SECONDS):
            try:
                look()
            except (OSError, RuntimeError, subprocess.SubprocessError) as fault:
                # No room, no memory: what cannot be started now is tried again.
                reason = (str(fault).splitlines() or [""])[0]
                tell("not started again yet", level=ERROR, reason=reason[:300])

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        stopping.set()
        watcher.join()
        for post in posts:
            post.process.terminate()
        for post in posts:
            post.end()
