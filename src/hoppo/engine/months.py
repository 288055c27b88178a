"""Tables in months: rows that come without end lie in one partition a month of Beijing.

A month's partition is made before its first row comes, and dropped when its rows lie in an archive.
What is asked for by key is looked for in all of them.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from hoppo.engine.database import CONNECT_SECONDS, Database
from hoppo.values.moments import BEIJING, beijing_day

MONTH_LOCK = 7472
LOCK_SECONDS = 10  # a caller who locked a table himself would wait for himself
# Every table of ours that lies in months, whatever word it belongs to.
MONTHLY = (
    "SELECT c.relname::text FROM pg_partitioned_table p JOIN pg_class c ON c.oid = p.partrelid"
    " WHERE c.relnamespace = current_schema()::regnamespace AND p.partstrat = 'r'"
)


def month_of(moment: datetime) -> date:
    """The first day of the month in Beijing that a moment lies in."""
    return beijing_day(moment).replace(day=1)


def after(month: date) -> date:
    """The first day of the month after."""
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)


def begins(month: date) -> datetime:
    """The moment a month begins."""
    return datetime(month.year, month.month, 1, tzinfo=BEIJING)


def partition(table: str, month: date) -> str:
    """The name of the table that holds a month's rows."""
    return f"{table}_{month:%Y_%m}"


def prepare(database: Database, moment: datetime) -> None:
    """Make sure that rows of a moment have their place."""
    _prepared(database.url, month_of(moment))


def forget() -> None:
    """Forget which months have their place: some were dropped."""
    _prepared.cache_clear()


@lru_cache(maxsize=1024)
def _prepared(url: str, month: date) -> None:
    # On a connection of its own: what the caller's transaction becomes must not matter.
    with psycopg.connect(url, connect_timeout=CONNECT_SECONDS) as connection:
        connection.execute(sql.SQL("SET lock_timeout = {}").format(f"{LOCK_SECONDS}s"))
        make(connection, month)


def make(connection: psycopg.Connection[Any], month: date) -> None:
    """Make the partitions of a month that are missing. The caller commits."""
    connection.execute("SELECT pg_advisory_xact_lock(%s)", [MONTH_LOCK])
    for (table,) in connection.execute(MONTHLY).fetchall():
        _make_one(connection, table, month)


def _make_one(connection: psycopg.Connection[Any], table: str, month: date) -> None:
    name = partition(table, month)
    if connection.execute("SELECT to_regclass(%s)", [name]).fetchone() != (None,):
        return
    # Made first and attached then: attaching lets everybody else go on reading and writing.
    connection.execute(
        sql.SQL("CREATE TABLE {} (LIKE {} INCLUDING DEFAULTS INCLUDING STORAGE)").format(
            sql.Identifier(name), sql.Identifier(table)
        )
    )
    connection.execute(
        sql.SQL("ALTER TABLE {} ATTACH PARTITION {} FOR VALUES FROM ({}) TO ({})").format(
            sql.Identifier(table),
            sql.Identifier(name),
            sql.Literal(begins(month).isoformat()),
            sql.Literal(begins(after(month)).isoformat()),
        )
    )


def months(connection: psycopg.Connection[Any]) -> list[date]:
    """The months that have partitions, oldest first."""
    rows = connection.execute(
        "SELECT DISTINCT right(c.relname, 7) FROM pg_inherits i"
        " JOIN pg_class c ON c.oid = i.inhrelid AND c.relkind = 'r'"
        " JOIN pg_partitioned_table p ON p.partrelid = i.inhparent AND p.partstrat = 'r'"
    ).fetchall()
    return sorted(date(int(name[:4]), int(name[5:]), 1) for (name,) in rows)


def lay_in_months(
    connection: psycopg.Connection[Any],
    table: LiteralString,
    key: Sequence[LiteralString],
    column: LiteralString,
    indexes: Sequence[LiteralString] = (),
) -> None:
    """Turn a table, with all that is in it, into one that lies in months; for a migration.

    `key` gets `column`, the moment that decides the month, added; `indexes` are whole statements.
    A column `id` counts on in a sequence of the table's own.
    """

    def run(statement: LiteralString) -> psycopg.Cursor[Any]:
        names = {name: sql.Identifier(name) for name in (table, column)}
        return connection.execute(
            sql.SQL(statement).format(
                names[table],
                before=sql.Identifier(f"{table}_before"),
                column=names[column],
                number=sql.Identifier(f"{table}_number"),
                key=sql.SQL(", ").join(map(sql.Identifier, dict.fromkeys((*key, column)))),
            )
        )

    run("ALTER TABLE {} RENAME TO {before}")
    run(
        "CREATE TABLE {} (LIKE {before} INCLUDING DEFAULTS INCLUDING STORAGE)"
        " PARTITION BY RANGE ({column})"
    )
    found = run("SELECT DISTINCT {column} FROM {before}").fetchall()
    for month in sorted({month_of(moment) for (moment,) in found}):
        _make_one(connection, table, month)
    run("INSERT INTO {} SELECT * FROM {before}")
    run("DROP TABLE {before}")
    if "id" in key:
        run("CREATE SEQUENCE {number} OWNED BY {}.id")
        run(f"ALTER TABLE {{}} ALTER id SET DEFAULT nextval('{table}_number')")
        run(f"SELECT setval('{table}_number', max(id)) FROM {{}}")  # noqa: S608 - ours
    run("ALTER TABLE {} ADD PRIMARY KEY ({key})")
    for statement in indexes:
        connection.execute(statement)


def laying_in_months(
    *tables: tuple[LiteralString, Sequence[LiteralString], LiteralString, Sequence[LiteralString]],
) -> Callable[[Any, Any], None]:
    """A migration's step that does so: each table with its key, its moment and its indexes."""

    def step(_apps: Any, editor: Any) -> None:
        editor.connection.ensure_connection()
        for table in tables:
            lay_in_months(editor.connection.connection, *table)

    return step
