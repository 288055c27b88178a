"""Worker processes and the embedded server: started, watched, started again when they die."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from hoppo.engine.database import Database
from hoppo.engine.watching import Style, set_up

WATCH_SECONDS = 0.5
END_SECONDS = 10
LOG_VARIABLE = "HOPPO_LOG"
LOG = click.option(
    "--log", "style", type=click.Choice(["text", "json"]), default="text", show_default=True,
    help="How to write events to standard error.",
)  # fmt: skip


def write_log(style: Style) -> None:
    """Write events of this process, and of those it starts, in a style."""
    os.environ[LOG_VARIABLE] = style
    set_up(style)


def work(url: str, key_file: str, style: Style) -> None:
    """One worker process; ends when it is told to or when its parent is gone."""
    from hoppo.engine.database import setup_django  # noqa: PLC0415 - a process of its own
    from hoppo.engine.keys import KeyRing, read_master_key  # noqa: PLC0415
    from hoppo.workers.clearing import Worker  # noqa: PLC0415

    stopping: list[Any] = []
    signal.signal(signal.SIGTERM, lambda *_: stopping.append(True))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    set_up(style)
    setup_django(url)
    path = Path(key_file)
    worker = Worker(Database(url, KeyRing(read_master_key(path)), path))
    worker.run(lambda: bool(stopping) or parent is None or not parent.is_alive())


@contextmanager
def worked(database: Database, workers: int, style: Style = "text") -> Iterator[None]:
    """Worker processes; one that dies is replaced, and so is a killed embedded server."""
    context = multiprocessing.get_context("spawn")
    stopping = threading.Event()

    def start() -> Any:
        process = context.Process(
            target=work, args=(database.url, str(database.key_file), style), daemon=True
        )
        process.start()
        return process

    processes = [start() for _ in range(workers)]

    def watch() -> None:
        while not stopping.wait(WATCH_SECONDS):
            if database.server is not None and database.server.ensure_running():
                click.echo("The embedded PostgreSQL was gone; it is started again.", err=True)
            for at, process in enumerate(processes):
                if not process.is_alive():
                    click.echo(f"A worker ended ({process.exitcode}); starting another.", err=True)
                    processes[at] = start()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        stopping.set()
        watcher.join()
        for process in processes:
            process.terminate()
        for process in processes:
            process.join(END_SECONDS)
