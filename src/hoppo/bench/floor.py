"""The floor: what the same bytes cost when they are only parsed and stored, by no rule at all."""

import multiprocessing
import time
from collections.abc import Sequence
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from lxml import etree
from psycopg import sql

from hoppo.customs.tables import DECLARATIONS, ORDERS, PAYMENTS, WAYBILLS
from hoppo.engine.database import Database, setup_django
from hoppo.engine.inbox import opened
from hoppo.engine.keys import KeyRing, read_master_key
from hoppo.engine.rows import Table

TABLES = (ORDERS, PAYMENTS, WAYBILLS, DECLARATIONS)
AT_ONCE = 40  # messages a commit
ROUNDS = 3
MOST_SECONDS = 600


def floor(database: Database, most_messages: int, processes: int) -> float:
    """Lists a second that `processes` parse and COPY, committed, of the first messages.

    The best of a few rounds: what the machine can do.
    """
    with database.connect() as connection:
        for table in TABLES:
            bare = sql.Identifier(f"floor_{table.name}")
            connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(bare))
            connection.execute(
                sql.SQL("CREATE TABLE {} (LIKE {})").format(bare, sql.Identifier(table.name))
            )
    context = multiprocessing.get_context("spawn")
    barrier, queue = context.Barrier(processes), context.Queue()
    share = [(at, processes, most_messages) for at in range(processes)]
    workers = [
        context.Process(
            target=_work,
            args=(database.url, str(database.key_file), one, barrier, queue),
            daemon=True,
        )
        for one in share
    ]
    for worker in workers:
        worker.start()
    done: list[list[Round]] = [queue.get(timeout=MOST_SECONDS) for _ in workers]
    for worker in workers:
        worker.join()
    return max(_rate(together) for together in zip(*done, strict=True))


class Round(NamedTuple):
    """One process's part of a round."""

    began: float
    ended: float
    lists: int


def _rate(together: Sequence[Round]) -> float:
    """Lists a second of processes side by side."""
    began, ended = min(one.began for one in together), max(one.ended for one in together)
    return sum(one.lists for one in together) / (ended - began)


def _work(
    url: str, key_file: str, share: tuple[int, int, int], barrier: Barrier, queue: Any
) -> None:
    setup_django(url)
    path = Path(key_file)
    database = Database(url, KeyRing(read_master_key(path)), path)
    at, of, most = share
    with database.connect() as connection:
        bodies, rows = _bytes_and_rows(connection, database, at, of, most)
        lists = sum(
            len(chunk) for of in rows.values() for table, chunk in of if table is DECLARATIONS
        )
        rounds = []
        for _ in range(ROUNDS):
            barrier.wait(MOST_SECONDS)
            began = time.perf_counter()
            _parse_and_copy(connection, bodies, rows)
            rounds.append(Round(began, time.perf_counter(), lists))
            barrier.wait(MOST_SECONDS)
            if at == 0:
                for table in TABLES:
                    bare = sql.Identifier(f"floor_{table.name}")
                    connection.execute(sql.SQL("TRUNCATE {}").format(bare))
                connection.commit()
    queue.put(rounds)


Rows = dict[int, list[tuple[Table[Any], list[Any]]]]


def _bytes_and_rows(
    connection: psycopg.Connection[Any], database: Database, at: int, of: int, most: int
) -> tuple[dict[int, bytes], Rows]:
    """A process's messages, and the rows that were made of each."""
    found = connection.execute(
        "SELECT id, received_at, body FROM inbox WHERE id <= %s AND id %% %s = %s ORDER BY id",
        [most, of, at],
    ).fetchall()
    bodies = {row[0]: opened(connection, database, row[1], row[2]) for row in found}
    rows: Rows = {}
    for table in TABLES:
        for row in table.where(
            connection, "WHERE message_id <= %s AND message_id %% %s = %s", [most, of, at]
        ):
            of_message = rows.setdefault(row.message_id, [])
            if not of_message or of_message[-1][0] is not table:
                of_message.append((table, []))
            of_message[-1][1].append(row)
    connection.commit()
    return bodies, rows


def _parse_and_copy(
    connection: psycopg.Connection[Any], bodies: dict[int, bytes], rows: Rows
) -> None:
    bare = {table: Table[Any](f"floor_{table.name}", table.row, table.key) for table in TABLES}
    for count, (number, body) in enumerate(bodies.items(), 1):
        for _element in etree.fromstring(body).iter():
            pass
        for table, chunk in rows.get(number, ()):
            bare[table].insert(connection, chunk)
        if count % AT_ONCE == 0:
            connection.commit()
    connection.commit()
