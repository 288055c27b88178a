"""Rows in sets: a NamedTuple is the row of its table; COPY writes it, one SELECT reads many.

A word declares its table in `models.py` and the same columns, in any order, as the fields of a
NamedTuple in `values.py`; a test holds the two together.
"""

import struct
import types
import typing
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from operator import attrgetter
from typing import Any, Generic, LiteralString, TypeVar, cast

import orjson
import psycopg
from psycopg import sql
from psycopg.types.json import set_json_loads

RECORD_MARK, UNIT_MARK = "\x1e", "\x1f"
MARKS = frozenset((RECORD_MARK, UNIT_MARK))
_POSTGRES_MOMENT = datetime(2000, 1, 1, tzinfo=UTC)
_POSTGRES_DAY = date(2000, 1, 1).toordinal()
_MICROSECOND = timedelta(microseconds=1)
_LONG, _INTEGER = struct.Struct("!q"), struct.Struct("!i")
PG_TYPES: dict[Any, LiteralString] = {
    str: "text",
    int: "int8",
    bool: "bool",
    bytes: "bytea",
    Decimal: "numeric",
    datetime: "timestamptz",
    date: "date",
}


def _plain(hint: Any) -> Any:
    """Strip `| None` and NewType off an annotation."""
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
        hint = next(part for part in typing.get_args(hint) if part is not type(None))
    return getattr(hint, "__supertype__", hint)


def _pack_json(value: Any) -> bytes:
    """JSON of plain values; NamedTuple lines become objects, decimals become text."""
    if isinstance(value, tuple) and value and hasattr(value[0], "_asdict"):
        value = [item._asdict() for item in value]
    return b"\x01" + orjson.dumps(value, default=str)


@lru_cache(maxsize=4096)
def _pack_moment(moment: datetime) -> bytes:
    return _LONG.pack((moment - _POSTGRES_MOMENT) // _MICROSECOND)


@lru_cache(maxsize=1024)
def _pack_day(day: date) -> bytes:
    return _INTEGER.pack(day.toordinal() - _POSTGRES_DAY)


# psycopg packs these in Python, value by value; in a batch most moments and days are the same.
PACKERS: dict[str, Callable[[Any], bytes]] = {
    "jsonb": _pack_json,
    "timestamptz": _pack_moment,
    "date": _pack_day,
}
Row = TypeVar("Row", bound=tuple[Any, ...])


class Table(Generic[Row]):
    """Reads and writes one table's rows as NamedTuples of a class."""

    def __init__(
        self, name: LiteralString, row: type[Row], key: Sequence[str], *, within: Sequence[str] = ()
    ) -> None:
        """Take the table's name, its row class and the fields, two or more, of its business key.

        `within` are the fields that say where a row lies: on which machine, in which month.
        """
        hints = typing.get_type_hints(row)
        self.name, self.row, self.key = name, row, tuple(key)
        self.place = tuple(dict.fromkeys((*within, *key)))
        self.columns: tuple[str, ...] = row._fields  # type: ignore[attr-defined]
        plain = [_plain(hints[column]) for column in self.columns]
        self.types: list[LiteralString] = [PG_TYPES.get(hint, "jsonb") for hint in plain]
        self._json_at = tuple(
            (at, _line_class(hint)) for at, hint in enumerate(plain) if hint not in PG_TYPES
        )
        self._selects: dict[tuple[str, ...], sql.Composed] = {}
        self._key_of: Callable[[Row], tuple[Any, ...]] = attrgetter(*self.key)
        self._place_of: Callable[[Row], tuple[Any, ...]] = attrgetter(*self.place)
        self._columns_sql = sql.SQL(", ").join(map(sql.Identifier, self.columns))
        self._packed_at = tuple(
            (at, PACKERS[pg_type]) for at, pg_type in enumerate(self.types) if pg_type in PACKERS
        )
        self._copy_types = ["bytea" if name in PACKERS else name for name in self.types]
        self._copy = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
            sql.Identifier(name), self._columns_sql
        )

    def insert(self, connection: psycopg.Connection[Any], rows: Iterable[Row]) -> None:
        """COPY rows in; a row whose key is there already raises UniqueViolation."""
        with connection.cursor() as cursor, cursor.copy(self._copy) as copy:
            copy.set_types(self._copy_types)
            for row in rows:
                copy.write_row(self._to_wire(row))

    def delete(self, connection: psycopg.Connection[Any], rows: Sequence[Row]) -> None:
        """Delete these rows, looked for where they lie."""
        statement = sql.SQL("DELETE FROM {} t USING {} WHERE {}").format(
            sql.Identifier(self.name), self._keys_sql(self.place), self._join_sql(self.place)
        )
        connection.execute(statement, self._key_arrays([self._place_of(row) for row in rows]))

    def by_key(
        self,
        connection: psycopg.Connection[Any],
        keys: Iterable[tuple[Any, ...]],
        *,
        on: Sequence[str] = (),
    ) -> list[Row]:
        """Rows whose key (or whose columns `on`) are among these, in one statement."""
        wanted = set(keys)
        if not wanted:
            return []
        columns = tuple(on) or self.key
        found = connection.execute(self._by_key_sql(columns), [_joined(wanted, len(columns))])
        return [self.from_wire(row) for row in found.fetchall()]

    def _by_key_sql(self, columns: tuple[str, ...]) -> sql.Composed:
        """Select by keys that come as one text: an array of arrays costs far more to send."""
        if columns not in self._selects:
            if any(self._type(column) != "text" for column in columns):
                message = f"{self.name}: only texts are looked up by key"
                raise TypeError(message)
            parts = sql.SQL(", ").join(
                sql.SQL("split_part(j, E'\\x1f', {}) AS {}").format(
                    sql.Literal(at), sql.Identifier(column)
                )
                for at, column in enumerate(columns, 1)
            )
            self._selects[columns] = sql.SQL(
                "SELECT {} FROM {} t JOIN (SELECT {} FROM"
                " unnest(string_to_array(%s, E'\\x1e')) AS j) k ON {}"
            ).format(
                sql.SQL(", ").join(sql.Identifier("t", column) for column in self.columns),
                sql.Identifier(self.name),
                parts,
                self._join_sql(columns),
            )
        return self._selects[columns]

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
        return self._key_of(row)

    def from_wire(self, values: Sequence[Any]) -> Row:
        """A row as psycopg hands it out, with its JSON made values again."""
        found = list(values)
        for at, read in self._json_at:
            found[at] = read(found[at])
        return cast("Row", self.row._make(found))  # type: ignore[attr-defined]

    def _to_wire(self, row: Row) -> Sequence[Any]:
        values = list(row)
        for at, pack in self._packed_at:
            value = values[at]
            values[at] = None if value is None and pack is not _pack_json else pack(value)
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


def _joined(keys: Collection[tuple[str, ...]], size: int) -> str:
    """Keys of texts as one text. The two separators stand in no XML and in no printable text."""
    if not keys:
        return ""
    text = RECORD_MARK.join(map(UNIT_MARK.join, keys))
    count = text.count(RECORD_MARK) + 1
    if text.count(UNIT_MARK) != count * (size - 1):
        # A key with a control character was typed by hand; no row has such a key.
        return _joined({key for key in keys if MARKS.isdisjoint("".join(key))}, size)
    return text


def _same(value: Any) -> Any:
    return value


set_json_loads(orjson.loads)
