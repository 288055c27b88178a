"""Which locks a batch needs: one for each order and each number that its records may touch.

Two batches that hold parts of one purchase must see each other, or neither would find the set
complete. A batch tries its locks and waits for none: a message whose keys are in another batch's
hands is left for the next batch. So batches never wait for each other here, and nothing deadlocks.
"""

from collections.abc import Iterable
from typing import Any

import psycopg

from hoppo.customs.reading import Incoming
from hoppo.customs.references import names_of, order_name


def lock_names(record: Incoming) -> set[str]:
    """The names of the locks that a record needs by what stands in it."""
    names = names_of(record)
    if record.kind != "waybill_status":
        names.add(order_name(record.head["order_no"]))
    return names


def try_locks(connection: psycopg.Connection[Any], names: Iterable[str]) -> set[str]:
    """Take the locks that are free, until the transaction ends; returns the names that are not."""
    rows = connection.execute(
        "SELECT k.name FROM unnest(%s::text[]) AS k(name)"
        " WHERE NOT pg_try_advisory_xact_lock(hashtextextended(k.name, 0))",
        [sorted(set(names))],
    )
    return {name for (name,) in rows}


def wait_for_locks(connection: psycopg.Connection[Any], names: Iterable[str]) -> None:
    """Take all the locks, in one order for everybody who waits."""
    connection.execute(
        "SELECT pg_advisory_xact_lock(h) FROM (SELECT DISTINCT hashtextextended(n, 0) AS h"
        " FROM unnest(%s::text[]) AS n ORDER BY h) AS locks",
        [sorted(set(names))],
    )
