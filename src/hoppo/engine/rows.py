"""Rows in sets: a NamedTuple is the row of its table; COPY writes it, one SELECT reads many.

A word declares its table in `models.py` and the same columns, in any order, as the fields of a
NamedTuple in `values.py`; a test holds the two together.
"""

import json
import types
import typing
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Generic, LiteralString, TypeVar, cast

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb, set_json_loads

PG_TYPES: dict[Any, LiteralString] = {
    str: "text",
    int: "int8",
    bool: "bool",
    bytes: "bytea",
    Decimal: "numeric",
    datetime: "timestamptz",
    date: "date",
}
_encode = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), default=str, check_circular=False
).encode


def _plain(hint: Any) -> Any:
    """Strip `| None` and NewType off an annotation."""
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
        hint = next(part for part in typing.get_args(hint) if part is not type(None))
    return getattr(hint, "__supertype__", hint)


class Json(str):
    """A text that is already JSON."""

    __slots__ = ()


Row = TypeVar("Row", bound=tuple[Any, ...])


class Table(Generic[Row]):
    """Reads and writes one table's rows as NamedTuples of a class."""

    def __init__(self, name: LiteralString, row: type[Row], key: Sequence[str]) -> None:
        """Take the table's name, its row class and the fields of its business key."""
        hints = typing.get_type_hints(row)
        self.name, self.row, self.key = name, row, tuple(key)
        self.columns: tuple[str, ...] = row._fields  # type: ignore[attr-defined]
        plain = [_plain(hints[column]) for column in self.columns]
        self.types: list[LiteralString] = [PG_TYPES.get(hint, "jsonb") for hint in plain]
        self._json_at = tuple(
            (at, _line_class(hint)) for at, hint in enumerate(plain) if hint not in PG_TYPES
        )
        self.key_types = [self.types[self.columns.index(column)] for column in self.key]
        self._columns_sql = sql.SQL(", ").join(map(sql.Identifier, self.columns))
        self._copy = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
            sql.Identifier(name), self._columns_sql
        )

    def insert(self, connection: psycopg.Connection[Any], rows: Iterable[Row]) -> None:
        """COPY rows in; a row whose key is there already raises UniqueViolation."""
        with connection.cursor() as cursor, cursor.copy(self._copy) as copy:
            copy.set_types(self.types)
            for row in rows:
                copy.write_row(self._to_wire(row))

    def replace(self, connection: psycopg.Connection[Any], rows: Sequence[Row]) -> None:
        """Write rows over those of the same key."""
        if rows:
            self.delete(connection, [self.key_of(row) for row in rows])
            self.insert(connection, rows)

    def delete(self, connection: psycopg.Connection[Any], keys: Sequence[tuple[Any, ...]]) -> None:
        """Delete the rows with these keys."""
        statement = sql.SQL("DELETE FROM {} t USING {} WHERE {}").format(
            sql.Identifier(self.name), self._keys_sql(self.key), self._join_sql(self.key)
        )
        connection.execute(statement, self._key_arrays(keys))

    def by_key(
        self,
        connection: psycopg.Connection[Any],
        keys: Iterable[tuple[Any, ...]],
        *,
        on: Sequence[str] = (),
    ) -> list[Row]:
        """Rows whose key (or whose columns `on`) are among these, in one statement."""
        wanted = sorted(set(keys))
        if not wanted:
            return []
        columns = tuple(on) or self.key
        statement = sql.SQL("SELECT {} FROM {} t JOIN {} ON {}").format(
            sql.SQL(", ").join(sql.Identifier("t", column) for column in self.columns),
            sql.Identifier(self.name),
            self._keys_sql(columns),
            self._join_sql(columns),
        )
        cursor = connection.execute(statement, self._key_arrays(wanted))
        return [self.from_wire(row) for row in cursor]

    def where(
        self,
        connection: psycopg.Connection[Any],
        condition: LiteralString,
        parameters: Sequence[Any] = (),
    ) -> list[Row]:
        """Rows under a condition written by the caller."""
        statement = sql.SQL("SELECT {} FROM {} t ").format(
            self._columns_sql, sql.Identifier(self.name)
        ) + sql.SQL(condition)
        return [self.from_wire(row) for row in connection.execute(statement, parameters)]

    def key_of(self, row: Row) -> tuple[Any, ...]:
        """The business key of a row."""
        return tuple(getattr(row, column) for column in self.key)

    def from_wire(self, values: Sequence[Any]) -> Row:
        """A row as psycopg hands it out, with its JSON made values again."""
        found = list(values)
        for at, read in self._json_at:
            found[at] = read(found[at])
        return cast("Row", self.row._make(found))  # type: ignore[attr-defined]

    def _to_wire(self, row: Row) -> Sequence[Any]:
        if not self._json_at:
            return row
        values = list(row)
        for at, _ in self._json_at:
            values[at] = Jsonb(values[at], dumps=_dump)
        return values

    def _keys_sql(self, columns: Sequence[str]) -> sql.Composed:
        arrays = [sql.SQL("%s::" + self._type(column) + "[]") for column in columns]
        names = sql.SQL(", ").join(map(sql.Identifier, columns))
        return sql.SQL("unnest({}) AS k({})").format(sql.SQL(", ").join(arrays), names)

    def _type(self, column: str) -> LiteralString:
        return self.types[self.columns.index(column)]

    @staticmethod
    def _join_sql(columns: Sequence[str]) -> sql.Composed:
        return sql.SQL(" AND ").join(
            sql.SQL("{} = {}").format(sql.Identifier("t", column), sql.Identifier("k", column))
            for column in columns
        )

    @staticmethod
    def _key_arrays(keys: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
        return [list(part) for part in zip(*keys, strict=True)]


def _dump(value: Any) -> str:
    """JSON of plain values; NamedTuple lines become objects, decimals become text."""
    if isinstance(value, Json):
        return value
    if isinstance(value, tuple) and value and hasattr(value[0], "_asdict"):
        return _encode([item._asdict() for item in value])
    return _encode(value)


def _line_class(hint: Any) -> Callable[[Any], Any]:
    """How to read the JSON of an annotation back: lines become NamedTuples, lists tuples."""
    arguments = typing.get_args(hint)
    line = arguments[0] if typing.get_origin(hint) is tuple and arguments else None
    if line is None or not hasattr(line, "_fields"):
        return tuple if typing.get_origin(hint) is tuple else _same
    decimals = [
        name for name, kind in typing.get_type_hints(line).items() if _plain(kind) is Decimal
    ]

    def read(items: list[dict[str, Any]]) -> tuple[Any, ...]:
        for item in items:
            for name in decimals:
                if item[name] is not None:
                    item[name] = Decimal(item[name])
        return tuple(line(**item) for item in items)

    return read


def _same(value: Any) -> Any:
    return value


set_json_loads(json.loads)
