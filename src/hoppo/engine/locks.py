"""Locks by name, held until the transaction ends.

They are the server's own: whoever works on one database, over whichever machines its rows are
spread, connects to one server and meets the others here.
"""

from collections.abc import Iterable
from typing import Any

import psycopg


def try_locks(connection: psycopg.Connection[Any], names: Iterable[str]) -> set[str]:
    """Take the locks that are free; returns the names that are not."""
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
