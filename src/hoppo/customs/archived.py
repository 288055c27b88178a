"""Archived lists: what keeps a month from being archived, and documents read from an archive."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any, LiteralString

import psycopg

from hoppo.customs.references import ORDER, Pair
from hoppo.customs.tables import REFERENCES, VERDICTS
from hoppo.customs.values import Verdict
from hoppo.customs.workspace import Workspace
from hoppo.engine import months
from hoppo.engine.archiving import Archive
from hoppo.engine.rows import Table

# The rules look back furthest for the number of a waybill, six months; nothing younger may go.
LEAST_MONTHS = 7
OPEN: dict[str, LiteralString] = {
    "messages that wait or were set aside": """
        SELECT count(*) FROM inbox WHERE state <> 1 AND received_at >= %s AND received_at < %s""",
    "lists that wait or lie before an officer": """
        SELECT count(*) FROM verdict
        WHERE status IN ('2', '300', '500') AND received_at >= %s AND received_at < %s""",
    "released lists without a tax bill": """
        SELECT count(*) FROM verdict v
        WHERE status = '800' AND received_at >= %s AND received_at < %s AND NOT EXISTS
        (SELECT 1 FROM tax_bill b
         WHERE b.order_no = v.order_no AND b.list_no = v.list_no AND b.status <> '3')""",
    "lists with an unpaid tax bill": """
        SELECT count(*) FROM verdict v WHERE received_at >= %s AND received_at < %s AND EXISTS
        (SELECT 1 FROM tax_bill b
         WHERE b.order_no = v.order_no AND b.list_no = v.list_no AND b.status = '1')""",
}


def unfinished(connection: psycopg.Connection[Any], month: date) -> list[str]:
    """What is not finished of a month, each with its number; an empty list lets it go."""
    bounds = [months.begins(month), months.begins(months.after(month))]
    found = []
    for what, statement in OPEN.items():
        row = connection.execute(statement, bounds).fetchone()
        if row and row[0]:
            found.append(f"{row[0]} {what}")
    return found


class ArchivedWorkspace(Workspace):
    """The documents of lists that lie in an archive; what belongs to them may still be stored."""

    def __init__(self, connection: psycopg.Connection[Any], archive: Archive) -> None:
        """Begin empty."""
        super().__init__(connection)
        self._archive = archive

    def find(
        self, table: Table[Any], keys: set[tuple[Any, ...]], on: tuple[str, ...]
    ) -> Iterable[Any]:
        """Rows of the database, then those of the archive."""
        yield from super().find(table, keys, on)
        if table.name in self._archive.tables and keys:
            where = {name: {key[at] for key in keys} for at, name in enumerate(on)}
            for values in self._archive.rows(table.name, table.columns, where):
                row = table.from_wire(values)
                if tuple(getattr(row, name) for name in on) in keys:
                    yield row

    def find_orders(self, names: set[str]) -> set[Pair]:
        """The orders that names lead to, in the database and in the archive."""
        wanted = {name for name in names if not name.startswith(ORDER)}
        found = super().find_orders(names)
        if wanted:
            pairs = self._archive.rows(REFERENCES.name, ("name", "order_no"), {"name": wanted})
            found |= {(str(name), str(order_no)) for name, order_no in pairs}
        return found


def archived_lists(
    archive: Archive, first: datetime | None, until: datetime | None, cop_no: str | None
) -> Iterator[Verdict]:
    """Verdicts in an archive, of lists received from a moment to before another."""
    where = {} if cop_no is None else {"cop_no": {cop_no}}
    for values in archive.rows(VERDICTS.name, VERDICTS.columns, where):
        verdict = VERDICTS.from_wire(values)
        late = until is not None and verdict.received_at >= until
        early = first is not None and verdict.received_at < first
        if not late and not early:
            yield verdict
