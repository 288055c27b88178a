"""`hoppo serve`: the HTTP door and the workers behind it."""

import multiprocessing
import os
import secrets
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from hoppo.api.open_database import KEY_FILE_VARIABLE
from hoppo.cli.options import database_options, end_cleanly_when_told, kept_database
from hoppo.cli.registering import unusable
from hoppo.customs.registers import registers_changed, write_setting
from hoppo.engine.address import URL_VARIABLE
from hoppo.engine.database import Database, open_database

WATCH_SECONDS = 1.0


def work(url: str, key_file: str) -> None:
    """One worker process; ends when it is told to or when its parent is gone."""
    from hoppo.engine.database import setup_django  # noqa: PLC0415 - a process of its own
    from hoppo.engine.keys import KeyRing, read_master_key  # noqa: PLC0415
    from hoppo.workers.clearing import Worker  # noqa: PLC0415

    stopping: list[Any] = []
    signal.signal(signal.SIGTERM, lambda *_: stopping.append(True))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    setup_django(url)
    path = Path(key_file)
    worker = Worker(Database(url, KeyRing(read_master_key(path)), path))
    worker.run(lambda: bool(stopping) or parent is None or not parent.is_alive())


def check_free(host: str, port: int) -> None:
    """Refuse an address that cannot be served or is served already.

    The server binds in a way that lets another process share its port without a word.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as fault:
        raise unusable(
            f"{host}:{port} cannot be served: {fault.strerror or fault}; choose --host and --port"
        ) from fault


@contextmanager
def worked(database: Database, workers: int) -> Iterator[None]:
    """Worker processes beside the door; one that dies is replaced."""
    context = multiprocessing.get_context("spawn")
    stopping = threading.Event()

    def start() -> Any:
        process = context.Process(
            target=work, args=(database.url, str(database.key_file)), daemon=True
        )
        process.start()
        return process

    processes = [start() for _ in range(workers)]

    def watch() -> None:
        while not stopping.wait(WATCH_SECONDS):
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
            process.join(10)


def run_server(database: Database, host: str, port: int, workers: int = 1) -> None:
    """Serve until interrupted."""
    os.environ[URL_VARIABLE] = database.url
    os.environ[KEY_FILE_VARIABLE] = str(database.key_file)
    os.environ.setdefault("HOPPO_SECRET_KEY", secrets.token_hex(32))
    click.echo(
        f"Serving on http://{host}:{port}  (POST /ceb/messages, GET /ceb/receipts)", err=True
    )
    with worked(database, workers):
        Granian(
            "hoppo.api.wsgi:application",
            address=host,
            port=port,
            interface=Interfaces.WSGI,
            workers=1,
            blocking_threads=8,
            log_access=False,
            log_level=LogLevels.error,
        ).serve()


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64))
@click.option(
    "--sandbox", is_flag=True, help="Register unknown enterprises, accept unsigned messages."
)
@database_options
def serve(
    host: str, port: int, workers: int, data: Path | None, url: str | None, *, sandbox: bool
) -> None:
    """Take messages over HTTP, clear them, hand out receipts."""
    end_cleanly_when_told()
    check_free(host, port)
    with open_database(*kept_database(data, url)) as database:
        with database.connect() as connection:
            write_setting(connection, "sandbox", "Y" if sandbox else "N")
            registers_changed(connection)
        run_server(database, host, port, workers)
