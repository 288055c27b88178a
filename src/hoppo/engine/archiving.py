"""Old months as Parquet files: written, read back and compared, and only then dropped.

An archive is a folder with a folder a month, in it a file a table and `manifest.json`. The files
are plain: any program that reads Parquet reads them. What is personal in them is encrypted as it
was.
"""

import hashlib
import itertools
import json
import os
import shutil
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, LiteralString, NamedTuple

import orjson
import psycopg
from psycopg import sql

from hoppo.engine import months

if TYPE_CHECKING:
    import duckdb

MANIFEST = "manifest.json"
AT_ONCE = 2000
ROW_GROUP = 20_480  # rows that are read together
MOST_LINE, MOST_MEMORY = 512 * 1024 * 1024, "1GB"
LOCK_SECONDS, TRIES = 2, 30
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# How a column's type is called in PostgreSQL and in Parquet; what is not here is kept as its text.
KINDS = {
    "bigint": "BIGINT",
    "integer": "INTEGER",
    "smallint": "SMALLINT",
    "boolean": "BOOLEAN",
    "bytea": "BLOB",
    "numeric(34,5)": "DECIMAL(34,5)",
    "timestamp with time zone": "TIMESTAMPTZ",
    "date": "DATE",
}


class ArchiveError(Exception):
    """A month could not be archived or read; the text says why and what to do."""


class Column(NamedTuple):
    """A column: its name and how PostgreSQL calls its type."""

    name: str
    type: str


class Archived(NamedTuple):
    """A table's part of a month: its file, rows, bytes and SHA-256."""

    file: str
    rows: int
    size: int
    sha256: str


def archive_month(
    connection: psycopg.Connection[Any],
    month: date,
    folder: Path,
    now: datetime,
    unfinished: Callable[[psycopg.Connection[Any], date], Sequence[str]],
) -> dict[str, Archived]:
    """Move one month into an archive: write, read back, compare, drop, commit.

    `unfinished` says what keeps it, once nobody can add to it. Nothing can change the month
    meanwhile. Raises ArchiveError; then nothing was dropped.
    """
    target, made = folder / f"{month:%Y-%m}", folder / f".{month:%Y-%m}.unfinished"
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    names = sorted(table for (table,) in connection.execute(months.MONTHLY).fetchall())
    parts = {table: months.partition(table, month) for table in names}
    parts = {table: part for table, part in parts.items() if _is_there(connection, part)}
    try:
        _lock(connection, list(parts.values()), "SHARE ROW EXCLUSIVE")
        _refuse(unfinished(connection, month))
        done = {}
        for table, part in parts.items():
            file = made / f"{table}.parquet"
            done[table] = _write(connection, part, file)
            _compare(connection, part, file)
        _write_manifest(connection, month, made, done, now)
        for file in (*made.iterdir(), made):
            _to_disk(file)
        shutil.rmtree(target, ignore_errors=True)
        made.rename(target)
        _to_disk(folder)
        _lock(connection, list(parts), "ACCESS EXCLUSIVE")
        for part in parts.values():
            connection.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(part)))
        connection.commit()
        months.forget()
    except Exception as fault:
        connection.rollback()
        said = (str(fault).splitlines() or [""])[0].rstrip(".")
        message = f"{month:%Y-%m}: {said}. Nothing was dropped."
        raise ArchiveError(message) from fault
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return done


def _refuse(unfinished: Sequence[str]) -> None:
    if unfinished:
        raise ArchiveError(" and ".join(unfinished))


def _to_disk(path: Path) -> None:
    """Have a file or a folder on the disk before its rows are dropped: the power may go."""
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _is_there(connection: psycopg.Connection[Any], table: str) -> bool:
    return connection.execute("SELECT to_regclass(%s)", [table]).fetchone() != (None,)


def _lock(connection: psycopg.Connection[Any], tables: Sequence[str], mode: LiteralString) -> None:
    """Lock tables all together, without making those who work wait long for us."""
    names = sql.SQL(", ").join(map(sql.Identifier, tables))
    statement = sql.SQL("LOCK TABLE {} IN {} MODE").format(names, sql.SQL(mode))
    connection.execute(sql.SQL("SET LOCAL lock_timeout = {}").format(f"{LOCK_SECONDS}s"))
    for tried in range(TRIES):
        connection.execute("SAVEPOINT locking")
        try:
            connection.execute(statement)
        except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected):
            connection.execute("ROLLBACK TO SAVEPOINT locking")
            if tried == TRIES - 1:
                raise
            time.sleep(LOCK_SECONDS)
        else:
            return


