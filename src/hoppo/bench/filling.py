"""A database filled to a size: rows copied many times over by SQL, keys changed, months apart."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import psycopg
from psycopg import sql

from hoppo.engine import months

TABLES = (
    "inbox",
    "reference",
    "purchase_order",
    "payment",
    "waybill",
    "waybill_status",
    "declaration",
    "verdict",
    "limit_account",
    "limit_entry",
    "guarantee_entry",
    "tax_bill",
    "outbox",
)
DAYS_BACK = 150  # the copies lie on this many days before the first ones
AT_ONCE = 50_000  # lists a statement
NUMBERS = frozenset(
    (
        "name",
        "order_no",
        "transaction_no",
        "waybill_no",
        "cop_no",
        "pre_no",
        "list_no",
        "bill_tax_no",
    )
)
COPIED = {
    # A list that still waits would be refused as overdue, one just released be billed again.
    "verdict": "WHERE status IN ('100', '300', '500', '800', '899')",
    "inbox": "WHERE state = 1",
}


def keep_first(connection: psycopg.Connection[Any]) -> int:
    """Put the rows that are to be copied aside; returns how many lists they hold."""
    for name in TABLES:
        connection.execute(
            sql.SQL("CREATE UNLOGGED TABLE {} AS SELECT * FROM {} ").format(
                sql.Identifier(f"first_{name}"), sql.Identifier(name)
            )
            + sql.SQL(COPIED.get(name, ""))
        )
    row = connection.execute(
        "SELECT (SELECT count(*) FROM first_declaration), min(received_at), max(received_at)"
        " FROM first_inbox"
    ).fetchone()
    lists, first, last = row or (0, None, None)
    if first and last:
        month = months.month_of(first - timedelta(days=DAYS_BACK + 1))
        while months.begins(month) <= last:
            months.make(connection, month)
            month = months.after(month)
    connection.commit()
    return int(lists)


def lists_kept(connection: psycopg.Connection[Any]) -> int:
    """How many lists the database holds."""
    row = connection.execute("SELECT count(*) FROM declaration").fetchone()
    connection.commit()
    return int(row[0]) if row else 0


def bytes_kept(connection: psycopg.Connection[Any]) -> int:
    """How many bytes the database takes, without the rows put aside."""
    row = connection.execute(
        "SELECT pg_database_size(current_database())"
        " - coalesce((SELECT sum(pg_total_relation_size(oid)) FROM pg_class"
        "  WHERE relkind = 'r' AND relname LIKE 'first\\_%'), 0)"
    ).fetchone()
    connection.commit()
    return int(row[0]) if row else 0


def fill(
    connection: psycopg.Connection[Any],
    first_lists: int,
    copies: range,
    tell: Callable[[str], None],
) -> None:
    """Write these copies of the first rows; every table as many at a time as do it good."""
    step = max(AT_ONCE // first_lists, 1)
    statements = [_copying(connection, name) for name in TABLES]
    for at in range(copies.start, copies.stop, step):
        last = min(at + step, copies.stop) - 1
        for statement in statements:
            connection.execute(statement, [at, last])
        connection.commit()
        tell(f"  filled: {(last + 1) * first_lists} lists")


def settle(connection: psycopg.Connection[Any]) -> None:
    """Leave nothing of the filling to be done while the clock runs."""
    connection.commit()
    connection.autocommit = True
    connection.execute("VACUUM ANALYZE")
    connection.execute("CHECKPOINT")
    connection.autocommit = False


def _copying(connection: psycopg.Connection[Any], name: str) -> sql.Composed:
    """The statement that writes copies %s to %s of a table's first rows."""
    columns = connection.execute(
        "SELECT column_name, data_type FROM information_schema.columns"
        " WHERE table_schema = current_schema AND table_name = %s AND column_name <> 'id'"
        " ORDER BY ordinal_position",
        [name],
    ).fetchall()
    names = [column for column, _type in columns]
    return sql.SQL(
        "INSERT INTO {} ({}) SELECT {} FROM {} f, generate_series(%s::int8, %s::int8) AS c(copy)"
    ).format(
        sql.Identifier(name),
        sql.SQL(", ").join(map(sql.Identifier, names)),
        sql.SQL(", ").join(_copied(name, column, kind) for column, kind in columns),
        sql.Identifier(f"first_{name}"),
    )


def _copied(table: str, column: str, kind: str) -> sql.Composed:
    """What a column holds in a copy."""
    found = sql.Identifier("f", column)
    if column in NUMBERS:
        return sql.SQL("{} || '.' || copy").format(found)
    if column == "person":
        text = "encode(sha256(convert_to({} || '.' || copy, 'UTF8')), 'hex')"
        return sql.SQL(text).format(found)
    if (table, column) == ("verdict", "status"):
        return sql.SQL("CASE {} WHEN '800' THEN '899' ELSE {} END").format(found, found)
    if kind.startswith("timestamp"):
        days = sql.Literal(DAYS_BACK)
        return sql.SQL("{} - make_interval(days => (copy %% {})::int4 + 1)").format(found, days)
    return sql.Composed([found])


def grown(sizes: Sequence[int], first_lists: int) -> list[range]:
    """The copies that lead from one size to the next."""
    ends = [max(size // first_lists - 1, 0) for size in sizes]
    starts = [0, *ends[:-1]]
    return [range(start + 1, end + 1) for start, end in zip(starts, ends, strict=True)]
