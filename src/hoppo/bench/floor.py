"""The floor: what the same bytes cost when they are only parsed and stored, by no rule at all."""

import multiprocessing
import time
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

from lxml import etree
from psycopg import sql

from hoppo.customs.tables import DECLARATIONS, ORDERS, PAYMENTS, WAYBILLS
from hoppo.engine.database import Database, setup_django
from hoppo.engine.inbox import opened
from hoppo.engine.keys import KeyRing, read_master_key
from hoppo.engine.rows import Table

TABLES = (ORDERS, PAYMENTS, WAYBILLS, DECLARATIONS)
AT_ONCE = 40  # messages a commit


def floor(database: Database, most_messages: int, processes: int) -> float:
    """Lists a second that `processes` parse and COPY, committed, of the first messages."""
    with database.connect() as connection:
        for table in TABLES:
            bare = sql.Identifier(f"floor_{table.name}")
            connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(bare))
            connection.execute(
                sql.SQL("CREATE TABLE {} (LIKE {})").format(bare, sql.Identifier(table.name))
            )
    context = multiprocessing.get_context("spawn")
    barrier, queue = context.Barrier(processes), context.Queue()
    workers = [
        context.Process(
            target=_work,
            args=(
                database.url, str(database.key_file), at, processes, most_messages, barrier, queue,
            ),
        )
        for at in range(processes)
    ]  # fmt: skip
    for worker in workers:
        worker.start()
    results = [queue.get() for _ in workers]
    for worker in workers:
        worker.join()
    began, ended = min(one[0] for one in results), max(one[1] for one in results)
    return float(sum(one[2] for one in results) / (ended - began))


def _work(  # noqa: PLR0913 - a process of its own
    url: str, key_file: str, at: int, of: int, most: int, barrier: Barrier, queue: Any
) -> None:
    setup_django(url)
    path = Path(key_file)
    database = Database(url, KeyRing(read_master_key(path)), path)
    with database.connect() as connection:
        found = connection.execute(
            "SELECT id, received_at, body FROM inbox WHERE id <= %s AND id %% %s = %s ORDER BY id",
            [most, of, at],
        ).fetchall()
        bodies = {row[0]: opened(connection, database, row[1], row[2]) for row in found}
        rows: dict[int, list[tuple[Table[Any], list[Any]]]] = {}
        for table in TABLES:
            for row in table.where(
                connection, "WHERE message_id <= %s AND message_id %% %s = %s", [most, of, at]
            ):
                of_message = rows.setdefault(row.message_id, [])
                if not of_message or of_message[-1][0] is not table:
                    of_message.append((table, []))
                of_message[-1][1].append(row)
        connection.commit()
        bare = {table: Table(f"floor_{table.name}", table.row, table.key) for table in TABLES}
        barrier.wait()
        began = time.perf_counter()
        for count, (number, body) in enumerate(bodies.items(), 1):
            for _element in etree.fromstring(body).iter():
                pass
            for table, chunk in rows.get(number, ()):
                bare[table].insert(connection, chunk)
            if count % AT_ONCE == 0:
                connection.commit()
        connection.commit()
        ended = time.perf_counter()
    lists = sum(len(chunk) for of in rows.values() for table, chunk in of if table is DECLARATIONS)
    queue.put((began, ended, lists))