def columns_of(connection: psycopg.Connection[Any], table: str) -> list[Column]:
    """A table's columns, in their order."""
    rows = connection.execute(
        "SELECT attname::text, format_type(atttypid, atttypmod) FROM pg_attribute"
        " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
        [table],
    )
    return [Column(*row) for row in rows.fetchall()]


def _in_order(connection: psycopg.Connection[Any], table: str) -> sql.Composed:
    """The order of rows in a file: that of the primary key, by the bytes of its texts."""
    rows = connection.execute(
        "SELECT a.attname::text, a.attcollation <> 0 FROM pg_index i"
        " CROSS JOIN unnest(i.indkey) WITH ORDINALITY AS k(number, at)"
        " JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number"
        " WHERE i.indrelid = %s::regclass AND i.indisprimary ORDER BY k.at",
        [table],
    ).fetchall()
    return sql.SQL(", ").join(
        sql.SQL('{} COLLATE "C"' if is_text else "{}").format(sql.Identifier(name))
        for name, is_text in rows
    )


def _write(connection: psycopg.Connection[Any], table: str, file: Path) -> Archived:
    """Write a table's rows to a Parquet file."""
    columns = columns_of(connection, table)
    text = file.with_suffix(".csv")
    statement = sql.SQL("COPY (SELECT {} FROM {} ORDER BY {}) TO STDOUT (FORMAT csv)").format(
        sql.SQL(", ").join(sql.Identifier(one.name) for one in columns),
        sql.Identifier(table),
        _in_order(connection, table),
    )
    with text.open("wb") as out, connection.cursor() as cursor, cursor.copy(statement) as copy:
        for block in copy:
            out.write(block)
    said = {one.name: "VARCHAR" if one.type == "bytea" else _kind(one) for one in columns}
    values = ", ".join(
        f'unhex(substr("{one.name}", 3)) AS "{one.name}"'
        if one.type == "bytea"
        else f'"{one.name}"'
        for one in columns
    )
    source = (
        f"read_csv({_quoted(text)}, columns = {said!r}, header = false, auto_detect = false,"
        f" quote = '\"', escape = '\"', nullstr = '', allow_quoted_nulls = false,"
        f" max_line_size = {MOST_LINE}, parallel = false)"
    )
    options = f"FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP}"
    with closing(_duck()) as duck:
        rows = duck.execute(
            f"COPY (SELECT {values} FROM {source}) TO {_quoted(file)} ({options})"  # noqa: S608 - our own names
        ).fetchone()
    text.unlink()
    return _seen(file, int(rows[0]) if rows else 0)


def _seen(file: Path, rows: int) -> Archived:
    with file.open("rb") as data:
        digest = hashlib.file_digest(data, "sha256").hexdigest()
    return Archived(file.name, rows, file.stat().st_size, digest)


def _kind(column: Column) -> str:
    return KINDS.get(column.type, "VARCHAR")


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _duck() -> "duckdb.DuckDBPyConnection":
    # Only who reads or writes archives pays for it.
    import duckdb  # noqa: PLC0415

    # One thread: rows stay in their order, and the house goes on beside.
    return duckdb.connect(":memory:", config={"threads": 1, "memory_limit": MOST_MEMORY})


def _compare(connection: psycopg.Connection[Any], table: str, file: Path) -> None:
    """Read a file back, row by row beside the table's own; raises ArchiveError if they differ."""
    columns = columns_of(connection, table)
    shown = sql.SQL(", ").join(
        sql.SQL("{}" if one.type in KINDS else "{}::text").format(sql.Identifier(one.name))
        for one in columns
    )
    with connection.cursor(name="archive") as cursor:
        cursor.execute(
            sql.SQL("SELECT {} FROM {} ORDER BY {}").format(
                shown, sql.Identifier(table), _in_order(connection, table)
            )
        )
        back = _rows(columns, f"FROM {_quoted(file)}", [])
        for at, (kept, read) in enumerate(itertools.zip_longest(cursor, back), 1):
            if kept is None or read is None or tuple(kept) != read:
                message = f"{file.name}: row {at} reads otherwise than it was written"
                raise ArchiveError(message)


