"""The two ledgers of clearing: the person's yearly limit and the enterprise's guarantee.

Accounts are locked by name and in one order, entries only appended; the sum of an account's
entries is its balance, and the database's own constraints refuse what would overspend. The locks
are names and not rows, because accounts may lie on many machines, and no statement locks rows on
several.
"""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import psycopg

from hoppo.engine.locks import wait_for_locks
from hoppo.values.money import ZERO

Person = tuple[str, int]
LOW = Decimal("0.2")  # the share of a guarantee below which it is locked before it is looked at


class Ledgers:
    """The accounts a batch touches, locked until it commits."""

    def __init__(
        self, connection: psycopg.Connection[Any], at: datetime, *, strictly: bool = False
    ) -> None:
        """Begin empty, on the batch's transaction; `strictly` locks every guarantee first."""
        self._connection, self._at, self._strictly = connection, at, strictly
        self._early: bool | None = None  # whether guarantees are locked before they are looked at
        self._used: dict[Person, Decimal] = {}
        self._left: dict[str, Decimal] = {}
        self._limit_entries: list[tuple[Any, ...]] = []
        self._guarantee_entries: list[tuple[Any, ...]] = []

    def lock(self, persons: Iterable[tuple[Person, Decimal]], guarantors: Iterable[str]) -> None:
        """Open and lock accounts: persons (with the year's limit) first, then guarantors."""
        ceilings = dict(persons)
        people = sorted(ceilings)
        arrays = [
            [person for person, _ in people],
            [year for _, year in people],
            [ceilings[key] for key in people],
        ]
        wait_for_locks(self._connection, (f"year {name} {year}" for name, year in people))
        self._connection.execute(
            "INSERT INTO limit_account (person, year, used, ceiling)"
            " SELECT person, year, 0, ceiling FROM"
            " unnest(%s::text[], %s::int8[], %s::numeric[]) AS k(person, year, ceiling)"
            " ORDER BY person, year ON CONFLICT DO NOTHING",
            arrays,
        )
        rows = self._connection.execute(
            "SELECT t.person, t.year, t.used FROM limit_account t"
            " JOIN unnest(%s::text[], %s::int8[]) AS k(person, year)"
            " ON t.person = k.person AND t.year = k.year",
            arrays[:2],
        )
        self._used = {(person, year): used for person, year, used in rows}
        self._left = self._guarantees(sorted(set(guarantors)))
        # What this batch has counted and held so far is not in the accounts before `write`.
        for name, year, _, _, amount, *_ in self._limit_entries:
            if (name, year) in self._used:
                self._used[name, year] += amount
        for code, _, _, amount, _, _ in self._guarantee_entries:
            if code in self._left:
                self._left[code] -= amount

    def _guarantees(self, codes: list[str]) -> dict[str, Decimal]:
        """What is left of guarantees. When one runs low, all are locked before they are looked at.

        Few enterprises guarantee for all the others. If every batch locked their accounts this
        early, no two batches would ever be judged side by side. While plenty is left, `write` locks
        them last, and the constraint refuses what would overspend: then the batch is judged anew,
        `strictly`, behind the lock. Never some early and others late: two batches would each
        hold what the other wants next.
        """
        rows = self._connection.execute(
            "SELECT guarantor_code, granted - held, granted FROM guarantee_account"
            " WHERE guarantor_code = ANY(%s)",
            [codes],
        ).fetchall()
        left = {code: rest for code, rest, _ in rows}
        if self._early is None:
            self._early = self._strictly or any(rest < granted * LOW for _, rest, granted in rows)
        if self._early:
            self._lock_guarantees(codes)
            left |= self._connection.execute(
                "SELECT guarantor_code, granted - held FROM guarantee_account"
                " WHERE guarantor_code = ANY(%s)",
                [codes],
            ).fetchall()
        return left

    def _lock_guarantees(self, codes: Iterable[str]) -> None:
        wait_for_locks(self._connection, (f"guarantee {code}" for code in codes))

    def used(self, person: Person) -> Decimal:
        """What a person has had counted in a year, this batch included."""
        return self._used.get(person, ZERO)

    def left(self, guarantor_code: str) -> Decimal:
        """What is left of a guarantee, this batch included; nothing where none was lodged."""
        return self._left.get(guarantor_code, ZERO)

    def count(
        self,
        person: Person,
        list_key: tuple[str, str],
        amount: Decimal,
        cause: str,
        declared_on: date,
    ) -> None:
        """Count an amount against a person's year; a negative amount gives it back."""
        if amount:
            self._used[person] = self.used(person) + amount
            entry = (*person, *list_key, amount, declared_on, cause, self._at)
            self._limit_entries.append(entry)

    def lists_counted(
        self, persons: Iterable[str], days: Iterable[date]
    ) -> dict[tuple[str, date], int]:
        """How many lists that were declared on these days count for persons, before this batch."""
        wanted, declared_on = sorted(set(persons)), sorted(set(days))
        rows = self._connection.execute(
            "SELECT person, declared_on, count(*) FROM (SELECT person, declared_on FROM limit_entry"
            " WHERE person = ANY(%s) AND year = ANY(%s) AND declared_on = ANY(%s)"
            " GROUP BY person, declared_on, declarant_code, cop_no HAVING sum(amount) > 0) AS lists"
            " GROUP BY person, declared_on",
            [wanted, sorted({day.year for day in declared_on}), declared_on],
        )
        return {(person, day): count for person, day, count in rows}

    def hold(
        self, guarantor_code: str, list_key: tuple[str, str], amount: Decimal, cause: str
    ) -> None:
        """Hold an amount against a guarantee; a negative amount frees it."""
        if amount:
            self._left[guarantor_code] = self.left(guarantor_code) - amount
            self._guarantee_entries.append((guarantor_code, *list_key, amount, cause, self._at))

    def write(self) -> None:
        """Append the entries and move the accounts by exactly their sums."""
        if self._limit_entries:
            self._copy(
                "COPY limit_entry"
                " (person, year, declarant_code, cop_no, amount, declared_on, cause, at)"
                " FROM STDIN (FORMAT BINARY)",
                ["text", "int8", "text", "text", "numeric", "date", "text", "timestamptz"],
                self._limit_entries,
            )
            sums: dict[Person, Decimal] = {}
            for entry in self._limit_entries:
                key = (entry[0], entry[1])
                sums[key] = sums.get(key, ZERO) + entry[4]
            people = sorted(sums)
            self._connection.execute(
                "UPDATE limit_account t SET used = t.used + k.amount FROM"
                " unnest(%s::text[], %s::int8[], %s::numeric[]) AS k(person, year, amount)"
                " WHERE t.person = k.person AND t.year = k.year",
                [
                    [key[0] for key in people],
                    [key[1] for key in people],
                    [sums[key] for key in people],
                ],
            )
        if self._guarantee_entries:
            self._copy(
                "COPY guarantee_entry (guarantor_code, declarant_code, cop_no, amount, cause, at)"
                " FROM STDIN (FORMAT BINARY)",
                ["text", "text", "text", "numeric", "text", "timestamptz"],
                self._guarantee_entries,
            )
            held: dict[str, Decimal] = {}
            for entry in self._guarantee_entries:
                held[entry[0]] = held.get(entry[0], ZERO) + entry[3]
            codes = sorted(held)
            self._lock_guarantees(codes)
            self._connection.execute(
                "UPDATE guarantee_account t SET held = t.held + k.amount FROM"
                " unnest(%s::text[], %s::numeric[]) AS k(code, amount)"
                " WHERE t.guarantor_code = k.code",
                [codes, [held[code] for code in codes]],
            )

    def _copy(self, statement: str, types: list[str], rows: list[tuple[Any, ...]]) -> None:
        with self._connection.cursor() as cursor, cursor.copy(statement) as copy:
            copy.set_types(types)
            for row in rows:
                copy.write_row(row)


def grant(connection: psycopg.Connection[Any], grants: Iterable[tuple[str, Decimal]]) -> None:
    """Set what enterprises have guaranteed, in yuan."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO guarantee_account (guarantor_code, granted, held) VALUES (%s, %s, 0)"
            " ON CONFLICT (guarantor_code) DO UPDATE SET granted = EXCLUDED.granted",
            list(grants),
        )
