"""What counts against a person's year: the limit, and the parcels that were counted."""

from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import psycopg

from hoppo.customs.references import list_name, orders_named
from hoppo.customs.rules import BOOK
from hoppo.customs.tables import VERDICTS
from hoppo.customs.values import Verdict
from hoppo.values.money import ZERO

MOST = 200  # parcels on a page, the newest


class Limits(NamedTuple):
    """A person's year, in yuan; `single` is what one purchase may be worth."""

    year: int
    used: Decimal
    ceiling: Decimal
    single: Decimal

    @property
    def left(self) -> Decimal:
        """What may still be bought this year."""
        return max(self.ceiling - self.used, ZERO)


class Parcel(NamedTuple):
    """A list that was counted: its day, its whole value, and what of it counts now, in yuan."""

    verdict: Verdict
    platform: str
    declared_on: date
    value: Decimal
    counted: Decimal


class Parcels(NamedTuple):
    """The newest parcels of a year, and how many that were counted are not among them."""

    rows: list[Parcel]
    others: int


def limits(connection: psycopg.Connection[Any], person: str, day: date) -> Limits:
    """A person's limits on a day; where nothing was counted yet, those of the day's law."""
    law = BOOK.on(day)
    row = connection.execute(
        "SELECT used, ceiling FROM limit_account WHERE person = %s AND year = %s",
        [person, day.year],
    ).fetchone()
    used, ceiling = row or (ZERO, law["yearly_limit"])
    return Limits(day.year, used, ceiling, law["single_limit"])


def parcels(connection: psycopg.Connection[Any], person: str, year: int) -> Parcels:
    """Parcels that were ever counted in a year, cancelled and returned ones too.

    A list that was refused before it counted stands in no ledger and is not among them. Months
    that have gone to the archive are counted in `others` alone.
    """
    entries = connection.execute(
        "SELECT declarant_code, cop_no, sum(amount), max(declared_on) FROM limit_entry"
        " WHERE person = %s AND year = %s GROUP BY declarant_code, cop_no"
        " ORDER BY max(declared_on) DESC, max(id) DESC",
        [person, year],
    ).fetchall()
    newest = {(declarant, cop_no): (net, day) for declarant, cop_no, net, day in entries[:MOST]}
    names = {list_name(*key): key for key in newest}
    keys = {(order, *names[name]) for name, order in orders_named(connection, names)}
    found = {
        (verdict.declarant_code, verdict.cop_no): verdict
        for verdict in VERDICTS.by_key(connection, keys, on=("order_no", *VERDICTS.key))
        if verdict.person == person
    }
    platforms = dict(
        connection.execute(
            "SELECT code, name FROM enterprise WHERE code = ANY(%s)",
            [[verdict.platform_code for verdict in found.values()]],
        ).fetchall()
    )
    rows = [
        Parcel(
            verdict,
            platforms.get(verdict.platform_code, verdict.platform_code),
            day,
            Decimal((verdict.tax or {}).get("dutiable", verdict.counted)),
            net,
        )
        for key, (net, day) in newest.items()
        if (verdict := found.get(key))
    ]
    return Parcels(rows, len(entries) - len(rows))


def is_of(
    connection: psycopg.Connection[Any], person: str, order_no: str, declarant: str, cop_no: str
) -> bool:
    """Whether a list was declared in a person's name."""
    found = VERDICTS.by_key(
        connection, [(order_no, declarant, cop_no)], on=("order_no", *VERDICTS.key)
    )
    return bool(person) and any(verdict.person == person for verdict in found)
