# ruff: noqa: INP001 - a script, run by itself
"""The plain peer: what a capable team writes first, to compare with.

One Django ORM transaction a document; the set is completed by whichever document comes last; checks
are made by query; the person's year is a row taken with SELECT FOR UPDATE. It checks signatures,
matches, a dozen of the rules, the limits and the tax, and writes a receipt row a state. It does not
encrypt, keeps no trail and explains nothing.

    python bench/peer.py DATABASE_URL FOLDER PROCESSES SECONDS

works the messages of a folder and prints the lists a second that reached a final state. It is meant
to come to the folder's end; after SECONDS it stops where it is.
"""

import multiprocessing
import sys
import time
from pathlib import Path
from typing import Any

import django
import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connections

from hoppo.engine.address import database_settings

DATABASE = "hoppo_peer"


def setup(url: str) -> None:
    """Configure Django on the peer's own database."""
    settings.configure(
        DATABASES={"default": {**database_settings(url), "NAME": DATABASE}},
        INSTALLED_APPS=["plain"],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
    )
    django.setup()


def work(url: str, paths: list[Path], seconds: float, barrier: Any, queue: Any) -> None:
    """One process of the peer; answers when it began and ended, and its lists."""
    setup(url)
    from plain.clearing import Peer  # noqa: PLC0415 - Django must be set up first

    peer = Peer()
    final = 0
    barrier.wait()
    began = time.perf_counter()
    for path in paths:
        if time.perf_counter() - began > seconds:
            break
        final += peer.take(path.read_bytes())
    queue.put((began, time.perf_counter(), final))


def main(url: str, folder: str, processes: str, seconds: str) -> None:
    """Make the tables, run the processes, print the rate."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {DATABASE}")
        connection.execute(f"CREATE DATABASE {DATABASE}")
    setup(url)
    call_command("migrate", run_syncdb=True, verbosity=0)
    connections.close_all()
    paths, count = sorted(Path(folder).iterdir()), int(processes)
    context = multiprocessing.get_context("spawn")
    barrier, queue = context.Barrier(count), context.Queue()
    workers = [
        context.Process(
            target=work, args=(url, paths[at::count], float(seconds), barrier, queue), daemon=True
        )
        for at in range(count)
    ]
    for worker in workers:
        worker.start()
    done = [queue.get() for _ in workers]
    for worker in workers:
        worker.join()
    took = max(ended for _began, ended, _final in done) - min(began for began, *_ in done)
    sys.stdout.write(f"{sum(final for *_, final in done) / took}\n")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {DATABASE}")


if __name__ == "__main__":
    main(*sys.argv[1:])