def _rows(columns: Sequence[Column], what: str, values: list[Any]) -> Iterator[tuple[Any, ...]]:
    """Rows of Parquet files as PostgreSQL would hand them out, JSON and arrays as text."""
    names = ", ".join(
        f'epoch_us("{one.name}")' if _kind(one) == "TIMESTAMPTZ" else f'"{one.name}"'
        for one in columns
    )
    moments = [at for at, one in enumerate(columns) if _kind(one) == "TIMESTAMPTZ"]
    with closing(_duck()) as duck:
        found = duck.execute(f"SELECT {names} {what}", values)
        while rows := found.fetchmany(AT_ONCE):
            for row in rows:
                read = list(row)
                for at in moments:
                    if read[at] is not None:
                        read[at] = EPOCH + timedelta(microseconds=read[at])
                yield tuple(read)


def _write_manifest(
    connection: psycopg.Connection[Any],
    month: date,
    made: Path,
    done: dict[str, Archived],
    now: datetime,
) -> None:
    told = {
        "month": f"{month:%Y-%m}",
        "made_at": now.isoformat(),
        "tables": {
            table: {
                **one._asdict(),
                "columns": {column.name: column.type for column in columns_of(connection, table)},
            }
            for table, one in done.items()
        },
    }
    (made / MANIFEST).write_text(json.dumps(told, indent=1), "utf-8")


class Archive:
    """An archive that is read."""

    def __init__(self, folder: Path) -> None:
        """Look at its months. Raises ArchiveError where there are none, or a file is not whole."""
        self.folder = folder
        self.months: dict[date, dict[str, Any]] = {}
        for path in sorted(folder.glob(f"[0-9]*-[0-9]*/{MANIFEST}")):
            told = json.loads(path.read_text("utf-8"))
            for table in told["tables"].values():
                file = path.parent / table["file"]
                if not file.is_file() or file.stat().st_size != table["size"]:
                    message = f"{file} is not the file that the manifest beside it names"
                    raise ArchiveError(message)
            self.months[date.fromisoformat(told["month"] + "-01")] = told["tables"]
        self.tables = {table for tables in self.months.values() for table in tables}
        if not self.months:
            message = f"{folder} holds no archived month; `hoppo archive` makes them"
            raise ArchiveError(message)

    def rows(
        self, table: str, names: Sequence[str], where: Mapping[str, Collection[Any]] | None = None
    ) -> Iterator[tuple[Any, ...]]:
        """Rows of all months in the order of their keys, as PostgreSQL hands them out.

        `where` names columns and the values wanted, all of them together.
        """
        wanted = where or {}
        for month, tables in self.months.items():
            if table not in tables:
                continue
            types = tables[table]["columns"]
            columns = [Column(name, types[name]) for name in names]
            file = self.folder / f"{month:%Y-%m}" / tables[table]["file"]
            conditions = [f'"{name}" IN (SELECT unnest(?))' for name in wanted]
            what = f"FROM {_quoted(file)} WHERE {' AND '.join(conditions or ['true'])}"
            json_at = [at for at, one in enumerate(columns) if one.type == "jsonb"]
            for row in _rows(columns, what, [sorted(values) for values in wanted.values()]):
                read = list(row)
                for at in json_at:
                    read[at] = None if read[at] is None else orjson.loads(read[at])
                yield tuple(read)

    def bring_back(self, connection: psycopg.Connection[Any], month: date) -> dict[str, int]:
        """Put a month's rows into the database again; the archive stays. The caller commits.

        Raises ArchiveError when the month is not in it or the database has rows of it.
        """
        if month not in self.months:
            there = ", ".join(f"{one:%Y-%m}" for one in self.months)
            message = f"{month:%Y-%m} is not in {self.folder}; there are {there}"
            raise ArchiveError(message)
        months.make(connection, month)
        done = {}
        for table, told in self.months[month].items():
            part = months.partition(table, month)
            if connection.execute(
                sql.SQL("SELECT 1 FROM {} LIMIT 1").format(sql.Identifier(part))
            ).fetchone():
                message = f"{part} has rows already; a month is brought back whole or not at all"
                raise ArchiveError(message)
            columns = [Column(*item) for item in told["columns"].items()]
            file = self.folder / f"{month:%Y-%m}" / told["file"]
            if _seen(file, told["rows"]).sha256 != told["sha256"]:
                message = f"{file} was changed: its SHA-256 is not the manifest's"
                raise ArchiveError(message)
            done[table] = _copy_back(connection, part, columns, file)
        return done


def _copy_back(
    connection: psycopg.Connection[Any], table: str, columns: Sequence[Column], file: Path
) -> int:
    count = 0
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(sql.Identifier(one.name) for one in columns)
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in _rows(columns, f"FROM {_quoted(file)}", []):
            copy.write_row(row)
            count += 1
    return count
