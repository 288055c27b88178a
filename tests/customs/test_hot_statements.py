"""Every statement of the hot path names the column by which its tables are spread over machines.

There is no cluster here, so the statements themselves are looked at: what workers really send while
they clear, wait, cancel, return and sweep. See `hoppo.customs.spreading`.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import psycopg
import pytest
from tests.conftest import NOON
from tests.customs.office import Office, changed, message, one
from tests.purchase import CARRIER, TRANSFER, guid

from hoppo.customs.catalogue import MESSAGES
from hoppo.customs.spreading import ORDER, WAYS
from hoppo.engine.database import Database
from hoppo.engine.distributing import HERE, Way
from hoppo.wire.codec import write_message

# Tables of a list that do not lie with its order: the steps that cross to another machine.
CROSSING = {
    "reference": "a payment's, a waybill's or a list's number leads to orders",
    "limit_account": "a person's year is one, whatever he orders",
    "limit_entry": "lies with its account",
    "guarantee_account": "a guarantee is one for all the lists it holds for",
    "guarantee_entry": "lies with its account",
    "waybill_status": "names no order, and no match looks at it",
    "outbox": "one receipt message answers records of many orders",
}
# Statements that look on every machine, with the reason why they may.
EVERYWHERE = {
    "\"verdict\" t WHERE status = '2' AND (": "a sweep: one worker, every five seconds",
    "\"verdict\" t WHERE status = '800' AND released_at <= ": "a sweep, for bills",
}
OURS = "|".join(sorted(WAYS, key=len, reverse=True))
NAME = r'"?([a-z_][a-z0-9_]*)"?'
TABLE = re.compile(
    rf'\b(?:FROM|JOIN|INTO|UPDATE|USING|COPY)\s+"?({OURS})\b"?(?!\s*\.)'
    rf"(?:\s+(?:AS\s+)?{NAME}(?![a-z0-9_]*\s*\())?"
)
DERIVED = re.compile(rf"#(\d+)#\s*(?:AS\s+)?{NAME}")
CONDITIONS = re.compile(
    r"\b(?:WHERE|ON(?!\s+CONFLICT))\b(.*?)(?=\b(?:WHERE|GROUP BY|ORDER BY|HAVING|LIMIT|FOR UPDATE"
    r"|RETURNING|JOIN|ON CONFLICT)\b|$)"
)
EQUAL = re.compile(rf"(?:{NAME}\.)?{NAME} = (.+)")
ONE_VALUE = re.compile(r"%s(?:::\w+)?")
VALUE = re.compile(rf"{ONE_VALUE.pattern}|ANY\(%s(?:::\w+\[\])?\)")
COLUMN = re.compile(rf"{NAME}\.{NAME}")


class Scope(NamedTuple):
    """One SELECT, INSERT, UPDATE, DELETE or COPY, its inner ones taken out as `#place#`."""

    text: str
    tables: dict[str, str]  # alias to table
    derived: dict[str, int]  # alias to the place of an inner one
    inner: dict[int, "Scope"]

    def touches(self) -> set[str]:
        """All tables in it and in what it holds."""
        return set(self.tables.values()).union(*(one.touches() for one in self.inner.values()))


def read(statement: str) -> Scope:
    """A statement taken apart. One that is written so that it is not understood raises."""
    text = re.sub(r"E?'(?:[^']|'')*'", "''", " ".join(statement.split()))
    inner: dict[int, Scope] = {}
    while (start := re.search(r"\((?=SELECT\b|WITH\b)", text)) is not None:
        depth, end = 1, start.end()
        while depth:
            depth += {"(": 1, ")": -1}.get(text[end], 0)
            end += 1
        place = len(inner)
        inner[place] = read(text[start.end() : end - 1])
        text = f"{text[: start.start()]}#{place}#{text[end:]}"
    found = list(TABLE.finditer(text))
    spoken = re.findall(rf'(?<![\w.])"?({OURS})"?(?![\w]|"?\.)', text)
    if len(spoken) != len(found) or re.search(r"\b(?:LEFT|RIGHT|FULL|UNION)\b", text):
        message = f"not understood, write it more plainly: {text}"
        raise ValueError(message)
    tables = {match[2] or match[1]: match[1] for match in found}
    derived = {match[2]: int(match[1]) for match in DERIVED.finditer(text)}
    return Scope(text, tables, derived, inner)


def conjuncts(text: str) -> Iterator[str]:
    """The conditions that must all hold; one with OR in it is one condition."""
    for segment in CONDITIONS.findall(text):
        depth, part = 0, ""
        for word in re.split(r"( AND |[()])", segment):
            depth += {"(": 1, ")": -1}.get(word, 0)
            if word == " AND " and not depth:
                yield part.strip()
                part = ""
            else:
                part += word
        yield part.strip()


def equals(scope: Scope, alias: str) -> Iterator[str]:
    """What the column by which a table is spread must equal."""
    for condition in conjuncts(scope.text):
        equal = EQUAL.fullmatch(condition)
        if equal is None or equal[2] != WAYS[scope.tables[alias]].column:
            continue
        if equal[1] == alias or (equal[1] is None and len(scope.tables) == 1):
            yield equal[3]


def sent(scope: Scope, value: str, outer: dict[str, str]) -> bool:
    """Whether a value is sent along, as it is or as a row, or is of the row outside."""
    column = COLUMN.fullmatch(value)
    if column is None:
        return VALUE.fullmatch(value) is not None
    alias = column[1]
    if alias in scope.tables:
        return False
    if alias in outer:
        return column[2] == WAYS[outer[alias]].column
    return not (alias in scope.derived and scope.inner[scope.derived[alias]].touches())


def anchored(scope: Scope, outer: dict[str, str]) -> set[str]:
    """Tables whose column must equal a value sent along, or that of one for which this holds."""
    found: set[str] = set()
    links: list[set[str]] = []
    for alias, table in scope.tables.items():
        for value in equals(scope, alias):
            other = COLUMN.fullmatch(value)
            if sent(scope, value, outer):
                found.add(alias)
            elif other and WAYS[scope.tables.get(other[1], table)].column == other[2]:
                links.append({alias, other[1]})
    for _ in links:
        for link in links:
            found |= link if link & found else set()
    return found


def assigned(text: str) -> set[str]:
    """The columns that an UPDATE, or an INSERT that found its row there, changes."""
    found = re.search(r"\bSET (.*?)(?=\b(?:FROM|WHERE|RETURNING)\b|$)", text)
    return set(re.findall(r'(?:^|, )"?(\w+)"? =', found[1])) if found else set()


def faults(scope: Scope, outer: dict[str, str] | None = None) -> Iterator[str]:
    """What a cluster could not do on one machine, or not at all."""
    outer = outer or {}
    columns = {WAYS[table].column for table in scope.touches()} - {""}
    if len(columns) > 1 or (columns and HERE in {WAYS[table] for table in scope.touches()}):
        yield f"{sorted(scope.touches())} do not lie together"
    target = re.match(rf'(?:COPY|INSERT INTO) "?({OURS})\b"? \((.*?)\)', scope.text)
    held = anchored(scope, outer)
    for alias, table in scope.tables.items():
        way = WAYS[table]
        if not way.column:
            continue
        if way.column in assigned(scope.text):
            yield f"{table}: {way.column} is changed"
        if target is not None and target[1] == table:
            if way.column not in re.findall(r"\w+", target[2]):
                yield f"{table}: {way.column} is not written"
        elif alias not in held:
            yield f"{table}: no {way.column} is asked for"
    for one_inner in scope.inner.values():
        yield from faults(one_inner, outer | scope.tables)


def refused_locks(scope: Scope) -> Iterator[str]:
    """Tables whose rows would be locked on several shards in one statement."""
    if re.search(r"\bFOR (?:NO KEY )?(?:UPDATE|SHARE)\b", scope.text):
        for alias, table in scope.tables.items():
            alone = any(ONE_VALUE.fullmatch(value) for value in equals(scope, alias))
            if WAYS[table].column and not alone:
                yield table
    for one_inner in scope.inner.values():
        yield from refused_locks(one_inner)


class Ear(psycopg.Cursor[Any]):
    """A cursor that keeps what it is asked, once."""

    heard: dict[str, None]

    def _hear(self, query: Any) -> None:
        text = query if isinstance(query, str) else query.as_string(self.connection)
        Ear.heard[" ".join(text.split())] = None

    def execute(self, query: Any, *arguments: Any, **options: Any) -> "Ear":
        self._hear(query)
        super().execute(query, *arguments, **options)
        return self

    def executemany(self, query: Any, *arguments: Any, **options: Any) -> None:
        self._hear(query)
        super().executemany(query, *arguments, **options)

    def copy(self, statement: Any, *arguments: Any, **options: Any) -> Any:
        self._hear(statement)
        return super().copy(statement, *arguments, **options)


class EarDatabase(Database):
    """The database as a worker sees it whose statements are kept."""

    __slots__ = ()

    def connect(self, *, autocommit: bool = False) -> psycopg.Connection[Any]:
        connection = psycopg.connect(self.url, autocommit=autocommit, cursor_factory=Ear)
        connection.execute("SET TIME ZONE 'UTC'")
        connection.commit()
        return connection


def waybill_status(number: int) -> bytes:
    """A carrier's word that a waybill's parcel was handed over."""
    head = {
        "guid": guid(f"s{number}"), "app_type": "1", "app_time": "20260618110000",
        "app_status": "2", "logistics_code": CARRIER, "logistics_name": "测试物流",
        "waybill_no": f"W{number:08d}", "logistics_status": "S", "logistics_time": "20260618110000",
        "note": None,
    }  # fmt: skip
    return write_message(MESSAGES["CEB513Message"], guid(f"m{number}"), [(head, [])], TRANSFER)


def live(office: Office) -> None:
    """A month of the house: all that workers do to a list."""
    wrong = changed(one(2), "payment", amount_paid=0)
    office.send_purchases([one(1), wrong, one(3), one(4), one(5)])
    late = one(6)
    for kind in ("list", "order", "payment", "waybill"):
        office.send(message(kind, late[kind]))
    office.send(waybill_status(1))
    office.send(message("list", changed(one(7), "list", app_time="20260618103000")["list"]))
    whole = message("list", one(8)["list"])
    office.send(whole.replace(b"<ceb:orderNo>ORDER00000008</ceb:orderNo>", b""))
    stranger = changed(
        changed(one(9), "order", ebc_code="440196E009"), "list", ebc_code="440196E009"
    )
    office.send_purchases([stranger])
    office.send(office.application("cancellation", 3, "X3"))
    office.send(office.application("return", 4, "R4", {1: "1"}))
    office.grant(office.held() + Decimal(100))  # so little is left that it is locked before
    office.send_purchases([one(10)])
    with office.database.connect(autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(hashtextextended('order ORDER00000011', 0))")
        office.accept(message("order", one(11)["order"], one(12)["order"]))
        office.worker.step()
    office.worker.drain()
    office.now += timedelta(days=32)
    office.sweep()


@pytest.fixture
def heard(database: Database) -> list[str]:
    """What workers sent while they lived through `live`."""
    Ear.heard = {}
    own = Office(EarDatabase(database.url, database.keys, database.key_file), NOON)
    try:
        Ear.heard.clear()
        live(own)
    finally:
        own.close()
    # What the test itself asked goes by other ways than a worker's.
    return [one_heard for one_heard in Ear.heard if ASKED_HERE.search(one_heard) is None]


ASKED_HERE = re.compile(r"^SELECT (?:held FROM|id, reason FROM|pg_advisory_lock\()")


@pytest.mark.database
def test_every_hot_statement_names_the_column_its_tables_are_spread_by(heard: list[str]) -> None:
    wrong = {
        statement: found
        for statement in heard
        if (found := list(faults(read(statement))))
        and not any(allowed in statement for allowed in EVERYWHERE)
    }
    assert wrong == {}


@pytest.mark.database
def test_only_the_named_steps_leave_the_orders_machine(heard: list[str]) -> None:
    """And each of the named ones is there, as is every table that is spread."""
    touched = set[str]().union(*(read(statement).touches() for statement in heard))
    spread = {table for table in touched if WAYS[table].column}
    assert {table for table in spread if WAYS[table] != ORDER} == set(CROSSING)
    assert spread == {table for table, way in WAYS.items() if way.column}
    for allowed in EVERYWHERE:
        assert any(allowed in statement for statement in heard), allowed


@pytest.mark.database
def test_rows_are_locked_on_one_shard_a_statement(heard: list[str]) -> None:
    """Citus refuses FOR UPDATE over several shards (citusdata/citus issue 4647)."""
    assert {table for statement in heard for table in refused_locks(read(statement))} == set()


BILLED = "SELECT 1 FROM verdict t WHERE t.order_no = %s AND NOT EXISTS (SELECT 1 FROM tax_bill b"
SET_ANEW = (
    "INSERT INTO setting (name, value) VALUES ('verdict', '1') ON CONFLICT (name)"
    " DO UPDATE SET value = (setting.value::int8 + 1)::text"
)
DELETED = "DELETE FROM verdict t USING unnest(%s::text[]) AS k(order_no) WHERE"
OF_ONE = "SELECT 1 FROM verdict v JOIN waybill w ON w.order_no = v.{} WHERE v.order_no = %s"
PARTS = "SELECT 1 FROM waybill t JOIN (SELECT order_no FROM verdict WHERE order_no = %s) k ON "


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("SELECT 1 FROM tax_bill WHERE list_no = %s", "no order_no is asked for"),
        ("SELECT 1 FROM tax_bill WHERE order_no = %s OR list_no = %s", "no order_no is asked"),
        ("SELECT 1 FROM tax_bill WHERE (order_no = %s)", "no order_no is asked for"),
        ("SELECT 1 FROM tax_bill WHERE order_no <> %s", "no order_no is asked for"),
        (f"{DELETED} t.list_no = k.order_no", "no order_no is asked for"),
        ("UPDATE tax_bill SET status = '3' WHERE list_no = %s", "no order_no is asked for"),
        ("UPDATE tax_bill SET order_no = %s WHERE order_no = %s", "order_no is changed"),
        ("COPY verdict (cop_no, list_no) FROM STDIN", "order_no is not written"),
        ("INSERT INTO outbox (id, body) VALUES (%s, %s)", "receiver is not written"),
        ("SELECT 1 FROM verdict t JOIN waybill w ON t.order_no = w.order_no", "verdict: no order"),
        (OF_ONE.format("list_no"), "waybill: no order_no is asked for"),
        (
            "SELECT 1 FROM verdict v JOIN reference r ON r.name = v.list_no WHERE v.order_no = %s",
            "do not lie together",
        ),
        ("SELECT 1 FROM inbox i JOIN verdict v ON v.order_no = %s", "do not lie together"),
        (f"{BILLED} WHERE b.list_no = t.list_no)", "tax_bill: no order_no is asked for"),
        (f"{PARTS} t.order_no = k.order_no", "waybill: no order_no is asked for"),
    ],
)
def test_a_statement_without_its_column_is_named(statement: str, expected: str) -> None:
    assert any(expected in fault for fault in faults(read(statement)))


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT 1 FROM tax_bill WHERE order_no = %s AND (status = '2' OR list_no = %s)",
        "SELECT 1 FROM verdict WHERE order_no = ANY(%s::text[]) ORDER BY due_at",
        "SELECT 1 FROM verdict v JOIN waybill w ON v.order_no = w.order_no WHERE w.order_no = %s",
        f"{DELETED} t.order_no = k.order_no AND t.cop_no = 'a'",
        OF_ONE.format("order_no"),
        SET_ANEW,
        f"{BILLED} WHERE b.order_no = t.order_no)",
        "SELECT id FROM inbox WHERE state = 0 FOR UPDATE SKIP LOCKED",
    ],
)
def test_a_statement_with_its_column_is_left_alone(statement: str) -> None:
    assert list(faults(read(statement))) == []
    assert list(refused_locks(read(statement))) == []


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT 1 FROM waybill, verdict WHERE order_no = %s",
        "SELECT 1 FROM waybill w LEFT JOIN verdict v ON v.order_no = %s",
        "select 1 from verdict",
    ],
)
def test_what_is_not_understood_is_not_passed(statement: str) -> None:
    with pytest.raises(ValueError, match="more plainly"):
        read(statement)


@pytest.mark.parametrize(
    ("condition", "refused"),
    [
        ("person = %s", []),
        ("person = ANY(%s)", ["limit_account"]),
        ("year = %s", ["limit_account"]),
    ],
)
def test_a_lock_on_several_shards_is_named(condition: str, refused: list[str]) -> None:
    statement = "SELECT used FROM limit_account WHERE {} FOR UPDATE"
    assert list(refused_locks(read(statement.format(condition)))) == refused


def test_ways_name_columns_or_none() -> None:
    assert all(bool(way.column) == (way.how == "by") for way in WAYS.values())
    assert isinstance(ORDER, Way)
