"""`hoppo serve`: the HTTP door and the workers behind it."""

import multiprocessing
import os
import secrets
import signal
from pathlib import Path
from typing import Any

import click
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from hoppo.api.open_database import KEY_FILE_VARIABLE
from hoppo.cli.options import database_options, kept_database
from hoppo.customs.registers import registers_changed, write_setting
from hoppo.engine.address import URL_VARIABLE
from hoppo.engine.database import Database, open_database


def work(url: str, key_file: str) -> None:
    """One worker process; ends when it is told to or when its parent is gone."""
    from hoppo.engine.database import setup_django  # noqa: PLC0415 - a process of its own
    from hoppo.engine.keys import KeyRing, read_master_key  # noqa: PLC0415
    from hoppo.workers.clearing import Worker  # noqa: PLC0415

    stopping: list[Any] = []
    signal.signal(signal.SIGTERM, lambda *_: stopping.append(True))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = os.getppid()
    setup_django(url)
    path = Path(key_file)
    worker = Worker(Database(url, KeyRing(read_master_key(path)), path))
    worker.run(lambda: bool(stopping) or os.getppid() != parent)


def run_server(database: Database, host: str, port: int, workers: int = 1) -> None:
    """Serve until interrupted."""
    os.environ[URL_VARIABLE] = database.url
    os.environ[KEY_FILE_VARIABLE] = str(database.key_file)
    os.environ.setdefault("HOPPO_SECRET_KEY", secrets.token_hex(32))
    context = multiprocessing.get_context("spawn")
    processes = [
        context.Process(target=work, args=(database.url, str(database.key_file)), daemon=True)
        for _ in range(workers)
    ]
    for process in processes:
        process.start()
    click.echo(
        f"Serving on http://{host}:{port}  (POST /ceb/messages, GET /ceb/receipts)", err=True
    )
    try:
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
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.join(10)


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
    with open_database(*kept_database(data, url)) as database:
        with database.connect() as connection:
            write_setting(connection, "sandbox", "Y" if sandbox else "N")
            registers_changed(connection)
        run_server(database, host, port, workers)
